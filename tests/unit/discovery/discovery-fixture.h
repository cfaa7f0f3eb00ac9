/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "definition/myrmex-diagnostic.h"

G_BEGIN_DECLS

/* A folder of its own for each test. */
typedef struct
{
  char *folder;
} Fixture;

void  fixture_set_up     (Fixture       *fixture,
                          gconstpointer  data);
void  fixture_tear_down  (Fixture       *fixture,
                          gconstpointer  data);

char *fixture_path       (Fixture       *fixture,
                          const char    *name) G_GNUC_WARN_UNUSED_RESULT;
void  fixture_write      (Fixture       *fixture,
                          const char    *name,
                          const char    *text);
void  fixture_script     (Fixture       *fixture,
                          const char    *name,
                          const char    *text);
void  fixture_link       (Fixture       *fixture,
                          const char    *name,
                          const char    *target);
void  fixture_folder     (Fixture       *fixture,
                          const char    *name);
char *fixture_describe   (Fixture       *fixture,
                          GPtrArray     *diagnostics) G_GNUC_WARN_UNUSED_RESULT;

#define fixture_add(path, func) \
  g_test_add (path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

G_END_DECLS
