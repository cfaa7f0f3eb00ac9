/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "report/myrmex-report-private.h"

G_BEGIN_DECLS

/* What the formats for people have in common: words, and texts that are fit to be shown. */

/* In which order people want to hear of them. */
extern const MyrmexTaskStatus myrmex_words_status_order[MYRMEX_TASK_STATUS_CANCELLED + 1];

char       *myrmex_words_show          (const char             *text);
char       *myrmex_words_clip          (const char             *text,
                                        int                     columns);
int         myrmex_words_count_columns (const char             *text);

char       *myrmex_words_seconds       (gint64                  microseconds);
char       *myrmex_words_time          (gint64                  microseconds);
char       *myrmex_words_iso_time      (gint64                  microseconds);
const char *myrmex_words_reason        (const MyrmexReportTask *task);
char       *myrmex_words_counts        (const MyrmexReport     *report);
char       *myrmex_words_headline      (const MyrmexReport     *report);
char       *myrmex_words_parallel      (const MyrmexReport     *report);
char       *myrmex_words_bound         (const MyrmexReport     *report);
char       *myrmex_words_path          (const MyrmexReport     *report);
char       *myrmex_words_step          (const MyrmexReport     *report,
                                        guint                   step);
char       *myrmex_words_note          (const MyrmexReportTask *task);

/* Which tasks a text lists: all of them, or, of many, those that started and did not complete, and the slowest. */
GArray     *myrmex_words_list_tasks    (const MyrmexReport     *report,
                                        guint                  *n_omitted);

G_END_DECLS
