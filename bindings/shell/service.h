/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <myrmex.h>

#include "exit-status.h"

G_BEGIN_DECLS

/* The service on the session bus, as the commands need it beside what MyrmexServiceRunner does. It is started by the
 * bus where it does not run. */
typedef struct _Service Service;

Service             *service_open         (ExitStatus  *status) G_GNUC_WARN_UNUSED_RESULT;
Service             *service_connect      (gboolean    *bus_found,
                                           GError     **error) G_GNUC_WARN_UNUSED_RESULT;
void                 service_close        (Service     *self);
MyrmexServiceRunner *service_get_runner   (Service     *self);

GVariant            *service_call         (Service     *self,
                                           const char  *method,
                                           GVariant    *parameters,
                                           const char  *reply_type,
                                           GError     **error) G_GNUC_WARN_UNUSED_RESULT;
GVariant            *service_call_run     (Service     *self,
                                           const char  *path,
                                           const char  *method,
                                           GVariant    *parameters,
                                           const char  *reply_type,
                                           GError     **error) G_GNUC_WARN_UNUSED_RESULT;
char                *service_find_run     (Service     *self,
                                           const char  *run,
                                           GError     **error) G_GNUC_WARN_UNUSED_RESULT;
GVariant            *service_get_run      (Service     *self,
                                           const char  *path,
                                           GError     **error) G_GNUC_WARN_UNUSED_RESULT;
GVariant            *service_list_runs    (Service     *self,
                                           GVariant    *filter,
                                           guint        offset,
                                           guint        limit,
                                           GError     **error) G_GNUC_WARN_UNUSED_RESULT;
char                *service_submit       (Service     *self,
                                           const char  *definition,
                                           GVariant    *options,
                                           GError     **error) G_GNUC_WARN_UNUSED_RESULT;
int                  service_open_log     (Service     *self,
                                           const char  *path,
                                           const char  *task,
                                           GError     **error);

/* A run came, went, or is not any more what it was; or it is the service that is there again, or not any more. */
typedef void (* ServiceChangedFunc) (gboolean is_there,
                                     gpointer data);

void                 service_listen       (Service            *self,
                                           ServiceChangedFunc  changed,
                                           gpointer            data);
void                 service_unlisten     (Service     *self);

ExitStatus           service_complain     (const GError *error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Service, service_close)

G_END_DECLS
