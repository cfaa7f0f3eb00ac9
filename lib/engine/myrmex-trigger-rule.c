/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/myrmex-trigger-rule-private.h"

/* The same outcomes give the same status and reason in whatever order they come. That is why all_success is
 * in no hurry about a SKIPPED dependency: the reason is UPSTREAM_SKIPPED only if no other one fails, so that
 * is not decided before all have ended.
 *
 * A task without dependencies has seen nothing: it runs, unless its rule needs something to have happened. */

#define C MYRMEX_SEEN_COMPLETED
#define F MYRMEX_SEEN_FAILED
#define S MYRMEX_SEEN_SKIPPED
#define X MYRMEX_SEEN_CANCELLED

const MyrmexTriggerRuleRow myrmex_trigger_rule_rows[] = {
  [MYRMEX_TRIGGER_RULE_ALL_SUCCESS]                 = { .never = F | X, .without = S },
  [MYRMEX_TRIGGER_RULE_ALL_DONE]                    = { 0 },
  [MYRMEX_TRIGGER_RULE_ALL_FAILED]                  = { .never = C | S | X, .needs = F, .wants_failure = TRUE },
  [MYRMEX_TRIGGER_RULE_ONE_SUCCESS]                 = { .at_once = C, .needs = C },
  [MYRMEX_TRIGGER_RULE_ONE_FAILED]                  = { .at_once = F, .needs = F, .wants_failure = TRUE },
  [MYRMEX_TRIGGER_RULE_NONE_FAILED]                 = { .never = F | X },
  [MYRMEX_TRIGGER_RULE_NONE_FAILED_MIN_ONE_SUCCESS] = { .never = F | X, .needs = C },
};
G_STATIC_ASSERT (G_N_ELEMENTS (myrmex_trigger_rule_rows) ==
                 MYRMEX_TRIGGER_RULE_NONE_FAILED_MIN_ONE_SUCCESS + 1);

/* Why a task of this rule is SKIPPED. A rule that waits for success can not be met with a failed or cancelled
 * dependency, and tells of it. One that waits for failure is never skipped because of one. */
MyrmexReason
myrmex_trigger_rule_explain (MyrmexTriggerRule rule,
                             guint             seen)
{
  if (!myrmex_trigger_rule_rows[rule].wants_failure && (seen & (F | X)) != 0)
    return MYRMEX_REASON_UPSTREAM_FAILED;
  return MYRMEX_REASON_UPSTREAM_SKIPPED;
}
