/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(MYRMEX_INSIDE) && !defined(MYRMEX_COMPILATION)
#error "Only <myrmex.h> can be included directly."
#endif

#include "model/myrmex-types.h"

G_BEGIN_DECLS

#define MYRMEX_TYPE_RETRY_POLICY (myrmex_retry_policy_get_type ())

MYRMEX_AVAILABLE_IN_1_0
GType               myrmex_retry_policy_get_type             (void) G_GNUC_CONST;

MYRMEX_AVAILABLE_IN_1_0
MyrmexRetryPolicy  *myrmex_retry_policy_new                  (guint                     max_attempts) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
MyrmexRetryPolicy  *myrmex_retry_policy_new_full             (int                       max_attempts,
                                                              double                    initial_delay,
                                                              double                    exponential_base,
                                                              double                    max_delay,
                                                              double                    jitter,
                                                              double                    max_elapsed,
                                                              const char * const       *retry_on,
                                                              GError                  **error) G_GNUC_WARN_UNUSED_RESULT;

MYRMEX_AVAILABLE_IN_1_0
MyrmexRetryPolicy  *myrmex_retry_policy_ref                  (MyrmexRetryPolicy        *self);
MYRMEX_AVAILABLE_IN_1_0
void                myrmex_retry_policy_unref                (MyrmexRetryPolicy        *self);

MYRMEX_AVAILABLE_IN_1_0
guint               myrmex_retry_policy_get_max_attempts     (MyrmexRetryPolicy        *self);
MYRMEX_AVAILABLE_IN_1_0
double              myrmex_retry_policy_get_initial_delay    (MyrmexRetryPolicy        *self);
MYRMEX_AVAILABLE_IN_1_0
double              myrmex_retry_policy_get_exponential_base (MyrmexRetryPolicy        *self);
MYRMEX_AVAILABLE_IN_1_0
double              myrmex_retry_policy_get_max_delay        (MyrmexRetryPolicy        *self);
MYRMEX_AVAILABLE_IN_1_0
double              myrmex_retry_policy_get_jitter           (MyrmexRetryPolicy        *self);
MYRMEX_AVAILABLE_IN_1_0
double              myrmex_retry_policy_get_max_elapsed      (MyrmexRetryPolicy        *self);
MYRMEX_AVAILABLE_IN_1_0
const char * const *myrmex_retry_policy_get_retry_on         (MyrmexRetryPolicy        *self);

MYRMEX_AVAILABLE_IN_1_0
double              myrmex_retry_policy_get_delay            (MyrmexRetryPolicy        *self,
                                                              guint                     attempt);
MYRMEX_AVAILABLE_IN_1_0
gboolean            myrmex_retry_policy_matches              (MyrmexRetryPolicy        *self,
                                                              const char               *failure);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MyrmexRetryPolicy, myrmex_retry_policy_unref)

G_END_DECLS
