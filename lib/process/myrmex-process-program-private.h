/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <spawn.h>
#include <sys/types.h>

G_BEGIN_DECLS

/* A program and where it is to be started. It gets a session of its own, the signals as they are by default, the limit
 * of open files that this process was given, and no descriptor but these. */
typedef struct
{
  const char  *path;
  const char  *directory;  /* or NULL: that of this process */
  char *const *argv;
  char *const *envp;
  int          fds[4];     /* that become 0 to 3; those after the first are above 3, and the last may be -1: none */
} MyrmexProcessProgram;

void myrmex_process_set_spawn_attributes (posix_spawnattr_t          *attributes);

/* 0, or why it could not be executed. */
int  myrmex_process_program_spawn        (const MyrmexProcessProgram *program,
                                          const posix_spawnattr_t    *attributes,
                                          pid_t                      *pid);

/* In a child, which may share its memory with this process: nothing but system calls. */
int  myrmex_process_program_become       (const MyrmexProcessProgram *program);
void myrmex_process_leave_child          (int                         status) G_GNUC_NORETURN;

G_END_DECLS
