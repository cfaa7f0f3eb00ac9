/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "definition/myrmex-definition-private.h"
#include "discovery/myrmex-script-walk-private.h"

G_BEGIN_DECLS

/* A script that was found, and what becomes of it. */
typedef struct
{
  const char *path;    /* from the folder; borrowed from the walk */
  char       *name;    /* of its task */
  guint32     key;     /* the node of its path among the settings, or MYRMEX_JSON_NONE */
} MyrmexScript;

/* A folder of scripts on its way to a workflow: the settings, read as a definition is, and the scripts that are
 * there.
 *
 *   read the settings of the whole → walk the folder → give each script a name → make its task */
typedef struct
{
  MyrmexDefinition  definition;
  char             *folder;     /* absolute */
  MyrmexScriptWalk  walk;
  GArray           *scripts;    /* of MyrmexScript */
  GHashTable       *by_path;    /* path → index + 1 */
  GHashTable       *by_name;    /* name of the task → index + 1 */
  guint32           defaults;   /* the object of what holds for each script, or MYRMEX_JSON_NONE */
  guint32           own;        /* the object of what holds for one, by path, or MYRMEX_JSON_NONE */
} MyrmexScriptFolder;

void  myrmex_script_settings_read_head (MyrmexScriptFolder *self);
void  myrmex_script_settings_name      (MyrmexScriptFolder *self);
void  myrmex_script_settings_apply     (MyrmexScriptFolder *self);

/* A task for each script: -script-task.c */
void  myrmex_script_task_check_defaults (MyrmexScriptFolder *self);
void  myrmex_script_task_add            (MyrmexScriptFolder *self,
                                         const MyrmexScript *script);

G_END_DECLS
