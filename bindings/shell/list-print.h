/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <myrmex.h>

G_BEGIN_DECLS

void list_print_text         (MyrmexCatalog *catalog,
                              gboolean       verbose);
void list_print_names        (MyrmexCatalog *catalog);
void list_print_json         (MyrmexCatalog *catalog);

void list_print_actions_text (void);
void list_print_actions_json (void);

G_END_DECLS
