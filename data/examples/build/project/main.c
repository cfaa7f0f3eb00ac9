/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "summary.h"

#define DEFAULT_TOP 10 /* words */

/* The whole of a file, to free; NULL with errno set when it can not be read. */
static char *
read_file (const char *path,
           size_t     *size)
{
  FILE *file = fopen (path, "rb");
  char *text = NULL;
  size_t capacity = 0;

  if (file == NULL)
    return NULL;
  *size = 0;
  do
    {
      char *larger = realloc (text, capacity += 65536);

      if (larger == NULL)
        {
          free (text);
          fclose (file);
          return NULL;
        }
      text = larger;
      *size += fread (text + *size, 1, capacity - *size, file);
    }
  while (*size == capacity);
  if (ferror (file))
    {
      free (text);
      text = NULL;
    }
  fclose (file);
  return text;
}

static int
usage (void)
{
  fputs ("usage: tally [-n WORDS] FILE...\n", stderr);
  return 2;
}

int
main (int    argc,
      char **argv)
{
  size_t top = DEFAULT_TOP;
  Summary summary = { 0 };
  Table *table;
  int first = 1, status = 0;

  if (argc > 2 && strcmp (argv[1], "-n") == 0)
    {
      char *end;

      top = strtoul (argv[2], &end, 10);
      if (end == argv[2] || *end != '\0')
        return usage ();
      first = 3;
    }
  if (first >= argc)
    return usage ();

  table = table_new ();
  for (int i = first; table != NULL && i < argc; i++)
    {
      size_t size = 0;
      char *text = read_file (argv[i], &size);

      if (text == NULL || !summary_add (&summary, table, text, size))
        {
          fprintf (stderr, "tally: %s: %s\n", argv[i], strerror (errno));
          status = 1;
        }
      free (text);
    }
  if (table == NULL || !summary_print (&summary, table, top, stdout))
    status = 1;
  table_free (table);
  return status;
}
