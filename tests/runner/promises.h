/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runner-fixture.h"

G_BEGIN_DECLS

/* What is promised of a run, whatever executes it. */
void add_order_tests    (const RunnerKind *kind);
void add_failure_tests  (const RunnerKind *kind);
void add_retry_tests    (const RunnerKind *kind);
void add_time_tests     (const RunnerKind *kind);
void add_control_tests  (const RunnerKind *kind);
void add_telling_tests  (const RunnerKind *kind);
void add_option_tests   (const RunnerKind *kind);
void add_callback_tests (const RunnerKind *kind);
void add_property_tests (const RunnerKind *kind);
/* Of a kind whose tasks are commands. */
void add_command_tests  (const RunnerKind *kind);

G_END_DECLS
