/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <myrmex.h>

G_BEGIN_DECLS

/* What the service tells of a run, as a struct. All texts are borrowed from @properties, and not escaped. */
typedef struct
{
  GVariant        *properties;
  const char      *id;
  const char      *name;
  const char      *workflow;
  const char      *error;     /* empty: none */
  const char      *reason;
  const char      *retried_from; /* the id of the run that it retries; empty: none */
  MyrmexRunStatus  status;
  guint            total;
  guint            counts[MYRMEX_TASK_STATUS_CANCELLED + 1];
  gint64           submitted; /* these three in µs since 1970; 0: not yet */
  gint64           started;
  gint64           finished;
} RunInfo;

/* Characters of an id that are shown: enough to tell runs apart. */
#define RUN_INFO_SHORT_ID (8)

void     run_info_init        (RunInfo       *self,
                               GVariant      *properties);
void     run_info_clear       (RunInfo       *self);
GArray  *run_info_list        (GVariant      *runs) G_GNUC_WARN_UNUSED_RESULT;
char    *run_info_dup_id      (const RunInfo *self) G_GNUC_WARN_UNUSED_RESULT;
char    *run_info_dup_name    (const RunInfo *self) G_GNUC_WARN_UNUSED_RESULT;
gboolean run_info_is_active   (const RunInfo *self);
guint    run_info_count_ended (const RunInfo *self);
double   run_info_get_elapsed (const RunInfo *self);
char    *run_info_to_json     (const RunInfo *self) G_GNUC_WARN_UNUSED_RESULT;

void     run_info_describe    (const RunInfo *self,
                               GVariantDict  *dict);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RunInfo, run_info_clear)

G_END_DECLS
