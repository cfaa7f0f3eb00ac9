/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "expression/myrmex-expression-scanner-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/myrmex-error.h"
#include "base/myrmex-json-writer-private.h"
#include "expression/myrmex-expression-value-private.h"

#define MAX_SHOWN (64) /* characters of the text in a message */

/* Always FALSE, so that a caller can return it. */
G_GNUC_PRINTF (3, 4)
gboolean
myrmex_scanner_fail (MyrmexScanner *self,
                     const char    *at,
                     const char    *format,
                     ...)
{
  va_list args;

  g_assert (self->error == NULL);
  self->error_offset = (gsize) (at - self->text);
  va_start (args, format);
  self->error = g_error_new_valist (MYRMEX_ERROR, MYRMEX_ERROR_EXPRESSION, format, args);
  va_end (args);
  return FALSE;
}

/* Gives the position of what comes next. */
const char *
myrmex_scanner_skip_space (MyrmexScanner *self)
{
  while (self->at < self->end && g_ascii_isspace (*self->at))
    self->at++;
  return self->at;
}

gboolean
myrmex_scanner_looking_at (MyrmexScanner *self,
                           const char    *symbol)
{
  gsize length = strlen (symbol);

  return (gsize) (self->end - self->at) >= length && memcmp (self->at, symbol, length) == 0;
}

gboolean
myrmex_scanner_accept (MyrmexScanner *self,
                       const char    *symbol)
{
  myrmex_scanner_skip_space (self);
  if (!myrmex_scanner_looking_at (self, symbol))
    return FALSE;

  self->at += strlen (symbol);
  return TRUE;
}

gboolean
myrmex_scanner_is_name_start (char c)
{
  return g_ascii_isalpha (c) || c == '_';
}

gsize
myrmex_scanner_measure_name (MyrmexScanner *self)
{
  const char *at = self->at;

  if (at < self->end && myrmex_scanner_is_name_start (*at))
    {
      while (at < self->end && (g_ascii_isalnum (*at) || *at == '_' || *at == '-'))
        at++;
    }
  return (gsize) (at - self->at);
}

/* What stands at the position, for a message: a word, or a character. */
static char *
show_next (MyrmexScanner *self)
{
  gsize length = myrmex_scanner_measure_name (self);
  gunichar c;

  if (length > 0)
    return g_strdup_printf ("“%.*s”", (int) MIN (length, MAX_SHOWN), self->at);

  c = g_utf8_get_char (self->at);
  if (g_unichar_isgraph (c) && g_unichar_type (c) != G_UNICODE_FORMAT)
    return g_strdup_printf ("“%.*s”", (int) (g_utf8_next_char (self->at) - self->at), self->at);
  return g_strdup_printf ("U+%04X", c);
}

/* The beginning of any text, with what can not be shown escaped as in JSON. */
static char *
show_text (const char *text,
           gsize       length)
{
  glong n = MIN (g_utf8_strlen (text, (gssize) length), MAX_SHOWN);
  GString *shown = g_string_new (NULL);

  myrmex_json_append_string (shown, text, (gsize) (g_utf8_offset_to_pointer (text, n) - text));
  g_string_truncate (shown, shown->len - 1);
  g_string_erase (shown, 0, 1);
  return g_string_free (shown, FALSE);
}

/* People's habits from other languages, where a value or an operator was expected. */
const char *
myrmex_scanner_find_hint (MyrmexScanner *self)
{
  static const struct
  {
    const char *symbol;
    const char *hint;
  } hints[] = {
    { "\"", N_("Strings are in single quotes, not in double ones") },
    { "${{", N_("“${{” is not allowed inside an expression") },
    { "}}", N_("“}}” is not allowed inside an expression; one pair of “${{” and “}}” goes around all of it") },
    { "=", N_("There is no operator “=”; equality is written “==”") },
    { "&", N_("There is no operator “&”; and is written “&&”") },
    { "|", N_("There is no operator “|”; or is written “||”") },
    { "+", N_("There is no arithmetic in expressions") },
    { "-", N_("There is no arithmetic in expressions") },
    { "*", N_("There is no arithmetic in expressions; “*” stands only after “.” or inside “[ ]”") },
    { "/", N_("There is no arithmetic in expressions") },
    { "%", N_("There is no arithmetic in expressions") },
    { "?", N_("There is no operator “?”; write “condition && one || other”") },
  };
  static const struct
  {
    const char *word;
    const char *hint;
  } words[] = {
    { "and", N_("There is no operator “and”; it is written “&&”") },
    { "or", N_("There is no operator “or”; it is written “||”") },
    { "not", N_("There is no operator “not”; it is written “!”") },
    { "in", N_("There is no operator “in”; write “contains(all, one)”") },
  };
  gsize length = myrmex_scanner_measure_name (self);

  for (gsize i = 0; i < G_N_ELEMENTS (hints); i++)
    {
      if (myrmex_scanner_looking_at (self, hints[i].symbol))
        return _(hints[i].hint);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    {
      if (strlen (words[i].word) == length && myrmex_scanner_looking_at (self, words[i].word))
        return _(words[i].hint);
    }
  return NULL;
}

gboolean
myrmex_scanner_fail_value (MyrmexScanner *self)
{
  g_autofree char *shown = NULL;
  const char *hint;

  if (self->at >= self->end)
    return myrmex_scanner_fail (self, self->at, _("A value was expected, but the expression ends"));

  hint = myrmex_scanner_find_hint (self);
  if (hint != NULL)
    return myrmex_scanner_fail (self, self->at, "%s", hint);
  shown = show_next (self);
  return myrmex_scanner_fail (self, self->at, _("A value was expected, not %s"), shown);
}

/* After a value: @closing is the bracket that is open, or NULL. */
gboolean
myrmex_scanner_fail_operator (MyrmexScanner *self,
                              const char    *opened,
                              const char    *closing)
{
  g_autofree char *shown = NULL;
  const char *hint;

  if (self->at >= self->end)
    return myrmex_scanner_fail (self, opened,
                                _("The “%c” that stands here is not closed: “%s” is missing"),
                                *opened, closing);

  hint = myrmex_scanner_find_hint (self);
  if (hint != NULL)
    return myrmex_scanner_fail (self, self->at, "%s", hint);
  shown = show_next (self);
  if (closing != NULL)
    return myrmex_scanner_fail (self, self->at, _("An operator or “%s” was expected, not %s"), closing, shown);
  return myrmex_scanner_fail (self, self->at, _("An operator was expected, not %s"), shown);
}

/* Reads a string in its quotes; gives a reference, or NULL. */
GVariant *
myrmex_scanner_read_string (MyrmexScanner *self)
{
  const char *start = self->at;
  g_autoptr (GString) text = g_string_new (NULL);

  for (self->at++; self->at < self->end; self->at++)
    {
      const char *quote = memchr (self->at, '\'', (gsize) (self->end - self->at));

      if (quote == NULL)
        break;
      g_string_append_len (text, self->at, quote - self->at);
      self->at = quote + 1;
      if (self->at == self->end || *self->at != '\'')
        return g_variant_ref_sink (g_variant_new_string (text->str));
      g_string_append_c (text, '\'');
    }

  myrmex_scanner_fail (self, start,
                       _("The string that begins here is not closed; a single quote in it is written twice"));
  return NULL;
}

/* Reads a number; gives a reference, or NULL. */
GVariant *
myrmex_scanner_read_number (MyrmexScanner *self)
{
  g_autofree char *token = NULL;
  const char *start = self->at;
  MyrmexNumber value;
  gsize length;

  /* All that can not stand right behind a number ends it, so that “1x” and “1-2” are whole in the message. */
  while (self->at < self->end && !g_ascii_isspace (*self->at) && strchr ("()[],!<>=&|'\"}", *self->at) == NULL)
    self->at = g_utf8_next_char (self->at);

  length = (gsize) (self->at - start);
  value = myrmex_number_parse (start, length);
  if (isnan (value.real))
    {
      token = show_text (start, length);
      if (g_ascii_isdigit (*start) && strpbrk (token, "+-*/%") != NULL)
        myrmex_scanner_fail (self, start, _("“%s” is no number, and there is no arithmetic in expressions"), token);
      else
        myrmex_scanner_fail (self, start, _("“%s” is no number"), token);
      return NULL;
    }

  return myrmex_number_to_value (value);
}
