/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <myrmex.h>

#include "exit-status.h"

G_BEGIN_DECLS

/* What a person names to be run: a file, a folder of scripts, standard input, or a workflow of the catalog. */
typedef enum
{
  TARGET_INPUT,
  TARGET_FILE,
  TARGET_SCRIPTS,
} TargetKind;

typedef struct
{
  TargetKind  kind;
  char       *path;
} Target;

void     target_clear  (Target     *self);
gboolean target_find   (const char *argument,
                        Target     *self);
gboolean target_exists (const char *argument);
void     target_hint   (const char *folder);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Target, target_clear)

G_END_DECLS
