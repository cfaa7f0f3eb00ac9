/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "base/myrmex-json-private.h"
#include "expression/myrmex-expression-private.h"

G_GNUC_UNUSED
static const char test_contexts[] =
  "{\"tasks\": {"
  "   \"list\": {\"value\": [\"a\", \"b\", \"C\"], \"status\": \"completed\", \"attempts\": 2},"
  "   \"a.b\": {\"value\": 7},"
  "   \"my-task\": {\"value\": {\"Name\": \"x\", \"name\": \"y\", \"n\": 1.5, \"none\": null, \"0\": \"zero\"}},"
  "   \"people\": {\"value\": [{\"name\": \"ann\", \"tags\": [1, 2]}, {\"name\": \"bob\", \"tags\": [3]}, {\"age\": 4}, 5]}},"
  " \"parameters\": {\"folder\": \"~/Pictures\", \"count\": \"3\", \"empty\": \"\", \"yes\": true, \"zero\": 0, \"key\": \"list\","
  "   \"array\": [], \"object\": {}},"
  " \"env\": {\"HOME\": \"/home/x\"},"
  " \"run\": {\"id\": \"r1\"}}";

/* Contexts for tests, from a JSON object with a member for each. */
typedef struct
{
  GVariant *contexts;
  guint     n_calls;
} Resolver;

static inline void
resolver_init (Resolver   *self,
               const char *json)
{
  g_autoptr (GError) error = NULL;

  self->contexts = myrmex_value_from_json (json, -1, &error);
  self->n_calls = 0;
  g_assert_no_error (error);
}

static inline void
resolver_clear (Resolver *self)
{
  g_clear_pointer (&self->contexts, g_variant_unref);
}

/* The key "fail" is an error, "nothing" is NULL. */
static inline GVariant *
resolver_resolve (const char  *context,
                  const char  *key,
                  gpointer     data,
                  GError     **error)
{
  Resolver *self = data;
  g_autoptr (GVariant) whole = NULL;
  g_autoptr (GVariant) value = NULL;

  self->n_calls++;
  if (g_strcmp0 (key, "fail") == 0)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BUSY, "not now");
      return NULL;
    }

  whole = g_variant_lookup_value (self->contexts, context, NULL);
  if (whole == NULL || key == NULL)
    return g_steal_pointer (&whole);

  value = g_variant_lookup_value (whole, key, NULL);
  return g_steal_pointer (&value);
}
