/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What a test holds threads at, and lets them go: no test waits for time to pass where an event will do. */
typedef struct _Gate Gate;

Gate     *gate_new        (void);
Gate     *gate_ref        (Gate         *self);
void      gate_unref      (Gate         *self);
void      gate_open       (Gate         *self);
gboolean  gate_is_open    (Gate         *self);
/* Waits until the gate is open, or @cancellable fires. Returns whether it is open. */
gboolean  gate_pass       (Gate         *self,
                           GCancellable *cancellable);
/* Waits until so many have come to the gate, whether they still wait or not. */
void      gate_await      (Gate         *self,
                           guint         n_arrived);
guint     gate_n_arrived  (Gate         *self);
/* How many wait there now. */
guint     gate_n_waiting  (Gate         *self);
/* How many waited there at once, at most. */
guint     gate_n_most     (Gate         *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Gate, gate_unref)

G_END_DECLS
