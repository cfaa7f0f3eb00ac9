/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What goes over the socket of a supervisor, by hand: what it bears, and what it never does. */
#include <glib/gstdio.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process-fixture.h"
#include "process/myrmex-proc-private.h"
#include "process/myrmex-process-wire-private.h"

/* Of this test alone: others may run at the same time. */
static char *cookie;

/* Waits for one of these events, or the end. */
static void
await_channel (MyrmexProcessChannel *channel,
               short                 events)
{
  struct pollfd entry = { .fd = channel->source.watch.fd, .events = events };

  g_assert_cmpint (poll (&entry, 1, PATIENCE / 1000), ==, 1);
}

static MyrmexFrame
next_frame (MyrmexProcessChannel *channel)
{
  MyrmexFrame frame;

  while (!myrmex_process_channel_next (channel, &frame))
    {
      await_channel (channel, POLLIN);
      g_assert_true (myrmex_process_channel_read (channel));
    }
  return frame;
}

static void
send_start (MyrmexProcessChannel *channel,
            const char           *name,
            const char           *script)
{
  const char *argv[] = { "sh", "-c", script, NULL };
  const char *envp[] = { "PATH=/usr/bin:/bin", NULL };
  const MyrmexProcessSpec spec = { .argv = argv, .envp = envp };

  g_assert_true (myrmex_process_channel_send (channel, MYRMEX_FRAME_START,
                                              myrmex_process_spec_to_variant (&spec, name, NULL), -1));
}

/* The same command, asked for again and again, is started once, and told of each time. */
static void
test_once (Fixture       *self,
           gconstpointer  data)
{
  g_autofree char *script = g_strdup_printf ("echo started >> %s/ledger", self->folder);
  g_autoptr (Outcome) first = run_command (self, "true", NULL);
  MyrmexProcessChannel *channel = myrmex_process_channel_new (fixture_connect (self));
  g_autofree char *ledger = NULL;
  guint n_ended = 0;

  g_assert_true (myrmex_process_channel_send_hello (channel));
  for (guint i = 0; i < 3; i++)
    send_start (channel, cookie, script);
  while (n_ended == 0)
    {
      g_auto (MyrmexFrame) frame = next_frame (channel);

      n_ended += frame.kind == MYRMEX_FRAME_ENDED;
    }
  send_start (channel, cookie, script);
  while (n_ended == 1)
    {
      g_auto (MyrmexFrame) frame = next_frame (channel);

      n_ended += frame.kind == MYRMEX_FRAME_ENDED;
    }
  myrmex_process_channel_free (channel);
  ledger = fixture_read_file (self, "ledger");
  g_assert_cmpstr (ledger, ==, "started\n");
}

/* Whoever asks is told, though it had been given up. */
static void
test_settled (Fixture       *self,
              gconstpointer  data)
{
  g_autoptr (Outcome) first = run_command (self, "true", NULL);
  MyrmexProcessChannel *channel = myrmex_process_channel_new (fixture_connect (self));
  MyrmexProcessChannel *next;
  MyrmexFrameKind kind = MYRMEX_FRAME_HELLO;

  g_assert_true (myrmex_process_channel_send_hello (channel));
  send_start (channel, cookie, "sleep 100");
  g_assert_true (myrmex_process_channel_send (channel, MYRMEX_FRAME_ASK, g_variant_new_string (cookie), -1));
  while (kind != MYRMEX_FRAME_STARTED)
    {
      g_auto (MyrmexFrame) frame = next_frame (channel);

      kind = frame.kind;
    }

  next = myrmex_process_channel_new (fixture_connect (self));
  g_assert_true (myrmex_process_channel_put (next, MYRMEX_FRAME_HELLO,
                                             g_variant_new ("(su)", MYRMEX_PROCESS_WIRE_NAME,
                                                            MYRMEX_PROCESS_WIRE_VERSION), -1));
  g_assert_true (myrmex_process_channel_put (next, MYRMEX_FRAME_SETTLE, g_variant_new_boolean (TRUE), -1));
  g_assert_true (myrmex_process_channel_send (next, MYRMEX_FRAME_ASK, g_variant_new_string (cookie), -1));
  while (kind != MYRMEX_FRAME_ENDED)
    {
      g_auto (MyrmexFrame) frame = next_frame (next);

      kind = frame.kind;
    }
  myrmex_process_channel_free (channel);
  myrmex_process_channel_free (next);
}

typedef struct
{
  const char *name;
  gsize       length;
  guint8      bytes[32];
} Hostile;

/* What no service sends ends its connection, and nothing else. */
static void
test_hostile (Fixture       *self,
              gconstpointer  data)
{
  static const Hostile cases[] = {
    { "huge", 8, { 0xff, 0xff, 0xff, 0xff, MYRMEX_FRAME_START } },
    { "over the limit", 8, { 1, 0, 0x40, 0, MYRMEX_FRAME_START } },
    { "kind 0", 8, { 0 } },
    { "kind 200", 8, { 0, 0, 0, 0, 200 } },
    { "of a supervisor", 13, { 5, 0, 0, 0, MYRMEX_FRAME_UNKNOWN, 0, 0, 0, 'a', 'b', 'c', 'd', 0 } },
    { "descriptor without one", 8, { 0, 0, 0, 0, MYRMEX_FRAME_START, 1 } },
    { "descriptor for a stop", 10, { 2, 0, 0, 0, MYRMEX_FRAME_STOP, 1, 0, 0, 'a', 0 } },
    { "reserved", 10, { 2, 0, 0, 0, MYRMEX_FRAME_STOP, 0, 1, 0, 'a', 0 } },
    { "empty start", 8, { 0, 0, 0, 0, MYRMEX_FRAME_START } },
    { "offsets beyond", 16, { 8, 0, 0, 0, MYRMEX_FRAME_START, 0, 0, 0, 'a', 0, 255, 255, 255, 255, 255, 255 } },
    { "no end of a string", 11, { 3, 0, 0, 0, MYRMEX_FRAME_ASK, 0, 0, 0, 'a', 'b', 'c' } },
    { "a string with two ends", 12, { 4, 0, 0, 0, MYRMEX_FRAME_KILL, 0, 0, 0, 'a', 0, 'c', 0 } },
    { "no list", 11, { 3, 0, 0, 0, MYRMEX_FRAME_FORGET, 0, 0, 0, 'a', 0, 200 } },
    { "no boolean", 9, { 1, 0, 0, 0, MYRMEX_FRAME_SETTLE, 0, 0, 0, 7 } },
  };
  g_autoptr (Outcome) before = run_command (self, HELPER, "exit", "1", NULL);
  g_autoptr (Outcome) after = NULL;
  g_autoptr (GArray) pids = fixture_find_pair (self);
  g_autoptr (GArray) pids_then = NULL;

  for (guint i = 0; i < 2 * G_N_ELEMENTS (cases); i++)
    {
      const Hostile *hostile = &cases[i / 2];
      MyrmexProcessChannel *channel = myrmex_process_channel_new (fixture_connect (self));
      g_auto (MyrmexFrame) hello = next_frame (channel);
      MyrmexFrame frame;

      g_assert_true (myrmex_process_hello_is_ours (&hello));
      if (i % 2 == 1)
        g_assert_true (myrmex_process_channel_send_hello (channel));
      g_assert_cmpint (send (channel->source.watch.fd, hostile->bytes, hostile->length, MSG_NOSIGNAL), ==,
                       hostile->length);
      while (myrmex_process_channel_read (channel))
        if (myrmex_process_channel_next (channel, &frame))
          g_error ("frame %d after “%s”", frame.kind, hostile->name);
        else
          await_channel (channel, POLLIN);
      myrmex_process_channel_free (channel);
    }

  /* Cut off in the middle, it is nothing. */
  for (guint i = 0; i < 20; i++)
    {
      int fd = fixture_connect (self);
      const guint8 half[] = { 100, 0, 0, 0, MYRMEX_FRAME_START, 0, 0, 0, 'a' };

      g_assert_cmpint (send (fd, half, i % (sizeof half + 1), MSG_NOSIGNAL), ==, i % (sizeof half + 1));
      close (fd);
    }

  fixture_renew_remote (self);
  after = run_command (self, HELPER, "exit", "2", NULL);
  assert_exited (after, 2);
  pids_then = fixture_find_pair (self);
  g_assert_cmpuint (pids_then->len, ==, 2);
  g_assert_cmpint (g_array_index (pids, MyrmexProcStat, 1).pid, ==, g_array_index (pids_then, MyrmexProcStat, 1).pid);
}

/* Random bytes, and frames of its own with some of their bytes changed. */
static void
test_garbage (Fixture       *self,
              gconstpointer  data)
{
  const guint n = (g_getenv ("MYRMEX_TEST_FULL") != NULL) ? 20000 : 500;
  g_autoptr (Outcome) before = run_command (self, "true", NULL);
  g_autoptr (Outcome) after = NULL;
  g_autoptr (GArray) pids = fixture_find_pair (self);
  g_autoptr (GArray) pids_then = NULL;
  const char *argv[] = { "/no/such/program", "x", NULL };
  const MyrmexProcessSpec spec = { .argv = argv, .envp = argv };

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GVariant) body = g_variant_ref_sink (myrmex_process_spec_to_variant (&spec, cookie, NULL));
      const gsize size = g_variant_get_size (body);
      g_autofree guint8 *bytes = g_malloc0 (size + 8);
      int fd = fixture_connect (self);
      MyrmexProcessChannel *channel = myrmex_process_channel_new (fd);
      char answer[1024];

      myrmex_process_channel_send_hello (channel);
      bytes[0] = (guint8) size;
      bytes[1] = (guint8) (size >> 8);
      bytes[4] = MYRMEX_FRAME_START;
      g_variant_store (body, bytes + 8);
      for (int k = g_test_rand_int_range (1, 6); k > 0; k--)
        bytes[g_test_rand_int_range (0, (gint32) size + 8)] = (guint8) g_test_rand_int_range (0, 256);
      g_assert_cmpint (send (fd, bytes, size + 8, MSG_NOSIGNAL), ==, size + 8);
      /* Until it has been read, and the connection ended. */
      shutdown (fd, SHUT_WR);
      while (read (fd, answer, sizeof answer) > 0)
        ;
      myrmex_process_channel_free (channel);
    }
  fixture_renew_remote (self);
  after = run_command (self, HELPER, "exit", "2", NULL);
  assert_exited (after, 2);
  pids_then = fixture_find_pair (self);
  g_assert_cmpuint (pids_then->len, ==, 2);
  g_assert_cmpint (g_array_index (pids, MyrmexProcStat, 1).pid, ==, g_array_index (pids_then, MyrmexProcStat, 1).pid);
}

/* A service that asks and does not read is let go before that takes all memory; what it asked for is kept. */
static void
test_backlog (Fixture       *self,
              gconstpointer  data)
{
  const char *argv[] = { HELPER, "write", "1000000", NULL };
  MyrmexProcessSpec spec = { .argv = argv, .cookie = cookie, .keep_output = TRUE };
  g_autoptr (Outcome) first = run_spec (self, &spec);
  g_autoptr (Outcome) kept = outcome_new ();
  g_autoptr (MyrmexProcess) adopted = NULL;
  MyrmexProcessChannel *channel = myrmex_process_channel_new (fixture_connect (self));
  guint n_ended = 0;

  g_assert_true (myrmex_process_channel_send_hello (channel));
  for (guint i = 0; i < 200; i++)
    myrmex_process_channel_send (channel, MYRMEX_FRAME_ASK, g_variant_new_string (cookie), -1);
  do
    {
      MyrmexFrame frame;

      while (myrmex_process_channel_next (channel, &frame))
        {
          n_ended += frame.kind == MYRMEX_FRAME_ENDED;
          myrmex_frame_clear (&frame);
        }
      await_channel (channel, POLLIN);
    }
  while (myrmex_process_channel_read (channel));
  g_assert_cmpuint (n_ended, <, 100);
  myrmex_process_channel_free (channel);

  fixture_renew_remote (self);
  adopted = adopt_command (self->host, cookie, kept);
  outcome_wait (kept);
  assert_exited (kept, 0);
  g_assert_cmpuint (kept->value_length, ==, 1000000);
}

static guint
count_descriptors_of (pid_t pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/fd", (int) pid);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint count = 0;

  while (g_dir_read_name (dir) != NULL)
    count++;
  return count;
}

/* Descriptors that come without a frame, or for one that may have none, are closed. */
static void
test_descriptors (Fixture       *self,
                  gconstpointer  data)
{
  g_autoptr (Outcome) before = run_command (self, "true", NULL);
  g_autoptr (GArray) pids = fixture_find_pair (self);
  const pid_t pid = g_array_index (pids, MyrmexProcStat, 1).pid;
  const guint numbers[] = { 1, 16, 17, 40 };
  const guint n_before = count_descriptors_of (pid);
  gint64 end;

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      const guint8 header[] = { 8, 0, 0, 0, MYRMEX_FRAME_STOP, 1, 0, 0 };
      MyrmexProcessChannel *channel = myrmex_process_channel_new (fixture_connect (self));
      union { struct cmsghdr header; char space[CMSG_SPACE (40 * sizeof (int))]; } control = { 0 };
      struct iovec part = { (gpointer) header, sizeof header };
      struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control };
      int *fds = (int *) (gpointer) CMSG_DATA (&control.header);

      message.msg_controllen = CMSG_SPACE (numbers[i] * sizeof (int));
      control.header.cmsg_level = SOL_SOCKET;
      control.header.cmsg_type = SCM_RIGHTS;
      control.header.cmsg_len = CMSG_LEN (numbers[i] * sizeof (int));
      for (guint k = 0; k < numbers[i]; k++)
        fds[k] = channel->source.watch.fd;
      g_assert_true (myrmex_process_channel_send_hello (channel));
      g_assert_cmpint (sendmsg (channel->source.watch.fd, &message, MSG_NOSIGNAL), ==, sizeof header);
      while (myrmex_process_channel_read (channel))
        await_channel (channel, POLLIN);
      myrmex_process_channel_free (channel);
    }

  /* They are closed at the end of the turn that ended the connection. */
  end = g_get_monotonic_time () + PATIENCE;
  while (count_descriptors_of (pid) > n_before)
    g_assert_cmpint (g_get_monotonic_time (), <, end);
}

/* Another user is not answered, even where all that is on the way to the socket lets him pass. */
static void
test_other_user (Fixture       *self,
                 gconstpointer  data)
{
  enum { NOBODY = 65534 };
  g_autoptr (Outcome) before = NULL;
  g_autofree char *folder = g_path_get_dirname (self->socket);
  int status;

  if (geteuid () != 0)
    {
      g_test_skip ("only root can become another");
      return;
    }
  before = run_command (self, "true", NULL);
  g_assert_cmpint (g_chmod (self->folder, 0755), ==, 0);
  g_assert_cmpint (g_chmod (folder, 0755), ==, 0);
  g_assert_cmpint (g_chmod (self->socket, 0666), ==, 0);
  if (fork () == 0)
    {
      char answer;

      if (setresgid (NOBODY, NOBODY, NOBODY) < 0 || setresuid (NOBODY, NOBODY, NOBODY) < 0)
        _exit (2);
      _exit (read (fixture_connect (self), &answer, 1) > 0);
    }
  g_assert_cmpint (wait (&status), >, 0);
  g_assert_cmpint (status, ==, 0);
}

/* A supervisor of another version, or something else at the socket, is told by name. */
static void
test_other_version (Fixture       *self,
                    gconstpointer  data)
{
  int listener = fixture_listen (self);
  const char *argv[] = { "true", NULL };
  MyrmexProcessSpec spec = { .argv = argv };
  g_autoptr (Outcome) outcome = outcome_new ();
  g_autoptr (MyrmexProcess) process = NULL;
  g_autoptr (GError) error = NULL;
  MyrmexProcessChannel *channel;
  int fd;

  /* It is in the socket before it is accepted. */
  fd = fixture_connect (self);
  close (fd);
  close (accept (listener, NULL, NULL));
  if (fork () == 0)
    {
      channel = myrmex_process_channel_new (accept (listener, NULL, NULL));
      myrmex_process_channel_send (channel, MYRMEX_FRAME_HELLO, g_variant_new ("(su)", MYRMEX_PROCESS_WIRE_NAME, 99), -1);
      await_channel (channel, 0);
      _exit (0);
    }
  process = try_command (self->host, &spec, outcome, &error);
  close (listener);
  g_assert_null (process);
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_SPAWN_FAILED);
  g_assert_nonnull (strstr (error->message, "another version"));
  g_assert_cmpint (wait (NULL), >, 0);
}

/* A supervisor that reads no more, though it is there: nothing that is sent to it may be waited for. */
static void
test_deaf (Fixture       *self,
           gconstpointer  data)
{
  const char *argv[] = { "true", NULL };
  MyrmexProcessSpec spec = { .argv = argv };
  g_autoptr (Outcome) outcome = outcome_new ();
  g_autoptr (MyrmexProcess) process = NULL;
  g_autoptr (GError) error = NULL;
  int listener = fixture_listen (self);
  int status;

  if (fork () == 0)
    {
      MyrmexProcessChannel *channel = myrmex_process_channel_new (accept (listener, NULL, NULL));
      g_auto (MyrmexFrame) hello = next_frame (channel);

      g_unlink (self->socket);
      shutdown (channel->source.watch.fd, SHUT_RD);
      myrmex_process_channel_send_hello (channel);
      await_channel (channel, 0);
      _exit (!myrmex_process_hello_is_ours (&hello));
    }
  close (listener);
  process = try_command (self->host, &spec, outcome, &error);
  g_assert_no_error (error);
  outcome_wait (outcome);
  g_assert_cmpint (outcome->end, ==, MYRMEX_PROCESS_INTERRUPTED);
  g_assert_cmpint (wait (&status), >, 0);
  g_assert_cmpint (status, ==, 0);
}

typedef struct
{
  Fixture       *fixture;
  Outcome       *outcome;
  MyrmexProcess *process;
} Starting;

static gpointer
start_thread (gpointer data)
{
  Starting *starting = data;

  starting->process = fixture_start_script (starting->fixture, "true", cookie, starting->outcome);
  return NULL;
}

static void
assert_next (MyrmexProcessChannel *channel,
             MyrmexFrameKind       kind)
{
  g_auto (MyrmexFrame) frame = next_frame (channel);

  g_assert_cmpint (frame.kind, ==, kind);
}

/* While a supervisor is there and does not answer, nobody who has a command stopped waits for it; and when it does
 * answer, it is told all of that. */
static void
test_stuck (Fixture       *self,
            gconstpointer  data)
{
  const char * const cookies[] = { "other", NULL };
  int listener = fixture_listen (self);
  g_autoptr (Outcome) outcome = outcome_new ();
  Starting starting = { self, outcome, NULL };
  g_autoptr (MyrmexProcess) process = NULL;
  GThread *thread = g_thread_new ("start", start_thread, &starting);
  MyrmexProcessChannel *channel = myrmex_process_channel_new (accept (listener, NULL, NULL));
  gint64 begin;

  assert_next (channel, MYRMEX_FRAME_HELLO);
  g_assert_true (myrmex_process_channel_send_hello (channel));
  g_thread_join (thread);
  process = starting.process;
  assert_next (channel, MYRMEX_FRAME_START);
  myrmex_process_channel_free (channel);

  channel = myrmex_process_channel_new (accept (listener, NULL, NULL));
  assert_next (channel, MYRMEX_FRAME_HELLO);
  begin = g_get_monotonic_time ();
  myrmex_process_stop (process);
  myrmex_process_host_forget (self->host, cookies);
  myrmex_process_host_settle (self->host);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 6 * G_USEC_PER_SEC);

  g_assert_true (myrmex_process_channel_send_hello (channel));
  assert_next (channel, MYRMEX_FRAME_FORGET);
  assert_next (channel, MYRMEX_FRAME_ASK);
  assert_next (channel, MYRMEX_FRAME_STOP);
  assert_next (channel, MYRMEX_FRAME_SETTLE);
  g_assert_true (myrmex_process_channel_send (channel, MYRMEX_FRAME_UNKNOWN, g_variant_new_string (cookie), -1));
  outcome_wait (outcome);
  g_assert_cmpint (outcome->end, ==, MYRMEX_PROCESS_INTERRUPTED);
  close (listener);
  g_unlink (self->socket);
  myrmex_process_channel_free (channel);
}

int
main (int    argc,
      char **argv)
{
  static const FixtureTest tests[] = {
    { "once", test_once },
    { "settled", test_settled },
    { "hostile", test_hostile },
    { "garbage", test_garbage },
    { "backlog", test_backlog },
    { "descriptors", test_descriptors },
    { "other-user", test_other_user },
    { "other-version", test_other_version },
    { "deaf", test_deaf },
    { "stuck", test_stuck },
  };
  g_autofree char *uuid = g_uuid_string_random ();

  cookie = uuid;
  g_test_init (&argc, &argv, NULL);
  fixture_add_tests ("/process/wire", FIXTURE_REMOTE, tests, G_N_ELEMENTS (tests));
  return g_test_run ();
}
