/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service.h"

G_BEGIN_DECLS

/* What is on the bus, and how calls come in. */

gboolean gate_register     (Service     *self,
                            GError     **error);
void     gate_unregister   (Service     *self);
/* Calls that came before the service was ready, or is not going to be, go on. */
void     gate_open         (Service     *self);
void     gate_tell_added   (Service     *self,
                            HostedRun   *run);
void     gate_tell_removed (Service     *self,
                            const char  *path);

G_END_DECLS
