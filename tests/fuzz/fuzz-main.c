/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"

#include <gio/gio.h>
#include <string.h>

/* Runs a fuzz target as a plain test: over a folder of inputs, and over a fixed number of random changes to them.
 * The seed is fixed, so that every run is the same; MYRMEX_FUZZ_SEED takes another.
 *
 *     fuzz-json CORPUS-FOLDER [GTest options]
 *     fuzz-json FILE…            only these inputs, to look into a finding */

/* With the sanitizers each takes ten times as long, and libFuzzer goes on from there in tests/run --full. */
#ifdef __SANITIZE_ADDRESS__
# define MUTATIONS (3000)
# define MUTATIONS_FULL (50000)
#else
# define MUTATIONS (20000)
# define MUTATIONS_FULL (400000)
#endif
#define MAX_INPUT_BYTES (8192)

static GPtrArray *inputs; /* of GBytes */

/* Words that a parser looks for, which random bytes would not hit upon. */
static const char * const words[] = {
  "{", "}", "[", "]", ":", ",", "\"", "\\", "\\u", "\\ud83d\\ude00", "\\u0000", "null", "true", "false", "//", "\n",
  "-", "0", "1e999", "9223372036854775807", "0x", "\xef\xbb\xbf", "\xe2\x80\xae", "\xff", "\"a\":", "\"a\"",
  "${{", "}}", "'", "''", "(", ")", ".", ".*", "[*]", "!", "&&", "||", "==", "!=", "<=", ">", "NaN", "Infinity",
  "tasks.", "parameters.", "env", "run", "contains(", "format(", "join(", "toJSON(", "fromJSON(", "length(",
  "startsWith(", "{0}", "{{",
};

static void
load_file (const char *path)
{
  g_autoptr (GError) error = NULL;
  char *content = NULL;
  gsize length = 0;

  if (!g_file_get_contents (path, &content, &length, &error))
    g_error ("%s", error->message);
  g_ptr_array_add (inputs, g_bytes_new_take (content, length));
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char * const *) a, *(const char * const *) b);
}

/* In the order of their names, since the changes depend on it. */
static void
load_folder (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) folder = g_dir_open (path, 0, &error);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  if (folder == NULL)
    g_error ("%s", error->message);
  while ((name = g_dir_read_name (folder)) != NULL)
    g_ptr_array_add (names, g_build_filename (path, name, NULL));
  g_ptr_array_sort (names, compare_names);
  for (guint i = 0; i < names->len; i++)
    load_file (names->pdata[i]);
}

/* On memory of just this size, so that the sanitizer sees reading behind it. */
static void
run_input (const void *data,
           gsize       size)
{
  g_autofree uint8_t *copy = g_malloc (MAX (size, 1));

  if (size > 0)
    memcpy (copy, data, size);
  LLVMFuzzerTestOneInput (copy, size);
}

static guint
pick (GRand *random,
      gsize  n)
{
  return n > 0 ? (guint) g_rand_int_range (random, 0, (gint32) n) : 0;
}

static void
mutate (GRand      *random,
        GByteArray *input)
{
  guint at = pick (random, input->len);
  guint length = pick (random, MIN (input->len - at, 32) + 1);
  const char *word = words[pick (random, G_N_ELEMENTS (words))];
  GBytes *other = inputs->pdata[pick (random, inputs->len)];
  g_autoptr (GByteArray) tail = g_byte_array_new ();
  gsize other_size;
  const guint8 *other_data = g_bytes_get_data (other, &other_size);
  guint other_at = pick (random, other_size);
  guint8 byte = (guint8) g_rand_int (random);

  g_byte_array_append (tail, input->data + at, input->len - at);
  switch (pick (random, 6))
    {
    case 0: /* another byte */
      if (input->len > 0)
        input->data[at] = byte;
      break;
    case 1: /* cut out */
      g_byte_array_set_size (input, at);
      g_byte_array_append (input, tail->data + length, tail->len - length);
      break;
    case 2: /* twice */
      g_byte_array_set_size (input, at + length);
      g_byte_array_append (input, tail->data, tail->len);
      break;
    case 3: /* a word between */
      g_byte_array_set_size (input, at);
      g_byte_array_append (input, (const guint8 *) word, (guint) strlen (word));
      g_byte_array_append (input, tail->data, tail->len);
      break;
    case 4: /* the end of another input */
      g_byte_array_set_size (input, at);
      g_byte_array_append (input, other_data + other_at, (guint) other_size - other_at);
      break;
    default: /* cut off */
      g_byte_array_set_size (input, at);
      break;
    }

  if (input->len > MAX_INPUT_BYTES)
    g_byte_array_set_size (input, MAX_INPUT_BYTES);
}

static void
test_corpus (void)
{
  for (guint i = 0; i < inputs->len; i++)
    {
      gsize size;
      const void *data = g_bytes_get_data (inputs->pdata[i], &size);

      run_input (data, size);
    }
}

static void
test_mutations (void)
{
  const char *seed = g_getenv ("MYRMEX_FUZZ_SEED");
  guint n = g_getenv ("MYRMEX_TEST_FULL") != NULL ? MUTATIONS_FULL : MUTATIONS;
  g_autoptr (GRand) random = g_rand_new_with_seed (seed != NULL ? (guint32) g_ascii_strtoull (seed, NULL, 10) : 1);
  g_autoptr (GByteArray) input = g_byte_array_new ();

  for (guint i = 0; i < n; i++)
    {
      gsize size;
      const guint8 *data = g_bytes_get_data (inputs->pdata[pick (random, inputs->len)], &size);

      g_byte_array_set_size (input, 0);
      g_byte_array_append (input, data, (guint) size);
      for (guint k = pick (random, 6) + 1; k > 0; k--)
        mutate (random, input);
      run_input (input->data, input->len);
    }
}

int
main (int    argc,
      char **argv)
{
  g_autofree char *name = NULL;
  g_autofree char *corpus = NULL;
  g_autofree char *mutations = NULL;

  g_test_init (&argc, &argv, NULL);
  if (argc < 2)
    {
      g_printerr ("Usage: %s CORPUS-FOLDER | FILE…\n", argv[0]);
      return 2;
    }

  inputs = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  for (int i = 1; i < argc; i++)
    {
      if (g_file_test (argv[i], G_FILE_TEST_IS_DIR))
        load_folder (argv[i]);
      else
        load_file (argv[i]);
    }

  name = g_path_get_basename (argv[0]);
  corpus = g_strdup_printf ("/fuzz/%s/corpus", name);
  mutations = g_strdup_printf ("/fuzz/%s/mutations", name);
  g_test_add_func (corpus, test_corpus);
  if (g_file_test (argv[1], G_FILE_TEST_IS_DIR))
    g_test_add_func (mutations, test_mutations);

  int status = g_test_run ();
  g_ptr_array_unref (inputs);
  return status;
}
