/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The name of the service on the bus: asked for, had, and given back or lost. */
typedef struct _Name Name;

/* It is another one's, or, with @error, can not be had; @was_had tells whether this one ever had it. */
typedef void (* NameLostFunc) (gboolean      was_had,
                               const GError *error,
                               gpointer      data);

Name     *name_new       (GDBusConnection *connection,
                          NameLostFunc     lost,
                          gpointer         data);
void      name_free      (Name            *self);
/* Does nothing where it is had, or asked for already. */
void      name_request   (Name            *self,
                          gboolean         replace);
/* With @wait, all that had been sent to the name is here then. */
void      name_release   (Name            *self,
                          gboolean         wait);

G_END_DECLS
