/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/myrmex-trigger-rule-private.h"

/* When a task runs, in the order in which it is asked:
 *
 *   at_once  runs as soon as one of these was seen
 *   never    can not run any more as soon as one of these was seen
 *   --- when all dependencies have ended ---
 *   needs    runs only if one of these was seen (if there are any)
 *   without  runs only if none of these was seen
 *
 * The same outcomes give the same status and reason in whatever order they come. That is why all_success is in no
 * hurry about a SKIPPED dependency: the reason is UPSTREAM_SKIPPED only if no other one fails, so that is not
 * decided before all have ended.
 *
 * A task without dependencies has seen nothing: it runs, unless its rule needs something to have happened. */
typedef struct
{
  guint8 at_once;
  guint8 never;
  guint8 needs;
  guint8 without;
  guint8 wants_failure;
} Rule;

#define C MYRMEX_SEEN_COMPLETED
#define F MYRMEX_SEEN_FAILED
#define S MYRMEX_SEEN_SKIPPED
#define X MYRMEX_SEEN_CANCELLED

static const Rule rules[] = {
  [MYRMEX_TRIGGER_RULE_ALL_SUCCESS]                 = { .never = F | X, .without = S },
  [MYRMEX_TRIGGER_RULE_ALL_DONE]                    = { 0 },
  [MYRMEX_TRIGGER_RULE_ALL_FAILED]                  = { .never = C | S | X, .needs = F, .wants_failure = TRUE },
  [MYRMEX_TRIGGER_RULE_ONE_SUCCESS]                 = { .at_once = C, .needs = C },
  [MYRMEX_TRIGGER_RULE_ONE_FAILED]                  = { .at_once = F, .needs = F, .wants_failure = TRUE },
  [MYRMEX_TRIGGER_RULE_NONE_FAILED]                 = { .never = F | X },
  [MYRMEX_TRIGGER_RULE_NONE_FAILED_MIN_ONE_SUCCESS] = { .never = F | X, .needs = C },
};
G_STATIC_ASSERT (G_N_ELEMENTS (rules) == MYRMEX_TRIGGER_RULE_NONE_FAILED_MIN_ONE_SUCCESS + 1);

/* `seen` is a set of MyrmexSeen. */
MyrmexVerdict
myrmex_trigger_rule_decide (MyrmexTriggerRule rule,
                            guint             seen,
                            gboolean          all_ended)
{
  const Rule *self = &rules[rule];

  if ((seen & self->at_once) != 0)
    return MYRMEX_VERDICT_RUN;
  if ((seen & self->never) != 0)
    return MYRMEX_VERDICT_SKIP;
  if (!all_ended)
    return MYRMEX_VERDICT_WAIT;
  if ((self->needs != 0 && (seen & self->needs) == 0) || (seen & self->without) != 0)
    return MYRMEX_VERDICT_SKIP;
  return MYRMEX_VERDICT_RUN;
}

/* Why a task of this rule is SKIPPED. A rule that waits for success fails with a failed or cancelled dependency; one
 * that waits for failure never does, whatever else there is to be seen. */
MyrmexReason
myrmex_trigger_rule_explain (MyrmexTriggerRule rule,
                             guint             seen)
{
  if (!rules[rule].wants_failure && (seen & (F | X)) != 0)
    return MYRMEX_REASON_UPSTREAM_FAILED;
  return MYRMEX_REASON_UPSTREAM_SKIPPED;
}
