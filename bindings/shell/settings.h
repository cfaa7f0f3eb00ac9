/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <myrmex.h>

#include "command.h"
#include "line.h"
#include "session.h"

G_BEGIN_DECLS

/* What people have set: in files, in the environment, and by “--config KEY=VALUE”. */

MyrmexConfig  *settings_load          (const Command   *self,
                                       char           **given) G_GNUC_WARN_UNUSED_RESULT;
gboolean       settings_check_reports (MyrmexConfig    *config);
MyrmexCatalog *settings_make_catalog  (GError         **error) G_GNUC_WARN_UNUSED_RESULT;
void           settings_apply         (MyrmexConfig    *config,
                                       MyrmexWorkflow  *workflow,
                                       SessionOptions  *session);
void           settings_apply_display (MyrmexConfig    *config,
                                       SessionOptions  *session);
gboolean       settings_load_look     (const Command   *self,
                                       Look            *look) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
