/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* The parameters of a workflow, for programs that ask a person for them. */

#include "definition/myrmex-workflow-parameters.h"

#include <glib/gi18n-lib.h>

#include "base/myrmex-error.h"
#include "definition/myrmex-parameters-private.h"

/**
 * myrmex_workflow_parse_parameter:
 * @self: a workflow
 * @name: the name of one of its parameters
 * @text: the value, as it stands on a command line or in a field of a form
 * @error: return location for an error, or %NULL
 *
 * Makes the value of a parameter from text, by the type that the workflow declares: a string is taken as it is,
 * everything else is JSON, such as `3`, `true` or `["a", "b"]`.
 *
 * Fails with %MYRMEX_ERROR_INVALID_ARGUMENT where the workflow has no such parameter, or the text is none of
 * its values; the message names the parameter.
 *
 * Returns: (transfer full): the value, or %NULL with @error set
 *
 * Since: 1.0
 */
GVariant *
myrmex_workflow_parse_parameter (MyrmexWorkflow  *self,
                                 const char      *name,
                                 const char      *text,
                                 GError         **error)
{
  g_return_val_if_fail (MYRMEX_IS_WORKFLOW (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (text != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return myrmex_parameters_parse_text (myrmex_workflow_get_parameters (self), name, text, error);
}

/**
 * myrmex_workflow_resolve_parameters:
 * @self: a workflow
 * @given: (nullable): a dictionary of type `a{sv}` by name; a floating reference is taken over
 * @error: return location for an error, or %NULL
 *
 * Tells what a run would see as its parameters if it were given these: defaults stand where none is given. A run
 * does this by itself.
 *
 * Fails with %MYRMEX_ERROR_INVALID_ARGUMENT where a parameter is unknown, missing or of the wrong type; the
 * message has a line for each.
 *
 * Returns: (transfer full): a dictionary of type `a{sv}`, or %NULL with @error set
 *
 * Since: 1.0
 */
GVariant *
myrmex_workflow_resolve_parameters (MyrmexWorkflow  *self,
                                    GVariant        *given,
                                    GError         **error)
{
  g_autoptr (GVariant) owned = given != NULL ? g_variant_ref_sink (given) : NULL;

  g_return_val_if_fail (MYRMEX_IS_WORKFLOW (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (owned != NULL && !g_variant_is_of_type (owned, G_VARIANT_TYPE_VARDICT))
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
                   _("Parameters must be a dictionary of type “a{sv}”, not “%s”"), g_variant_get_type_string (owned));
      return NULL;
    }
  return myrmex_parameters_resolve (myrmex_workflow_get_parameters (self), owned, error);
}
