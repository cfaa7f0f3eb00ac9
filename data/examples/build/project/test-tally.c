/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "summary.h"
#include "table.h"
#include "words.h"

#define MANY 10000 /* words, enough for the table to grow several times */

static int tests, failures;

static void
check (bool        ok,
       const char *what)
{
  tests++;
  failures += !ok;
  printf ("%s %d - %s\n", ok ? "ok" : "not ok", tests, what);
}

static bool
splits (const char *text,
        const char *wanted)
{
  char joined[256] = "";
  size_t start = 0, length = 0;

  for (; words_next (text, strlen (text), &start, &length); start += length)
    {
      strncat (joined, text + start, length);
      strcat (joined, "|");
    }
  return strcmp (joined, wanted) == 0;
}

static void
test_words (void)
{
  check (splits ("", ""), "no text has no words");
  check (splits ("one two", "one|two|"), "a space parts words");
  check (splits ("--one,2two!", "one|two|"), "only letters make words");
  check (splits ("don't 'quote'", "don't|quote|"), "an apostrophe joins letters, and quotes do not");
  check (splits ("Ameisenstaße Tür", "Ameisenstaße|Tür|"), "letters beyond ASCII are letters");
}

static void
test_table (void)
{
  Table *table = table_new ();
  Entry *entries;
  char word[16];
  bool ok = true;

  for (int i = 0; i < 2 * MANY; i++)
    ok = ok && table_add (table, word, (size_t) snprintf (word, sizeof word, "w%d", i % MANY));
  ok = ok && table_add (table, "w7", 2);
  entries = table_sorted (table);
  check (ok && table_size (table) == MANY, "each word has one entry");
  check (entries != NULL && strcmp (entries[0].word, "w7") == 0 && entries[0].count == 3, "the most frequent is first");
  check (entries != NULL && strcmp (entries[1].word, "w0") == 0 && entries[1].count == 2, "then the order of words");
  free (entries);
  table_free (table);
}

static void
test_summary (void)
{
  char text[] = "The ant, the Ant\nand the hill\n";
  Summary summary = { 0 };
  Table *table = table_new ();

  check (summary_add (&summary, table, text, strlen (text)) && summary.lines == 2 && summary.words == 7 &&
         summary.bytes == strlen (text), "lines, words and bytes are counted");
  check (table_size (table) == 4, "small and large letters are the same");
  table_free (table);
}

int
main (void)
{
  test_words ();
  test_table ();
  test_summary ();
  printf ("1..%d\n", tests);
  return failures == 0 ? 0 : 1;
}
