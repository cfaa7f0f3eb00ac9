/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/myrmex-config.h"

G_BEGIN_DECLS

/* What a value may be. */
typedef enum
{
  MYRMEX_CONFIG_TYPE_UINT,     /* u */
  MYRMEX_CONFIG_TYPE_SECONDS,  /* d */
  MYRMEX_CONFIG_TYPE_WORD,     /* s, one of some words */
  MYRMEX_CONFIG_TYPE_PATH,     /* s, empty: none */
  MYRMEX_CONFIG_TYPE_PATHS,    /* as */
} MyrmexConfigType;

/* One line of the table of all that can be configured. */
typedef struct
{
  const char         *group;
  const char         *name;
  MyrmexConfigType    type;
  double              min, max;     /* of numbers */
  const char * const *words;        /* of a word */
  const char         *fallback;     /* the default, as it would be written in a file */
  const char         *variable;     /* of the environment */
  const char         *description;  /* a sentence; to be translated */
} MyrmexConfigKey;

#define MYRMEX_CONFIG_N_KEYS (11)

/* The largest configuration file, in bytes. */
#define MYRMEX_MAX_CONFIG_BYTES (1024 * 1024)

extern const MyrmexConfigKey myrmex_config_keys[MYRMEX_CONFIG_N_KEYS];

/* A value and where it came from. */
typedef struct
{
  GVariant           *value;
  char               *place;    /* a file, a variable, an option; NULL: the default */
  guint               line;     /* in a file, from 1 */
  MyrmexConfigOrigin  origin;
} MyrmexConfigValue;

/* What one source says: some values; and all that is wrong with it, one a line. */
typedef struct
{
  MyrmexConfigValue  values[MYRMEX_CONFIG_N_KEYS];
  GString           *problems;
} MyrmexConfigLayer;

void         myrmex_config_layer_init        (MyrmexConfigLayer   *layer);
void         myrmex_config_layer_clear       (MyrmexConfigLayer   *layer);
void         myrmex_config_layer_set         (MyrmexConfigLayer   *layer,
                                              gsize                key,
                                              GVariant            *value,
                                              MyrmexConfigOrigin   origin,
                                              const char          *place,
                                              guint                line);
void         myrmex_config_layer_complain    (MyrmexConfigLayer   *layer,
                                              const char          *place,
                                              guint                line,
                                              const char          *format,
                                              ...) G_GNUC_PRINTF (4, 5);
void         myrmex_config_layer_read_text   (MyrmexConfigLayer   *layer,
                                              const char          *name,
                                              const char          *text,
                                              gsize                length);
void         myrmex_config_layer_read_environment (MyrmexConfigLayer  *layer,
                                                   const char * const *environment);

GVariant    *myrmex_config_key_parse         (const MyrmexConfigKey *key,
                                              const char * const    *texts,
                                              char                 **problem) G_GNUC_WARN_UNUSED_RESULT;
GVariant    *myrmex_config_key_parse_one     (const MyrmexConfigKey *key,
                                              const char            *text,
                                              char                 **problem) G_GNUC_WARN_UNUSED_RESULT;
gboolean     myrmex_config_find_key          (const char            *name,
                                              gsize                 *key,
                                              char                 **problem);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MyrmexConfigLayer, myrmex_config_layer_clear)

G_END_DECLS
