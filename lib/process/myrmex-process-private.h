/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* How callers start, watch, signal and reap commands: see README.md of this folder for what is promised.
 *
 * Threads: start, stop, kill, ref, unref and sweep may be called from any thread and never wait for a command.
 * All callbacks run on the host's own thread, one at a time; they must not block, and they may start and stop
 * processes. A callback may run before myrmex_process_start() has returned to another thread. */

typedef struct _MyrmexProcess MyrmexProcess;
typedef struct _MyrmexProcessHost MyrmexProcessHost;
typedef struct _MyrmexProcessResult MyrmexProcessResult;

/* The variable that a command's descendants are found by. Its value is a list of cookies parted by ':', outermost
 * first, since a command may be a runner itself. */
#define MYRMEX_PROCESS_COOKIE_VARIABLE "MYRMEX_TASK_COOKIE"

/* The variable that names the descriptor for progress lines, and that descriptor. */
#define MYRMEX_PROCESS_PROGRESS_VARIABLE "MYRMEX_PROGRESS_FD"
#define MYRMEX_PROCESS_PROGRESS_FD (3)

/* How much of the end of the output is kept in memory, in bytes. */
#define MYRMEX_PROCESS_TAIL_BYTES (8 * 1024)

/* The longest progress line, in bytes; longer ones are dropped whole. */
#define MYRMEX_PROCESS_PROGRESS_LINE_BYTES (1024)

/* The longest cookie of a spec, in bytes. */
#define MYRMEX_PROCESS_COOKIE_BYTES (128)

/* MYRMEX_PROCESS_HOST_OWNER: the whole process is ours (the command, the service): it becomes a subreaper, and
 * whatever its commands leave behind is adopted, ended and reaped. Otherwise the host changes nothing of the
 * application around it and waits for no process that it did not start.
 * MYRMEX_PROCESS_HOST_CGROUPS: of an owner whose control group is its own to divide: each command gets one in it, where
 * that is possible.
 * MYRMEX_PROCESS_HOST_NO_PIDFD: as if the kernel had no pidfds (found out by itself elsewhere; for tests). */
typedef enum
{
  MYRMEX_PROCESS_HOST_EMBEDDED = 0,
  MYRMEX_PROCESS_HOST_OWNER    = 1 << 0,
  MYRMEX_PROCESS_HOST_NO_PIDFD = 1 << 1,
  MYRMEX_PROCESS_HOST_CGROUPS  = 1 << 2,
} MyrmexProcessHostFlags;

typedef enum
{
  MYRMEX_PROCESS_STREAM_OUTPUT, /* standard output, and standard error too where they are not kept apart */
  MYRMEX_PROCESS_STREAM_ERROR,  /* standard error */
} MyrmexProcessStream;

/* The command has ended and nothing of it is left. Called exactly once for each started process, after every
 * other callback of it. The result is valid during the call; its GBytes can be referenced. */
typedef void (*MyrmexProcessEndedFunc)    (MyrmexProcess             *process,
                                           const MyrmexProcessResult *result,
                                           gpointer                   user_data);

/* Only where a supervisor has the commands: it has told that this one runs, maybe more than once. */
typedef void (*MyrmexProcessStartedFunc)  (MyrmexProcess             *process,
                                           gpointer                   user_data);

/* The command wrote "N/M message"; of several lines that came at once only the last is told. M > 0. The message
 * is valid UTF-8 and may be empty; it may hold control characters. */
typedef void (*MyrmexProcessProgressFunc) (MyrmexProcess             *process,
                                           guint64                    done,
                                           guint64                    total,
                                           const char                *message,
                                           gpointer                   user_data);

/* Output as it comes, raw, over the limits too. */
typedef void (*MyrmexProcessOutputFunc)   (MyrmexProcess             *process,
                                           MyrmexProcessStream        stream,
                                           const guint8              *data,
                                           gsize                      length,
                                           gpointer                   user_data);

/* Everything is copied or used up before myrmex_process_start() returns; zero is a valid default for each field
 * but argv. */
typedef struct
{
  const char *const         *argv;           /* at least the program; found in PATH of envp if it has no '/' */
  const char *const         *envp;           /* the whole environment, "NAME=value"; NULL: the application's */
  const char                *directory;      /* working directory; NULL: the application's */
  const char                *cookie;         /* MYRMEX_PROCESS_COOKIE_VARIABLE of the command, [A-Za-z0-9._-]+,
                                                unique per attempt; NULL: one is made */
  int                        stdin_fd;       /* borrowed during the call; 0 or less: /dev/null */

  gboolean                   keep_output;    /* collect standard output in the result's value */
  gsize                      value_limit;    /* most bytes of it; 0: MYRMEX_MAX_VALUE_BYTES */
  gboolean                   stop_over_limit; /* stop the command as soon as the value or the log is over its limit */

  const char                *log_path;       /* all output goes there; created at the first byte, mode 0600,
                                                appended to if it exists; NULL: none */
  guint64                    log_limit;      /* most bytes of it; 0: MYRMEX_MAX_LOG_BYTES */

  double                     grace;          /* seconds from SIGTERM to SIGKILL */

  MyrmexProcessEndedFunc     ended;
  MyrmexProcessStartedFunc   started;
  MyrmexProcessProgressFunc  progress;
  MyrmexProcessOutputFunc    output;         /* keeps the two streams apart, as keep_output does */
  gpointer                   user_data;
} MyrmexProcessSpec;

typedef enum
{
  MYRMEX_PROCESS_EXITED,   /* code is the exit status, 0 to 255 */
  MYRMEX_PROCESS_SIGNALED, /* code is the number of the signal */
  MYRMEX_PROCESS_LOST,     /* the application took the status (SIGCHLD ignored, or a wait for any child); code is
                              -1, and nothing is known */

  /* Only where a supervisor has the commands; code is -1, and error tells more. */
  MYRMEX_PROCESS_FAILED,      /* it was not started; as the error of myrmex_process_start() otherwise */
  MYRMEX_PROCESS_INTERRUPTED, /* the supervisor went away; nothing is left of the command */
} MyrmexProcessEnd;

struct _MyrmexProcessResult
{
  MyrmexProcessEnd  end;
  int               code;
  const GError     *error;            /* of FAILED and INTERRUPTED; otherwise NULL */

  gboolean          stopped;          /* it was told to stop before it had ended by itself */
  gboolean          killed;           /* SIGKILL was needed for something of it */
  guint             strays;           /* processes that it left behind, and that were ended */
  guint             strays_left;      /* those of other users, which could not be signalled */

  GBytes           *value;            /* standard output; NULL if not kept or over the limit */
  gboolean          value_over_limit;

  guint64           output_bytes;     /* all that it wrote to standard output and error */
  guint64           log_bytes;        /* what is in the log of it */
  gboolean          log_over_limit;   /* the log was cut, and ends with a line that says so */
  const GError     *log_error;        /* why the log could not be written, or NULL */
  GBytes           *tail;             /* the last bytes of all output; NULL if there was none */

  gint64            started;          /* monotonic time, in microseconds */
  gint64            ended;            /* when the command itself was seen to have exited, likewise */
  gint64            user_time;        /* processor time of it and what it waited for, in microseconds */
  gint64            system_time;
  guint64           max_rss;          /* most memory of one process of these, in bytes */
};

MyrmexProcessHost *myrmex_process_host_new   (MyrmexProcessHostFlags    flags,
                                              GError                  **error) G_GNUC_WARN_UNUSED_RESULT;
void               myrmex_process_host_free  (MyrmexProcessHost        *host);

/* Calls @func on the host's thread, soon, and before the host is freed in any case. */
typedef void (*MyrmexProcessCallFunc)        (MyrmexProcessHost        *host,
                                              gpointer                  data);

void               myrmex_process_host_call  (MyrmexProcessHost        *host,
                                              MyrmexProcessCallFunc     func,
                                              gpointer                  data);

/* Commands are started by a supervisor, which listens at that socket or is started there, and go on when this
 * process goes; what became of them is kept there until it is forgotten. They are called back as others are, but for
 * output, which they are not asked for. When the host is freed, they go on and nothing more is told of them. */
MyrmexProcessHost *myrmex_process_host_new_remote (const char          *socket_path,
                                              GError                  **error) G_GNUC_WARN_UNUSED_RESULT;
char              *myrmex_process_dup_supervisor_path (const char     *journal_path);
gboolean           myrmex_process_host_is_remote (MyrmexProcessHost    *host);

/* Takes over a command that an earlier process has had started, by its cookie; of the spec, only the callbacks count.
 * One that the supervisor does not have ends as MYRMEX_PROCESS_INTERRUPTED, when nothing carries its cookie. */
MyrmexProcess     *myrmex_process_adopt      (MyrmexProcessHost        *host,
                                              const MyrmexProcessSpec  *spec,
                                              GError                  **error) G_GNUC_WARN_UNUSED_RESULT;

/* What became of these commands is on the disk. Harmless for others, and for a host that is not remote. */
void               myrmex_process_host_forget (MyrmexProcessHost       *host,
                                               const char *const       *cookies);

/* This process leaves, and the next one takes the commands over: from mute on, none of them is told to stop, and
 * nothing is told of them; with leave, all are told as MYRMEX_PROCESS_INTERRUPTED, though they go on. Harmless for a
 * host that is not remote. */
void               myrmex_process_host_mute  (MyrmexProcessHost        *host);
void               myrmex_process_host_leave (MyrmexProcessHost        *host);

/* All commands that are to be taken over have been; what is left of earlier processes is ended and forgotten. */
void               myrmex_process_host_settle (MyrmexProcessHost       *host);

/* Called on the host's thread: nothing carries the cookie any more. killed counts what had to be ended. */
typedef void (*MyrmexProcessSweptFunc) (MyrmexProcessHost *host,
                                        guint              killed,
                                        gpointer           user_data);

void               myrmex_process_host_sweep (MyrmexProcessHost        *host,
                                              const char               *cookie_prefix,
                                              MyrmexProcessSweptFunc    swept,
                                              gpointer                  user_data);

MyrmexProcess     *myrmex_process_start      (MyrmexProcessHost        *host,
                                              const MyrmexProcessSpec  *spec,
                                              GError                  **error) G_GNUC_WARN_UNUSED_RESULT;
MyrmexProcess     *myrmex_process_ref        (MyrmexProcess            *process) G_GNUC_WARN_UNUSED_RESULT;
void               myrmex_process_unref      (MyrmexProcess            *process);
pid_t              myrmex_process_get_pid    (MyrmexProcess            *process);
void               myrmex_process_stop       (MyrmexProcess            *process);
void               myrmex_process_kill       (MyrmexProcess            *process);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MyrmexProcess, myrmex_process_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MyrmexProcessHost, myrmex_process_host_free)

G_END_DECLS
