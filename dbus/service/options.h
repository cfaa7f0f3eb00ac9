/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What a dictionary of options may hold. */
typedef struct
{
  const char *name;
  const char *type;
  const char *other_type; /* nullable: what some languages make of the same */
} OptionSpec;

gboolean options_check         (GVariant          *options,
                                const OptionSpec  *specs,
                                gsize              n_specs,
                                GError           **error);
#define OPTIONS_CHECK(options, specs, error) options_check ((options), (specs), G_N_ELEMENTS (specs), (error))

/* A status or a list of them, as a set of bits by the position of each word in @words; all where it is not given. */
gboolean options_lookup_words  (GVariant          *options,
                                const char        *name,
                                const char * const *words,
                                guint             *bits,
                                GError           **error);
gboolean options_lookup_number (GVariant          *options,
                                const char        *name,
                                double            *number);

G_END_DECLS
