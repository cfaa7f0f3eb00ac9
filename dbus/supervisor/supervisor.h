/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The parent of the commands of a service. All of it happens in the thread of its process host. */
typedef struct _Supervisor Supervisor;

/* Nothing runs, nothing is kept and nobody is connected, for IDLE_TIMEOUT by now. In the supervisor's thread. */
typedef void (* SupervisorIdleFunc) (gpointer data);

Supervisor *supervisor_new   (int                  listener,
                              gboolean             has_cgroup, /* that is its own to divide */
                              SupervisorIdleFunc   idle,
                              gpointer             data,
                              GError             **error);
void        supervisor_leave (Supervisor          *self);
gboolean    supervisor_has_commands (Supervisor   *self);
void        supervisor_free  (Supervisor          *self);

G_END_DECLS
