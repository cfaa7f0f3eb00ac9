/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#define MYRMEX_INSIDE

#include "actions/myrmex-action-registry.h"
#include "actions/myrmex-command-action.h"
#include "base/myrmex-config.h"
#include "base/myrmex-enums.h"
#include "base/myrmex-error.h"
#include "base/myrmex-limits.h"
#include "base/myrmex-message-ids.h"
#include "base/myrmex-value.h"
#include "base/myrmex-version.h"
#include "base/myrmex-version-macros.h"
#include "base/myrmex-enum-types.h"
#include "definition/myrmex-definition.h"
#include "definition/myrmex-diagnostic.h"
#include "definition/myrmex-workflow-parameters.h"
#include "discovery/myrmex-catalog-entry.h"
#include "discovery/myrmex-catalog.h"
#include "discovery/myrmex-scripts.h"
#include "engine/myrmex-local-runner.h"
#include "engine/myrmex-plan.h"
#include "engine/myrmex-run.h"
#include "engine/myrmex-runner.h"
#include "engine/myrmex-task-run.h"
#include "engine/myrmex-workflow-run.h"
#include "journal/myrmex-journal.h"
#include "model/myrmex-action.h"
#include "model/myrmex-retry-policy.h"
#include "model/myrmex-task-context.h"
#include "model/myrmex-task-result.h"
#include "model/myrmex-task.h"
#include "model/myrmex-types.h"
#include "model/myrmex-workflow.h"
#include "report/myrmex-report.h"

#undef MYRMEX_INSIDE
