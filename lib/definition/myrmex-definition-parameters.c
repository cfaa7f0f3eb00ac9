/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* The parameters that a definition declares. */

#include "definition/myrmex-definition-private.h"

#include <glib/gi18n-lib.h>

#include "definition/myrmex-parameters-private.h"

#define MAX_WORDS (10000) /* of an enum; a value that is given is compared with each of them */

/* One parameter, as its keys are met. */
typedef struct
{
  gboolean            has_type;
  MyrmexParameterType type;
  guint32             fallback; /* nodes, or MYRMEX_JSON_NONE */
  guint32             words;
} Parameter;

static void
read_type (MyrmexDefinition *self,
           guint32           key,
           guint32           value,
           gpointer          data)
{
  Parameter *parameter = data;
  g_autofree char *word = NULL;
  MyrmexGuess guess;

  if (!myrmex_definition_expect (self, key, value, MYRMEX_JSON_KIND_STRING))
    return;

  word = myrmex_json_dup_string (self->json, value);
  parameter->has_type = myrmex_parameter_type_parse (word, &parameter->type);
  if (parameter->has_type)
    return;

  myrmex_guess_init (&guess, word);
  myrmex_guess_offer_all (&guess, myrmex_parameter_type_names, MYRMEX_N_PARAMETER_TYPES);
  if (guess.best != NULL)
    myrmex_definition_complain (self, value, _("There is no type of this name; did you mean “%s”?"), guess.best);
  else
    myrmex_definition_complain (self, value,
                                _("The type of a parameter is one of string, number, integer, boolean, array, object"));
}

static void
read_default (MyrmexDefinition *self,
              guint32           key,
              guint32           value,
              gpointer          data)
{
  Parameter *parameter = data;

  parameter->fallback = value;
}

static void
read_description (MyrmexDefinition *self,
                  guint32           key,
                  guint32           value,
                  gpointer          data)
{
  myrmex_definition_expect (self, key, value, MYRMEX_JSON_KIND_STRING);
}

static void
read_enum (MyrmexDefinition *self,
           guint32           key,
           guint32           value,
           gpointer          data)
{
  Parameter *parameter = data;
  guint n;

  if (!myrmex_definition_expect (self, key, value, MYRMEX_JSON_KIND_ARRAY))
    return;
  n = myrmex_json_get_n_children (self->json, value);
  if (n == 0)
    myrmex_definition_complain (self, value, _("“%s” is empty; leave it out"), "enum");
  else if (n > MAX_WORDS)
    myrmex_definition_complain (self, value, _("“%s” may have at most %d values"), "enum", MAX_WORDS);
  else
    parameter->words = value;
}

/* Whether a value is one that the parameter may have. */
static gboolean
check_value (MyrmexDefinition *self,
             const Parameter  *parameter,
             guint32           node,
             const char       *what)
{
  g_autoptr (GVariant) value = myrmex_definition_read_value (self, node);
  g_autoptr (GVariant) converted = NULL;

  if (value == NULL)
    return FALSE;

  g_variant_ref_sink (value);
  converted = myrmex_parameter_convert (parameter->type, value);
  if (converted == NULL)
    myrmex_definition_complain (self, node, _("%s must be %s, as its type says, not %s"), what,
                                myrmex_parameter_type_describe (parameter->type),
                                myrmex_kind_describe_other (myrmex_json_get_kind (self->json, node),
                                                            myrmex_parameter_type_get_kind (parameter->type)));
  return converted != NULL;
}

static gboolean
check_enum (MyrmexDefinition *self,
            const Parameter  *parameter)
{
  gboolean good = TRUE;
  MyrmexJsonIter iter;
  guint32 word;

  if (!myrmex_parameter_may_have_enum (parameter->type))
    {
      myrmex_definition_complain (self, parameter->words,
                                  _("“enum” is for parameters of type string, number and integer"));
      return FALSE;
    }

  myrmex_json_iter_init (&iter, self->json, parameter->words);
  while (myrmex_definition_goes_on (self) && myrmex_json_iter_next_element (&iter, &word))
    good &= check_value (self, parameter, word, _("Each of “enum”"));
  return good;
}

/* With its `enum` known to be good, whether the default is one of it. */
static void
check_default_in_enum (MyrmexDefinition *self,
                       const Parameter  *parameter,
                       const char       *name,
                       guint32           object)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) declared = NULL;
  g_autoptr (GVariant) resolved = NULL;
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert_value (&dict, name, myrmex_json_node_to_value (self->json, object));
  declared = g_variant_ref_sink (g_variant_dict_end (&dict));
  resolved = myrmex_parameters_resolve (declared, NULL, &error);
  if (resolved == NULL)
    myrmex_definition_complain (self, parameter->fallback, "%s", error->message);
}

static void
read_parameter (MyrmexDefinition *self,
                guint32           name,
                guint32           value)
{
  static const MyrmexMember members[] = {
    { "type", read_type },
    { "default", read_default },
    { "description", read_description },
    { "enum", read_enum },
  };
  Parameter parameter = { .fallback = MYRMEX_JSON_NONE, .words = MYRMEX_JSON_NONE };
  g_autofree char *text = myrmex_definition_read_name (self, name, N_("parameter"));
  gboolean good = TRUE;

  if (!myrmex_definition_expect (self, name, value, MYRMEX_JSON_KIND_OBJECT) ||
      !myrmex_definition_expect_small (self, value))
    return;

  myrmex_definition_read_members (self, value, members, G_N_ELEMENTS (members), &parameter);
  if (!parameter.has_type)
    {
      if (text != NULL && myrmex_json_find (self->json, value, "type") == MYRMEX_JSON_NONE)
        myrmex_definition_complain (self, name,
                                    _("Parameter “%s” needs a “type”: string, number, integer, boolean, array or object"),
                                    text);
      return;
    }

  if (parameter.words != MYRMEX_JSON_NONE)
    good = check_enum (self, &parameter);
  if (parameter.fallback != MYRMEX_JSON_NONE)
    good &= check_value (self, &parameter, parameter.fallback, _("“default”"));
  if (good && text != NULL && parameter.words != MYRMEX_JSON_NONE && parameter.fallback != MYRMEX_JSON_NONE)
    check_default_in_enum (self, &parameter, text, value);
}

/* The names of what was declared, where the whole of it is no value. */
static GVariant *
make_names (MyrmexDefinition *self,
            guint32           value)
{
  GVariantBuilder builder;
  MyrmexJsonIter iter;
  guint32 name, parameter;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  myrmex_json_iter_init (&iter, self->json, value);
  while (myrmex_json_iter_next_member (&iter, &name, &parameter))
    {
      g_autofree char *text = myrmex_json_dup_string (self->json, name);

      g_variant_builder_add (&builder, "{sv}", text, g_variant_new_boolean (FALSE));
    }
  return g_variant_builder_end (&builder);
}

void
myrmex_definition_read_parameters (MyrmexDefinition *self,
                                   guint32           key,
                                   guint32           value,
                                   gpointer          data)
{
  guint n_errors = self->n_errors;
  MyrmexJsonIter iter;
  guint32 name, parameter;

  if (!myrmex_definition_expect (self, key, value, MYRMEX_JSON_KIND_OBJECT))
    return;

  myrmex_json_iter_init (&iter, self->json, value);
  while (myrmex_definition_goes_on (self) && myrmex_json_iter_next_member (&iter, &name, &parameter))
    read_parameter (self, name, parameter);

  /* What was declared is set even where it is wrong, so that references to it are not wrong as well. */
  if (self->is_cut)
    return;
  myrmex_workflow_set_parameters (self->workflow,
                                  self->n_errors == n_errors || !myrmex_definition_is_too_deep (self, value)
                                  ? myrmex_json_node_to_value (self->json, value)
                                  : make_names (self, value));
}
