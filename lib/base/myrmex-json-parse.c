/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/myrmex-json-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/myrmex-error.h"
#include "base/myrmex-json-parser-private.h"

/* The reader is a loop over values with a stack of the containers that are open, so that depth costs no C
 * stack. It stops at the first mistake in the syntax; keys that are used twice do not stop it. */

#define MAX_OPEN       (1024) /* what a caller may ask for at most */
#define MIN_NODE_BYTES (4)    /* of the text that a node takes, in most texts */

static void
problem_free (gpointer data)
{
  MyrmexJsonProblem *problem = data;

  g_free (problem->message);
  g_free (problem);
}

/* An array for myrmex_json_parse() to put #MyrmexJsonProblem into. */
GPtrArray *
myrmex_json_problems_new (void)
{
  return g_ptr_array_new_with_free_func (problem_free);
}

/* Always FALSE, so that a caller can return it. */
G_GNUC_PRINTF (3, 4)
gboolean
myrmex_json_complain (JsonParser *self,
                      const char *at,
                      const char *format,
                      ...)
{
  MyrmexJsonProblem *problem;
  va_list args;

  if (self->problems->len >= self->max_problems)
    return FALSE;

  problem = g_new0 (MyrmexJsonProblem, 1);
  problem->offset = (gsize) (at - self->json->text);
  myrmex_json_locate (self->json, problem->offset, &problem->line, &problem->column);
  va_start (args, format);
  problem->message = g_strdup_vprintf (format, args);
  va_end (args);
  g_ptr_array_add (self->problems, problem);
  return FALSE;
}

/* The character at @at as it can be shown: itself, or its number. */
char *
myrmex_json_show_character (JsonParser *self,
                            const char *at)
{
  gunichar c = g_utf8_get_char (at);

  if (g_unichar_isgraph (c) && g_unichar_type (c) != G_UNICODE_FORMAT)
    return g_strdup_printf ("“%.*s”", (int) (g_utf8_next_char (at) - at), at);
  return g_strdup_printf ("U+%04X", c);
}

guint32
myrmex_json_add_node (JsonParser *self,
                      const char *start,
                      gsize       extent,
                      gboolean    special)
{
  MyrmexJson *json = self->json;
  JsonNode *node;

  if (json->n_nodes == self->capacity)
    {
      self->capacity = self->capacity + self->capacity / 2;
      json->nodes = g_renew (JsonNode, json->nodes, self->capacity);
    }

  node = &json->nodes[json->n_nodes];
  node->offset = (guint32) (start - json->text);
  node->extent = (guint32) extent & G_MAXINT32;
  node->special = special != FALSE;
  return json->n_nodes++;
}

/* The problem with a text that ends too early: it says what is still open. */
static gboolean
complain_end (JsonParser *self)
{
  const JsonOpen *open;
  guint line;
  guint column;

  if (self->depth == 0)
    return myrmex_json_complain (self, self->end, _("The text is empty; a value was expected"));

  open = &self->open[self->depth - 1];
  myrmex_json_get_position (self->json, open->node, &line, &column);
  if (myrmex_json_get_kind (self->json, open->node) == MYRMEX_JSON_KIND_OBJECT)
    return myrmex_json_complain (self, self->end,
                                 _("The text ends inside the object that begins at line %u, column %u"),
                                 line, column);
  return myrmex_json_complain (self, self->end,
                               _("The text ends inside the array that begins at line %u, column %u"),
                               line, column);
}

static gboolean
skip_space (JsonParser *self)
{
  for (; self->at < self->end; self->at++)
    {
      char c = *self->at;

      if (c == ' ' || c == '\n' || c == '\r' || c == '\t')
        continue;
      if (c != '/')
        break;

      if (self->end - self->at < 2 || self->at[1] != '/')
        return myrmex_json_complain (self, self->at, self->comments
                                     ? _("A comment begins with “//” and ends with its line; there is no other kind")
                                     : _("Comments are not allowed here"));
      if (!self->comments)
        return myrmex_json_complain (self, self->at, _("Comments are not allowed here"));

      self->at = memchr (self->at, '\n', (gsize) (self->end - self->at));
      if (self->at == NULL)
        {
          self->at = self->end;
          break;
        }
    }

  return TRUE;
}

static gboolean
open_container (JsonParser *self)
{
  if (self->depth == self->max_depth)
    return myrmex_json_complain (self, self->at,
                                 _("Arrays and objects nest deeper than %u levels"), self->max_depth);

  self->open[self->depth].node = myrmex_json_add_node (self, self->at, 0, FALSE);
  self->open[self->depth].n_members = 0;
  self->depth++;
  self->at++;
  return TRUE;
}

static void
close_container (JsonParser *self)
{
  const JsonOpen *open = &self->open[--self->depth];

  self->at++;
  self->json->nodes[open->node].extent = self->json->n_nodes & G_MAXINT32;
  myrmex_json_find_duplicates (self, open->node, open->n_members);
}

static gboolean
read_key (JsonParser *self)
{
  if (self->at >= self->end)
    return complain_end (self);

  if (*self->at != '"')
    {
      gsize length = myrmex_json_measure_word (self);
      g_autofree char *shown = NULL;

      if (*self->at == '\'')
        return myrmex_json_complain (self, self->at, _("Keys are in double quotes, not in single ones"));
      if (length > 0)
        return myrmex_json_complain (self, self->at, _("The key “%.*s” must be in double quotes"),
                                     (int) MIN (length, MYRMEX_JSON_SHOWN_BYTES), self->at);
      shown = myrmex_json_show_character (self, self->at);
      return myrmex_json_complain (self, self->at, _("A key in double quotes was expected, not %s"), shown);
    }

  if (!myrmex_json_read_string (self) || !skip_space (self))
    return FALSE;
  if (self->at >= self->end)
    return complain_end (self);
  if (*self->at != ':')
    return myrmex_json_complain (self, self->at, _("“:” was expected after the key"));

  self->at++;
  self->open[self->depth - 1].n_members++;
  return skip_space (self);
}

/* From after a comma, or after an opening bracket, to before the next value; or closes the container. */
static gboolean
enter_member (JsonParser *self,
              gboolean    first,
              gboolean   *closed)
{
  char container = self->json->text[self->json->nodes[self->open[self->depth - 1].node].offset];
  char closing = container == '{' ? '}' : ']';
  const char *before = self->at - 1;

  *closed = FALSE;
  if (!skip_space (self))
    return FALSE;
  if (self->at >= self->end)
    return complain_end (self);
  if (self->json->n_nodes >= self->max_nodes)
    return myrmex_json_complain (self, self->at, _("The text has more than %u keys and values"), self->max_nodes);

  if (*self->at == closing)
    {
      if (!first)
        return myrmex_json_complain (self, before, _("A comma is not allowed before “%c”"), closing);
      close_container (self);
      *closed = TRUE;
      return TRUE;
    }
  if (*self->at == ',')
    return myrmex_json_complain (self, self->at, _("A value is missing before this comma"));

  return container == '[' || read_key (self);
}

static gboolean
complain_separator (JsonParser *self,
                    char        container)
{
  g_autofree char *shown = myrmex_json_show_character (self, self->at);

  if (container == '{')
    return myrmex_json_complain (self, self->at, _("“,” or “}” was expected after the value, not %s"), shown);
  return myrmex_json_complain (self, self->at, _("“,” or “]” was expected after the value, not %s"), shown);
}

/* From after a value to before the next one; at the end of the document the depth is 0. */
static gboolean
leave_value (JsonParser *self)
{
  while (self->depth > 0)
    {
      char container = self->json->text[self->json->nodes[self->open[self->depth - 1].node].offset];
      gboolean closed;

      if (!skip_space (self))
        return FALSE;
      if (self->at >= self->end)
        return complain_end (self);

      if (*self->at == ',')
        {
          self->at++;
          return enter_member (self, FALSE, &closed);
        }
      if (*self->at != (container == '{' ? '}' : ']'))
        return complain_separator (self, container);
      close_container (self);
    }

  return TRUE;
}

static gboolean
read_document (JsonParser *self)
{
  if (!skip_space (self))
    return FALSE;

  do
    {
      gboolean closed = TRUE;

      if (self->at >= self->end)
        return complain_end (self);

      if (*self->at == '{' || *self->at == '[')
        {
          if (!open_container (self) || !enter_member (self, TRUE, &closed))
            return FALSE;
          if (!closed)
            continue;
        }
      else if (!myrmex_json_read_scalar (self))
        {
          return FALSE;
        }

      if (!leave_value (self))
        return FALSE;
    }
  while (self->depth > 0);

  if (!skip_space (self))
    return FALSE;
  if (self->at < self->end)
    return myrmex_json_complain (self, self->at, _("The value has ended before this; nothing may follow it"));
  return TRUE;
}

static const char *
skip_ascii (const char *at,
            const char *end)
{
  const guint64 tops = G_GUINT64_CONSTANT (0x8080808080808080);
  guint64 word;

  for (; end - at >= 8; at += 8)
    {
      memcpy (&word, at, sizeof word);
      if (word & tops)
        break;
    }
  return at;
}

static gboolean
check_encoding (JsonParser *self)
{
  gsize length = (gsize) (self->end - self->at);
  const char *bad;

  if (length >= 3 && memcmp (self->at, "\xef\xbb\xbf", 3) == 0)
    return myrmex_json_complain (self, self->at,
                                 _("The text begins with a byte order mark; save it as UTF-8 without one"));
  if (length >= 2 && (memcmp (self->at, "\xff\xfe", 2) == 0 || memcmp (self->at, "\xfe\xff", 2) == 0))
    return myrmex_json_complain (self, self->at, _("The text is UTF-16; save it as UTF-8"));

  bad = memchr (self->at, '\0', length);
  if (bad != NULL)
    return myrmex_json_complain (self, bad, _("The text has a NUL byte"));

  bad = skip_ascii (self->at, self->end);
  if (!g_utf8_validate (bad, self->end - bad, &bad))
    return myrmex_json_complain (self, bad,
                                 _("The byte 0x%02x is no UTF-8; save the text as UTF-8"), (guchar) *bad);
  return TRUE;
}

static void
set_error_of (const MyrmexJsonProblem  *problem,
              GError                  **error)
{
  g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_VALUE,
               "%u:%u: %s", problem->line, problem->column, problem->message);
}

/* Reads @text, which must outlive what is returned.
 *
 * With @problems every problem is added there, and doubled keys alone still give a document, of which all the
 * members can be seen. Without @problems any problem is an error. The error is %MYRMEX_ERROR_INVALID_VALUE and
 * reads “line:column: message”, with the first problem that was found. */
MyrmexJson *
myrmex_json_parse (const char       *text,
                   gssize            length,
                   MyrmexJsonFlags   flags,
                   guint             max_depth,
                   GPtrArray        *problems,
                   GError          **error)
{
  g_autoptr (GPtrArray) found = problems != NULL ? g_ptr_array_ref (problems) : myrmex_json_problems_new ();
  g_autoptr (MyrmexJson) json = g_new0 (MyrmexJson, 1);
  guint before = found->len;
  JsonParser self = { 0 };
  gboolean ok;

  g_return_val_if_fail (text != NULL, NULL);

  json->text = text;
  json->length = length < 0 ? strlen (text) : (gsize) length;
  if (json->length > MYRMEX_JSON_MAX_TEXT)
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_LIMIT,
                   _("The text has %zu bytes; it may have %d"),
                   json->length, MYRMEX_JSON_MAX_TEXT);
      return NULL;
    }

  self.json = json;
  self.at = text;
  self.end = text + json->length;
  self.comments = (flags & MYRMEX_JSON_FLAGS_COMMENTS) != 0;
  self.max_nodes = (flags & MYRMEX_JSON_FLAGS_BOUNDED) != 0 ? MYRMEX_JSON_MAX_NODES : G_MAXUINT32;
  self.max_depth = MIN (max_depth, MAX_OPEN);
  self.open = g_new (JsonOpen, self.max_depth + 1);
  self.seed = (guint64) g_random_int () << 32 | g_random_int ();
  self.problems = found;
  self.max_problems = before + MYRMEX_JSON_MAX_PROBLEMS;
  /* What is not used of it is not touched; growing may have it twice for a moment. */
  self.capacity = (guint32) MIN (json->length / MIN_NODE_BYTES, MYRMEX_JSON_MAX_NODES) + 8;
  json->nodes = g_new (JsonNode, self.capacity);

  ok = check_encoding (&self) && read_document (&self);
  g_free (self.open);
  g_free (self.slots);

  if (!ok || (problems == NULL && found->len > before))
    {
      set_error_of (found->pdata[before], error);
      return NULL;
    }

  json->nodes = g_renew (JsonNode, json->nodes, json->n_nodes);
  return g_steal_pointer (&json);
}
