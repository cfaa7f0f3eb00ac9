/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "actions/myrmex-action-registry.h"

G_BEGIN_DECLS

/* The keys that a task of any type has in a definition. */
typedef enum
{
  MYRMEX_TASK_KEY_DESCRIPTION,
  MYRMEX_TASK_KEY_DEPENDENCIES,
  MYRMEX_TASK_KEY_CONDITION,
  MYRMEX_TASK_KEY_TRIGGER_RULE,
  MYRMEX_TASK_KEY_TIMEOUT,
  MYRMEX_TASK_KEY_RETRY_POLICY,
  MYRMEX_TASK_KEY_PRIORITY,
  MYRMEX_TASK_KEY_TRANSFORM,
  MYRMEX_TASK_KEY_TAGS,
  MYRMEX_TASK_KEY_METADATA,
} MyrmexTaskKey;

#define MYRMEX_N_TASK_KEYS (MYRMEX_TASK_KEY_METADATA + 1)

extern const char * const myrmex_task_keys[MYRMEX_N_TASK_KEYS];

/* What people read of a key that a type of action takes. What comes with the library is said here once: the
 * JSON Schema has the same words, which a test sees to. */
typedef struct
{
  const char *name;
  const char *type;         /* such as “array of strings”; a message id; nullable */
  const char *fallback;     /* what holds where the key is left out, in JSON; nullable */
  const char *description;  /* a sentence; a message id; nullable */
} MyrmexActionKey;

/* A type of action that comes with the library. */
typedef struct
{
  const char            *name;
  GType                (*get_type) (void);  /* %NULL: no object, a task of this type does nothing */
  const MyrmexActionKey *own;               /* the key that names it */
  const MyrmexActionKey *keys;              /* further keys of the task that it takes, up to a name of %NULL */
  const char            *description;
} MyrmexBuiltinAction;

extern const MyrmexBuiltinAction myrmex_builtin_actions[];
extern const guint               myrmex_n_builtin_actions;

/* A type of action that is known by its name. It lives as long as the process and never changes, but for what
 * people read of its keys. */
typedef struct
{
  const char         *name;
  GType               type;              /* %G_TYPE_NONE: no object */
  const char * const *keys;              /* never %NULL */
  const char         *description;
  gboolean            is_builtin;
  MyrmexActionKey    *documents;         /* of the key that names it, and of @keys; see -document.c */
} MyrmexActionType;

const MyrmexActionType  *myrmex_action_type_find         (const char              *name);
const MyrmexActionType **myrmex_action_type_dup_all      (void) G_GNUC_WARN_UNUSED_RESULT;
gboolean                 myrmex_action_type_has_key      (const MyrmexActionType  *self,
                                                          const char              *key);
char                    *myrmex_action_type_list_keys    (const MyrmexActionType  *self) G_GNUC_WARN_UNUSED_RESULT;
MyrmexAction            *myrmex_action_type_new_action   (const MyrmexActionType  *self,
                                                          GVariant                *spec,
                                                          GError                 **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
