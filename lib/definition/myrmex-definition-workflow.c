/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* The keys of a definition itself. */

#include "definition/myrmex-definition-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "definition/myrmex-parameters-private.h"
#include "expression/myrmex-template-private.h"
#include "model/myrmex-retry-policy-private.h"

static void
read_schema (MyrmexDefinition *self,
             guint32           key,
             guint32           value,
             gpointer          data)
{
  myrmex_definition_expect (self, key, value, MYRMEX_JSON_KIND_STRING);
}

static void
read_version (MyrmexDefinition *self,
              guint32           key,
              guint32           value,
              gpointer          data)
{
  gint64 version;

  if (!myrmex_definition_expect_integer (self, key, value, G_MININT32, G_MAXINT32, &version))
    return;
  if (version != MYRMEX_DEFINITION_VERSION)
    myrmex_definition_complain (self, value,
                                _("This is version %d of the format; this Myrmex reads version %d"),
                                (int) version, MYRMEX_DEFINITION_VERSION);
}

static void
read_description (MyrmexDefinition *self,
                  guint32           key,
                  guint32           value,
                  gpointer          data)
{
  g_autofree char *text = NULL;

  if (!myrmex_definition_expect (self, key, value, MYRMEX_JSON_KIND_STRING))
    return;
  text = myrmex_json_dup_string (self->json, value);
  myrmex_workflow_set_description (self->workflow, text);
}

static void
read_fail_fast (MyrmexDefinition *self,
                guint32           key,
                guint32           value,
                gpointer          data)
{
  if (myrmex_definition_expect (self, key, value, MYRMEX_JSON_KIND_BOOLEAN))
    myrmex_workflow_set_fail_fast (self->workflow, myrmex_json_get_boolean (self->json, value));
}

static void
read_timeout (MyrmexDefinition *self,
              guint32           key,
              guint32           value,
              gpointer          data)
{
  double seconds;

  if (myrmex_definition_expect_number (self, key, value, 0, MYRMEX_MAX_SECONDS, &seconds))
    myrmex_workflow_set_timeout (self->workflow, seconds);
}

static void
read_max_parallel (MyrmexDefinition *self,
                   guint32           key,
                   guint32           value,
                   gpointer          data)
{
  gint64 number;

  if (myrmex_definition_expect_integer (self, key, value, 0, G_MAXINT32, &number))
    myrmex_workflow_set_max_parallel (self->workflow, (guint) number);
}

/* The name of a variable is what can stand before the `=`. */
static void
check_variable (MyrmexDefinition *self,
                guint32           key,
                guint32           value)
{
  g_autofree char *copy = NULL;
  gsize length;
  const char *name = myrmex_json_peek_string (self->json, key, &length, &copy);

  if (length == 0 || memchr (name, '=', length) != NULL)
    {
      g_autofree char *shown = myrmex_definition_show (self, key);

      myrmex_definition_complain (self, key, _("“%s” can not be the name of an environment variable"), shown);
    }
  if (myrmex_definition_expect (self, key, value, MYRMEX_JSON_KIND_STRING))
    myrmex_definition_note_templates (self, value, MYRMEX_NO_INDEX);
}

static void
read_env (MyrmexDefinition *self,
          guint32           key,
          guint32           value,
          gpointer          data)
{
  MyrmexJsonIter iter;
  guint32 name, text;

  if (!myrmex_definition_expect (self, key, value, MYRMEX_JSON_KIND_OBJECT) ||
      !myrmex_definition_expect_small (self, value))
    return;

  myrmex_json_iter_init (&iter, self->json, value);
  while (myrmex_definition_goes_on (self) && myrmex_json_iter_next_member (&iter, &name, &text))
    check_variable (self, name, text);
  if (self->n_errors == 0)
    myrmex_workflow_set_env (self->workflow, myrmex_json_node_to_value (self->json, value));
}

static void
read_directory (MyrmexDefinition *self,
                guint32           key,
                guint32           value,
                gpointer          data)
{
  g_autofree char *path = NULL;

  if (!myrmex_definition_expect (self, key, value, MYRMEX_JSON_KIND_STRING))
    return;

  path = myrmex_json_dup_string (self->json, value);
  if (path[0] == '\0')
    myrmex_definition_complain (self, value, _("“%s” is empty; leave it out"), "directory");
  else if (myrmex_template_has_expressions (path))
    myrmex_definition_complain (self, value,
                                _("The “directory” of a workflow can have no “${{”; the “directory” of a task can"));
  else
    myrmex_workflow_set_directory (self->workflow, path);
}

static void
read_tasks (MyrmexDefinition *self,
            guint32           key,
            guint32           value,
            gpointer          data)
{
  MyrmexJsonIter iter;
  guint32 name, task;

  if (myrmex_json_get_kind (self->json, value) == MYRMEX_JSON_KIND_ARRAY)
    {
      myrmex_definition_complain (self, value,
                                  _("“tasks” must be an object with the names of the tasks as its keys, not an array"));
      return;
    }
  if (!myrmex_definition_expect (self, key, value, MYRMEX_JSON_KIND_OBJECT))
    return;

  self->n_tasks = myrmex_json_get_n_children (self->json, value);
  myrmex_json_iter_init (&iter, self->json, value);
  while (myrmex_definition_goes_on (self) && myrmex_json_iter_next_member (&iter, &name, &task))
    myrmex_definition_read_task (self, name, task);

  if (iter.end == value + 1)
    myrmex_definition_warn (self, value, _("The workflow has no tasks, so that a run of it ends at once"));
}

/* The name of a workflow can not be set later. */
char *
myrmex_definition_read_workflow_name (MyrmexDefinition *self)
{
  guint32 value = myrmex_json_find (self->json, MYRMEX_JSON_ROOT, "name");

  if (value == MYRMEX_JSON_NONE || !myrmex_definition_expect (self, value - 1, value, MYRMEX_JSON_KIND_STRING))
    return NULL;
  return myrmex_definition_read_name (self, value, N_("workflow"));
}

static void
need_member (MyrmexDefinition *self,
             const char       *name,
             const char       *advice)
{
  if (myrmex_json_find (self->json, MYRMEX_JSON_ROOT, name) == MYRMEX_JSON_NONE)
    myrmex_definition_complain (self, MYRMEX_JSON_ROOT, _("The key “%s” is missing; %s"), name, advice);
}

const MyrmexMember myrmex_definition_workflow_members[MYRMEX_N_WORKFLOW_MEMBERS] = {
  { "$schema", read_schema },
  { "myrmex", read_version },
  { "name", NULL },
  { "description", read_description },
  { "parameters", myrmex_definition_read_parameters },
  { "fail_fast", read_fail_fast },
  { "timeout", read_timeout },
  { "max_parallel", read_max_parallel },
  { "env", read_env },
  { "directory", read_directory },
  { "tasks", read_tasks },
};

/* Reads the whole text. */
void
myrmex_definition_read_workflow (MyrmexDefinition *self)
{
  MyrmexJsonKind kind = myrmex_json_get_kind (self->json, MYRMEX_JSON_ROOT);
  g_autofree char *name = NULL;

  if (kind != MYRMEX_JSON_KIND_OBJECT)
    {
      myrmex_definition_complain (self, MYRMEX_JSON_ROOT, _("A definition is %s, not %s"),
                                  myrmex_kind_describe (MYRMEX_JSON_KIND_OBJECT), myrmex_kind_describe (kind));
      return;
    }

  name = myrmex_definition_read_workflow_name (self);
  self->workflow = myrmex_workflow_new (name != NULL ? name : self->default_name);
  need_member (self, "myrmex", _("it is the version of the format: 1"));
  need_member (self, "tasks", _("it has the tasks by their names"));
  myrmex_definition_read_members (self, MYRMEX_JSON_ROOT, myrmex_definition_workflow_members,
                                  MYRMEX_N_WORKFLOW_MEMBERS, NULL);
  myrmex_definition_check_dependencies (self);
  myrmex_definition_check_expressions (self);
}
