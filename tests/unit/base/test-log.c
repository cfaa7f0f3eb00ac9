/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>

#include "base/myrmex-log-private.h"

static guint n_messages;
static guint n_others;

static GLogWriterOutput
writer_cb (GLogLevelFlags   level,
           const GLogField *fields,
           gsize            n_fields,
           gpointer         data)
{
  if (level & G_LOG_LEVEL_MESSAGE)
    n_messages++;
  else
    n_others++;
  return G_LOG_WRITER_HANDLED;
}

static void
test_parse (void)
{
  g_assert_cmpuint (myrmex_debug_parse (""), ==, 0);
  g_assert_cmpuint (myrmex_debug_parse ("run"), ==, MYRMEX_DEBUG_RUN);
  g_assert_cmpuint (myrmex_debug_parse ("Task,run:process; config"), ==,
                    MYRMEX_DEBUG_TASK | MYRMEX_DEBUG_RUN | MYRMEX_DEBUG_PROCESS | MYRMEX_DEBUG_CONFIG);
  g_assert_cmpuint (myrmex_debug_parse ("all") & MYRMEX_DEBUG_VALUES, ==, 0);
  g_assert_cmpuint (myrmex_debug_parse ("all,values"), ==, MYRMEX_DEBUG_ALL | MYRMEX_DEBUG_VALUES);
}

static void
test_unknown (void)
{
  if (g_test_subprocess ())
    {
      g_assert_cmpuint (myrmex_debug_parse ("rnu,\x1b[2J,run"), ==, MYRMEX_DEBUG_RUN);
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("*nothing called \"rnu\"*nothing called \"?033[2J\"*");
}

static void
test_level (void)
{
  MyrmexLogEntry entry;

  myrmex_debug_set_flags (MYRMEX_DEBUG_RUN);
  myrmex_debug (MYRMEX_DEBUG_PROCESS, "no");
  g_assert_cmpuint (n_messages + n_others, ==, 0);
  myrmex_debug (MYRMEX_DEBUG_RUN, "yes");
  g_assert_cmpuint (n_messages, ==, 1);

  myrmex_log_begin (&entry, MYRMEX_DEBUG_TASK, G_LOG_LEVEL_INFO, "0");
  myrmex_log_end (&entry, "%s", "text");
  g_assert_cmpuint (n_others, ==, 1);
  g_assert_true (myrmex_log_is_wanted (MYRMEX_DEBUG_RUN, FALSE));
  g_assert_false (myrmex_log_is_wanted (MYRMEX_DEBUG_TASK, FALSE));
  g_assert_true (myrmex_log_is_wanted (MYRMEX_DEBUG_TASK, TRUE));
}

int
main (int    argc,
      char **argv)
{
  g_unsetenv ("G_MESSAGES_DEBUG");
  g_test_init (&argc, &argv, NULL);
  g_log_set_writer_func (writer_cb, NULL, NULL);
  g_test_add_func ("/debug/parse", test_parse);
  g_test_add_func ("/debug/unknown", test_unknown);
  g_test_add_func ("/debug/level", test_level);
  return g_test_run ();
}
