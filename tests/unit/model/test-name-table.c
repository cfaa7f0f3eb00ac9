/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gio/gio.h>
#include <string.h>

#include "model/myrmex-name-table-private.h"

#define N_NAMES 100000

/* Keeps what it copies, and so counts it. */
static const char *
copy_cb (gpointer    data,
         const char *name,
         gsize       length)
{
  GPtrArray *copies = data;
  char *copy = g_strndup (name, length);

  g_ptr_array_add (copies, copy);
  return copy;
}

static void
test_empty (void)
{
  MyrmexNameTable table;

  myrmex_name_table_init (&table);
  g_assert_cmpuint (myrmex_name_table_lookup (&table, "a"), ==, MYRMEX_NO_INDEX);
  g_assert_cmpuint (table.n_atoms, ==, 0);
  myrmex_name_table_clear (&table);
}

/* Atoms are numbers in the order in which their names came, and a name has one for ever. */
static void
test_many (void)
{
  g_autoptr (GPtrArray) copies = g_ptr_array_new_with_free_func (g_free);
  MyrmexNameTable table;

  myrmex_name_table_init (&table);
  for (guint pass = 0; pass < 2; pass++)
    {
      for (guint32 i = 0; i < N_NAMES; i++)
        {
          g_autofree char *name = g_strdup_printf ("task-%u", i);

          g_assert_cmpuint (myrmex_name_table_intern (&table, name, copy_cb, copies), ==, i);
        }
    }

  g_assert_cmpuint (table.n_atoms, ==, N_NAMES);
  g_assert_cmpuint (copies->len, ==, N_NAMES);
  for (guint32 i = 0; i < N_NAMES; i++)
    {
      g_autofree char *name = g_strdup_printf ("task-%u", i);

      g_assert_cmpuint (myrmex_name_table_lookup (&table, name), ==, i);
      g_assert_cmpstr (table.atoms[i].name, ==, name);
      g_assert_cmpuint (table.atoms[i].task, ==, MYRMEX_NO_INDEX);
    }
  g_assert_cmpuint (myrmex_name_table_lookup (&table, "task-100000"), ==, MYRMEX_NO_INDEX);
  g_assert_cmpuint (myrmex_name_table_lookup (&table, ""), ==, MYRMEX_NO_INDEX);
  myrmex_name_table_clear (&table);
}

/* Names that differ in one byte only, at each place of the eight that are hashed at once, and in length only. */
static void
test_alike (void)
{
  g_autoptr (GPtrArray) copies = g_ptr_array_new_with_free_func (g_free);
  char name[129];
  MyrmexNameTable table;
  guint32 n = 0;

  myrmex_name_table_init (&table);
  for (guint length = 0; length < sizeof name; length++)
    {
      memset (name, 'a', sizeof name);
      name[length] = '\0';
      g_assert_cmpuint (myrmex_name_table_intern (&table, name, copy_cb, copies), ==, n++);
      for (guint at = 0; at < length; at++)
        {
          name[at] = 'b';
          g_assert_cmpuint (myrmex_name_table_intern (&table, name, copy_cb, copies), ==, n++);
          name[at] = 'a';
        }
    }

  g_assert_cmpuint (table.n_atoms, ==, n);
  g_assert_cmpuint (copies->len, ==, n);
  myrmex_name_table_clear (&table);
}

/* Who chooses names can not choose where they go: two tables put the same names into different places. */
static void
test_seeded (void)
{
  g_autoptr (GPtrArray) copies = g_ptr_array_new_with_free_func (g_free);
  MyrmexNameTable a, b;
  guint n_same = 0;

  myrmex_name_table_init (&a);
  do
    myrmex_name_table_init (&b);
  while (a.seed == b.seed);
  for (guint i = 0; i < 100; i++)
    {
      g_autofree char *name = g_strdup_printf ("%u", i);

      myrmex_name_table_intern (&a, name, copy_cb, copies);
      myrmex_name_table_intern (&b, name, copy_cb, copies);
      n_same += a.atoms[i].hash == b.atoms[i].hash;
    }
  g_assert_cmpuint (n_same, <, 5);
  myrmex_name_table_clear (&a);
  myrmex_name_table_clear (&b);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/name-table/empty", test_empty);
  g_test_add_func ("/name-table/many", test_many);
  g_test_add_func ("/name-table/alike", test_alike);
  g_test_add_func ("/name-table/seeded", test_seeded);

  return g_test_run ();
}
