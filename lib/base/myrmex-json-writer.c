/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/myrmex-json-writer-private.h"

#include <math.h>
#include <string.h>

#include "base/myrmex-value.h"

void
myrmex_json_writer_init (MyrmexJsonWriter *writer,
                         GString          *out,
                         gboolean          pretty)
{
  memset (writer, 0, sizeof *writer);
  writer->out = out;
  writer->pretty = pretty;
}

static void
break_line (MyrmexJsonWriter *self)
{
  g_string_append_c (self->out, '\n');
  for (guint i = 0; i < self->depth; i++)
    g_string_append (self->out, "  ");
}

/* Before anything that stands in a container: the comma and the line, unless a key has seen to them. */
static void
separate (MyrmexJsonWriter *self)
{
  if (self->keyed)
    {
      self->keyed = FALSE;
      return;
    }

  if (self->more)
    g_string_append_c (self->out, ',');
  if (self->pretty && self->depth > 0)
    break_line (self);
}

static void
begin (MyrmexJsonWriter *self,
       char              bracket)
{
  separate (self);
  g_string_append_c (self->out, bracket);
  self->depth++;
  self->more = FALSE;
}

static void
end (MyrmexJsonWriter *self,
     char              bracket)
{
  self->depth--;
  if (self->pretty && self->more)
    break_line (self);
  g_string_append_c (self->out, bracket);
  self->more = TRUE;
}

void
myrmex_json_writer_begin_object (MyrmexJsonWriter *writer)
{
  begin (writer, '{');
}

void
myrmex_json_writer_end_object (MyrmexJsonWriter *writer)
{
  end (writer, '}');
}

void
myrmex_json_writer_begin_array (MyrmexJsonWriter *writer)
{
  begin (writer, '[');
}

void
myrmex_json_writer_end_array (MyrmexJsonWriter *writer)
{
  end (writer, ']');
}

static void
write_plain (MyrmexJsonWriter *self,
             const char       *text)
{
  separate (self);
  g_string_append (self->out, text);
  self->more = TRUE;
}

/* The first byte that can not stand for itself, or may not: ASCII controls, DEL, quotes, and all that is not
 * ASCII, which is looked at by character. */
static gsize
measure_plain (const char *text,
               gsize       length)
{
  gsize i = 0;

  while (i < length && (guchar) text[i] >= 0x20 && (guchar) text[i] < 0x7f && text[i] != '"' && text[i] != '\\')
    i++;
  return i;
}

/* What is not shown, or changes how what is beside it is shown. */
static gboolean
must_escape (gunichar c)
{
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || c == 0x200b || c == 0x200e || c == 0x200f ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

/* Appends the character at @text, however it must be written; returns how many bytes it took. */
static gsize
append_character (GString    *out,
                  const char *text,
                  gsize       length)
{
  static const char plain[] = "\"\\\b\f\n\r\t";
  static const char meant[] = "\"\\bfnrt";
  const char *special = *text != '\0' ? strchr (plain, *text) : NULL;
  gunichar c;
  gsize size;

  if (special != NULL)
    {
      g_string_append_c (out, '\\');
      g_string_append_c (out, meant[special - plain]);
      return 1;
    }

  c = *text == '\0' ? 0 : g_utf8_get_char_validated (text, (gssize) length);
  if (c == (gunichar) -1 || c == (gunichar) -2)
    {
      g_string_append (out, "\xef\xbf\xbd");
      return 1;
    }

  size = *text == '\0' ? 1 : (gsize) (g_utf8_next_char (text) - text);
  if (must_escape (c))
    g_string_append_printf (out, "\\u%04x", c);
  else
    g_string_append_len (out, text, (gssize) size);
  return size;
}

/* Appends @length bytes as a JSON string, with its quotes. */
void
myrmex_json_append_string (GString    *out,
                           const char *text,
                           gsize       length)
{
  g_string_append_c (out, '"');
  while (length > 0)
    {
      gsize size = measure_plain (text, length);

      if (size > 0)
        g_string_append_len (out, text, (gssize) size);
      else
        size = append_character (out, text, length);
      text += size;
      length -= size;
    }
  g_string_append_c (out, '"');
}

static void
write_key (MyrmexJsonWriter *self,
           const char       *key,
           gsize             length)
{
  separate (self);
  myrmex_json_append_string (self->out, key, length);
  g_string_append (self->out, self->pretty ? ": " : ":");
  self->keyed = TRUE;
  self->more = TRUE;
}

void
myrmex_json_writer_key (MyrmexJsonWriter *writer,
                        const char       *key)
{
  write_key (writer, key, strlen (key));
}

void
myrmex_json_writer_null (MyrmexJsonWriter *writer)
{
  write_plain (writer, "null");
}

void
myrmex_json_writer_boolean (MyrmexJsonWriter *writer,
                            gboolean          value)
{
  write_plain (writer, value ? "true" : "false");
}

void
myrmex_json_writer_int (MyrmexJsonWriter *writer,
                        gint64            value)
{
  char text[32];

  g_snprintf (text, sizeof text, "%" G_GINT64_FORMAT, value);
  write_plain (writer, text);
}

void
myrmex_json_writer_uint (MyrmexJsonWriter *writer,
                         guint64           value)
{
  char text[32];

  g_snprintf (text, sizeof text, "%" G_GUINT64_FORMAT, value);
  write_plain (writer, text);
}

/* The shortest text that reads back as the same double, and as a double: 1.0 keeps its point. JSON has no
 * infinities and no NaN; they become null. */
void
myrmex_json_writer_double (MyrmexJsonWriter *writer,
                           double            value)
{
  static const char * const formats[] = { "%.15g", "%.16g", "%.17g" };
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  if (!isfinite (value))
    {
      myrmex_json_writer_null (writer);
      return;
    }

  for (gsize i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      g_ascii_formatd (text, sizeof text, formats[i], value);
      if (g_ascii_strtod (text, NULL) == value)
        break;
    }
  if (strpbrk (text, ".e") == NULL)
    strcat (text, ".0");
  write_plain (writer, text);
}

void
myrmex_json_writer_string (MyrmexJsonWriter *writer,
                           const char       *text)
{
  myrmex_json_writer_string_len (writer, text, strlen (text));
}

void
myrmex_json_writer_string_len (MyrmexJsonWriter *writer,
                               const char       *text,
                               gsize             length)
{
  separate (writer);
  myrmex_json_append_string (writer->out, text, length);
  writer->more = TRUE;
}

/* A container of which the first @next children are written. */
typedef struct
{
  GVariant *container; /* owned */
  gsize     next;
  gsize     n;
  gboolean  object;
} Frame;

static void
frame_clear (gpointer data)
{
  Frame *frame = data;

  g_variant_unref (frame->container);
}

static void
write_bytes (MyrmexJsonWriter *self,
             GVariant         *value)
{
  gsize n;
  const guchar *bytes = g_variant_get_fixed_array (value, &n, 1);
  g_autofree char *text = g_base64_encode (bytes, n);

  myrmex_json_writer_string (self, text);
}

/* Writes a value that holds no others. */
static void
write_basic (MyrmexJsonWriter *self,
             GVariant         *value)
{
  gsize length;
  const char *text;

  switch (g_variant_classify (value))
    {
    case G_VARIANT_CLASS_BOOLEAN:
      myrmex_json_writer_boolean (self, g_variant_get_boolean (value));
      break;
    case G_VARIANT_CLASS_BYTE:
      myrmex_json_writer_uint (self, g_variant_get_byte (value));
      break;
    case G_VARIANT_CLASS_INT16:
      myrmex_json_writer_int (self, g_variant_get_int16 (value));
      break;
    case G_VARIANT_CLASS_UINT16:
      myrmex_json_writer_uint (self, g_variant_get_uint16 (value));
      break;
    case G_VARIANT_CLASS_INT32:
      myrmex_json_writer_int (self, g_variant_get_int32 (value));
      break;
    case G_VARIANT_CLASS_UINT32:
      myrmex_json_writer_uint (self, g_variant_get_uint32 (value));
      break;
    case G_VARIANT_CLASS_INT64:
      myrmex_json_writer_int (self, g_variant_get_int64 (value));
      break;
    case G_VARIANT_CLASS_UINT64:
      myrmex_json_writer_uint (self, g_variant_get_uint64 (value));
      break;
    case G_VARIANT_CLASS_HANDLE:
      myrmex_json_writer_int (self, g_variant_get_handle (value));
      break;
    case G_VARIANT_CLASS_DOUBLE:
      myrmex_json_writer_double (self, g_variant_get_double (value));
      break;
    case G_VARIANT_CLASS_STRING:
    case G_VARIANT_CLASS_OBJECT_PATH:
    case G_VARIANT_CLASS_SIGNATURE:
      text = g_variant_get_string (value, &length);
      if (myrmex_value_is_null (value))
        myrmex_json_writer_null (self);
      else
        myrmex_json_writer_string_len (self, text, length);
      break;
    case G_VARIANT_CLASS_ARRAY:
      write_bytes (self, value);
      break;
    default:
      g_assert_not_reached ();
    }
}

static gboolean
is_basic (GVariant *value)
{
  return g_variant_type_is_basic (g_variant_get_type (value)) ||
         g_variant_is_of_type (value, G_VARIANT_TYPE_BYTESTRING);
}

static void
push (MyrmexJsonWriter *self,
      GArray           *frames,
      GVariant         *container)
{
  Frame frame = { 0 };

  frame.container = g_variant_ref (container);
  frame.n = g_variant_n_children (container);
  frame.object = g_variant_is_of_type (container, G_VARIANT_TYPE_DICTIONARY);
  g_array_append_val (frames, frame);
  begin (self, frame.object ? '{' : '[');
}

/* A variant is what it holds, a maybe is what it holds or null. */
static GVariant *
unwrap (GVariant *value)
{
  g_variant_ref (value);
  while (value != NULL && (g_variant_is_of_type (value, G_VARIANT_TYPE_VARIANT) ||
                           g_variant_is_of_type (value, G_VARIANT_TYPE_MAYBE)))
    {
      g_autoptr (GVariant) outer = value;

      value = g_variant_n_children (outer) > 0 ? g_variant_get_child_value (outer, 0) : NULL;
    }
  return value;
}

/* The key of a dictionary is text; what is none is not a value that results may hold, but it is still shown. */
static GVariant *
open_entry (MyrmexJsonWriter *self,
            GVariant         *entry)
{
  g_autoptr (GVariant) key = g_variant_get_child_value (entry, 0);

  if (g_variant_is_of_type (key, G_VARIANT_TYPE_STRING))
    {
      gsize length;
      const char *text = g_variant_get_string (key, &length);

      write_key (self, text, length);
    }
  else
    {
      g_autofree char *text = g_variant_print (key, FALSE);

      myrmex_json_writer_key (self, text);
    }
  return g_variant_get_child_value (entry, 1);
}

/* Any value that myrmex_value_check() allows; %NULL is null. It needs no more C stack for a deep value. */
void
myrmex_json_writer_value (MyrmexJsonWriter *writer,
                          GVariant         *value)
{
  g_autoptr (GArray) frames = g_array_new (FALSE, FALSE, sizeof (Frame));
  g_autoptr (GVariant) current = value != NULL ? unwrap (value) : NULL;

  g_array_set_clear_func (frames, frame_clear);
  while (TRUE)
    {
      g_autoptr (GVariant) child = NULL;
      Frame *frame;

      if (current == NULL)
        myrmex_json_writer_null (writer);
      else if (is_basic (current))
        write_basic (writer, current);
      else
        push (writer, frames, current);

      while (frames->len > 0)
        {
          frame = &g_array_index (frames, Frame, frames->len - 1);
          if (frame->next < frame->n)
            break;
          end (writer, frame->object ? '}' : ']');
          g_array_set_size (frames, frames->len - 1);
        }
      if (frames->len == 0)
        return;

      child = g_variant_get_child_value (frame->container, frame->next++);
      if (frame->object)
        {
          g_autoptr (GVariant) entry = g_steal_pointer (&child);
          child = open_entry (writer, entry);
        }
      g_clear_pointer (&current, g_variant_unref);
      current = unwrap (child);
    }
}
