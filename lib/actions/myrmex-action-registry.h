/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(MYRMEX_INSIDE) && !defined(MYRMEX_COMPILATION)
#error "Only <myrmex.h> can be included directly."
#endif

#include "model/myrmex-action.h"

G_BEGIN_DECLS

MYRMEX_AVAILABLE_IN_1_0
gboolean       myrmex_action_register             (const char          *name,
                                                   GType                type,
                                                   const char * const  *keys,
                                                   const char          *description,
                                                   GError             **error);
MYRMEX_AVAILABLE_IN_1_0
gboolean       myrmex_action_document_key         (const char          *name,
                                                   const char          *key,
                                                   const char          *type,
                                                   const char          *fallback,
                                                   const char          *description,
                                                   GError             **error);
MYRMEX_AVAILABLE_IN_1_0
MyrmexAction  *myrmex_action_create               (const char          *name,
                                                   GVariant            *spec,
                                                   GError             **error) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
char         **myrmex_action_list_types           (void) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
const char    *myrmex_action_type_get_description (const char          *name);
MYRMEX_AVAILABLE_IN_1_0
GVariant      *myrmex_action_type_describe        (const char          *name) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
char         **myrmex_action_type_dup_keys        (const char          *name) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
