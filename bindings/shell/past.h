/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "output.h"

G_BEGIN_DECLS

/* What was before anybody looked at a run that is watched. */
void past_tell (Output   *output,
                gboolean  is_quiet);

G_END_DECLS
