/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "process/myrmex-process-host-private.h"

/* One slice, in microseconds: other commands wait no longer than that. */
#define SLICE (2 * 1000)

/* How much of an environment is searched for the cookie, in bytes. */
#define ENVIRONMENT_BYTES (256 * 1024)

/* How often what has come since is looked at, where it comes without end. */
#define MAX_CHASES (500)

/* Parents are mostly older than their children and have lower numbers; this deep they may be the other way round. */
#define MAX_ROUNDS (64)

static gboolean
cookie_is (const char *element,
           gsize       length,
           const char *cookie,
           gboolean    prefix)
{
  gsize wanted = strlen (cookie);

  return (prefix ? length >= wanted : length == wanted) && strncmp (element, cookie, wanted) == 0;
}

/* Whether one of the cookies, which are parted by ':', is that cookie or begins so. */
gboolean
myrmex_process_cookie_matches (const char *cookies,
                               const char *cookie,
                               gboolean    prefix)
{
  for (;;)
    {
      gsize length = strcspn (cookies, ":");

      if (cookie_is (cookies, length, cookie, prefix))
        return TRUE;
      if (cookies[length] == '\0')
        return FALSE;
      cookies += length + 1;
    }
}

void
myrmex_process_census_clear (MyrmexProcessHost *host)
{
  MyrmexProcessCensus *self = &host->census;

  g_clear_pointer (&self->dir, closedir);
  g_clear_pointer (&self->loose, g_array_unref);
  g_clear_pointer (&self->counted, g_ptr_array_unref);
  g_clear_pointer (&self->mains, g_hash_table_unref);
  g_clear_pointer (&self->cookies, g_hash_table_unref);
  g_clear_pointer (&self->inodes, g_hash_table_unref);
  g_clear_pointer (&self->cgroups, g_hash_table_unref);
  g_clear_pointer (&self->buffer, g_free);
}

static void
add_pipes (MyrmexProcessCensus *self,
           MyrmexProcessTree   *tree)
{
  if (self->inodes == NULL)
    self->inodes = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);

  for (guint kind = 0; kind < N_STREAMS; kind++)
    {
      struct stat info;
      guint64 *inode;

      if (tree->process->watches[kind].fd < 0 || fstat (tree->process->watches[kind].fd, &info) < 0)
        continue;
      inode = g_new (guint64, 1);
      *inode = info.st_ino;
      g_hash_table_insert (self->inodes, inode, tree);
    }
}

static void
count_tree (MyrmexProcessCensus *self,
            MyrmexProcessTree   *tree)
{
  tree->wants_census = FALSE;
  tree->counted = TRUE;
  tree->settled = tree->process == NULL || tree->process->exited;
  tree->alive = 0;
  tree->found = 0;
  tree->unfrozen = 0;
  tree->denied = 0;
  self->oldest = MIN (self->oldest, tree->since);
  g_ptr_array_add (self->counted, tree);

  if (tree->process == NULL && tree->is_exact)
    g_hash_table_insert (self->cookies, tree->cookie, tree);
  if (tree->process == NULL)
    return;
  g_hash_table_insert (self->mains, GINT_TO_POINTER (tree->process->pid), tree);
  g_hash_table_insert (self->cookies, tree->process->cookie, tree);
  if (tree->process->cgroup != NULL)
    {
      if (self->cgroups == NULL)
        self->cgroups = g_hash_table_new (NULL, NULL);
      g_hash_table_insert (self->cgroups, GUINT_TO_POINTER (myrmex_process_cgroup_get_number (tree->process->cgroup)),
                           tree);
    }
  if (tree->by_pipes)
    add_pipes (self, tree);
}

/* A tree that wanted it may be gone by now. */
static gboolean
is_wanted (MyrmexProcessHost *host)
{
  for (guint i = 0; host->census.wanted && i < host->trees->len; i++)
    if (((MyrmexProcessTree *) host->trees->pdata[i])->wants_census)
      return TRUE;

  host->census.wanted = FALSE;
  return FALSE;
}

static void
begin (MyrmexProcessHost *host)
{
  MyrmexProcessCensus *self = &host->census;

  myrmex_process_census_clear (host);
  self->cursor = self->last = myrmex_proc_read_last (host->last_pid_fd);
  self->dir = opendir ("/proc");
  self->failed = self->dir == NULL && myrmex_proc_is_short_of_means (errno);
  self->proven = FALSE;
  self->running = TRUE;
  self->wanted = FALSE;
  self->chases = 0;
  self->serial++;
  self->oldest = G_MAXUINT64;
  self->loose = g_array_new (FALSE, FALSE, sizeof (MyrmexProcStat));
  self->counted = g_ptr_array_new ();
  self->mains = g_hash_table_new (NULL, NULL);
  self->cookies = g_hash_table_new (g_str_hash, g_str_equal);
  self->buffer = g_malloc (ENVIRONMENT_BYTES);

  for (guint i = 0; i < host->trees->len; i++)
    {
      MyrmexProcessTree *tree = host->trees->pdata[i];

      tree->counted = FALSE;
      if (tree->wants_census)
        count_tree (self, tree);
    }
}

static MyrmexProcessTree *
by_cookie (MyrmexProcessHost *host,
           const char        *cookies)
{
  MyrmexProcessCensus *self = &host->census;
  g_auto (GStrv) elements = g_strsplit (cookies, ":", -1);

  for (guint i = 0; elements[i] != NULL; i++)
    {
      MyrmexProcessTree *tree = g_hash_table_lookup (self->cookies, elements[i]);

      if (tree != NULL)
        return tree;
    }

  for (guint i = 0; i < self->counted->len; i++)
    {
      MyrmexProcessTree *tree = self->counted->pdata[i];

      if (tree->process == NULL && tree->cookie != NULL && !tree->is_exact &&
          myrmex_process_cookie_matches (cookies, tree->cookie, TRUE))
        return tree;
    }
  return NULL;
}

static MyrmexProcessTree *
by_parent (MyrmexProcessHost    *host,
           const MyrmexProcStat *stat)
{
  MyrmexProcessTree *tree = g_hash_table_lookup (host->census.mains, GINT_TO_POINTER (stat->parent));
  MyrmexProcessMember *member;

  if (tree != NULL)
    return tree->process->reaped ? NULL : tree;

  /* Only one that is known to live: else its number may be another's by now. */
  member = g_hash_table_lookup (host->members, GINT_TO_POINTER (stat->parent));
  return member != NULL && member->census == host->census.serial ? member->tree : NULL;
}

/* Whose process it is, by the cheap marks first. */
static MyrmexProcessTree *
classify (MyrmexProcessHost    *host,
          const MyrmexProcStat *stat)
{
  MyrmexProcessCensus *self = &host->census;
  MyrmexProcessMember *member = g_hash_table_lookup (host->members, GINT_TO_POINTER (stat->pid));
  MyrmexProcessTree *tree;
  const char *cookies;
  guint64 inode;

  if (member != NULL && member->stat.started == stat->started)
    return member->tree;

  tree = g_hash_table_lookup (self->mains, GINT_TO_POINTER (stat->session));
  if (tree == NULL)
    tree = g_hash_table_lookup (self->mains, GINT_TO_POINTER (stat->group));
  if (tree == NULL)
    tree = by_parent (host, stat);
  if (tree == NULL && self->cgroups != NULL && !stat->gone)
    tree = g_hash_table_lookup (self->cgroups,
                                GUINT_TO_POINTER (myrmex_process_cgroups_find (host->cgroups, stat->pid)));
  if (tree != NULL || stat->gone)
    return tree;

  errno = 0;
  cookies = myrmex_proc_read_cookie (stat, self->buffer, ENVIRONMENT_BYTES);
  if (cookies != NULL)
    tree = by_cookie (host, cookies);
  else if (myrmex_proc_is_short_of_means (errno))
    self->failed = TRUE;

  /* A child of this process that is on its way to exec holds copies of all our descriptors. */
  if (tree == NULL && self->inodes != NULL && stat->parent != host->own_pid &&
      myrmex_proc_find_pipe (stat, self->inodes, &inode))
    tree = g_hash_table_lookup (self->inodes, &inode);
  return tree;
}

static gboolean
take (MyrmexProcessTree    *tree,
      const MyrmexProcStat *stat)
{
  if (tree == NULL || stat->started < tree->since)
    return FALSE;
  if (tree->counted)
    myrmex_process_tree_take (tree, stat);
  return TRUE;
}

static void
look_at (MyrmexProcessHost *host,
         pid_t              pid)
{
  MyrmexProcessCensus *self = &host->census;
  MyrmexProcessTree *tree;
  MyrmexProcStat stat;

  if (pid <= 1 || pid == host->own_pid)
    return;

  if (!myrmex_proc_read_stat (pid, &stat))
    {
      self->failed |= myrmex_proc_is_short_of_means (errno);
      return;
    }

  /* What stems from a command can never get back into the session of this process, which holds the application
   * and whatever it starts by itself. */
  if (stat.session == host->own_session || stat.started < self->oldest ||
      g_hash_table_contains (self->mains, GINT_TO_POINTER (pid)) ||
      (stat.parent == host->own_pid && myrmex_process_host_is_command (host, pid)))
    return;

  tree = classify (host, &stat);
  if (self->dir == NULL && tree != NULL && !myrmex_proc_is_process (pid))
    return;
  if (!take (tree, &stat) && !stat.gone)
    g_array_append_val (self->loose, stat);
}

static gboolean
adopt_round (MyrmexProcessHost *host)
{
  GArray *loose = host->census.loose;
  gboolean any = FALSE;

  for (guint i = 0; i < loose->len;)
    {
      const MyrmexProcStat stat = g_array_index (loose, MyrmexProcStat, i);

      if (take (by_parent (host, &stat), &stat))
        {
          g_array_remove_index_fast (loose, i);
          any = TRUE;
        }
      else
        i++;
    }
  return any;
}

static void
adopt_descendants (MyrmexProcessHost *host)
{
  for (guint i = 0; i < MAX_ROUNDS && adopt_round (host); i++)
    ;
}

static gboolean
is_stale (gpointer key,
          gpointer value,
          gpointer serial)
{
  const MyrmexProcessMember *member = value;

  return member->tree->counted && member->census != *(guint64 *) serial;
}

static void
finish (MyrmexProcessHost *host)
{
  MyrmexProcessCensus *self = &host->census;
  g_autoptr (GPtrArray) counted = g_steal_pointer (&self->counted);

  self->running = FALSE;
  adopt_descendants (host);
  if (host->flags & MYRMEX_PROCESS_HOST_OWNER)
    {
      myrmex_process_host_take_orphans (host, counted);
      adopt_descendants (host);
    }
  if (!self->failed)
    g_hash_table_foreach_remove (host->members, is_stale, &self->serial);
  g_clear_pointer (&self->loose, g_array_unref);
  g_clear_pointer (&self->buffer, g_free);

  for (guint i = 0; i < counted->len; i++)
    {
      MyrmexProcessTree *tree = counted->pdata[i];

      /* It may have changed its mind while it was counted. */
      if (!tree->counted)
        continue;
      tree->counted = FALSE;
      myrmex_process_tree_counted (tree);
    }
}

static gboolean
step_list (MyrmexProcessHost *host)
{
  const struct dirent *entry = readdir (host->census.dir);

  if (entry == NULL)
    g_clear_pointer (&host->census.dir, closedir);
  else if (g_ascii_isdigit (entry->d_name[0]))
    look_at (host, (pid_t) atoi (entry->d_name));
  return TRUE;
}

/* Returns FALSE when there is nothing more to look at. */
static gboolean
step_chase (MyrmexProcessHost *host)
{
  MyrmexProcessCensus *self = &host->census;

  if (self->cursor < 0 || self->failed)
    return FALSE;
  if (self->cursor < self->last)
    {
      look_at (host, ++self->cursor);
      return TRUE;
    }

  self->last = myrmex_proc_read_last (host->last_pid_fd);
  self->proven = self->last == self->cursor && !self->failed;
  /* The numbers may have begun anew. */
  self->failed |= self->last < self->cursor;
  return self->last > self->cursor && self->chases++ < MAX_CHASES;
}

/* Goes on with the census for a slice of time, or begins one if a tree wants it. */
void
myrmex_process_census_step (MyrmexProcessHost *host)
{
  MyrmexProcessCensus *self = &host->census;
  gint64 end;

  if (!self->running && !is_wanted (host))
    return;
  if (!self->running)
    begin (host);

  end = g_get_monotonic_time () + SLICE;
  do
    {
      if (!(self->dir != NULL ? step_list (host) : step_chase (host)))
        {
          finish (host);
          return;
        }
    }
  while (g_get_monotonic_time () < end);
}
