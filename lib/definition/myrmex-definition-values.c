/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Values of the kinds that a definition asks for. Each function says what is wrong by itself. */

#include "definition/myrmex-definition-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "base/myrmex-limits.h"
#include "definition/myrmex-parameters-private.h"

gboolean
myrmex_definition_expect (MyrmexDefinition *self,
                          guint32           key,
                          guint32           value,
                          MyrmexJsonKind    kind)
{
  MyrmexJsonKind found = myrmex_json_get_kind (self->json, value);
  g_autofree char *shown = NULL;

  if (found == kind)
    return TRUE;

  shown = myrmex_definition_show (self, key);
  myrmex_definition_complain (self, value, _("“%s” must be %s, not %s"),
                              shown, myrmex_kind_describe (kind), myrmex_kind_describe_other (found, kind));
  return FALSE;
}

/* The text of a string that must be a name of a @what, or %NULL. */
char *
myrmex_definition_read_name (MyrmexDefinition *self,
                             guint32           string,
                             const char       *what)
{
  g_autofree char *text = myrmex_json_dup_string (self->json, string);
  g_autoptr (GError) error = NULL;

  if (myrmex_name_check (what, text, &error))
    return g_steal_pointer (&text);

  myrmex_definition_complain (self, string, "%s", error->message);
  return NULL;
}

static void
complain_range (MyrmexDefinition *self,
                guint32           key,
                guint32           value,
                double            minimum,
                double            maximum)
{
  char low[G_ASCII_DTOSTR_BUF_SIZE], high[G_ASCII_DTOSTR_BUF_SIZE], found[G_ASCII_DTOSTR_BUF_SIZE];
  g_autofree char *shown = myrmex_definition_show (self, key);

  g_ascii_formatd (low, sizeof low, "%.15g", minimum);
  g_ascii_formatd (high, sizeof high, "%.15g", maximum);
  g_ascii_formatd (found, sizeof found, "%.15g", myrmex_json_get_double (self->json, value));
  myrmex_definition_complain (self, value, _("“%s” must be from %s to %s, not %s"), shown, low, high, found);
}

gboolean
myrmex_definition_expect_number (MyrmexDefinition *self,
                                 guint32           key,
                                 guint32           value,
                                 double            minimum,
                                 double            maximum,
                                 double           *number)
{
  if (myrmex_json_get_kind (self->json, value) != MYRMEX_JSON_KIND_INTEGER &&
      !myrmex_definition_expect (self, key, value, MYRMEX_JSON_KIND_DOUBLE))
    return FALSE;

  *number = myrmex_json_get_double (self->json, value);
  if (*number >= minimum && *number <= maximum)
    return TRUE;

  complain_range (self, key, value, minimum, maximum);
  return FALSE;
}

/* As in the JSON Schema, 3.0 is an integer. The bounds are small enough to be exact as doubles. */
gboolean
myrmex_definition_expect_integer (MyrmexDefinition *self,
                                  guint32           key,
                                  guint32           value,
                                  gint64            minimum,
                                  gint64            maximum,
                                  gint64           *number)
{
  MyrmexJsonKind kind = myrmex_json_get_kind (self->json, value);
  double found;

  if (kind == MYRMEX_JSON_KIND_DOUBLE)
    {
      found = myrmex_json_get_double (self->json, value);
      if (floor (found) != found)
        return myrmex_definition_expect (self, key, value, MYRMEX_JSON_KIND_INTEGER);
    }
  else if (!myrmex_definition_expect (self, key, value, MYRMEX_JSON_KIND_INTEGER))
    {
      return FALSE;
    }

  if (!myrmex_definition_expect_number (self, key, value, (double) minimum, (double) maximum, &found))
    return FALSE;
  *number = (gint64) found;
  return TRUE;
}

/* An array of strings, none of them empty; or %NULL. */
char **
myrmex_definition_expect_words (MyrmexDefinition *self,
                                guint32           key,
                                guint32           value)
{
  g_autoptr (GStrvBuilder) words = NULL;
  g_autofree char *shown = NULL;
  gboolean good = TRUE;
  MyrmexJsonIter iter;
  guint32 element;

  if (!myrmex_definition_expect (self, key, value, MYRMEX_JSON_KIND_ARRAY) ||
      !myrmex_definition_expect_small (self, value))
    return NULL;

  words = g_strv_builder_new ();
  shown = myrmex_definition_show (self, key);
  myrmex_json_iter_init (&iter, self->json, value);
  while (myrmex_definition_goes_on (self) && myrmex_json_iter_next_element (&iter, &element))
    {
      MyrmexJsonKind kind = myrmex_json_get_kind (self->json, element);
      g_autofree char *word = NULL;

      if (kind != MYRMEX_JSON_KIND_STRING)
        {
          myrmex_definition_complain (self, element, _("Each of “%s” must be %s, not %s"), shown,
                                      myrmex_kind_describe (MYRMEX_JSON_KIND_STRING), myrmex_kind_describe (kind));
          good = FALSE;
          continue;
        }

      word = myrmex_json_dup_string (self->json, element);
      if (word[0] == '\0')
        {
          myrmex_definition_complain (self, element, _("None of “%s” may be empty"), shown);
          good = FALSE;
        }
      g_strv_builder_add (words, word);
    }

  return good ? g_strv_builder_end (words) : NULL;
}

/* Whether a value is no larger than one may be; asked before anything is made of it. */
gboolean
myrmex_definition_expect_small (MyrmexDefinition *self,
                                guint32           node)
{
  gsize size = myrmex_json_get_size (self->json, node);

  if (size <= MYRMEX_MAX_VALUE_BYTES)
    return TRUE;

  myrmex_definition_complain (self, node, _("This value takes %zu bytes of the definition; it may take %d"),
                              size, MYRMEX_MAX_VALUE_BYTES);
  return FALSE;
}

/* The nodes of a value follow one another in the text, so that a stack of the ends of what is open will do. */
gboolean
myrmex_definition_is_too_deep (MyrmexDefinition *self,
                               guint32           node)
{
  const MyrmexJson *json = self->json;
  guint32 ends[MYRMEX_DEFINITION_MAX_VALUE_DEPTH];
  MyrmexJsonIter whole;
  guint depth = 0;

  myrmex_json_iter_init (&whole, json, node);
  for (guint32 at = node; at < whole.end; at++)
    {
      MyrmexJsonKind kind = myrmex_json_get_kind (json, at);
      MyrmexJsonIter iter;

      while (depth > 0 && at >= ends[depth - 1])
        depth--;
      if (kind != MYRMEX_JSON_KIND_ARRAY && kind != MYRMEX_JSON_KIND_OBJECT)
        continue;
      if (depth == MYRMEX_DEFINITION_MAX_VALUE_DEPTH)
        return TRUE;
      myrmex_json_iter_init (&iter, json, at);
      ends[depth++] = iter.end;
    }
  return FALSE;
}

/* A floating value, or %NULL. */
GVariant *
myrmex_definition_read_value (MyrmexDefinition *self,
                              guint32           node)
{
  if (!myrmex_definition_expect_small (self, node))
    return NULL;
  if (myrmex_definition_is_too_deep (self, node))
    {
      myrmex_definition_complain (self, node, _("This value nests deeper than %d levels"),
                                  MYRMEX_DEFINITION_MAX_VALUE_DEPTH);
      return NULL;
    }
  return myrmex_json_node_to_value (self->json, node);
}

static void
complain_unknown_member (MyrmexDefinition   *self,
                         guint32             key,
                         const MyrmexMember *members,
                         gsize               n_members)
{
  g_autofree char *name = NULL;
  MyrmexGuess guess = { .best = NULL };

  if (myrmex_definition_may_guess (self, (guint) n_members))
    {
      name = myrmex_definition_show (self, key);
      myrmex_guess_init (&guess, name);
      for (gsize i = 0; i < n_members; i++)
        myrmex_guess_offer (&guess, members[i].name);
    }
  myrmex_definition_complain_unknown (self, key, guess.best);
}

/* Reads an object that may have these members and no others. A member that is there twice is told by the reader
 * of JSON, and the last one holds. */
void
myrmex_definition_read_members (MyrmexDefinition   *self,
                                guint32             object,
                                const MyrmexMember *members,
                                gsize               n_members,
                                gpointer            data)
{
  MyrmexJsonIter iter;
  guint32 key, value;

  myrmex_json_iter_init (&iter, self->json, object);
  while (myrmex_definition_goes_on (self) && myrmex_json_iter_next_member (&iter, &key, &value))
    {
      gsize i = 0;

      while (i < n_members && !myrmex_json_string_equal (self->json, key, members[i].name))
        i++;
      if (i == n_members)
        complain_unknown_member (self, key, members, n_members);
      else if (members[i].read != NULL)
        members[i].read (self, key, value, data);
    }
}
