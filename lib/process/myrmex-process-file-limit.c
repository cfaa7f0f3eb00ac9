/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "process/myrmex-process-file-limit-private.h"

#include <errno.h>
#include <linux/close_range.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

/* What this process was given; set before is_raised is. */
static rlim_t given;
static int is_raised; /* atomic */

/* The kernel lets no process have more, whatever its limits say. */
static rlim_t
get_most (void)
{
  g_autofree char *text = NULL;
  guint64 most = 0;

  if (g_file_get_contents ("/proc/sys/fs/nr_open", &text, NULL, NULL))
    most = g_ascii_strtoull (text, NULL, 10);
  return most > 0 ? (rlim_t) most : RLIM_INFINITY;
}

static void
raise_limit (void)
{
  struct rlimit limit;
  rlim_t before;

  if (getrlimit (RLIMIT_NOFILE, &limit) < 0)
    return;
  before = limit.rlim_cur;
  limit.rlim_cur = MIN (limit.rlim_max, get_most ());
  if (limit.rlim_cur <= before)
    return;
  /* Without that call a child can not be started with another limit. */
  if (close_range (~0U, ~0U, CLOSE_RANGE_CLOEXEC) < 0 || setrlimit (RLIMIT_NOFILE, &limit) < 0)
    {
      g_info ("the limit of open files stays at %lu: %s", (gulong) before, g_strerror (errno));
      return;
    }
  given = before;
  g_atomic_int_set (&is_raised, TRUE);
}

void
myrmex_process_raise_file_limit (void)
{
  static gsize once = 0;

  if (g_once_init_enter (&once))
    {
      raise_limit ();
      g_once_init_leave (&once, 1);
    }
}

gboolean
myrmex_process_has_raised_limit (void)
{
  return g_atomic_int_get (&is_raised);
}

/* The high limit is as it is now: somebody may have lowered it. */
void
myrmex_process_restore_file_limit (gpointer unused)
{
  struct rlimit limit;

  if (!g_atomic_int_get (&is_raised) || getrlimit (RLIMIT_NOFILE, &limit) < 0)
    return;
  limit.rlim_cur = MIN (given, limit.rlim_max);
  setrlimit (RLIMIT_NOFILE, &limit);
}
