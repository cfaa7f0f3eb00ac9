/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "actions/myrmex-action-registry-private.h"
#include "base/myrmex-json-private.h"
#include "definition/myrmex-definition.h"
#include "definition/myrmex-guess-private.h"
#include "definition/myrmex-references-private.h"
#include "model/myrmex-workflow-private.h"

G_BEGIN_DECLS

/* The reader of definitions, in several files. Nobody else includes this but lib/discovery, which reads the
 * settings of a folder of scripts by the same means, and the service, which counts tasks before one is made.
 *
 * It goes through the text once and builds the workflow as it goes, whatever is wrong: dependencies may name
 * tasks that come later, so what needs to know all tasks is put off until they are known. A workflow of a text
 * with errors is thrown away. */

#define MYRMEX_DEFINITION_VERSION         (1)
#define MYRMEX_DEFINITION_MAX_DIAGNOSTICS (1000) /* that are kept; the rest is counted */
#define MYRMEX_DEFINITION_MAX_MISTAKES    (10000) /* that are looked for */
#define MYRMEX_DEFINITION_MAX_LOOKED      (50000) /* tasks, keys and elements that are read after the first mistake */
#define MYRMEX_DEFINITION_MAX_TOLD        (100)  /* in the message of an error */

/* Levels of arrays and objects in a value of a spec, a default or metadata. A GVariant may have 128, JSON takes
 * three of them a level, and there are some around it. */
#define MYRMEX_DEFINITION_MAX_VALUE_DEPTH (32)

typedef enum
{
  MYRMEX_LATER_CONDITION,
  MYRMEX_LATER_TRANSFORM,
  MYRMEX_LATER_TEMPLATE,
} MyrmexLaterKind;

/* A string with an expression, to be looked at when all tasks are known. */
typedef struct
{
  guint32         node;
  guint32         task; /* MYRMEX_NO_INDEX: it belongs to no task that could be added */
  MyrmexLaterKind kind;
} MyrmexLater;

typedef struct
{
  MyrmexJson             *json;
  char                   *filename;      /* ref string, nullable */
  const char             *default_name;  /* of a workflow that has none; nullable, borrowed */
  GPtrArray              *diagnostics;
  gint64                  begin;         /* µs */
  guint                   n_diagnostics; /* those that were not kept, too */
  guint                   n_errors;
  guint                   n_looked;      /* at tasks, keys and elements, since the first mistake */
  gboolean                is_over;       /* nothing is read any more, and what is half read is not wrong */
  gboolean                is_cut;        /* not all was looked at */
  guint                   nearest_left;  /* candidates that may still be offered, see myrmex_definition_may_guess() */

  MyrmexWorkflow         *workflow;
  guint                   n_tasks;       /* that there will be, unless one is there twice */
  GArray                 *task_nodes;    /* by index of the task: the node of its name */
  GArray                 *later;         /* of MyrmexLater */
  GArray                 *blamed;        /* values of the task at hand that its action does not like */
  const MyrmexActionType *last_type;     /* most tasks have the type of the one before */
  MyrmexRetryPolicy      *last_policy;   /* and those with a policy the same policy */
} MyrmexDefinition;

/* A member of an object that has a fixed set of them. */
typedef void (* MyrmexReadFunc) (MyrmexDefinition *self,
                                 guint32           key,
                                 guint32           value,
                                 gpointer          data);

typedef struct
{
  const char     *name;
  MyrmexReadFunc  read; /* %NULL: read elsewhere */
} MyrmexMember;

/* -report.c: what is wrong, and where */
void      myrmex_definition_complain           (MyrmexDefinition    *self,
                                                guint32              node,
                                                const char          *format,
                                                ...) G_GNUC_PRINTF (3, 4);
void      myrmex_definition_complain_inside    (MyrmexDefinition    *self,
                                                guint32              string,
                                                gsize                offset,
                                                const char          *message);
void      myrmex_definition_warn               (MyrmexDefinition    *self,
                                                guint32              node,
                                                const char          *message);
void      myrmex_definition_add_json_problems  (MyrmexDefinition    *self,
                                                GPtrArray           *problems);
gboolean  myrmex_definition_goes_on            (MyrmexDefinition    *self);
gboolean  myrmex_definition_may_guess          (MyrmexDefinition    *self,
                                                guint                n_candidates);
void      myrmex_definition_complain_unknown   (MyrmexDefinition    *self,
                                                guint32              key,
                                                const char          *guess);
char     *myrmex_definition_dup_blamed_key     (const char          *message) G_GNUC_WARN_UNUSED_RESULT;
char     *myrmex_definition_show               (MyrmexDefinition    *self,
                                                guint32              string) G_GNUC_WARN_UNUSED_RESULT;

/* -values.c: values of the kinds that are asked for; they complain by themselves */
gboolean  myrmex_definition_expect             (MyrmexDefinition    *self,
                                                guint32              key,
                                                guint32              value,
                                                MyrmexJsonKind       kind);
gboolean  myrmex_definition_expect_number      (MyrmexDefinition    *self,
                                                guint32              key,
                                                guint32              value,
                                                double               minimum,
                                                double               maximum,
                                                double              *number);
gboolean  myrmex_definition_expect_integer     (MyrmexDefinition    *self,
                                                guint32              key,
                                                guint32              value,
                                                gint64               minimum,
                                                gint64               maximum,
                                                gint64              *number);
gboolean  myrmex_definition_expect_small       (MyrmexDefinition    *self,
                                                guint32              node);
gboolean  myrmex_definition_is_too_deep        (MyrmexDefinition    *self,
                                                guint32              node);
char     *myrmex_definition_read_name          (MyrmexDefinition    *self,
                                                guint32              string,
                                                const char          *what) G_GNUC_WARN_UNUSED_RESULT;
char    **myrmex_definition_expect_words       (MyrmexDefinition    *self,
                                                guint32              key,
                                                guint32              value) G_GNUC_WARN_UNUSED_RESULT;
GVariant *myrmex_definition_read_value         (MyrmexDefinition    *self,
                                                guint32              node) G_GNUC_WARN_UNUSED_RESULT;
void      myrmex_definition_read_members       (MyrmexDefinition    *self,
                                                guint32              object,
                                                const MyrmexMember  *members,
                                                gsize                n_members,
                                                gpointer             data);

/* The keys of each kind of object */
#define MYRMEX_N_WORKFLOW_MEMBERS (11)

extern const MyrmexMember myrmex_definition_workflow_members[MYRMEX_N_WORKFLOW_MEMBERS];

char     *myrmex_definition_read_workflow_name (MyrmexDefinition    *self) G_GNUC_WARN_UNUSED_RESULT;
void      myrmex_definition_read_workflow      (MyrmexDefinition    *self);
void      myrmex_definition_read_parameters    (MyrmexDefinition    *self,
                                                guint32              key,
                                                guint32              value,
                                                gpointer             data);
void      myrmex_definition_read_task          (MyrmexDefinition    *self,
                                                guint32              name,
                                                guint32              value);
gboolean  myrmex_definition_is_key_of          (MyrmexDefinition       *self,
                                                const MyrmexActionType *type,
                                                guint32                 key);
void      myrmex_definition_read_task_key      (MyrmexDefinition    *self,
                                                MyrmexTaskKey        which,
                                                guint32              key,
                                                guint32              value,
                                                guint32              index,
                                                MyrmexTask          *task);
void      myrmex_definition_read_retry_policy  (MyrmexDefinition    *self,
                                                guint32              key,
                                                guint32              value,
                                                MyrmexTask          *task);

/* What needs all tasks */
void      myrmex_definition_note_templates     (MyrmexDefinition    *self,
                                                guint32              value,
                                                guint32              task);
void      myrmex_definition_check_dependencies (MyrmexDefinition    *self);
void      myrmex_definition_check_expressions  (MyrmexDefinition    *self);

/* -file.c */
void      myrmex_definition_set_directory      (MyrmexWorkflow      *workflow,
                                                const char          *path);
char     *myrmex_definition_make_name          (const char          *text,
                                                gssize               length) G_GNUC_WARN_UNUSED_RESULT;
char     *myrmex_definition_make_file_name     (const char          *path) G_GNUC_WARN_UNUSED_RESULT;

/* One look at a text */
void      myrmex_definition_init               (MyrmexDefinition    *self,
                                                const char          *filename);
void      myrmex_definition_clear              (MyrmexDefinition    *self);
gboolean  myrmex_definition_parse              (MyrmexDefinition    *self,
                                                const char          *text,
                                                gssize               length);
void      myrmex_definition_count              (MyrmexDefinition    *self,
                                                guint               *n_tasks,
                                                gsize               *n_dependencies);
gboolean  myrmex_definition_finish             (MyrmexDefinition    *self);
void      myrmex_definition_set_error          (MyrmexDefinition    *self,
                                                GError             **error);
gboolean  myrmex_definition_read               (MyrmexDefinition    *self,
                                                const char          *text,
                                                gssize               length);

MyrmexWorkflow *myrmex_definition_make (const char       *text,
                                        gssize            length,
                                        const char       *filename,
                                        const char       *default_name,
                                        GError          **error) G_GNUC_WARN_UNUSED_RESULT;
GPtrArray      *myrmex_definition_look (const char       *text,
                                        gssize            length,
                                        const char       *filename,
                                        const char       *default_name,
                                        MyrmexWorkflow  **workflow) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
