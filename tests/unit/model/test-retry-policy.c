/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gio/gio.h>
#include <math.h>

#include "model/myrmex-retry-policy.h"

static void
test_defaults (void)
{
  g_autoptr (MyrmexRetryPolicy) policy = myrmex_retry_policy_new (3);

  g_assert_cmpuint (myrmex_retry_policy_get_max_attempts (policy), ==, 3);
  g_assert_cmpfloat (myrmex_retry_policy_get_initial_delay (policy), ==, 1);
  g_assert_cmpfloat (myrmex_retry_policy_get_exponential_base (policy), ==, 2);
  g_assert_cmpfloat (myrmex_retry_policy_get_max_delay (policy), ==, 60);
  g_assert_cmpfloat (myrmex_retry_policy_get_jitter (policy), ==, 0);
  g_assert_cmpfloat (myrmex_retry_policy_get_max_elapsed (policy), ==, 0);
  g_assert_null (myrmex_retry_policy_get_retry_on (policy));
}

static void
test_attempts (void)
{
  static const struct
  {
    guint given;
    guint taken;
  } cases[] = {
    { 0, 1 }, { 1, 1 }, { 1000000, 1000000 }, { 1000001, 1000000 }, { G_MAXUINT, 1000000 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (MyrmexRetryPolicy) policy = myrmex_retry_policy_new (cases[i].given);

      g_assert_cmpuint (myrmex_retry_policy_get_max_attempts (policy), ==, cases[i].taken);
    }
}

static void
test_full (void)
{
  const char *names[] = { "timeout", "exit-75", NULL };
  const char *none[] = { NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexRetryPolicy) policy = myrmex_retry_policy_new_full (7, 0.5, 1.5, 9, 0.25, 99, names, &error);
  g_autoptr (MyrmexRetryPolicy) all = NULL;

  g_assert_no_error (error);
  names[0] = "changed";
  g_assert_cmpuint (myrmex_retry_policy_get_max_attempts (policy), ==, 7);
  g_assert_cmpfloat (myrmex_retry_policy_get_initial_delay (policy), ==, 0.5);
  g_assert_cmpfloat (myrmex_retry_policy_get_exponential_base (policy), ==, 1.5);
  g_assert_cmpfloat (myrmex_retry_policy_get_max_delay (policy), ==, 9);
  g_assert_cmpfloat (myrmex_retry_policy_get_jitter (policy), ==, 0.25);
  g_assert_cmpfloat (myrmex_retry_policy_get_max_elapsed (policy), ==, 99);
  g_assert_cmpstr (myrmex_retry_policy_get_retry_on (policy)[0], ==, "timeout");
  g_assert_cmpstr (myrmex_retry_policy_get_retry_on (policy)[1], ==, "exit-75");
  g_assert_null (myrmex_retry_policy_get_retry_on (policy)[2]);

  all = myrmex_retry_policy_new_full (1, 0, 1, 0, 0, 0, none, &error);
  g_assert_no_error (error);
  g_assert_null (myrmex_retry_policy_get_retry_on (all));
}

static void
test_refused (void)
{
  static const struct
  {
    int         max_attempts;
    double      initial_delay, exponential_base, max_delay, jitter, max_elapsed;
    const char *message;
  } cases[] = {
    { 0, 1, 2, 60, 0, 0, "“max_attempts” of a retry policy must be from 1 to 1000000, not 0" },
    { -1, 1, 2, 60, 0, 0, "“max_attempts” of a retry policy must be from 1 to 1000000, not -1" },
    { 1000001, 1, 2, 60, 0, 0, "“max_attempts” of a retry policy must be from 1 to 1000000, not 1000001" },
    { 3, -0.1, 2, 60, 0, 0, "“initial_delay” of a retry policy must be from 0 to 1000000000, not -0.1" },
    { 3, NAN, 2, 60, 0, 0, "“initial_delay” of a retry policy must be from 0 to 1000000000, not nan" },
    { 3, INFINITY, 2, 60, 0, 0, "“initial_delay” of a retry policy must be from 0 to 1000000000, not inf" },
    { 3, 1, 0.5, 60, 0, 0, "“exponential_base” of a retry policy must be from 1 to 1000000000, not 0.5" },
    { 3, 1, NAN, 60, 0, 0, "“exponential_base” of a retry policy must be from 1 to 1000000000, not nan" },
    { 3, 1, 2, -1, 0, 0, "“max_delay” of a retry policy must be from 0 to 1000000000, not -1" },
    { 3, 1, 2, 1e10, 0, 0, "“max_delay” of a retry policy must be from 0 to 1000000000, not 10000000000" },
    { 3, 1, 2, 60, -0.5, 0, "“jitter” of a retry policy must be from 0 to 1, not -0.5" },
    { 3, 1, 2, 60, 1.5, 0, "“jitter” of a retry policy must be from 0 to 1, not 1.5" },
    { 3, 1, 2, 60, 0, -1, "“max_elapsed” of a retry policy must be from 0 to 1000000000, not -1" },
    { 3, 1, 2, 60, 0, -INFINITY, "“max_elapsed” of a retry policy must be from 0 to 1000000000, not -inf" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (myrmex_retry_policy_new_full (cases[i].max_attempts, cases[i].initial_delay,
                                                   cases[i].exponential_base, cases[i].max_delay, cases[i].jitter,
                                                   cases[i].max_elapsed, NULL, &error));
      g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT);
      g_assert_cmpstr (error->message, ==, cases[i].message);
    }
}

/* min (max_delay, initial_delay * base ^ (n - 1)), with neither overflow nor a step back. */
static void
test_delay (void)
{
  g_autoptr (MyrmexRetryPolicy) usual = myrmex_retry_policy_new (10);
  g_autoptr (MyrmexRetryPolicy) steep = myrmex_retry_policy_new_full (10, 0.001, 1e9, 1e9, 0, 0, NULL, NULL);
  g_autoptr (MyrmexRetryPolicy) flat = myrmex_retry_policy_new_full (10, 0.25, 1, 60, 0, 0, NULL, NULL);
  g_autoptr (MyrmexRetryPolicy) none = myrmex_retry_policy_new_full (10, 0, 2, 60, 0, 0, NULL, NULL);
  static const double expected[] = { 1, 1, 2, 4, 8, 16, 32, 60, 60 };
  static const guint far[] = { 31, 64, 1100, 1000000, G_MAXUINT };
  double before = 0;

  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    g_assert_cmpfloat (myrmex_retry_policy_get_delay (usual, i), ==, expected[i]);
  for (gsize i = 0; i < G_N_ELEMENTS (far); i++)
    {
      g_assert_cmpfloat (myrmex_retry_policy_get_delay (usual, far[i]), ==, 60);
      g_assert_cmpfloat (myrmex_retry_policy_get_delay (steep, far[i]), ==, 1e9);
      g_assert_cmpfloat (myrmex_retry_policy_get_delay (flat, far[i]), ==, 0.25);
      g_assert_cmpfloat (myrmex_retry_policy_get_delay (none, far[i]), ==, 0);
    }
  for (guint i = 1; i < 200; i++)
    {
      double delay = myrmex_retry_policy_get_delay (steep, i);

      g_assert_cmpfloat (delay, >=, before);
      before = delay;
    }
}

static void
test_matches (void)
{
  static const struct
  {
    const char *entry;
    const char *failure;
    gboolean    matches;
  } cases[] = {
    { "timeout", "timeout", TRUE },
    { "timeout", "Timeout", FALSE },
    { "timeout", "timeouts", FALSE },
    { "time", "timeout", FALSE },
    { "exit", "exit-75", TRUE },
    { "exit", "exit-7-5", FALSE },
    { "exit-75", "exit-75", TRUE },
    { "exit-7", "exit-75", FALSE },
    { "exit-7x", "exit-75", TRUE },
    { "exit-7x", "exit-7", FALSE },
    { "exit-7x", "exit-755", FALSE },
    { "exit-x", "exit-7", TRUE },
    { "exit-x", "exit-75", FALSE },
    { "exit-xx", "exit-75", TRUE },
    { "signal", "signal-9", TRUE },
    { "spawn", "spawn-failed", TRUE },
    { "spawn-failed", "spawn-failed", TRUE },
    { "http-5xx", "http-503", TRUE },
    { "http-5xx", "http-403", FALSE },
    { "http-5xx", "http-5ab", FALSE },
    { "http-5xx", "http-5xx", TRUE },
    { "http-5xx", "htxp-503", FALSE },
    { "http", "http-503", TRUE },
    { "http", "https-503", FALSE },
    { "g-io-error", "g-io-error:39", TRUE },
    { "g-io-error:39", "g-io-error:39", TRUE },
    { "g-io-error:3", "g-io-error:39", FALSE },
    { "g-io", "g-io-error:39", FALSE },
    { "ValueError", "ValueError", TRUE },
    { "ValueError", "KeyError", FALSE },
    { "x", "9", FALSE },
    { "", "exit-1", FALSE },
    { "-", "exit-1", FALSE },
    { "exit-", "exit-1", FALSE },
    { "exit-1", "", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *entries[] = { "never", cases[i].entry, NULL };
      g_autoptr (MyrmexRetryPolicy) policy = myrmex_retry_policy_new_full (3, 1, 2, 60, 0, 0, entries, NULL);

      g_test_message ("“%s” and “%s”", cases[i].entry, cases[i].failure);
      g_assert_cmpint (myrmex_retry_policy_matches (policy, cases[i].failure), ==, cases[i].matches);
    }
}

static void
test_matches_all (void)
{
  g_autoptr (MyrmexRetryPolicy) policy = myrmex_retry_policy_new (3);

  g_assert_true (myrmex_retry_policy_matches (policy, "anything"));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/retry-policy/defaults", test_defaults);
  g_test_add_func ("/retry-policy/attempts", test_attempts);
  g_test_add_func ("/retry-policy/full", test_full);
  g_test_add_func ("/retry-policy/refused", test_refused);
  g_test_add_func ("/retry-policy/delay", test_delay);
  g_test_add_func ("/retry-policy/matches", test_matches);
  g_test_add_func ("/retry-policy/matches-all", test_matches_all);

  return g_test_run ();
}
