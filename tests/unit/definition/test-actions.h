/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "actions/myrmex-action-registry-private.h"

/* Types of action for tests of definitions. `test.echo` takes any value, and the keys `tone` and `level`; it
 * refuses the value `bad`, and a `tone` that is no string. */
typedef MyrmexAction TestEcho;
typedef MyrmexActionClass TestEchoClass;

static GType test_echo_get_type (void);

G_DEFINE_TYPE (TestEcho, test_echo, MYRMEX_TYPE_ACTION)

static gboolean
test_echo_prepare (MyrmexAction  *self,
                   GError       **error)
{
  GVariant *spec = myrmex_action_get_spec (self);
  g_autoptr (GVariant) value = g_variant_lookup_value (spec, "test.echo", NULL);
  g_autoptr (GVariant) tone = g_variant_lookup_value (spec, "tone", NULL);

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING) && g_str_equal (g_variant_get_string (value, NULL), "bad"))
    {
      g_set_error_literal (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_VALUE, "This is bad");
      return FALSE;
    }
  if (tone != NULL && !g_variant_is_of_type (tone, G_VARIANT_TYPE_STRING))
    {
      g_set_error_literal (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_VALUE, "“tone” must be a string");
      return FALSE;
    }
  return TRUE;
}

static void
test_echo_class_init (TestEchoClass *klass)
{
  klass->prepare = test_echo_prepare;
}

static void
test_echo_init (TestEcho *self)
{
}

static inline void
register_test_actions (void)
{
  static const char * const keys[] = { "tone", "level", NULL };
  g_autoptr (GError) error = NULL;

  myrmex_action_register ("test.echo", test_echo_get_type (), keys, "For tests", &error);
  g_assert_no_error (error);
}
