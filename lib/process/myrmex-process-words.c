/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What is told of a command, and of its end: words of 64 bits, one after the other, in the order of the functions here.
 *
 *   number   a word
 *   bytes    a word, how many they are; and they themselves, filled up to whole words
 *   text     bytes, the last of which is its end
 *   texts    bytes: texts one after the other
 *
 * There may be a hundred texts for each command: as values of their own they would be most of what it costs to tell of
 * one. Nothing that is read is trusted. */

#include "process/myrmex-process-wire-private.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/myrmex-error.h"
#include "base/myrmex-limits.h"

/* So many words are made room for at first. */
#define FIRST_WORDS (32)

typedef struct
{
  guint64 *words;
  gsize    n;
  gsize    size;
} Writer;

typedef struct
{
  const guint64 *words;
  gsize          left;
  gboolean       is_bad;   /* it came to something that is not as it has to be */
} Reader;

static gsize
words_for (guint64 size)
{
  return (gsize) (size / sizeof (guint64) + (size % sizeof (guint64) != 0));
}

static guint64 *
add_words (Writer *self,
           gsize   n)
{
  if (self->size - self->n < n)
    {
      self->size = FIRST_WORDS + 2 * self->size + n;
      self->words = g_renew (guint64, self->words, self->size);
    }
  self->n += n;
  return self->words + self->n - n;
}

static void
add_number (Writer  *self,
            guint64  number)
{
  *add_words (self, 1) = number;
}

/* Room for so many bytes. */
static char *
add_room (Writer *self,
          gsize   size)
{
  const gsize n = words_for (size);
  guint64 *words = add_words (self, 1 + n);

  words[n] = 0;
  words[0] = size;
  return (char *) (words + 1);
}

static void
add_text (Writer     *self,
          const char *text)
{
  const gsize size = strlen (text) + 1;

  memcpy (add_room (self, size), text, size);
}

static void
add_texts (Writer              *self,
           const char * const  *texts)
{
  gsize size = 0;
  char *end;

  for (guint i = 0; texts[i] != NULL; i++)
    size += strlen (texts[i]) + 1;
  end = add_room (self, size);
  for (guint i = 0; texts[i] != NULL; i++)
    end = stpcpy (end, texts[i]) + 1;
}

/* Whether there are any is told too: none are not the same as no bytes. */
static void
add_bytes (Writer *self,
           GBytes *bytes)
{
  gsize size = 0;
  gconstpointer data = bytes != NULL ? g_bytes_get_data (bytes, &size) : NULL;

  add_number (self, bytes != NULL);
  if (size > 0)
    memcpy (add_room (self, size), data, size);
  else
    add_number (self, 0);
}

static GVariant *
finish (Writer *self)
{
  return g_variant_new_from_data (MYRMEX_PROCESS_WORDS, self->words, self->n * sizeof *self->words, TRUE, g_free,
                                  self->words);
}

static Reader
read_words (GVariant *variant)
{
  Reader self = { 0 };

  self.words = g_variant_get_fixed_array (variant, &self.left, sizeof *self.words);
  return self;
}

static guint64
take_number (Reader *self)
{
  if (self->left == 0)
    {
      self->is_bad = TRUE;
      return 0;
    }
  self->left--;
  return *self->words++;
}

static gint64
take_between (Reader *self,
              gint64  least,
              gint64  most)
{
  const gint64 number = (gint64) take_number (self);

  self->is_bad |= number < least || number > most;
  return CLAMP (number, least, most);
}

static gboolean
take_flag (Reader *self)
{
  return take_between (self, 0, 1) == 1;
}

static double
take_double (Reader *self)
{
  const guint64 bits = take_number (self);
  double number;

  memcpy (&number, &bits, sizeof number);
  return number;
}

/* The bytes are the variant's. */
static const char *
take_room (Reader *self,
           gsize  *size)
{
  const guint64 length = take_number (self);
  const char *bytes = (const char *) self->words;

  *size = 0;
  if (length > self->left * sizeof *self->words)
    {
      self->is_bad = TRUE;
      return "";
    }
  self->words += words_for (length);
  self->left -= words_for (length);
  *size = (gsize) length;
  return bytes;
}

static const char *
take_text (Reader *self)
{
  gsize size;
  const char *text = take_room (self, &size);

  if (size > 0 && memchr (text, '\0', size) == text + size - 1)
    return text;
  self->is_bad = TRUE;
  return "";
}

/* The array is the caller's. */
static const char * const *
take_texts (Reader *self)
{
  gsize size, n = 0;
  const char *bytes = take_room (self, &size);
  const char *end = bytes + size;
  const char **texts;

  if (size > 0 && end[-1] != '\0')
    {
      self->is_bad = TRUE;
      end = bytes;
    }
  for (const char *text = bytes; text < end; text += strlen (text) + 1)
    n++;
  texts = g_new (const char *, n + 1);
  texts[n] = NULL;
  n = 0;
  for (const char *text = bytes; text < end; text += strlen (text) + 1)
    texts[n++] = text;
  return texts;
}

static GBytes *
take_bytes (Reader   *self,
            GVariant *variant)
{
  const gboolean is_there = take_flag (self);
  gsize size;
  const char *bytes = take_room (self, &size);

  if (!is_there)
    return NULL;
  return g_bytes_new_with_free_func (bytes, size, (GDestroyNotify) g_variant_unref, g_variant_ref (variant));
}

static gboolean
is_over (const Reader *self)
{
  return !self->is_bad && self->left == 0;
}

static void
add_path (Writer     *self,
          const char *path)
{
  g_autofree char *absolute = path[0] != '/' ? g_canonicalize_filename (path, NULL) : NULL;

  add_text (self, absolute != NULL ? absolute : path);
}

/* As g_get_current_dir(), which looks twice whether it may believe the environment. */
static void
add_current_directory (Writer *self)
{
  char directory[PATH_MAX];
  g_autofree char *other = getcwd (directory, sizeof directory) == NULL ? g_get_current_dir () : NULL;

  add_text (self, other != NULL ? other : directory);
}

/* Floating. */
GVariant *
myrmex_process_spec_to_variant (const MyrmexProcessSpec  *spec,
                                const char               *cookie,
                                char                    **environment)
{
  Writer writer = { 0 };
  guint64 grace;

  memcpy (&grace, &spec->grace, sizeof grace);
  add_text (&writer, cookie);
  add_texts (&writer, spec->argv);
  add_texts (&writer, spec->envp != NULL ? spec->envp : (const char * const *) environment);
  if (spec->directory != NULL)
    add_path (&writer, spec->directory);
  else
    add_current_directory (&writer);
  if (spec->log_path != NULL)
    add_path (&writer, spec->log_path);
  else
    add_text (&writer, "");
  add_number (&writer, spec->keep_output != FALSE);
  add_number (&writer, spec->stop_over_limit != FALSE);
  add_number (&writer, spec->progress != NULL);
  add_number (&writer, MIN (spec->value_limit, MYRMEX_MAX_VALUE_BYTES));
  add_number (&writer, spec->log_limit);
  add_number (&writer, grace);
  return finish (&writer);
}

/* Of the callbacks, only whether progress is wanted, which is told in user_data. The variant outlives the spec, which
 * is to be cleared in any case. FALSE for what is no spec. */
gboolean
myrmex_process_spec_from_variant (GVariant          *variant,
                                  MyrmexProcessSpec *spec)
{
  Reader reader = read_words (variant);
  guint64 value_limit;

  *spec = (MyrmexProcessSpec) { .stdin_fd = -1 };
  spec->cookie = take_text (&reader);
  spec->argv = take_texts (&reader);
  spec->envp = take_texts (&reader);
  spec->directory = take_text (&reader);
  spec->log_path = take_text (&reader);
  spec->keep_output = take_flag (&reader);
  spec->stop_over_limit = take_flag (&reader);
  spec->user_data = GINT_TO_POINTER (take_flag (&reader));
  value_limit = take_number (&reader);
  spec->value_limit = (gsize) MIN (value_limit, MYRMEX_MAX_VALUE_BYTES);
  spec->log_limit = take_number (&reader);
  spec->grace = take_double (&reader);
  if (spec->log_path[0] == '\0')
    spec->log_path = NULL;
  return is_over (&reader);
}

void
myrmex_process_spec_clear (MyrmexProcessSpec *spec)
{
  g_free ((gpointer) spec->argv);
  g_free ((gpointer) spec->envp);
}

/* Floating. */
GVariant *
myrmex_process_result_to_variant (const MyrmexProcessResult *result,
                                  const char                *cookie)
{
  /* It names the log, whose path may be anything. */
  g_autofree char *log_error = result->log_error != NULL ? g_utf8_make_valid (result->log_error->message, -1) : NULL;
  Writer writer = { 0 };

  add_text (&writer, cookie);
  add_number (&writer, (guint64) result->end);
  add_number (&writer, (guint64) (gint64) result->code);
  add_number (&writer, result->stopped != FALSE);
  add_number (&writer, result->killed != FALSE);
  add_number (&writer, result->strays);
  add_number (&writer, result->strays_left);
  add_bytes (&writer, result->value);
  add_number (&writer, result->value_over_limit != FALSE);
  add_number (&writer, result->output_bytes);
  add_number (&writer, result->log_bytes);
  add_number (&writer, result->log_over_limit != FALSE);
  add_text (&writer, log_error != NULL ? log_error : "");
  add_bytes (&writer, result->tail);
  add_number (&writer, (guint64) result->started);
  add_number (&writer, (guint64) result->ended);
  add_number (&writer, (guint64) result->user_time);
  add_number (&writer, (guint64) result->system_time);
  add_number (&writer, result->max_rss);
  return finish (&writer);
}

/* Whose result it is, or NULL for what is none. It is the variant's. */
const char *
myrmex_process_result_get_cookie (GVariant *variant)
{
  Reader reader = read_words (variant);
  const char *cookie = take_text (&reader);

  return reader.is_bad ? NULL : cookie;
}

static gboolean
can_be (const MyrmexProcessResult *result)
{
  switch (result->end)
    {
    case MYRMEX_PROCESS_EXITED:
      return result->code >= 0 && result->code <= 255;
    case MYRMEX_PROCESS_SIGNALED:
      return result->code > 0;
    case MYRMEX_PROCESS_LOST:
      return TRUE;
    case MYRMEX_PROCESS_FAILED:
    case MYRMEX_PROCESS_INTERRUPTED:
    default:
      return FALSE;
    }
}

/* FALSE for one that no command can come to; then @result is as it was. */
gboolean
myrmex_process_result_from_variant (GVariant             *variant,
                                    MyrmexProcessResult  *result,
                                    GError              **log_error)
{
  Reader reader = read_words (variant);
  MyrmexProcessResult told = { 0 };
  const char *message;

  take_text (&reader);
  told.end = (MyrmexProcessEnd) take_between (&reader, 0, MYRMEX_PROCESS_INTERRUPTED);
  told.code = (int) take_between (&reader, -1, 255);
  told.stopped = take_flag (&reader);
  told.killed = take_flag (&reader);
  told.strays = (guint) take_between (&reader, 0, G_MAXUINT);
  told.strays_left = (guint) take_between (&reader, 0, G_MAXUINT);
  told.value = take_bytes (&reader, variant);
  told.value_over_limit = take_flag (&reader);
  told.output_bytes = take_number (&reader);
  told.log_bytes = take_number (&reader);
  told.log_over_limit = take_flag (&reader);
  message = take_text (&reader);
  told.tail = take_bytes (&reader, variant);
  told.started = (gint64) take_number (&reader);
  told.ended = (gint64) take_number (&reader);
  told.user_time = (gint64) take_number (&reader);
  told.system_time = (gint64) take_number (&reader);
  told.max_rss = take_number (&reader);
  if (!is_over (&reader) || !can_be (&told) || !g_utf8_validate (message, -1, NULL))
    {
      g_clear_pointer (&told.value, g_bytes_unref);
      g_clear_pointer (&told.tail, g_bytes_unref);
      return FALSE;
    }
  if (message[0] != '\0')
    g_set_error_literal (log_error, MYRMEX_ERROR, MYRMEX_ERROR_FAILED, message);
  *result = told;
  return TRUE;
}
