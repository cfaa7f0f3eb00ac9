/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "name.h"
#include "service.h"

G_BEGIN_DECLS

/* The life of the process on the bus: the journal, the name, and when to leave. */
typedef struct
{
  GMainLoop       *loop;
  GDBusConnection *connection;
  MyrmexJournal   *journal;
  Service         *service;
  gboolean         replace;       /* takes the name of a service that is there */
  Name            *name;
  gboolean         is_opening;
  gboolean         is_closing;
  guint            close_id;
  int              status;
} Daemon;

/* With a connection and a configuration. */
gboolean daemon_set_up   (Daemon           *self,
                          MyrmexConfig     *config,
                          guint             idle_timeout,
                          GError          **error);
/* Until it is told to leave, or has nothing to do. */
void     daemon_serve    (Daemon           *self);
void     daemon_clear    (Daemon           *self);

G_END_DECLS
