/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <myrmex.h>

G_BEGIN_DECLS

/* A bus of the test's own, and one service at a time on it. MYRMEXD names the program. */
MyrmexRunner *service_fixture_make_runner (guint max_parallel);
/* The bus alone; gives its address. */
const char   *service_fixture_start_bus   (void);
/* Ends the service; with @force it has no time to say so. */
void          service_fixture_end_service (gboolean force);
/* Takes what an ended service has on the disk. */
void          service_fixture_forget      (void);
void          service_fixture_stop        (void);

G_END_DECLS
