/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* One thread that wakes runs when a time-out or a retry of theirs is due. It does not exist before it is needed,
 * and sleeps until the soonest time. */
typedef struct _MyrmexAlarm MyrmexAlarm;

/* Called when the time has come, in the thread of the alarm, without its lock. It may set another time. */
typedef void (* MyrmexAlarmFunc) (gpointer data);

/* A reference to data is held while there is a time for it, in µs of the monotonic clock. */
MyrmexAlarm *myrmex_alarm_new   (MyrmexAlarmFunc  func,
                                 GBoxedCopyFunc   ref,
                                 GDestroyNotify   unref);
void         myrmex_alarm_free  (MyrmexAlarm     *self);
void         myrmex_alarm_set   (MyrmexAlarm     *self,
                                 gpointer         data,
                                 gint64           when);
void         myrmex_alarm_unset (MyrmexAlarm     *self,
                                 gpointer         data);

G_END_DECLS
