/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(MYRMEX_INSIDE) && !defined(MYRMEX_COMPILATION)
#error "Only <myrmex.h> can be included directly."
#endif

#include "engine/myrmex-local-runner.h"
#include "engine/myrmex-run.h"
#include "journal/myrmex-journal.h"

G_BEGIN_DECLS

MYRMEX_AVAILABLE_IN_1_0
MyrmexRunner *myrmex_journal_new_runner (MyrmexJournal      *self,
                                         guint               max_parallel) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
MyrmexRun    *myrmex_journal_resume_run (MyrmexJournal      *self,
                                         MyrmexLocalRunner  *runner,
                                         const char         *id,
                                         GCancellable       *cancellable,
                                         GError            **error) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
MyrmexRun    *myrmex_journal_retry_run  (MyrmexJournal      *self,
                                         MyrmexLocalRunner  *runner,
                                         const char         *id,
                                         GVariant           *options,
                                         GCancellable       *cancellable,
                                         GError            **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
