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

/* All that had been sent to the name while it was had is here. */
typedef void (* NameReleasedFunc) (gpointer data);

Name     *name_new       (GDBusConnection *connection,
                          NameLostFunc     lost,
                          gpointer         data);
void      name_free      (Name            *self);
/* Does nothing where it is had, or asked for already. */
void      name_request   (Name            *self,
                          gboolean         replace);
/* Whether the bus has given it. The call that the service was started for is here then. */
gboolean  name_is_had    (Name            *self);
/* @released may be %NULL; it is not called where the name is asked for again meanwhile. */
void      name_release   (Name            *self,
                          NameReleasedFunc released);

G_END_DECLS
