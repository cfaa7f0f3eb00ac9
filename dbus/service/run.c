/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* The methods of org.codomyrmex.Myrmex1.Run; the XML tells what they promise. */

#include "service.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <glib/gi18n-lib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/myrmex-run-private.h"
#include "interfaces/myrmex-bus-private.h"
#include "options.h"

static void
answer_nothing (const Call *call)
{
  g_dbus_method_invocation_return_value (call->invocation, NULL);
}

static void
cancel (const Call *call)
{
  if (call->run->run != NULL)
    myrmex_run_cancel (call->run->run);
  answer_nothing (call);
}

static void
pause_run (const Call *call)
{
  if (call->run->run != NULL)
    myrmex_run_pause (call->run->run);
  answer_nothing (call);
}

static void
resume (const Call *call)
{
  if (call->run->run != NULL)
    myrmex_run_resume (call->run->run);
  answer_nothing (call);
}

/* --- Tasks --- */

static const OptionSpec task_specs[] = {
  { "status", "s", "as" },
};

static void
list_tasks (const Call *call)
{
  MyrmexRun *run = call->run->run;
  g_autoptr (GVariant) options = NULL;
  g_auto (GStrv) names = NULL;
  GVariantBuilder builder;
  GError *error = NULL;
  guint offset, limit, statuses, total = 0;

  g_variant_get (call->parameters, "(@a{sv}uu)", &options, &offset, &limit);
  if (!OPTIONS_CHECK (options, task_specs, &error) ||
      !options_lookup_words (options, "status", describe_task_statuses, &statuses, &error))
    {
      service_fail (call, error);
      return;
    }
  if (limit == 0 || limit > MYRMEX_BUS_MAX_PAGE)
    limit = MYRMEX_BUS_MAX_PAGE;

  names = myrmex_run_dup_task_names (run);
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (gsize i = 0; names[i] != NULL; i++)
    {
      const gboolean is_on_page = total >= offset && total - offset < limit;
      g_autoptr (MyrmexTaskResult) result = NULL;

      /* Only the page itself is worth the making of results, where all statuses will do. */
      if (is_on_page || statuses != G_MAXUINT)
        result = myrmex_run_dup_result (run, names[i]);
      if (statuses != G_MAXUINT && (statuses & (1u << myrmex_task_result_get_status (result))) == 0)
        continue;
      if (is_on_page)
        g_variant_builder_add_value (&builder, describe_result (run, names[i], result, FALSE));
      total++;
    }
  g_dbus_method_invocation_return_value (call->invocation,
                                         g_variant_new ("(@aa{sv}u)", g_variant_builder_end (&builder), total));
}

/* Answers with an error and returns FALSE where there is no such task. */
static gboolean
need_task (const Call *call,
           const char *task)
{
  g_autoptr (MyrmexTaskResult) result = myrmex_run_dup_result (call->run->run, task);

  if (result != NULL)
    return TRUE;
  g_dbus_method_invocation_return_error (call->invocation, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND,
                                         _("Workflow “%s” has no task “%s”"), myrmex_run_get_name (call->run->run), task);
  return FALSE;
}

static void
get_task (const Call *call)
{
  const char *task;

  g_variant_get (call->parameters, "(&s)", &task);
  if (need_task (call, task))
    g_dbus_method_invocation_return_value (call->invocation,
                                           g_variant_new ("(@a{sv})", describe_task (call->run->run, task, TRUE)));
}

/* A page is of one moment. */
static void
get_results (const Call *call)
{
  MyrmexRun *run = call->run->run;
  const MyrmexRunOps *ops = MYRMEX_RUN_OPS (run);
  g_autoptr (GPtrArray) results = g_ptr_array_new_with_free_func ((GDestroyNotify) myrmex_task_result_unref);
  GVariantBuilder builder;
  guint offset, limit, n = 0;
  gsize size = 0;

  g_variant_get (call->parameters, "(uu)", &offset, &limit);
  if (limit == 0 || limit > MYRMEX_BUS_MAX_PAGE)
    limit = MYRMEX_BUS_MAX_PAGE;
  offset = MIN (offset, myrmex_run_get_n_tasks (run));
  g_ptr_array_set_size (results, (int) MIN (limit, myrmex_run_get_n_tasks (run) - offset));
  ops->dup_results (run, offset, results->len, (MyrmexTaskResult **) results->pdata);

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  for (; n < results->len && size < MYRMEX_BUS_MAX_PAGE_BYTES; n++)
    {
      const char *name = ops->get_task_name (run, offset + n);
      GVariant *task = describe_result (run, name, results->pdata[n], TRUE);

      size += g_variant_get_size (task);
      g_variant_builder_add (&builder, "{sv}", name, task);
    }
  g_dbus_method_invocation_return_value (call->invocation,
                                         g_variant_new ("(@a{sv}u)", g_variant_builder_end (&builder), offset + n));
}

static void
explain (const Call *call)
{
  g_autofree char *text = NULL;
  GError *error = NULL;
  const char *task;

  g_variant_get (call->parameters, "(&s)", &task);
  text = myrmex_run_explain (call->run->run, task, &error);
  if (text != NULL)
    g_dbus_method_invocation_return_value (call->invocation, g_variant_new ("(s)", text));
  else
    service_fail (call, error);
}

/* A task may put what it likes where its log is; only a file that is really there, and really one, is handed out. */
static int
open_log (const char *path)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  struct stat info;

  if (fd >= 0 && (fstat (fd, &info) != 0 || !S_ISREG (info.st_mode)))
    {
      close (fd);
      errno = EINVAL;
      return -1;
    }
  return fd;
}

static void
answer_log (const Call *call)
{
  g_autoptr (GUnixFDList) fds = NULL;
  g_autofree char *path = NULL;
  const char *task;
  int fd;

  g_variant_get (call->parameters, "(&s)", &task);
  if (!need_task (call, task))
    return;
  path = myrmex_run_dup_log_path (call->run->run, task);
  fd = path != NULL ? open_log (path) : -1;
  if (fd < 0)
    {
      g_dbus_method_invocation_return_error (call->invocation, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND,
                                             _("Task “%s” has written nothing so far"), task);
      return;
    }
  fds = g_unix_fd_list_new_from_array (&fd, 1);
  g_dbus_method_invocation_return_value_with_unix_fd_list (call->invocation, g_variant_new ("(h)", 0), fds);
}

/* --- The run --- */

static void
report (const Call *call)
{
  const char *format;

  g_variant_get (call->parameters, "(&s)", &format);
  inquiry_report (call, format);
}

static void
get_workflow (const Call *call)
{
  GError *error = NULL;
  g_autofree char *text = myrmex_workflow_to_json (myrmex_run_get_workflow (call->run->run), &error);

  if (text != NULL)
    g_dbus_method_invocation_return_value (call->invocation, g_variant_new ("(s)", text));
  else
    service_fail (call, error);
}

/* --- Following --- */

static const OptionSpec subscribe_specs[] = {
  { "batched", "b", NULL },
};

static void
subscribe (const Call *call)
{
  g_autoptr (GVariant) options = NULL;
  GError *error = NULL;
  gboolean batched = FALSE;

  g_variant_get (call->parameters, "(@a{sv})", &options);
  if (!OPTIONS_CHECK (options, subscribe_specs, &error))
    {
      service_fail (call, error);
      return;
    }
  g_variant_lookup (options, "batched", "b", &batched);
  hosted_run_subscribe (call->run, call->caller, batched);
  answer_nothing (call);
}

static void
unsubscribe (const Call *call)
{
  hosted_run_unsubscribe (call->run, call->caller);
  answer_nothing (call);
}

static void
wait_run (const Call *call)
{
  if (call->caller->n_waits >= MYRMEX_BUS_MAX_WAITS)
    g_dbus_method_invocation_return_error (call->invocation, MYRMEX_ERROR, MYRMEX_ERROR_LIMIT,
                                           _("This caller has %d calls of Wait that have no answer yet"),
                                           MYRMEX_BUS_MAX_WAITS);
  else
    hosted_run_wait (call->run, call->caller, call->invocation);
}

const Method run_methods[] = {
  { "Cancel", cancel },
  { "Pause", pause_run },
  { "Resume", resume },
  { "RetryFailed", retry_failed },
  { "ListTasks", list_tasks, TRUE },
  { "GetTask", get_task, TRUE },
  { "GetResults", get_results, TRUE },
  { "Explain", explain, TRUE },
  { "OpenLog", answer_log, TRUE },
  { "Report", report, TRUE },
  { "GetWorkflow", get_workflow, TRUE },
  { "Subscribe", subscribe },
  { "Unsubscribe", unsubscribe },
  { "Wait", wait_run },
  { NULL }
};
