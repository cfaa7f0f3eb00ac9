/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What MYRMEX_DEBUG may ask for. */
typedef enum
{
  MYRMEX_DEBUG_NONE       = 0,
  MYRMEX_DEBUG_RUN        = 1 << 0,
  MYRMEX_DEBUG_TASK       = 1 << 1,
  MYRMEX_DEBUG_PROCESS    = 1 << 2,
  MYRMEX_DEBUG_DEFINITION = 1 << 3,
  MYRMEX_DEBUG_CONFIG     = 1 << 4,
  MYRMEX_DEBUG_ALL        = (1 << 5) - 1,
  MYRMEX_DEBUG_VALUES     = 1 << 5,   /* not among all: these may be secret */
} MyrmexDebugFlags;

/* One entry of the log, as it is put together. */
typedef struct
{
  GLogLevelFlags  level;
  GLogField       fields[24];
  char           *owned[24];
  gsize           n_fields;
  gsize           n_owned;
} MyrmexLogEntry;

MyrmexDebugFlags myrmex_debug_get_flags (void);
void             myrmex_debug_set_flags (MyrmexDebugFlags  flags);
MyrmexDebugFlags myrmex_debug_parse     (const char       *text);
void             myrmex_debug           (MyrmexDebugFlags  category,
                                         const char       *format,
                                         ...) G_GNUC_PRINTF (2, 3);

gboolean         myrmex_log_is_wanted   (MyrmexDebugFlags  category,
                                         gboolean          has_reader);
void             myrmex_log_begin       (MyrmexLogEntry   *entry,
                                         MyrmexDebugFlags  category,
                                         GLogLevelFlags    level,
                                         const char       *message_id);
void             myrmex_log_add         (MyrmexLogEntry   *entry,
                                         const char       *key,
                                         const char       *value);
void             myrmex_log_add_printf  (MyrmexLogEntry   *entry,
                                         const char       *key,
                                         const char       *format,
                                         ...) G_GNUC_PRINTF (3, 4);
void             myrmex_log_add_seconds (MyrmexLogEntry   *entry,
                                         const char       *key,
                                         double            seconds);
void             myrmex_log_end         (MyrmexLogEntry   *entry,
                                         const char       *format,
                                         ...) G_GNUC_PRINTF (2, 3);

G_END_DECLS
