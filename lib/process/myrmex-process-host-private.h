/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <dirent.h>
#include <spawn.h>
#include <sys/resource.h>

#include "process/myrmex-proc-private.h"
#include "process/myrmex-process-cgroup-private.h"
#include "process/myrmex-process-file-limit-private.h"
#include "process/myrmex-process-private.h"
#include "process/myrmex-progress-parser-private.h"
#include "process/myrmex-process-timers-private.h"

G_BEGIN_DECLS

/* What the files of this room share. Fields that are not said to be otherwise belong to the host's thread once the
 * process is registered. */

typedef struct _MyrmexProcessTree MyrmexProcessTree;
typedef struct _MyrmexProcessRemote MyrmexProcessRemote;
typedef struct _MyrmexProcessSource MyrmexProcessSource;

/* Which descriptor of a process an event is about. */
typedef enum
{
  WATCH_OUTPUT,
  WATCH_ERROR,
  WATCH_PROGRESS,
  N_STREAMS,
  WATCH_EXIT = N_STREAMS,
  N_WATCHES,
} MyrmexProcessWatchKind;

typedef struct
{
  MyrmexProcess          *process;
  MyrmexProcessWatchKind  kind;
  int                     fd;      /* -1: closed */
} MyrmexProcessWatch;

/* A descriptor that is no command's, which the host's thread watches for whoever is at its other end. */
typedef void (* MyrmexProcessReadyFunc) (MyrmexProcessSource *self,
                                         guint32              events);

struct _MyrmexProcessSource
{
  MyrmexProcessWatch      watch;     /* of no process */
  MyrmexProcessReadyFunc  ready;     /* in the host's thread */
  gpointer                data;
  gboolean                is_watched;
  gboolean                wants_out; /* its owner's */
  GDestroyNotify          destroy;   /* of what was dropped */
  MyrmexProcessSource    *next_dropped;
};

/* The pipes of a command; -1 where there is none. */
typedef struct
{
  int reads[N_STREAMS];
  int writes[N_STREAMS];
} MyrmexProcessPipes;

#define MYRMEX_PROCESS_NO_PIPES ((MyrmexProcessPipes) { { -1, -1, -1 }, { -1, -1, -1 } })

/* What becomes of a command's output. */
typedef struct
{
  char       *log_path;
  int         log_fd;
  guint64     log_limit;
  GError     *log_error;
  GByteArray *value;
  gsize       value_limit;
  char       *tail; /* of MYRMEX_PROCESS_TAIL_BYTES, or NULL */
  gsize       tail_length;
} MyrmexProcessOutput;

struct _MyrmexProcess
{
  gatomicrefcount             refs;
  MyrmexProcessHost          *host;
  pid_t                       pid;
  guint64                     since;  /* as MyrmexProcStat.started, not after it */
  char                       *cookie;
  MyrmexProcessCgroup        *cgroup; /* or NULL */
  MyrmexProcessWatch          watches[N_WATCHES];
  int                         held[N_STREAMS]; /* the command's ends of its pipes, or -1: while they are open here
                                                  too, its exit wakes the host once and not once for each */

  /* Under the host's lock. */
  MyrmexProcess              *next_request;
  gboolean                    live;
  gboolean                    requested;
  gboolean                    want_watch;
  gboolean                    want_stop;
  gboolean                    want_kill;

  gboolean                    keep_output;
  gboolean                    stop_over_limit;
  double                      grace;
  MyrmexProcessEndedFunc      ended;
  MyrmexProcessStartedFunc    started;
  MyrmexProcessProgressFunc   progress;
  MyrmexProcessOutputFunc     output_func;
  gpointer                    user_data;

  MyrmexProcess              *next_dead;
  MyrmexProcessTimer                 poll_timer; /* where there is no pidfd */
  guint                       poll_pause;
  gboolean                    exited;     /* the command itself; its status is in the result */
  gboolean                    reaped;     /* its pid may be somebody else's */
  MyrmexProcessTree          *tree;       /* only once there is something to end */
  MyrmexProgressParser       *parser;
  MyrmexProcessOutput         output;
  MyrmexProcessResult         result;
  GError                     *failure; /* the result's error */
};

/* Finding and ending what belongs together: a command and its descendants, or all that carries a run's cookie.
 *
 *   COLLECT  look for all members, then SIGTERM and SIGCONT to them
 *   GRACE    wait for them; what turns up after the command itself has exited gets its SIGTERM too
 *   FREEZE   SIGSTOP to each, again until a look finds all of them stopped and none new: nothing forks away from the
 *            next step, and no link from parent to child is lost by killing the parent first
 *   KILL     SIGKILL to each, again until a look finds none
 */
typedef enum
{
  TREE_COLLECT,
  TREE_GRACE,
  TREE_FREEZE,
  TREE_KILL,
} MyrmexProcessTreePhase;

struct _MyrmexProcessTree
{
  MyrmexProcessTimer             timer;
  MyrmexProcessHost      *host;
  MyrmexProcess          *process;      /* NULL: a sweep */
  char                   *cookie;       /* of a sweep: what cookies begin with; NULL: all
                                           that was adopted */
  gboolean                is_exact;     /* of a sweep: the whole cookie, of whatever age */
  guint64                 since;
  MyrmexProcessSweptFunc  swept;
  gpointer                user_data;

  MyrmexProcessTreePhase  phase;
  gint64                  deadline;     /* of the grace */
  guint                   pause;        /* before the next look, in microseconds */
  guint                   freezes;
  guint                   empties;      /* looks in a row that found nothing */
  guint                   strays;       /* members that were there after the command itself, all in all */
  gboolean                wants_census;

  /* Of the census under way or just over. */
  gboolean                counted;      /* it is about this tree */
  gboolean                settled;      /* the command itself had exited when it began */
  gboolean                by_pipes;     /* whoever holds one of the command's pipes is a member */
  guint                   alive;
  guint                   found;        /* for the first time */
  guint                   unfrozen;     /* told to stop, but not stopped yet */
  guint                   denied;       /* alive, but another user's */
};

typedef struct
{
  MyrmexProcStat     stat;
  MyrmexProcessTree *tree;
  guint64            census; /* that saw it last */
  gboolean           termed;
  gboolean           stray;
  gboolean           denied;
} MyrmexProcessMember;

/* One look at all processes of the machine on behalf of all trees that want one, in slices.
 *
 *   cursor := the pid that was given last
 *   look at each pid that /proc lists
 *   until the pid that was given last is the cursor: look at each pid after the cursor, and move it there
 *
 * So whatever is alive at the end was looked at while it was alive, chains of processes that fork and exit
 * included: it was either there to be listed, or has a pid after the first cursor. */
typedef struct
{
  gboolean    running;
  DIR        *dir;      /* NULL: all that it lists has been looked at */
  pid_t       cursor;   /* -1: can not be told */
  pid_t       last;     /* given, as it was last seen */
  guint       chases;
  gboolean    wanted;   /* by a tree, after the one under way */
  gboolean    failed;   /* not everything could be looked at: it proves nothing */
  guint64     serial;
  guint64     oldest;   /* what is older than this is nobody's */
  gboolean    proven;   /* nothing can have slipped by */
  GArray     *loose;    /* MyrmexProcStat of those of nobody, yet */
  GPtrArray  *counted;  /* MyrmexProcessTree that it is for */
  GHashTable *cookies;  /* const char * to MyrmexProcessTree */
  GHashTable *mains;    /* pid to MyrmexProcessTree */
  GHashTable *inodes;   /* guint64 to MyrmexProcessTree, or NULL */
  GHashTable *cgroups;  /* number to MyrmexProcessTree, or NULL */
  char       *buffer;
} MyrmexProcessCensus;

/* Something to be done in the host's thread. */
typedef struct
{
  MyrmexProcessCallFunc func;
  gpointer              data;
} MyrmexProcessCall;

/* Descriptors that are closed together at the end of a turn of the loop: what waits for a command need not wait for
 * its descriptors, too. */
#define MYRMEX_PROCESS_MAX_CLOSING (64)

struct _MyrmexProcessHost
{
  gatomicrefcount         refs;
  MyrmexProcessHostFlags  flags;
  gboolean                no_pidfd;    /* atomic */
  GThread                *thread;
  int                     epoll_fd;
  int                     wake_fd;
  int                     null_fd;
  int                     children_fd; /* of an owner: who was adopted */
  int                     last_pid_fd; /* which pid was given last; -1: can not be told */
  pid_t                   own_pid;
  pid_t                   own_session;
  guint64                 since;       /* as MyrmexProcStat.started: when the host was made */
  char                   *cookie_prefix;
  guint                   cookie_serial; /* atomic */
  MyrmexProcessRemote    *remote;      /* the supervisor that has the commands; NULL: they are started here */
  MyrmexProcessCgroups   *cgroups;     /* or NULL */
  posix_spawnattr_t       attributes;

  GMutex                  lock;
  /* Under the lock. */
  GHashTable             *live;          /* pid to MyrmexProcess, owned */
  guint64                 leader_starts_since; /* as MyrmexProcStat.started: a command is being started in the first
                                                  thread, which adopted children show in; or G_MAXUINT64 */
  MyrmexProcess          *requests;
  GPtrArray              *sweeps;        /* MyrmexProcessTree, not yet taken up */
  GArray                 *calls;         /* MyrmexProcessCall, likewise */
  MyrmexProcessPipes      spare;         /* of the next command, made while nothing waits for it */
  gboolean                quit;
  gboolean                reaps;         /* the timer for adopted processes is armed, or about to be */
  gboolean                woken;
  gboolean                orphaned;      /* the thread is to free the host */

  MyrmexProcessTimers         timers;
  MyrmexProcessTimer             reap_timer;
  GPtrArray              *trees;
  GHashTable             *members;       /* pid to MyrmexProcessMember */
  MyrmexProcessCensus     census;
  MyrmexProcess          *dead;          /* ended in this turn of the loop; freed after it */
  MyrmexProcessSource    *dropped;       /* likewise */

  int                     closing[MYRMEX_PROCESS_MAX_CLOSING]; /* done with in this turn; closed after it */
  guint                   n_closing;
  gboolean                expects_more;  /* commands, though none runs just now */
  guint8                 *buffer;
};

#define MYRMEX_PROCESS_BUFFER_BYTES (64 * 1024)

/* myrmex-process-spawn.c */
gboolean           myrmex_process_check_arguments    (const MyrmexProcessSpec *spec,
                                                      GError                 **error);
void               myrmex_process_explain            (const MyrmexProcessSpec *spec,
                                                      const char              *tried,
                                                      int                      code,
                                                      GError                 **error);
gboolean           myrmex_process_spawn              (MyrmexProcess           *self,
                                                      const MyrmexProcessSpec *spec,
                                                      GError                 **error);
void               myrmex_process_keep_spare         (MyrmexProcessHost       *host,
                                                      gboolean                 keep);

/* myrmex-process-output.c */
gboolean           myrmex_process_read_stream        (MyrmexProcess           *self,
                                                      MyrmexProcessWatchKind   kind);
void               myrmex_process_close_watch        (MyrmexProcess           *self,
                                                      MyrmexProcessWatchKind   kind);
void               myrmex_process_let_go             (MyrmexProcess           *self);
gboolean           myrmex_process_drain              (MyrmexProcess           *self);
void               myrmex_process_finish_output      (MyrmexProcess           *self);
void               myrmex_process_clear_output       (MyrmexProcess           *self);

/* myrmex-process.c */
MyrmexProcess     *myrmex_process_new                (MyrmexProcessHost       *host,
                                                      const MyrmexProcessSpec *spec);
void               myrmex_process_watch_event        (MyrmexProcessWatch      *watch,
                                                      guint32                  events);
void               myrmex_process_handle_request     (MyrmexProcess           *self,
                                                      gboolean                 watch,
                                                      gboolean                 stop,
                                                      gboolean                 kill);
void               myrmex_process_finish             (MyrmexProcess           *self);

/* myrmex-process-host.c */
MyrmexProcessHost *myrmex_process_host_ref           (MyrmexProcessHost       *self);
void               myrmex_process_host_unref         (MyrmexProcessHost       *self);
gboolean           myrmex_process_host_is_command    (MyrmexProcessHost       *self,
                                                      pid_t                    pid);
void               myrmex_process_host_wake          (MyrmexProcessHost       *self);
void               myrmex_process_host_close_later   (MyrmexProcessHost       *self,
                                                      int                      fd);
void               myrmex_process_host_request       (MyrmexProcess           *process,
                                                      gboolean                 watch,
                                                      gboolean                 stop,
                                                      gboolean                 kill);

gboolean           myrmex_process_host_watch_source  (MyrmexProcessHost       *self,
                                                      MyrmexProcessSource     *source,
                                                      guint32                  events);
void               myrmex_process_host_drop_source   (MyrmexProcessHost       *self,
                                                      MyrmexProcessSource     *source,
                                                      GDestroyNotify           destroy);
void               myrmex_process_host_sweep_exactly (MyrmexProcessHost       *self,
                                                      const char              *cookie,
                                                      MyrmexProcessSweptFunc   swept,
                                                      gpointer                 user_data);
void               myrmex_process_host_stop_all      (MyrmexProcessHost       *self);

/* myrmex-process-launch.c */
gboolean           myrmex_process_launch             (MyrmexProcessHost       *host,
                                                      const char              *path,
                                                      GError                 **error);

/* myrmex-process-remote.c */
MyrmexProcess     *myrmex_process_remote_start       (MyrmexProcessRemote     *self,
                                                      MyrmexProcess           *process,
                                                      const MyrmexProcessSpec *spec,
                                                      GError                 **error);
void               myrmex_process_remote_stop        (MyrmexProcessRemote     *self,
                                                      MyrmexProcess           *process,
                                                      gboolean                 kill);
void               myrmex_process_remote_flush       (MyrmexProcessRemote     *self);
void               myrmex_process_remote_close       (MyrmexProcessRemote     *self);
void               myrmex_process_remote_free        (MyrmexProcessRemote     *self);

/* myrmex-process-tree.c */
MyrmexProcessTree *myrmex_process_tree_new           (MyrmexProcessHost       *host,
                                                      MyrmexProcess           *process);
void               myrmex_process_tree_free          (MyrmexProcessTree       *self);
void               myrmex_process_tree_stop          (MyrmexProcessTree       *self);
void               myrmex_process_tree_kill          (MyrmexProcessTree       *self);
void               myrmex_process_tree_end_strays    (MyrmexProcessTree       *self);
void               myrmex_process_tree_look          (MyrmexProcessTree       *self);
void               myrmex_process_tree_take          (MyrmexProcessTree       *self,
                                                      const MyrmexProcStat    *stat);
void               myrmex_process_tree_counted       (MyrmexProcessTree       *self);

/* myrmex-process-census.c */
void               myrmex_process_census_step        (MyrmexProcessHost       *host);
void               myrmex_process_census_clear       (MyrmexProcessHost       *host);
gboolean           myrmex_process_cookie_matches     (const char              *cookies,
                                                      const char              *cookie,
                                                      gboolean                 prefix);

/* myrmex-process-leftovers.c */
gboolean           myrmex_process_left_something     (MyrmexProcess           *self);
gboolean           myrmex_process_host_has_orphans   (MyrmexProcessHost       *host);
void               myrmex_process_host_take_orphans  (MyrmexProcessHost       *host,
                                                      const GPtrArray         *counted);

G_END_DECLS
