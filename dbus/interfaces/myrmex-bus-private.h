/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What the service and its clients must agree on beside the interfaces themselves. */

#define MYRMEX_BUS_NAME              "org.codomyrmex.Myrmex1"
#define MYRMEX_BUS_PATH              "/org/codomyrmex/Myrmex1"
#define MYRMEX_BUS_RUN_PATH          MYRMEX_BUS_PATH "/run/"
#define MYRMEX_BUS_MANAGER           MYRMEX_BUS_NAME ".Manager"
#define MYRMEX_BUS_RUN               MYRMEX_BUS_NAME ".Run"
#define MYRMEX_BUS_ERROR             MYRMEX_BUS_NAME ".Error."
#define MYRMEX_BUS_INTERFACE_VERSION (1)

/* Limits of what callers may ask of the service. */
#define MYRMEX_BUS_MAX_TEXT_BYTES    (1024 * 1024)      /* of a definition that is a string */
#define MYRMEX_BUS_MAX_TASKS         (100000)           /* of a run */
#define MYRMEX_BUS_MAX_EDGES         (1000000)
#define MYRMEX_BUS_MAX_PENDING       (1000)             /* runs that have not ended, per caller */
#define MYRMEX_BUS_MAX_ACTIVE        (10000)            /* the same, of all callers together */
#define MYRMEX_BUS_MAX_WAITING_BYTES (32 * 1024 * 1024) /* of definitions that are being read, per caller */
#define MYRMEX_BUS_MAX_WAITS         (1000)             /* calls of Wait() that have no answer yet, per caller */
#define MYRMEX_BUS_MAX_PAGE          (1000)             /* entries of a list */
#define MYRMEX_BUS_MAX_PAGE_BYTES    (4 * 1024 * 1024)  /* of results */
#define MYRMEX_BUS_MAX_INLINE_BYTES  (16 * 1024)        /* of a value in a signal */
#define MYRMEX_BUS_MAX_NAME_BYTES    (256)              /* of a run's name or an idempotency key */

/* In place of the name of a task: what is told is about the run itself. */
#define MYRMEX_BUS_RUN_ITSELF        ""

void  myrmex_bus_register_errors (void);
char *myrmex_bus_dup_error_type  (const GError *error);

G_END_DECLS
