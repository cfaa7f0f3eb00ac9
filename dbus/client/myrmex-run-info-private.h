/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/myrmex-run-info.h"

G_BEGIN_DECLS

/* @told is what ListRuns() gives of a run, or the properties of its object with @path beside them. NULL where it is
 * not of a run. */
MyrmexRunInfo *myrmex_run_info_new      (GVariant      *told,
                                         const char    *path);
/* What is in @told and differs is taken over, and notified. */
void           myrmex_run_info_update   (MyrmexRunInfo *self,
                                         GVariant      *told,
                                         const char    *path);
const char    *myrmex_run_info_get_path (MyrmexRunInfo *self);

G_END_DECLS
