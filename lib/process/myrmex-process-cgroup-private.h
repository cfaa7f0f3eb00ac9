/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "process/myrmex-process-program-private.h"

G_BEGIN_DECLS

/* Control groups (the second version) for commands, below the group of this process, which has to be its own to divide
 * (systemd: Delegate=). What a command starts is in its group from the first moment, whatever becomes of its parents,
 * its session and its environment, unless it leaves the group by intention; and a group is killed as one.
 *
 * A group is used again by a later command: making one costs more than starting a command. From any thread. */
typedef struct _MyrmexProcessCgroups MyrmexProcessCgroups;
typedef struct _MyrmexProcessCgroup MyrmexProcessCgroup;

/* NULL, with errno, where there can be none: no such hierarchy, a kernel before 5.14, no right to divide the group. */
MyrmexProcessCgroups *myrmex_process_cgroups_new          (void);
void                  myrmex_process_cgroups_free         (MyrmexProcessCgroups *self);
/* An empty one, or NULL. */
MyrmexProcessCgroup  *myrmex_process_cgroups_take         (MyrmexProcessCgroups *self);
void                  myrmex_process_cgroups_give_back    (MyrmexProcessCgroups *self,
                                                           MyrmexProcessCgroup  *cgroup);
/* The number of the one that a process is in, or 0. */
guint                 myrmex_process_cgroups_find         (MyrmexProcessCgroups *self,
                                                           pid_t                 pid);

guint                 myrmex_process_cgroup_get_number    (MyrmexProcessCgroup  *self);
/* Processes, and not only ones that are dead and not waited for. */
gboolean              myrmex_process_cgroup_has_processes (MyrmexProcessCgroup  *self);
void                  myrmex_process_cgroup_kill          (MyrmexProcessCgroup  *self);

/* As posix_spawn(), in a session of its own and with the signals as they are by default: @code is 0, or why the program
 * could not be executed. Returns FALSE where nothing can be started in a group at all. */
gboolean              myrmex_process_cgroup_spawn         (MyrmexProcessCgroup        *self,
                                                           const MyrmexProcessProgram *program,
                                                           pid_t                      *pid,
                                                           int                        *code);

G_END_DECLS
