/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Loaded before the C library into a program that is not installed: its translations are where MYRMEX_TEST_LOCALEDIR
 * says. */
#include <dlfcn.h>
#include <libintl.h>
#include <stdlib.h>
#include <string.h>

char *
bindtextdomain (const char *domain,
                const char *folder)
{
  char *(*next) (const char *, const char *) = (char *(*) (const char *, const char *)) dlsym (RTLD_NEXT, "bindtextdomain");
  const char *other = getenv ("MYRMEX_TEST_LOCALEDIR");

  return next (domain, folder != NULL && other != NULL && strcmp (domain, "myrmex") == 0 ? other : folder);
}
