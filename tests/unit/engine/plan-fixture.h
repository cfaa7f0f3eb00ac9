/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/myrmex-plan-private.h"

/* A plan for tests of the engine, without a workflow behind it. */

MyrmexPlan *plan_fixture_new           (guint32            n_tasks,
                                        guint32            n_edges);
MyrmexPlan *plan_fixture_parse         (const char        *text);
void        plan_fixture_build         (MyrmexPlan        *plan,
                                        const gint32      *priorities);
void        plan_fixture_set_rule      (MyrmexPlan        *plan,
                                        guint32               task,
                                        MyrmexTriggerRule  rule);
void        plan_fixture_set_condition (MyrmexPlan        *plan,
                                        guint32               task);
void        plan_fixture_set_main      (MyrmexPlan        *plan,
                                        guint32            task);
void        plan_fixture_set_timeout   (MyrmexPlan        *plan,
                                        guint32               task,
                                        gint64             timeout);
void        plan_fixture_set_backoff   (MyrmexPlan          *plan,
                                        guint32                 task,
                                        const MyrmexBackoff *backoff);
void        plan_fixture_free          (MyrmexPlan        *plan);

/* The name under which g_autoptr() frees one: MyrmexPlan itself is counted. */
typedef MyrmexPlan PlanFixture;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlanFixture, plan_fixture_free)
