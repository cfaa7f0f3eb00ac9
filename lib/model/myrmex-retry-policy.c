/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/myrmex-retry-policy-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

/**
 * MyrmexRetryPolicy:
 *
 * How often, after which failures and how long apart a task is tried again. Immutable.
 *
 * After failed attempt *n*, counted from 1, the wait is
 * `min (max_delay, initial_delay * exponential_base ^ (n - 1))`, less up to `jitter` of itself by chance.
 *
 * `retry_on` names what is worth another try. A failure has a name: `timeout`, `exit-75` for a command that
 * ended with status 75, `signal-9`, `spawn-failed`, `interrupted`, `http-503`, the name of an exception, or
 * `DOMAIN:CODE` of a [struct@GLib.Error], such as `g-io-error:39`. An entry matches the whole name; the part
 * before its last `-` or `:` alone matches all of that kind (`exit`, `signal`, `http`, `g-io-error`); and an
 * `x` after the last `-` stands for any digit (`http-5xx`). Without entries every failure is retried but
 * cancellation and errors in the definition.
 *
 * Since: 1.0
 */

G_DEFINE_BOXED_TYPE (MyrmexRetryPolicy, myrmex_retry_policy, myrmex_retry_policy_ref, myrmex_retry_policy_unref)

static gboolean
check_number (const char  *name,
              double       value,
              double       minimum,
              double       maximum,
              GError     **error)
{
  char low[G_ASCII_DTOSTR_BUF_SIZE], high[G_ASCII_DTOSTR_BUF_SIZE], found[G_ASCII_DTOSTR_BUF_SIZE];

  if (value >= minimum && value <= maximum)
    return TRUE;

  g_ascii_formatd (low, sizeof low, "%.15g", minimum);
  g_ascii_formatd (high, sizeof high, "%.15g", maximum);
  g_ascii_formatd (found, sizeof found, "%.15g", value);
  g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
               _("“%s” of a retry policy must be from %s to %s, not %s"), name, low, high, found);
  return FALSE;
}

/**
 * myrmex_retry_policy_new:
 * @max_attempts: how many attempts in all; 0 is taken as 1
 *
 * Makes a policy with the defaults: one second after the first failure, doubling up to a minute.
 *
 * Returns: (transfer full): a new policy
 *
 * Since: 1.0
 */
MyrmexRetryPolicy *
myrmex_retry_policy_new (guint max_attempts)
{
  return myrmex_retry_policy_new_full ((int) CLAMP (max_attempts, 1, MYRMEX_RETRY_MAX_ATTEMPTS),
                                       1.0, 2.0, 60.0, 0.0, 0.0, NULL, NULL);
}

/**
 * myrmex_retry_policy_new_full: (constructor)
 * @max_attempts: how many attempts in all, from 1 to 1,000,000
 * @initial_delay: seconds to wait after the first failure
 * @exponential_base: what each wait is multiplied by to give the next, at least 1
 * @max_delay: the longest wait, in seconds
 * @jitter: the part of a wait that chance may take off, 0 to 1
 * @max_elapsed: no further attempt starts later than this many seconds after the first one began; 0 is
 *   without such a bound
 * @retry_on: (array zero-terminated=1) (nullable): names of failures that are worth another attempt, or
 *   %NULL for all
 * @error: return location for an error, or %NULL
 *
 * Makes a policy. Fails with %MYRMEX_ERROR_INVALID_ARGUMENT where a number is out of its range.
 *
 * Returns: (transfer full): a new policy, or %NULL with @error set
 *
 * Since: 1.0
 */
MyrmexRetryPolicy *
myrmex_retry_policy_new_full (int                   max_attempts,
                              double                initial_delay,
                              double                exponential_base,
                              double                max_delay,
                              double                jitter,
                              double                max_elapsed,
                              const char * const   *retry_on,
                              GError              **error)
{
  MyrmexRetryPolicy *self;

  if (!check_number ("max_attempts", max_attempts, 1, MYRMEX_RETRY_MAX_ATTEMPTS, error) ||
      !check_number ("initial_delay", initial_delay, 0, MYRMEX_MAX_SECONDS, error) ||
      !check_number ("exponential_base", exponential_base, 1, MYRMEX_MAX_SECONDS, error) ||
      !check_number ("max_delay", max_delay, 0, MYRMEX_MAX_SECONDS, error) ||
      !check_number ("jitter", jitter, 0, 1, error) ||
      !check_number ("max_elapsed", max_elapsed, 0, MYRMEX_MAX_SECONDS, error))
    return NULL;

  self = g_new0 (MyrmexRetryPolicy, 1);
  g_atomic_ref_count_init (&self->ref_count);
  self->backoff.max_attempts = (guint) max_attempts;
  self->backoff.initial_delay = initial_delay;
  self->backoff.exponential_base = exponential_base;
  self->backoff.max_delay = max_delay;
  self->backoff.jitter = jitter;
  self->backoff.max_elapsed = max_elapsed;
  if (retry_on != NULL && retry_on[0] != NULL)
    self->retry_on = g_strdupv ((char **) retry_on);

  return self;
}

/**
 * myrmex_retry_policy_ref:
 * @self: a policy
 *
 * Takes a reference. May be called from any thread.
 *
 * Returns: (transfer full): @self
 *
 * Since: 1.0
 */
MyrmexRetryPolicy *
myrmex_retry_policy_ref (MyrmexRetryPolicy *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * myrmex_retry_policy_unref:
 * @self: (transfer full): a policy
 *
 * Drops a reference. May be called from any thread.
 *
 * Since: 1.0
 */
void
myrmex_retry_policy_unref (MyrmexRetryPolicy *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_strfreev (self->retry_on);
  g_free (self);
}

/**
 * myrmex_retry_policy_get_max_attempts:
 * @self: a policy
 *
 * Gets how many attempts there are in all.
 *
 * Returns: the number, at least 1
 *
 * Since: 1.0
 */
guint
myrmex_retry_policy_get_max_attempts (MyrmexRetryPolicy *self)
{
  g_return_val_if_fail (self != NULL, 1);

  return self->backoff.max_attempts;
}

/**
 * myrmex_retry_policy_get_initial_delay:
 * @self: a policy
 *
 * Gets the wait after the first failure.
 *
 * Returns: seconds
 *
 * Since: 1.0
 */
double
myrmex_retry_policy_get_initial_delay (MyrmexRetryPolicy *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->backoff.initial_delay;
}

/**
 * myrmex_retry_policy_get_exponential_base:
 * @self: a policy
 *
 * Gets what each wait is multiplied by to give the next.
 *
 * Returns: the factor, at least 1
 *
 * Since: 1.0
 */
double
myrmex_retry_policy_get_exponential_base (MyrmexRetryPolicy *self)
{
  g_return_val_if_fail (self != NULL, 1);

  return self->backoff.exponential_base;
}

/**
 * myrmex_retry_policy_get_max_delay:
 * @self: a policy
 *
 * Gets the longest wait.
 *
 * Returns: seconds
 *
 * Since: 1.0
 */
double
myrmex_retry_policy_get_max_delay (MyrmexRetryPolicy *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->backoff.max_delay;
}

/**
 * myrmex_retry_policy_get_jitter:
 * @self: a policy
 *
 * Gets the part of a wait that chance may take off.
 *
 * Returns: a part, 0 to 1
 *
 * Since: 1.0
 */
double
myrmex_retry_policy_get_jitter (MyrmexRetryPolicy *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->backoff.jitter;
}

/**
 * myrmex_retry_policy_get_max_elapsed:
 * @self: a policy
 *
 * Gets how long after the first attempt began a further one may start.
 *
 * Returns: seconds, or 0 for no bound
 *
 * Since: 1.0
 */
double
myrmex_retry_policy_get_max_elapsed (MyrmexRetryPolicy *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->backoff.max_elapsed;
}

/**
 * myrmex_retry_policy_get_retry_on:
 * @self: a policy
 *
 * Gets the names of the failures that are worth another attempt.
 *
 * Returns: (transfer none) (array zero-terminated=1) (nullable): the names, or %NULL for all failures
 *
 * Since: 1.0
 */
const char * const *
myrmex_retry_policy_get_retry_on (MyrmexRetryPolicy *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return (const char * const *) self->retry_on;
}

/**
 * myrmex_retry_policy_get_delay:
 * @self: a policy
 * @attempt: the number of the attempt that failed, from 1
 *
 * Gets the wait after a failed attempt, before jitter takes anything off.
 *
 * Returns: seconds
 *
 * Since: 1.0
 */
double
myrmex_retry_policy_get_delay (MyrmexRetryPolicy *self,
                               guint              attempt)
{
  g_return_val_if_fail (self != NULL, 0);

  return (double) myrmex_backoff_delay_us (&self->backoff, MAX (attempt, 1), 0.0) / G_USEC_PER_SEC;
}

/* Whether @pattern, an entry of retry_on, stands for the failure whose name are the @n bytes at @name. */
static gboolean
matches_entry (const char *pattern,
               const char *name,
               gsize       n)
{
  gsize length = strlen (pattern);
  const char *dash = strrchr (pattern, '-');

  if (n < length)
    return FALSE;
  if (strncmp (pattern, name, length) == 0 &&
      (n == length || ((name[length] == '-' || name[length] == ':') &&
                       strcspn (name + length + 1, "-: ") == n - length - 1)))
    return TRUE;

  if (dash == NULL || strchr (dash, 'x') == NULL || n != length ||
      strncmp (pattern, name, (gsize) (dash - pattern) + 1) != 0)
    return FALSE;

  for (gsize i = (gsize) (dash - pattern) + 1; i < length; i++)
    {
      if (pattern[i] != name[i] && !(pattern[i] == 'x' && g_ascii_isdigit (name[i])))
        return FALSE;
    }
  return TRUE;
}

static gboolean
matches_name (MyrmexRetryPolicy *self,
              const char        *name,
              gsize              length)
{
  for (guint i = 0; self->retry_on[i] != NULL; i++)
    {
      if (matches_entry (self->retry_on[i], name, length))
        return TRUE;
    }
  return FALSE;
}

/**
 * myrmex_retry_policy_matches:
 * @self: a policy
 * @failure: the name of a failure, such as `timeout`, `exit-75` or `http-503`, or several names of it, apart by
 *   single spaces
 *
 * Tells whether this failure is worth another attempt, as far as `retry_on` goes.
 *
 * Returns: whether `retry_on` is empty or has an entry that matches
 *
 * Since: 1.0
 */
gboolean
myrmex_retry_policy_matches (MyrmexRetryPolicy *self,
                             const char        *failure)
{
  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (failure != NULL, FALSE);

  if (self->retry_on == NULL)
    return TRUE;

  for (;;)
    {
      gsize length = strcspn (failure, " ");

      if (matches_name (self, failure, length))
        return TRUE;
      if (failure[length] == '\0')
        return FALSE;
      failure += length + 1;
    }
}
