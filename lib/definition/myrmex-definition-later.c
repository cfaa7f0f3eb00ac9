/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What can be looked at only when all tasks are known: dependencies, and what expressions refer to. */

#include "definition/myrmex-definition-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "expression/myrmex-template-private.h"
#include "model/myrmex-workflow-rows-private.h"

#define MAX_CYCLES     (10) /* that are told of one definition */
#define MAX_REFERENCES (20) /* in one string that are told of; the place of each is found from its start */

static void
note_string (MyrmexDefinition *self,
             guint32           string,
             guint32           task)
{
  MyrmexLater later = { .node = string, .task = task, .kind = MYRMEX_LATER_TEMPLATE };
  g_autofree char *copy = NULL;
  gsize length;
  const char *text = myrmex_json_peek_string (self->json, string, &length, &copy);

  if (memmem (text, length, "${{", 3) != NULL)
    g_array_append_val (self->later, later);
}

/* Every string in a value, but the keys of objects, can be a template. It recurses no deeper than JSON nests. */
void
myrmex_definition_note_templates (MyrmexDefinition *self,
                                  guint32           value,
                                  guint32           task)
{
  MyrmexJsonKind kind = myrmex_json_get_kind (self->json, value);
  MyrmexJsonIter iter;
  guint32 key, child;

  if (kind == MYRMEX_JSON_KIND_STRING)
    {
      note_string (self, value, task);
      return;
    }

  myrmex_json_iter_init (&iter, self->json, value);
  while (kind == MYRMEX_JSON_KIND_OBJECT && myrmex_definition_goes_on (self) &&
         myrmex_json_iter_next_member (&iter, &key, &child))
    myrmex_definition_note_templates (self, child, task);
  while (kind == MYRMEX_JSON_KIND_ARRAY && myrmex_definition_goes_on (self) &&
         myrmex_json_iter_next_element (&iter, &child))
    myrmex_definition_note_templates (self, child, task);
}

/* Where a dependency stands in the text. They are asked for in the order of the text, so that the search goes on
 * where the last one ended; @task is %MYRMEX_NO_INDEX at first. */
typedef struct
{
  MyrmexDefinition *self;
  guint32           task;
  MyrmexJsonIter    iter;
} Search;

static void
search_dependencies (Search  *search,
                     guint32  task)
{
  MyrmexJson *json = search->self->json;
  guint32 key = g_array_index (search->self->task_nodes, guint32, task);
  guint32 array = myrmex_json_find (json, key + 1, "dependencies");

  search->task = task;
  if (array != MYRMEX_JSON_NONE && myrmex_json_get_kind (json, array) == MYRMEX_JSON_KIND_ARRAY)
    myrmex_json_iter_init (&search->iter, json, array);
  else
    myrmex_json_iter_init (&search->iter, json, key);
}

static guint32
find_dependency (Search     *search,
                 guint32     task,
                 const char *name)
{
  MyrmexJson *json = search->self->json;
  guint32 element;

  if (search->task != task)
    search_dependencies (search, task);
  while (myrmex_json_iter_next_element (&search->iter, &element))
    {
      if (myrmex_json_get_kind (json, element) == MYRMEX_JSON_KIND_STRING &&
          myrmex_json_string_equal (json, element, name))
        return element;
    }

  /* The key is there twice, which is told already. */
  return g_array_index (search->self->task_nodes, guint32, task);
}

static void
missing_cb (MyrmexWorkflow *workflow,
            guint32         task,
            const char     *dependency,
            gpointer        data)
{
  Search *search = data;
  MyrmexDefinition *self = search->self;
  g_autofree char *message = NULL;

  if (!myrmex_definition_goes_on (self))
    return;
  if (myrmex_definition_may_guess (self, workflow->n_tasks))
    message = myrmex_workflow_describe_missing (workflow, task, dependency);
  else
    message = g_strdup_printf (_("Task “%s” depends on “%s”, which does not exist"),
                               workflow->tasks[task]->name, dependency);
  myrmex_definition_complain (self, find_dependency (search, task, dependency), "%s", message);
}

/* Takes the tasks that depend on themselves out of the way, so that other cycles can be found. */
static void
check_self_dependencies (MyrmexDefinition *self,
                         MyrmexGraph      *graph)
{
  Search search = { .self = self, .task = MYRMEX_NO_INDEX };
  guint32 at = 0;

  for (guint32 task = 0; task < graph->n_tasks; task++)
    {
      guint32 start = graph->dep_start[task];
      guint32 end = graph->dep_start[task + 1];

      graph->dep_start[task] = at;
      for (guint32 i = start; i < end; i++)
        {
          if (graph->deps[i] != task)
            {
              graph->deps[at++] = graph->deps[i];
              continue;
            }
          myrmex_definition_complain (self, find_dependency (&search, task, self->workflow->tasks[task]->name),
                                      _("Task “%s” depends on itself"), self->workflow->tasks[task]->name);
        }
    }
  graph->dep_start[graph->n_tasks] = at;
  graph->n_edges = at;
}

/* Empties the rows of the tasks of a cycle, so that the next one can be found. */
static void
drop_rows (MyrmexGraph *graph,
           GArray      *cycle)
{
  g_autofree guint8 *dropped = g_new0 (guint8, graph->n_tasks);
  guint32 at = 0;

  for (guint i = 0; i < cycle->len; i++)
    dropped[g_array_index (cycle, guint32, i)] = TRUE;

  for (guint32 task = 0; task < graph->n_tasks; task++)
    {
      guint32 start = graph->dep_start[task];
      guint32 n = dropped[task] ? 0 : graph->dep_start[task + 1] - start;

      graph->dep_start[task] = at;
      memmove (graph->deps + at, graph->deps + start, n * sizeof *graph->deps);
      at += n;
    }
  graph->dep_start[graph->n_tasks] = at;
  graph->n_edges = at;
}

static void
check_cycles (MyrmexDefinition *self,
              MyrmexGraph      *graph)
{
  for (guint i = 0; i < MAX_CYCLES; i++)
    {
      g_autoptr (GArray) cycle = NULL;
      g_autofree char *message = NULL;
      guint32 first;

      if (myrmex_graph_build (graph, NULL, &cycle) || cycle == NULL)
        return;

      first = g_array_index (cycle, guint32, 0);
      message = myrmex_workflow_describe_cycle (self->workflow, cycle);
      myrmex_definition_complain (self, g_array_index (self->task_nodes, guint32, first), "%s", message);
      drop_rows (graph, cycle);
    }
}

void
myrmex_definition_check_dependencies (MyrmexDefinition *self)
{
  Search search = { .self = self, .task = MYRMEX_NO_INDEX };
  MyrmexGraph graph;

  myrmex_workflow_fill_graph (self->workflow, &graph, missing_cb, &search);
  check_self_dependencies (self, &graph);
  check_cycles (self, &graph);
  myrmex_graph_clear (&graph);
}

/* A string with an expression, and who asks about its references. */
typedef struct
{
  MyrmexDefinition  *self;
  const MyrmexLater *later;
  MyrmexReferences  *references;
  guint              n_wrong;
} Check;

static void
reference_cb (const char *context,
              const char *key,
              gsize       offset,
              gpointer    data)
{
  Check *check = data;
  g_autofree char *message = NULL;

  if (check->n_wrong == MAX_REFERENCES)
    return;

  message = myrmex_references_check (check->references, check->later->task,
                                     check->later->kind == MYRMEX_LATER_TRANSFORM, context, key);
  if (message == NULL)
    return;

  myrmex_definition_complain_inside (check->self, check->later->node, offset, message);
  check->n_wrong++;
}

/* Returns FALSE with @offset and @error where it does not parse. */
static gboolean
check_text (Check       *check,
            const char  *text,
            gsize        length,
            gsize       *offset,
            GError     **error)
{
  g_autoptr (MyrmexExpression) expression = NULL;
  g_autoptr (MyrmexTemplate) template = NULL;

  if (check->later->kind == MYRMEX_LATER_TEMPLATE)
    {
      template = myrmex_template_parse (text, (gssize) length, offset, error);
      if (template != NULL)
        myrmex_template_foreach_reference (template, reference_cb, check);
      return template != NULL;
    }

  expression = myrmex_expression_parse (text, (gssize) length, offset, error);
  if (expression != NULL)
    myrmex_expression_foreach_reference (expression, reference_cb, check);
  return expression != NULL;
}

void
myrmex_definition_check_expressions (MyrmexDefinition *self)
{
  MyrmexReferences references;

  myrmex_references_init (&references, self->workflow);
  for (guint i = 0; i < self->later->len && myrmex_definition_goes_on (self); i++)
    {
      const MyrmexLater *later = &g_array_index (self->later, MyrmexLater, i);
      Check check = { self, later, &references, 0 };
      g_autoptr (GError) error = NULL;
      g_autofree char *copy = NULL;
      gsize length, offset = 0;
      const char *text = myrmex_json_peek_string (self->json, later->node, &length, &copy);

      if (!check_text (&check, text, length, &offset, &error))
        myrmex_definition_complain_inside (self, later->node, offset, error->message);
    }
  myrmex_references_clear (&references);
}
