/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/myrmex-action-private.h"

#include "base/myrmex-enum-types.h"
#include "model/myrmex-task-context.h"

/**
 * MyrmexAction:
 *
 * How a task does its work. Derive from it to make a new type of action, and give it a name with
 * [func@Myrmex.Action.register], so that definitions can use it.
 *
 * An action knows nothing of runs: it gets a [struct@Myrmex.TaskContext] for each attempt and answers once,
 * with a value or an error. One action may be started many times, also at the same time.
 *
 * Since: 1.0
 */

typedef struct
{
  const char     *type_name; /* interned: there are few types and may be many actions */
  GVariant       *spec;
  MyrmexAffinity  affinity;
} MyrmexActionPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (MyrmexAction, myrmex_action, G_TYPE_OBJECT)

enum
{
  PROP_TYPE_NAME = 1,
  PROP_SPEC,
  PROP_AFFINITY,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static gboolean
myrmex_action_real_prepare (MyrmexAction  *self,
                            GError       **error)
{
  return TRUE;
}

static void
myrmex_action_real_start (MyrmexAction      *self,
                          MyrmexTaskContext *context)
{
  g_autofree char *message = g_strdup_printf ("%s does not implement “start”", G_OBJECT_TYPE_NAME (self));

  myrmex_task_context_return_failure (context, "not-supported", message, FALSE);
}

static void
myrmex_action_finalize (GObject *object)
{
  MyrmexActionPrivate *priv = myrmex_action_get_instance_private (MYRMEX_ACTION (object));

  g_clear_pointer (&priv->spec, g_variant_unref);

  G_OBJECT_CLASS (myrmex_action_parent_class)->finalize (object);
}

static void
myrmex_action_get_property (GObject    *object,
                            guint       prop_id,
                            GValue     *value,
                            GParamSpec *pspec)
{
  MyrmexActionPrivate *priv = myrmex_action_get_instance_private (MYRMEX_ACTION (object));

  switch (prop_id)
    {
    case PROP_TYPE_NAME:
      g_value_set_string (value, priv->type_name);
      break;
    case PROP_SPEC:
      g_value_set_variant (value, priv->spec);
      break;
    case PROP_AFFINITY:
      g_value_set_enum (value, priv->affinity);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
myrmex_action_set_property (GObject      *object,
                            guint         prop_id,
                            const GValue *value,
                            GParamSpec   *pspec)
{
  MyrmexActionPrivate *priv = myrmex_action_get_instance_private (MYRMEX_ACTION (object));

  switch (prop_id)
    {
    case PROP_TYPE_NAME:
      priv->type_name = g_intern_string (g_value_get_string (value));
      break;
    case PROP_SPEC:
      priv->spec = g_value_dup_variant (value);
      break;
    case PROP_AFFINITY:
      priv->affinity = g_value_get_enum (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
myrmex_action_class_init (MyrmexActionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = myrmex_action_finalize;
  object_class->get_property = myrmex_action_get_property;
  object_class->set_property = myrmex_action_set_property;
  klass->prepare = myrmex_action_real_prepare;
  klass->start = myrmex_action_real_start;

  /**
   * MyrmexAction:type-name:
   *
   * The name of the type of action, as definitions use it.
   *
   * Since: 1.0
   */
  properties[PROP_TYPE_NAME] =
    g_param_spec_string ("type-name", NULL, NULL, NULL,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * MyrmexAction:spec:
   *
   * What the definition says of the action: a dictionary with the key that names the action, and the further
   * keys of the task that the type of action takes. Templates are not filled.
   *
   * Since: 1.0
   */
  properties[PROP_SPEC] =
    g_param_spec_variant ("spec", NULL, NULL, G_VARIANT_TYPE_VARDICT, NULL,
                          G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * MyrmexAction:affinity:
   *
   * Where [vfunc@Myrmex.Action.start] is called.
   *
   * Since: 1.0
   */
  properties[PROP_AFFINITY] =
    g_param_spec_enum ("affinity", NULL, NULL, MYRMEX_TYPE_AFFINITY, MYRMEX_AFFINITY_MAIN,
                       G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
myrmex_action_init (MyrmexAction *self)
{
}

/**
 * myrmex_action_get_type_name: (get-property type-name)
 * @self: an action
 *
 * Gets the name of the type of action.
 *
 * Returns: (transfer none) (nullable): the name, or %NULL where it was made without one
 *
 * Since: 1.0
 */
const char *
myrmex_action_get_type_name (MyrmexAction *self)
{
  MyrmexActionPrivate *priv = myrmex_action_get_instance_private (self);

  g_return_val_if_fail (MYRMEX_IS_ACTION (self), NULL);

  return priv->type_name;
}

/**
 * myrmex_action_get_spec: (get-property spec)
 * @self: an action
 *
 * Gets what the definition says of the action.
 *
 * Returns: (transfer none) (nullable): a dictionary of type `a{sv}`
 *
 * Since: 1.0
 */
GVariant *
myrmex_action_get_spec (MyrmexAction *self)
{
  MyrmexActionPrivate *priv = myrmex_action_get_instance_private (self);

  g_return_val_if_fail (MYRMEX_IS_ACTION (self), NULL);

  return priv->spec;
}

/**
 * myrmex_action_get_affinity: (get-property affinity)
 * @self: an action
 *
 * Gets where the action is started.
 *
 * Returns: the affinity
 *
 * Since: 1.0
 */
MyrmexAffinity
myrmex_action_get_affinity (MyrmexAction *self)
{
  MyrmexActionPrivate *priv = myrmex_action_get_instance_private (self);

  g_return_val_if_fail (MYRMEX_IS_ACTION (self), MYRMEX_AFFINITY_MAIN);

  return priv->affinity;
}

void
myrmex_action_set_affinity (MyrmexAction   *self,
                            MyrmexAffinity  affinity)
{
  MyrmexActionPrivate *priv = myrmex_action_get_instance_private (self);

  priv->affinity = affinity;
}

/**
 * myrmex_action_prepare:
 * @self: an action
 * @error: return location for an error, or %NULL
 *
 * Checks what the definition says of the action, before anything runs.
 *
 * Returns: whether it is good
 *
 * Since: 1.0
 */
gboolean
myrmex_action_prepare (MyrmexAction  *self,
                       GError       **error)
{
  g_return_val_if_fail (MYRMEX_IS_ACTION (self), FALSE);

  return MYRMEX_ACTION_GET_CLASS (self)->prepare (self, error);
}

/**
 * myrmex_action_start:
 * @self: an action
 * @context: the attempt
 *
 * Begins an attempt. Runners call this.
 *
 * Since: 1.0
 */
void
myrmex_action_start (MyrmexAction      *self,
                     MyrmexTaskContext *context)
{
  g_return_if_fail (MYRMEX_IS_ACTION (self));
  g_return_if_fail (context != NULL);

  MYRMEX_ACTION_GET_CLASS (self)->start (self, context);
}
