/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/myrmex-enums.h"

G_BEGIN_DECLS

/* How a dependency ended, as a set of bits. */
typedef enum
{
  MYRMEX_SEEN_COMPLETED = 1 << 0,
  MYRMEX_SEEN_FAILED    = 1 << 1,
  MYRMEX_SEEN_SKIPPED   = 1 << 2,
  MYRMEX_SEEN_CANCELLED = 1 << 3,
} MyrmexSeen;

typedef enum
{
  MYRMEX_VERDICT_WAIT,
  MYRMEX_VERDICT_RUN,
  MYRMEX_VERDICT_SKIP,
} MyrmexVerdict;

/* When a task runs. Each is a set of MyrmexSeen, asked about in this order. */
typedef struct
{
  guint8 at_once;       /* runs as soon as one of these was seen */
  guint8 never;         /* can not run any more as soon as one of these was seen */
  guint8 needs;         /* when all have ended: runs only if one of these was seen, if there are any here */
  guint8 without;       /* when all have ended: runs only if none of these was seen */
  guint8 wants_failure; /* (not a set) a skip is no dependency's failure */
} MyrmexTriggerRuleRow;

extern const MyrmexTriggerRuleRow myrmex_trigger_rule_rows[];

static inline MyrmexVerdict
myrmex_trigger_rule_decide (MyrmexTriggerRule rule,
                            guint             seen,
                            gboolean          all_ended)
{
  const MyrmexTriggerRuleRow *row = &myrmex_trigger_rule_rows[rule];

  if ((seen & row->at_once) != 0)
    return MYRMEX_VERDICT_RUN;
  if ((seen & row->never) != 0)
    return MYRMEX_VERDICT_SKIP;
  if (!all_ended)
    return MYRMEX_VERDICT_WAIT;
  if ((row->needs != 0 && (seen & row->needs) == 0) || (seen & row->without) != 0)
    return MYRMEX_VERDICT_SKIP;
  return MYRMEX_VERDICT_RUN;
}

MyrmexReason myrmex_trigger_rule_explain (MyrmexTriggerRule rule,
                                          guint             seen);

G_END_DECLS
