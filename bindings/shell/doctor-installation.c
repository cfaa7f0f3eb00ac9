/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What is installed, whether it belongs together, and what the languages find of it. */

#include "doctor.h"

#include <dlfcn.h>
#include <glib/gi18n.h>
#include <myrmex.h>
#include <string.h>

#define NAME "org.codomyrmex.Myrmex1"

#define TYPELIB "Myrmex-1.typelib"

/* The file that the library was loaded from. */
static char *
find_library (void)
{
  Dl_info info;

  return dladdr ((void *) (gsize) myrmex_workflow_get_type, &info) != 0 && info.dli_fname != NULL
           ? g_canonicalize_filename (info.dli_fname, NULL) : NULL;
}

static void
check_command (Doctor     *self,
               const char *library)
{
  doctor_add (self, "command", DOCTOR_OK,
              g_strdup_printf (_("myrmex %s, with the library %s"), MYRMEX_VERSION,
                               library != NULL ? library : "?"), NULL);
}

/* The folder of @folders (separated by colons) that has the file. */
static char *
find_in (const char *folders,
         const char *name)
{
  g_auto (GStrv) list = g_strsplit (folders != NULL ? folders : "", ":", -1);

  for (gsize i = 0; list[i] != NULL; i++)
    {
      g_autofree char *path = g_build_filename (list[i], name, NULL);

      if (list[i][0] != '\0' && g_file_test (path, G_FILE_TEST_IS_REGULAR))
        return g_steal_pointer (&path);
    }
  return NULL;
}

/* GObject Introspection looks where it was installed itself, and in GI_TYPELIB_PATH. */
static void
check_typelib (Doctor     *self,
               const char *library)
{
  g_autofree char *parent = g_path_get_dirname (library != NULL ? library : ".");
  g_autofree char *beside = g_build_filename (parent, "girepository-1.0", NULL);
  g_autofree char *elsewhere = g_strjoin (":", beside, parent, NULL);
  g_autofree char *found = find_in (g_getenv ("GI_TYPELIB_PATH"), TYPELIB);

  if (found == NULL)
    found = find_in (DOCTOR_TYPELIB_DIR, TYPELIB);
  if (found != NULL)
    {
      doctor_add (self, "typelib", DOCTOR_OK, g_steal_pointer (&found), NULL);
      return;
    }
  found = find_in (elsewhere, TYPELIB);
  if (found != NULL)
    {
      g_autofree char *folder = g_path_get_dirname (found);

      doctor_add (self, "typelib", DOCTOR_NOTE, g_strdup_printf (_("%s is where no language looks"), found),
                  g_strdup_printf (_("set GI_TYPELIB_PATH=%s"), folder));
    }
  else
    {
      doctor_add (self, "typelib", DOCTOR_NOTE, g_strdup (_("there is none, so Python and GJS can not use Myrmex")),
                  g_strdup (_("install the introspection data of Myrmex")));
    }
}

static void
check_program (Doctor     *self,
               const char *check,
               const char *path)
{
  const char *argv[] = { path, "--version", NULL };
  g_autofree char *complaint = NULL;
  g_autofree char *told = doctor_ask_program (argv, &complaint);
  const char *version = told != NULL ? strrchr (told, ' ') : NULL;

  if (version == NULL)
    doctor_add (self, check, DOCTOR_PROBLEM, g_strdup_printf (_("%s does not start: %s"), path,
                                                              complaint != NULL ? complaint : ""),
                g_strdup (_("install Myrmex again")));
  else if (!g_str_equal (version + 1, MYRMEX_VERSION))
    doctor_add (self, check, DOCTOR_PROBLEM,
                g_strdup_printf (_("%s is version %s, and this command is %s"), path, version + 1, MYRMEX_VERSION),
                g_strdup (_("remove one of the two installations")));
  else
    doctor_add (self, check, DOCTOR_OK, g_strdup (path), NULL);
}

/* --- What starts the service --- */

/* Where the session bus looks, in its order. */
static char *
find_activation (void)
{
  g_autofree char *system = g_strjoinv (":", (char **) g_get_system_data_dirs ());
  g_autofree char *folders = g_strconcat (g_get_user_data_dir (), ":", system, NULL);

  return find_in (folders, "dbus-1/services/" NAME ".service");
}

/* The program that the bus would start; %NULL where the file says none. */
static char *
read_program (const char *path)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *line = NULL;
  g_auto (GStrv) argv = NULL;

  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL))
    return NULL;
  line = g_key_file_get_string (file, "D-BUS Service", "Exec", NULL);
  return line != NULL && g_shell_parse_argv (line, NULL, &argv, NULL) ? g_strdup (argv[0]) : NULL;
}

static void
check_activation (Doctor *self)
{
  g_autofree char *path = find_activation ();
  g_autofree char *program = path != NULL ? read_program (path) : NULL;

  if (path == NULL)
    {
      g_autofree char *mine = g_build_filename (DOCTOR_DATADIR, "dbus-1", "services", NAME ".service", NULL);

      if (g_file_test (mine, G_FILE_TEST_EXISTS))
        doctor_add (self, "activation", DOCTOR_PROBLEM,
                    g_strdup_printf (_("%s is where the session bus does not look"), mine),
                    g_strdup_printf (_("add %s to XDG_DATA_DIRS of the session"), DOCTOR_DATADIR));
      else
        doctor_add (self, "activation", DOCTOR_NOTE,
                    g_strdup (_("no file tells the session bus how to start the service")),
                    g_strdup (_("install the service of Myrmex, or start myrmexd by hand")));
      return;
    }
  if (program == NULL)
    {
      doctor_add (self, "activation", DOCTOR_PROBLEM, g_strdup_printf (_("%s names no program"), path),
                  g_strdup (_("install Myrmex again")));
      return;
    }
  doctor_add (self, "activation", DOCTOR_OK, g_strdup (path), NULL);
  check_program (self, "service", program);
}

/* Where the manager of a user's services looks, in its order. */
static char *
find_unit (void)
{
  g_autofree char *system = g_strjoinv ("/systemd/user:", (char **) g_get_system_data_dirs ());
  g_autofree char *folders = g_strdup_printf ("%s/systemd/user:/etc/systemd/user:%s/systemd/user:%s/systemd/user:"
                                              "/usr/local/lib/systemd/user:/usr/lib/systemd/user",
                                              g_get_user_config_dir (), g_get_user_data_dir (), system);

  return find_in (folders, "myrmexd.service");
}

static void
check_unit (Doctor *self)
{
  g_autofree char *path = find_unit ();

  if (path != NULL)
    doctor_add (self, "unit", DOCTOR_OK, g_steal_pointer (&path), NULL);
  else
    doctor_add (self, "unit", DOCTOR_NOTE,
                g_strdup (_("systemd has no unit of the service, so it runs without the restrictions of one")), NULL);
}

void
doctor_check_installation (Doctor *self)
{
  g_autofree char *library = find_library ();

  check_command (self, library);
  check_typelib (self, library);
  check_activation (self);
  check_unit (self);
}

/* --- Languages --- */

static void
check_language (Doctor             *self,
                const char         *check,
                const char * const *argv)
{
  g_autofree char *program = g_find_program_in_path (argv[0]);
  g_autofree char *complaint = NULL;
  g_autofree char *told = NULL;

  if (program == NULL)
    {
      doctor_add (self, check, DOCTOR_OK, g_strdup (_("not installed")), NULL);
      return;
    }
  told = doctor_ask_program (argv, &complaint);
  if (told == NULL)
    doctor_add (self, check, DOCTOR_NOTE, g_strdup_printf (_("%s can not use Myrmex: %s"), program, complaint), NULL);
  else if (!g_str_equal (told, "native"))
    doctor_add (self, check, DOCTOR_NOTE,
                g_strdup_printf (_("%s finds Myrmex, but not what makes it feel at home there"), program),
                g_strdup (_("install the overrides of Myrmex where it looks for them")));
  else
    doctor_add (self, check, DOCTOR_OK, g_steal_pointer (&program), NULL);
}

/* Each is asked itself: nobody else knows where it looks. */
void
doctor_check_languages (Doctor *self)
{
  const char *python[] = {
    "python3", "-c",
    "import gi\n"
    "gi.require_version('Myrmex', '1')\n"
    "from gi.repository import Myrmex\n"
    "try:\n"
    "    import gi.overrides.Myrmex\n"
    "    print('native')\n"
    "except ImportError:\n"
    "    print('bare')\n",
    NULL
  };
  const char *gjs[] = {
    "gjs", "-c",
    "imports.gi.versions.Myrmex = '1';"
    "try { imports.gi.Myrmex; } catch (e) { printerr(e.message); imports.system.exit(1); }"
    "let word = 'native'; try { imports.overrides.Myrmex; } catch (e) { word = 'bare'; } print(word);",
    NULL
  };

  check_language (self, "python", python);
  check_language (self, "gjs", gjs);
}
