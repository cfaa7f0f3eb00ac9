/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "duration.h"

#include <math.h>

/* Longer than anything that anybody means. */
#define MAX_SECONDS (1e9)

/* A number alone would mean days to one and seconds to another. */
gboolean
duration_parse (const char *text,
                double     *seconds)
{
  static const struct
  {
    char   letter;
    double seconds;
  } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 60 * 60 }, { 'd', 24 * 60 * 60 }, { 'w', 7 * 24 * 60 * 60 } };
  char *end;
  double number;

  if (!g_ascii_isdigit (text[0]))
    return FALSE;
  number = g_ascii_strtod (text, &end);
  for (gsize i = 0; i < G_N_ELEMENTS (units); i++)
    {
      if (end[0] != units[i].letter || end[1] != '\0')
        continue;
      *seconds = number * units[i].seconds;
      return isfinite (*seconds) && *seconds <= MAX_SECONDS;
    }
  return FALSE;
}
