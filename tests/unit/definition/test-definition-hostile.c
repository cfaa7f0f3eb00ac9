/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <malloc.h>
#include <myrmex.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/myrmex-json-tree-private.h"
#include "definition/myrmex-definition-private.h"

/* Texts that a stranger could send to keep us busy, as large as they may be: each is refused, and costs little. */

/* With the text itself, of 8 MiB. It is 30 MiB, of the 32 that are asked for, and what the allocator has beside. */
#define MAX_KIB (36 * 1024)

/* Of the processor; a tenth of it is asked for, on a machine that has nothing else to do. */
#define MAX_SECONDS (1.0)

/* A sanitizer takes time and memory of its own. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_PLAIN (FALSE)
#else
#define IS_PLAIN (TRUE)
#endif

#define TASK "{\"myrmex\":1,\"tasks\":{\"a\":{\"noop\":{}"
#define COMMAND "{\"myrmex\":1,\"tasks\":{\"a\":{\"command\":[\"x\""

typedef struct
{
  const char *name;
  const char *head;
  const char *part; /* again and again; `#` is the number of the part */
  const char *tail;
} Kind;

static const Kind kinds[] = {
  { "keys-of-a-task", TASK, ",\"k#\":1", "}}}" },
  { "tasks-of-nothing", TASK "}", ",\"t#\":{}", "}}" },
  { "tasks-of-ones", TASK "}", ",\"#\":1", "}}" },
  { "bad-names", TASK "}", ",\"#/\":0", "}}" },
  { "escaped-names", TASK "}", ",\"\\n#\":{\"noop\":{}}", "}}" },
  { "same-task", TASK "}", ",\"a\":{\"noop\":{}}", "}}" },
  { "unknown-actions", TASK "}", ",\"#\":{\"nop\":1}", "}}" },
  { "two-actions", TASK "}", ",\"a#\":{\"noop\":{},\"command\":[],\"shell\":\"\"}", "}}" },
  { "empty-commands", TASK "}", ",\"#\":{\"command\":[]}", "}}" },
  { "objects-as-commands", TASK "}", ",\"#\":{\"command\":{}}", "}}" },
  { "triggers", TASK "}", ",\"#\":{\"noop\":{},\"trigger_rule\":\"x\"}", "}}" },
  { "timeouts", TASK "}", ",\"#\":{\"noop\":{},\"timeout\":-1}", "}}" },
  { "keys-in-policies", TASK "}", ",\"#\":{\"noop\":{},\"retry_policy\":{\"a\":1}}", "}}" },
  { "keys-in-a-policy", TASK ",\"retry_policy\":{\"max_attempts\":0", ",\"r#\":1", "}}}}" },
  { "dependencies", TASK ",\"dependencies\":[\"a\"", ",\"x#\"", "]}}}" },
  { "escaped-dependencies", TASK ",\"dependencies\":[\"a\"", ",\"\\u0062#\"", "]}}}" },
  { "same-dependency", TASK ",\"dependencies\":[\"a\"", ",\"b\"", "]}}}" },
  { "dependencies-on-itself", TASK ",\"dependencies\":[\"a\"", ",\"a\"", "]}}}" },
  { "dependencies-of-no-name", TASK ",\"dependencies\":[\"a\"", ",\"\"", "]}}}" },
  { "dependencies-of-ones", TASK ",\"dependencies\":[\"a\"", ",1", "]}}}" },
  { "tags", TASK ",\"tags\":[1", ",#", "]}}}" },
  { "good-tags", TASK ",\"x\":1,\"tags\":[\"x\"", ",\"y\"", "]}}}" },
  { "empty-tags", TASK ",\"tags\":[\"x\"", ",\"\"", "]}}}" },
  { "metadata", TASK ",\"metadata\":{\"x\":[1", ",1", "]},\"bad\":1}}}" },
  { "metadata-of-members", TASK ",\"metadata\":{\"x\":1", ",\"#\":1", "},\"bad\":1}}}" },
  { "deep-metadata", TASK ",\"metadata\":", "[", "" },
  { "ones-as-arguments", COMMAND, ",1", "]}}}" },
  { "objects-as-arguments", COMMAND, ",{}", "]}}}" },
  { "escaped-arguments", COMMAND, ",\"\\n\"", "],\"x\":1}}}" },
  { "open-templates", COMMAND, ",\"${{p#}\"", "]}}}" },
  { "unknown-templates", COMMAND, ",\"${{parameters.p#}}\"", "]}}}" },
  { "good-templates", COMMAND, ",\"${{1}}\"", "],\"x\":1}}}" },
  { "templates-in-one-text", COMMAND ",\"", "${{1}}", "\"],\"x\":1}}}" },
  { "wrong-templates-in-one-text", "{\"myrmex\":1,\"env\":{\"A\":\"", "${{tasks.a#}}", "\"},\"tasks\":{}}" },
  { "variables", "{\"myrmex\":1,\"tasks\":{},\"env\":{\"q\":1", ",\"#\":1", "}}" },
  { "good-variables", "{\"myrmex\":1,\"tasks\":{},\"x\":1,\"env\":{\"q\":\"\"", ",\"#\":\"\"", "}}" },
  { "types", "{\"myrmex\":1,\"tasks\":{},\"parameters\":{\"p\":{\"type\":\"string\"}", ",\"p#\":{\"type\":\"strin\"}", "}}" },
  { "parameters-of-ones", "{\"myrmex\":1,\"tasks\":{},\"parameters\":{\"p\":1", ",\"#\":1", "}}" },
  { "parameters-after-one", "{\"myrmex\":1,\"tasks\":{},\"parameters\":{\"p\":1", ",\"#\":{\"type\":\"string\"}", "}}" },
  { "words", "{\"myrmex\":1,\"tasks\":{},\"parameters\":{\"p\":{\"type\":\"integer\",\"default\":2,\"enum\":[1", ",1", "]}}}" },
  { "words-of-another-type", "{\"myrmex\":1,\"tasks\":{},\"parameters\":{\"p\":{\"type\":\"string\",\"enum\":[1", ",1", "]}}}" },
  { "default", "{\"myrmex\":1,\"tasks\":{},\"parameters\":{\"p\":{\"type\":\"array\",\"x\":1,\"default\":[1", ",1", "]}}}" },
  { "keys", "{\"myrmex\":1", ",\"tasks#\":{}", "}" },
  { "keys-of-nothing", "{\"myrmex\":1,\"tasks\":{}", ",\"#\":1", "}" },
  { "escaped-keys", "{\"myrmex\":1,\"tasks\":{}", ",\"\\u0061#\":1", "}" },
  { "same-key", "{\"a\":1", ",\"a\":1", "}" },
  { "small-objects", "[1", ",{\"a\":1,\"a\":1}", "]" },
  { "ones", "[1", ",1", "]" },
  { "ones-without-end", "[1", ",1", "" },
  { "lists", "[1", ",[]", "]" },
  { "fractions", "[1", ",1.5", "]" },
  { "powers", "[1", ",1e9", "]" },
};

/* No longer than a definition may be. */
static GString *
fill (const Kind *kind,
      gsize       bytes)
{
  g_auto (GStrv) pieces = g_strsplit (kind->part, "#", -1);
  GString *text = g_string_sized_new (bytes + 64);
  char number[16];

  g_string_append (text, kind->head);
  for (guint n = 0; text->len + strlen (kind->part) + strlen (kind->tail) + sizeof number < bytes; n++)
    {
      g_string_append (text, pieces[0]);
      for (guint i = 1; pieces[i] != NULL; i++)
        {
          g_snprintf (number, sizeof number, "%u", n);
          g_string_append (text, number);
          g_string_append (text, pieces[i]);
        }
    }
  return g_string_append (text, kind->tail);
}

static long
read_status (const char *name)
{
  g_autofree char *text = NULL;
  const char *at;

  g_assert_true (g_file_get_contents ("/proc/self/status", &text, NULL, NULL));
  at = strstr (text, name);
  return at != NULL ? strtol (at + strlen (name) + 1, NULL, 10) : 0;
}

/* Whether the peak is told from here on. */
static gboolean
reset_peak (void)
{
  int fd = open ("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
  gboolean done = fd >= 0 && write (fd, "5", 1) == 1;

  if (fd >= 0)
    close (fd);
  return done;
}

static double
get_processor_time (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

static void
check_kind (const Kind *kind,
            gsize       bytes)
{
  g_autoptr (GString) text = fill (kind, bytes);
  g_autoptr (GError) error = NULL;
  MyrmexDefinition definition;
  gboolean is_told;
  double begin, seconds;
  long kib;

  malloc_trim (0);
  is_told = IS_PLAIN && reset_peak ();
  kib = read_status ("VmRSS:") - (long) (text->len / 1024);
  begin = get_processor_time ();

  myrmex_definition_init (&definition, NULL);
  g_assert_false (myrmex_definition_read (&definition, text->str, (gssize) text->len));
  myrmex_definition_set_error (&definition, &error);
  seconds = get_processor_time () - begin;
  kib = read_status ("VmHWM:") - kib;

  /* What is counted does not depend on the machine. */
  g_assert_cmpuint (definition.n_looked, <=, MYRMEX_DEFINITION_MAX_LOOKED + 1000);
  g_assert_cmpuint (definition.n_diagnostics, <=, MYRMEX_DEFINITION_MAX_MISTAKES + 1000);
  g_assert_cmpuint (definition.diagnostics->len, <=, MYRMEX_DEFINITION_MAX_DIAGNOSTICS);
  if (definition.json != NULL)
    {
      g_assert_cmpuint (definition.json->n_nodes, <=, MYRMEX_JSON_MAX_NODES + 2);
      g_assert_cmpuint (definition.task_nodes->len, <=, MYRMEX_DEFINITION_MAX_LOOKED + 1000);
      if (definition.json->unescaped != NULL) /* for messages */
        g_assert_cmpuint (g_hash_table_size (definition.json->unescaped), <=, 2 * MYRMEX_DEFINITION_MAX_DIAGNOSTICS);
    }
  myrmex_definition_clear (&definition);

  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_DEFINITION);
  g_assert_cmpuint (strlen (error->message), <, 64 * 1024);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));

  g_test_message ("%.0f ms, %ld KiB", seconds * 1e3, kib);
  if (IS_PLAIN)
    g_assert_cmpfloat (seconds, <, MAX_SECONDS);
  if (is_told)
    g_assert_cmpint (kib, <, MAX_KIB);
}

/* As large as a definition may be, and as large as one value in it may be. */
static void
test_kind (gconstpointer data)
{
  const Kind *kind = data;

  if (IS_PLAIN)
    check_kind (kind, MYRMEX_MAX_DEFINITION_BYTES);
  check_kind (kind, IS_PLAIN ? MYRMEX_MAX_VALUE_BYTES : MYRMEX_MAX_VALUE_BYTES / 64);
}

/* What is not looked at any more is said, and is not wrong because of that. */
static void
test_cut (void)
{
  g_autoptr (GString) text = g_string_new ("{\n\"myrmex\": 1,\n\"bad\": 1,\n\"tasks\": {\n\"a\": { \"noop\": {}, \"dependencies\": [\"z\"] }");
  g_autoptr (GPtrArray) diagnostics = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *note = NULL;

  for (guint i = 0; i < MYRMEX_DEFINITION_MAX_LOOKED; i++)
    g_string_append_printf (text, ",\n\"t%u\": { \"noop\": {} }", i);
  g_string_append (text, ",\n\"z\": { \"noop\": {} }\n} }");

  g_assert_null (myrmex_workflow_new_from_json (text->str, -1, "w.json", &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_DEFINITION);
  g_assert_cmpstr (error->message, ==,
                   "w.json:3:1: There is no key “bad” here\n"
                   "Not all of the definition was looked at, since there are mistakes already");

  diagnostics = myrmex_definition_check (text->str, -1, "w.json", NULL);
  g_assert_cmpuint (diagnostics->len, ==, 2);
  note = myrmex_diagnostic_to_string (diagnostics->pdata[0]);
  g_assert_cmpstr (note, ==, "w.json: note: Not all of the definition was looked at, since there are mistakes already");
}

/* The values of an enum are told, but not all of very many, which are no more than there may be. */
static void
test_words (void)
{
  for (guint extra = 0; extra < 2; extra++)
    {
      g_autoptr (GString) text = g_string_new ("{ \"myrmex\": 1, \"tasks\": {}, \"parameters\": { \"p\": "
                                               "{ \"type\": \"integer\", \"default\": -1, \"enum\":\n[0");
      g_autoptr (GError) error = NULL;

      for (guint i = 1; i < 10000 + extra; i++)
        g_string_append_printf (text, ",%u", i);
      g_string_append (text, "] } } }");
      g_assert_null (myrmex_workflow_new_from_json (text->str, -1, NULL, &error));
      if (extra > 0)
        {
          g_assert_cmpstr (error->message, ==, "2:1: “enum” may have at most 10000 values");
          continue;
        }
      g_assert_true (g_str_has_prefix (error->message, "1:"));
      g_assert_nonnull (strstr (error->message, " must be one of 0, 1, 2, "));
      g_assert_true (g_str_has_suffix (error->message, ", …"));
      g_assert_cmpuint (strlen (error->message), <, 1200);
    }
}

/* A value is no larger than a value may be, and this is told where it begins. */
static void
test_large_values (void)
{
  static const char * const heads[] = {
    "{ \"myrmex\": 1, \"tasks\": { \"a\": { \"command\":\n[\"",
    "{ \"myrmex\": 1, \"tasks\": { \"a\": { \"noop\": {}, \"metadata\":\n{ \"x\": \"",
    "{ \"myrmex\": 1, \"tasks\": { \"a\": { \"noop\": {}, \"tags\":\n[\"",
    "{ \"myrmex\": 1, \"tasks\": {}, \"env\":\n{ \"A\": \"",
    "{ \"myrmex\": 1, \"tasks\": {}, \"parameters\": { \"p\":\n{ \"type\": \"string\", \"default\": \"",
  };
  static const char * const tails[] = { "\"] } } }", "\" } } } }", "\"] } } }", "\" } }", "\" } } }" };

  for (gsize i = 0; i < G_N_ELEMENTS (heads); i++)
    {
      const gsize before = strlen (strchr (heads[i], '\n') + 1) + 1;

      for (gsize extra = 0; extra < 2; extra++)
        {
          g_autofree char *filler = g_strnfill (MYRMEX_MAX_VALUE_BYTES - before + extra, 'x');
          g_autofree char *text = g_strconcat (heads[i], filler, tails[i], NULL);
          g_autoptr (MyrmexWorkflow) workflow = NULL;
          g_autoptr (GError) error = NULL;

          workflow = myrmex_workflow_new_from_json (text, -1, NULL, &error);
          g_assert_true ((workflow != NULL) == (extra == 0));
          if (extra > 0)
            g_assert_cmpstr (error->message, ==,
                             "2:1: This value takes 1048577 bytes of the definition; it may take 1048576");
        }
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  mallopt (M_PERTURB, 0); /* which touches what nobody else does */

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autofree char *path = g_strconcat ("/definition-hostile/", kinds[i].name, NULL);

      g_test_add_data_func (path, &kinds[i], test_kind);
    }
  g_test_add_func ("/definition-hostile/cut", test_cut);
  g_test_add_func ("/definition-hostile/many-words", test_words);
  g_test_add_func ("/definition-hostile/large-values", test_large_values);

  return g_test_run ();
}
