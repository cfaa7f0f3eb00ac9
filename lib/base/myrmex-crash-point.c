/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/myrmex-crash-point-private.h"

#ifdef MYRMEX_HAS_CRASH_POINTS

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct
{
  const char *file;   /* NULL: none is wanted */
  char       *name;
  int         left;   /* atomic */
} Wanted;

static gpointer
read_wanted (gpointer data)
{
  static Wanted wanted;
  const char *file = g_getenv ("MYRMEX_CRASH_POINT_FILE");
  char *text = NULL;
  char *blank;

  if (file == NULL || !g_file_get_contents (file, &text, NULL, NULL))
    return &wanted;
  blank = strchr (text, ' ');
  if (blank == NULL)
    {
      g_free (text);
      return &wanted;
    }
  *blank = '\0';
  wanted.name = text;
  wanted.left = atoi (blank + 1);
  wanted.file = g_strdup (file);
  return &wanted;
}

void
myrmex_crash_point (const char *name)
{
  static GOnce once = G_ONCE_INIT;
  Wanted *wanted = g_once (&once, read_wanted, NULL);

  if (wanted->file == NULL || strcmp (wanted->name, name) != 0 || !g_atomic_int_dec_and_test (&wanted->left))
    return;

  unlink (wanted->file);
  kill (getpid (), SIGKILL);
  for (;;)
    pause ();
}

#endif
