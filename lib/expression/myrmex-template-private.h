/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "expression/myrmex-expression-private.h"

G_BEGIN_DECLS

/* A text with expressions between `${{` and `}}`. It is immutable; any thread may expand it. */
typedef struct _MyrmexTemplate MyrmexTemplate;

gboolean        myrmex_template_has_expressions            (const char           *text);

MyrmexTemplate *myrmex_template_parse                      (const char           *text,
                                                            gssize                length,
                                                            gsize                *error_offset,
                                                            GError              **error) G_GNUC_WARN_UNUSED_RESULT;
MyrmexTemplate *myrmex_template_ref                        (MyrmexTemplate       *self);
void            myrmex_template_unref                      (MyrmexTemplate       *self);
void            myrmex_template_foreach_reference          (MyrmexTemplate       *self,
                                                            MyrmexReferenceFunc   func,
                                                            gpointer              data);
GVariant       *myrmex_template_expand                     (MyrmexTemplate       *self,
                                                            MyrmexResolveFunc     resolve,
                                                            gpointer              data,
                                                            GPtrArray            *seen,
                                                            GError              **error) G_GNUC_WARN_UNUSED_RESULT;
char           *myrmex_template_expand_text                (MyrmexTemplate       *self,
                                                            MyrmexResolveFunc     resolve,
                                                            gpointer              data,
                                                            GPtrArray            *seen,
                                                            GError              **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same for every string inside a value; the keys of dictionaries are left alone. */
GVariant       *myrmex_template_expand_value               (GVariant             *spec,
                                                            MyrmexResolveFunc     resolve,
                                                            gpointer              data,
                                                            GPtrArray            *seen,
                                                            GError              **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean        myrmex_template_foreach_reference_in_value (GVariant             *spec,
                                                            MyrmexReferenceFunc   func,
                                                            gpointer              data,
                                                            GError              **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MyrmexTemplate, myrmex_template_unref)

G_END_DECLS
