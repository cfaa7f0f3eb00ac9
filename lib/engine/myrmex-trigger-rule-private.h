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

MyrmexVerdict myrmex_trigger_rule_decide  (MyrmexTriggerRule rule,
                                           guint             seen,
                                           gboolean          all_ended);
MyrmexReason  myrmex_trigger_rule_explain (MyrmexTriggerRule rule,
                                           guint             seen);

G_END_DECLS
