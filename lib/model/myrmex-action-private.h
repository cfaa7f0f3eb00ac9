/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/myrmex-action.h"

G_BEGIN_DECLS

/* For actions of the library whose start may be called in any thread. */
void myrmex_action_set_affinity (MyrmexAction   *self,
                                 MyrmexAffinity  affinity);

G_END_DECLS
