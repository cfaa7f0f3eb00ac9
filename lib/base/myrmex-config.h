/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(MYRMEX_INSIDE) && !defined(MYRMEX_COMPILATION)
#error "Only <myrmex.h> can be included directly."
#endif

#include <glib-object.h>

#include "base/myrmex-version-macros.h"

G_BEGIN_DECLS

/**
 * MyrmexConfigOrigin:
 * @MYRMEX_CONFIG_ORIGIN_DEFAULT: nobody set it
 * @MYRMEX_CONFIG_ORIGIN_FILE: a line of a file
 * @MYRMEX_CONFIG_ORIGIN_ENVIRONMENT: an environment variable
 * @MYRMEX_CONFIG_ORIGIN_OPTION: an option on the command line, or whatever else the program set
 *
 * Where a value of the configuration came from.
 *
 * Since: 1.0
 */
typedef enum /*< enum,prefix=MYRMEX_CONFIG_ORIGIN >*/
{
  MYRMEX_CONFIG_ORIGIN_DEFAULT,
  MYRMEX_CONFIG_ORIGIN_FILE,
  MYRMEX_CONFIG_ORIGIN_ENVIRONMENT,
  MYRMEX_CONFIG_ORIGIN_OPTION,
} MyrmexConfigOrigin;

#define MYRMEX_TYPE_CONFIG (myrmex_config_get_type ())

MYRMEX_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (MyrmexConfig, myrmex_config, MYRMEX, CONFIG, GObject)

MYRMEX_AVAILABLE_IN_1_0
MyrmexConfig        *myrmex_config_new             (void) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
MyrmexConfig        *myrmex_config_new_for_user    (GError              **error) G_GNUC_WARN_UNUSED_RESULT;

MYRMEX_AVAILABLE_IN_1_0
gboolean             myrmex_config_add_file        (MyrmexConfig         *self,
                                                    const char           *path,
                                                    GError              **error);
MYRMEX_AVAILABLE_IN_1_0
gboolean             myrmex_config_add_environment (MyrmexConfig         *self,
                                                    const char * const   *environment,
                                                    GError              **error);
MYRMEX_AVAILABLE_IN_1_0
gboolean             myrmex_config_set             (MyrmexConfig         *self,
                                                    const char           *key,
                                                    const char           *text,
                                                    const char           *option,
                                                    GError              **error);

MYRMEX_AVAILABLE_IN_1_0
GVariant            *myrmex_config_get_value       (MyrmexConfig         *self,
                                                    const char           *key) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
guint                myrmex_config_get_uint        (MyrmexConfig         *self,
                                                    const char           *key);
MYRMEX_AVAILABLE_IN_1_0
double               myrmex_config_get_seconds     (MyrmexConfig         *self,
                                                    const char           *key);
MYRMEX_AVAILABLE_IN_1_0
const char          *myrmex_config_get_string      (MyrmexConfig         *self,
                                                    const char           *key);
MYRMEX_AVAILABLE_IN_1_0
char               **myrmex_config_dup_strings     (MyrmexConfig         *self,
                                                    const char           *key) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
MyrmexConfigOrigin   myrmex_config_get_origin      (MyrmexConfig         *self,
                                                    const char           *key,
                                                    char                **place);

MYRMEX_AVAILABLE_IN_1_0
char               **myrmex_config_list_keys       (void) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
GVariant            *myrmex_config_describe_key    (const char           *key,
                                                    GError              **error) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
char               **myrmex_config_list_files      (void) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
