/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* The retry policy of a task. */

#include "definition/myrmex-definition-private.h"

#include "model/myrmex-retry-policy-private.h"

/* A policy as its keys are met. */
typedef struct
{
  MyrmexBackoff   backoff;
  char          **retry_on;
} Policy;

static void
read_max_attempts (MyrmexDefinition *self,
                   guint32           key,
                   guint32           value,
                   gpointer          data)
{
  Policy *policy = data;
  gint64 number;

  if (myrmex_definition_expect_integer (self, key, value, 1, MYRMEX_RETRY_MAX_ATTEMPTS, &number))
    policy->backoff.max_attempts = (guint) number;
}

static const struct
{
  const char *name;
  gsize       offset; /* of a double in MyrmexBackoff */
  double      minimum;
  double      maximum;
} numbers[] = {
  { "initial_delay", G_STRUCT_OFFSET (MyrmexBackoff, initial_delay), 0, MYRMEX_MAX_SECONDS },
  { "exponential_base", G_STRUCT_OFFSET (MyrmexBackoff, exponential_base), 1, MYRMEX_MAX_SECONDS },
  { "max_delay", G_STRUCT_OFFSET (MyrmexBackoff, max_delay), 0, MYRMEX_MAX_SECONDS },
  { "jitter", G_STRUCT_OFFSET (MyrmexBackoff, jitter), 0, 1 },
  { "max_elapsed", G_STRUCT_OFFSET (MyrmexBackoff, max_elapsed), 0, MYRMEX_MAX_SECONDS },
};

static void
read_number (MyrmexDefinition *self,
             guint32           key,
             guint32           value,
             gpointer          data)
{
  Policy *policy = data;
  gsize i = 0;

  while (!myrmex_json_string_equal (self->json, key, numbers[i].name))
    i++;
  myrmex_definition_expect_number (self, key, value, numbers[i].minimum, numbers[i].maximum,
                                   &G_STRUCT_MEMBER (double, &policy->backoff, numbers[i].offset));
}

static void
read_retry_on (MyrmexDefinition *self,
               guint32           key,
               guint32           value,
               gpointer          data)
{
  Policy *policy = data;

  g_strfreev (policy->retry_on);
  policy->retry_on = myrmex_definition_expect_words (self, key, value);
}

static gboolean
is_same (const MyrmexRetryPolicy *known,
         const Policy            *policy)
{
  const MyrmexBackoff *a = &known->backoff;
  const MyrmexBackoff *b = &policy->backoff;
  const char * const empty[] = { NULL };

  return a->max_attempts == b->max_attempts && a->initial_delay == b->initial_delay &&
         a->exponential_base == b->exponential_base && a->max_delay == b->max_delay &&
         a->jitter == b->jitter && a->max_elapsed == b->max_elapsed &&
         g_strv_equal (known->retry_on != NULL ? (const char * const *) known->retry_on : empty,
                       policy->retry_on != NULL ? (const char * const *) policy->retry_on : empty);
}

void
myrmex_definition_read_retry_policy (MyrmexDefinition *self,
                                     guint32           key,
                                     guint32           value,
                                     MyrmexTask       *task)
{
  static const MyrmexMember members[] = {
    { "max_attempts", read_max_attempts },
    { "initial_delay", read_number },
    { "exponential_base", read_number },
    { "max_delay", read_number },
    { "jitter", read_number },
    { "max_elapsed", read_number },
    { "retry_on", read_retry_on },
  };
  g_autoptr (MyrmexRetryPolicy) defaults = myrmex_retry_policy_new (3);
  Policy policy = { .backoff = defaults->backoff };
  guint n_errors = self->n_errors;

  if (!myrmex_definition_expect (self, key, value, MYRMEX_JSON_KIND_OBJECT))
    return;

  myrmex_definition_read_members (self, value, members, G_N_ELEMENTS (members), &policy);
  if (self->n_errors == n_errors)
    {
      if (self->last_policy == NULL || !is_same (self->last_policy, &policy))
        {
          g_clear_pointer (&self->last_policy, myrmex_retry_policy_unref);
          self->last_policy =
            myrmex_retry_policy_new_full ((int) policy.backoff.max_attempts, policy.backoff.initial_delay,
                                          policy.backoff.exponential_base, policy.backoff.max_delay,
                                          policy.backoff.jitter, policy.backoff.max_elapsed,
                                          (const char * const *) policy.retry_on, NULL);
        }
      myrmex_task_set_retry_policy (task, self->last_policy);
    }
  g_strfreev (policy.retry_on);
}
