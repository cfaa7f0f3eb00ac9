/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What is logged, and whether. Entries go to GLib's structured log: a program's writer gets them, or the default one,
 * which drops what is below a message unless G_MESSAGES_DEBUG asks for it. What MYRMEX_DEBUG asks for is a message.
 *
 * Texts in a log are for who looks into a program, and are not translated. */

#include "base/myrmex-log-private.h"

#include <string.h>

static const struct
{
  const char       *name;
  MyrmexDebugFlags  flag;
  const char       *description;
} categories[] = {
  { "run", MYRMEX_DEBUG_RUN, "Runs: how they start and end" },
  { "task", MYRMEX_DEBUG_TASK, "Tasks: each attempt, and what came of it" },
  { "process", MYRMEX_DEBUG_PROCESS, "Commands: their process ids, how they are stopped and how they end" },
  { "definition", MYRMEX_DEBUG_DEFINITION, "Definitions: which are read, and how long it took" },
  { "config", MYRMEX_DEBUG_CONFIG, "Configuration: which files are read" },
  { "all", MYRMEX_DEBUG_ALL, "All of these" },
  { "values", MYRMEX_DEBUG_VALUES, "Error texts too, which may quote values and output, and so secrets" },
};

static MyrmexDebugFlags debug_flags;

static void
print_help (void)
{
  g_printerr ("MYRMEX_DEBUG takes some of these, with commas between them:\n");
  for (gsize i = 0; i < G_N_ELEMENTS (categories); i++)
    g_printerr ("  %-12s %s\n", categories[i].name, categories[i].description);
  g_printerr ("  %-12s %s\n", "help", "This list");
}

static MyrmexDebugFlags
parse_word (const char *word)
{
  for (gsize i = 0; i < G_N_ELEMENTS (categories); i++)
    {
      if (g_ascii_strcasecmp (word, categories[i].name) == 0)
        return categories[i].flag;
    }
  if (g_ascii_strcasecmp (word, "help") == 0)
    print_help ();
  else if (word[0] != '\0')
    g_printerr ("There is nothing called \"%s\" in MYRMEX_DEBUG; MYRMEX_DEBUG=help lists what there is\n", word);
  return MYRMEX_DEBUG_NONE;
}

/* Not g_parse_debug_string(): its “all” would be the secrets too, and it says nothing of a word that it does not
 * know. */
MyrmexDebugFlags
myrmex_debug_parse (const char *text)
{
  g_auto (GStrv) words = g_strsplit_set (text, ",:; \t", -1);
  MyrmexDebugFlags flags = MYRMEX_DEBUG_NONE;

  for (gsize i = 0; words[i] != NULL; i++)
    {
      g_autofree char *word = g_str_is_ascii (words[i]) ? g_strescape (words[i], NULL) : g_strdup ("?");

      flags |= parse_word (word);
    }
  return flags;
}

/* There is no locale yet, so what is printed is ASCII. As for GTK_DEBUG, help is printed wherever the library is
 * loaded, and then the program goes on. */
__attribute__ ((constructor)) static void
read_environment (void)
{
  const char *text = g_getenv ("MYRMEX_DEBUG");

  if (text != NULL)
    debug_flags = myrmex_debug_parse (text);
}

MyrmexDebugFlags
myrmex_debug_get_flags (void)
{
  return debug_flags;
}

/* For tests, while nothing runs. */
void
myrmex_debug_set_flags (MyrmexDebugFlags flags)
{
  debug_flags = flags;
}

/* Whether entries of a category get anywhere. @has_reader: somebody has said that they are read, as only who has set
 * a writer can know. */
gboolean
myrmex_log_is_wanted (MyrmexDebugFlags category,
                      gboolean         has_reader)
{
  return has_reader || (debug_flags & category) != 0 ||
         !g_log_writer_default_would_drop (G_LOG_LEVEL_DEBUG, G_LOG_DOMAIN);
}

void
myrmex_log_add (MyrmexLogEntry *entry,
                const char     *key,
                const char     *value)
{
  if (value == NULL)
    return;

  g_assert (entry->n_fields < G_N_ELEMENTS (entry->fields));
  entry->fields[entry->n_fields++] = (GLogField) { key, value, -1 };
}

static void
add_owned (MyrmexLogEntry *entry,
           const char     *key,
           char           *value)
{
  entry->owned[entry->n_owned++] = value;
  myrmex_log_add (entry, key, value);
}

void
myrmex_log_add_printf (MyrmexLogEntry *entry,
                       const char     *key,
                       const char     *format,
                       ...)
{
  va_list arguments;

  va_start (arguments, format);
  add_owned (entry, key, g_strdup_vprintf (format, arguments));
  va_end (arguments);
}

/* With a point, whatever the locale: programs read it. */
void
myrmex_log_add_seconds (MyrmexLogEntry *entry,
                        const char     *key,
                        double          seconds)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  add_owned (entry, key, g_strdup (g_ascii_formatd (number, sizeof number, "%.6f", seconds)));
}

static const char *
get_priority (GLogLevelFlags level)
{
  switch (level)
    {
    case G_LOG_LEVEL_MESSAGE:
      return "5";
    case G_LOG_LEVEL_INFO:
      return "6";
    default:
      return "7";
    }
}

/* @level is for who did not ask for @category; the fields are borrowed until the end. */
void
myrmex_log_begin (MyrmexLogEntry   *entry,
                  MyrmexDebugFlags  category,
                  GLogLevelFlags    level,
                  const char       *message_id)
{
  entry->n_fields = 0;
  entry->n_owned = 0;
  entry->level = (debug_flags & category) != 0 ? G_LOG_LEVEL_MESSAGE : level;
  myrmex_log_add (entry, "PRIORITY", get_priority (entry->level));
  myrmex_log_add (entry, "GLIB_DOMAIN", G_LOG_DOMAIN);
  myrmex_log_add (entry, "MESSAGE_ID", message_id);
}

void
myrmex_log_end (MyrmexLogEntry *entry,
                const char     *format,
                ...)
{
  va_list arguments;

  va_start (arguments, format);
  add_owned (entry, "MESSAGE", g_strdup_vprintf (format, arguments));
  va_end (arguments);

  g_log_structured_array (entry->level, entry->fields, entry->n_fields);
  for (gsize i = 0; i < entry->n_owned; i++)
    g_free (entry->owned[i]);
}

/* What only MYRMEX_DEBUG asks for. */
void
myrmex_debug (MyrmexDebugFlags  category,
              const char       *format,
              ...)
{
  g_autofree char *text = NULL;
  MyrmexLogEntry entry;
  va_list arguments;

  if ((debug_flags & category) == 0)
    return;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  myrmex_log_begin (&entry, category, G_LOG_LEVEL_DEBUG, NULL);
  myrmex_log_end (&entry, "%s", text);
}
