/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/myrmex-json-private.h"

G_BEGIN_DECLS

/* What a run can be given, and what it was given.
 *
 * Declared parameters are a dictionary `a{sv}`, by name, of dictionaries `a{sv}` with the keys `type`, and
 * where there are any `default`, `description` and `enum`; as in a definition. */
typedef enum
{
  MYRMEX_PARAMETER_STRING,
  MYRMEX_PARAMETER_NUMBER,
  MYRMEX_PARAMETER_INTEGER,
  MYRMEX_PARAMETER_BOOLEAN,
  MYRMEX_PARAMETER_ARRAY,
  MYRMEX_PARAMETER_OBJECT,
} MyrmexParameterType;

#define MYRMEX_N_PARAMETER_TYPES (MYRMEX_PARAMETER_OBJECT + 1)

extern const char * const myrmex_parameter_type_names[MYRMEX_N_PARAMETER_TYPES];

gboolean       myrmex_parameter_type_parse    (const char           *name,
                                               MyrmexParameterType  *type);
MyrmexJsonKind myrmex_parameter_type_get_kind (MyrmexParameterType   type);
const char    *myrmex_parameter_type_describe (MyrmexParameterType   type);
gboolean       myrmex_parameter_may_have_enum (MyrmexParameterType   type);
GVariant      *myrmex_parameter_convert       (MyrmexParameterType   type,
                                               GVariant             *value) G_GNUC_WARN_UNUSED_RESULT;

const char    *myrmex_kind_describe           (MyrmexJsonKind        kind);
const char    *myrmex_kind_describe_other     (MyrmexJsonKind        kind,
                                               MyrmexJsonKind        expected);
MyrmexJsonKind myrmex_value_get_kind          (GVariant             *value);

GVariant      *myrmex_parameters_resolve      (GVariant             *declared,
                                               GVariant             *given,
                                               GError              **error) G_GNUC_WARN_UNUSED_RESULT;
GVariant      *myrmex_parameters_parse_text   (GVariant             *declared,
                                               const char           *name,
                                               const char           *text,
                                               GError              **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
