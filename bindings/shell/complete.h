/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "command.h"

G_BEGIN_DECLS

void complete (const Command * const  *commands,
               gsize                   n_commands,
               char                  **words);

G_END_DECLS
