/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "journal-rig.h"

#include <string.h>

#define SECTOR 512

/* Something that was done to a file and not synced. */
typedef struct
{
  sqlite3_int64  offset;   /* or the size, of a truncation */
  GBytes        *bytes;    /* NULL: a truncation */
} Change;

typedef struct
{
  char       *path;
  GByteArray *live;        /* what is read */
  GByteArray *durable;     /* what is on the disk for sure */
  GArray     *changes;     /* of Change */
  gboolean    is_there;
  gboolean    is_durable;  /* its name is on the disk */
} RigData;

typedef struct
{
  sqlite3_file  base;
  JournalRig   *rig;
  RigData      *data;
  gboolean      is_temporary;
} RigFile;

struct _JournalRig
{
  sqlite3_vfs      vfs;
  char             name[48];
  GMutex           lock;
  GRand           *rand;
  GPtrArray       *files;      /* of RigData */
  JournalRigCalls  calls;
  guint            first;
  guint            n_failing;
  int              code;
  guint            cut;
  guint            n_calls;
  guint            n_failed;
  gboolean         is_cut;
};

static void
change_clear (gpointer data)
{
  g_clear_pointer (&((Change *) data)->bytes, g_bytes_unref);
}

static RigData *
data_new (const char *path)
{
  RigData *data = g_new0 (RigData, 1);

  data->path = g_strdup (path);
  data->live = g_byte_array_new ();
  data->durable = g_byte_array_new ();
  data->changes = g_array_new (FALSE, FALSE, sizeof (Change));
  g_array_set_clear_func (data->changes, change_clear);
  return data;
}

static void
data_free (gpointer pointer)
{
  RigData *data = pointer;

  g_free (data->path);
  g_byte_array_unref (data->live);
  g_byte_array_unref (data->durable);
  g_array_unref (data->changes);
  g_free (data);
}

static void
resize (GByteArray    *content,
        sqlite3_int64  size)
{
  guint before = content->len;

  g_byte_array_set_size (content, (guint) size);
  if (content->len > before)
    memset (content->data + before, 0, content->len - before);
}

static void
put (GByteArray    *content,
     sqlite3_int64  offset,
     const void    *bytes,
     gsize          n)
{
  if (n == 0)
    return;
  if ((gsize) offset + n > content->len)
    resize (content, offset + (sqlite3_int64) n);
  memcpy (content->data + offset, bytes, n);
}

/* Applies one change to the disk: all of it, or some of its sectors. */
static void
apply (RigData      *data,
       const Change *change,
       GRand        *torn)
{
  gsize n;
  const char *bytes;

  if (change->bytes == NULL)
    {
      resize (data->durable, change->offset);
      return;
    }
  bytes = g_bytes_get_data (change->bytes, &n);
  if (torn == NULL)
    {
      put (data->durable, change->offset, bytes, n);
      return;
    }
  for (gsize at = 0; at < n; at += SECTOR)
    {
      if (g_rand_boolean (torn))
        put (data->durable, change->offset + (sqlite3_int64) at, bytes + at, MIN (SECTOR, n - at));
    }
}

/* What was not synced gets to the disk, or not, or in part. */
static void
apply_some (JournalRig *self,
            RigData    *data)
{
  const gboolean all = g_rand_int_range (self->rand, 0, 4) == 0;

  for (guint i = 0; i < data->changes->len; i++)
    {
      switch (all ? 0 : g_rand_int_range (self->rand, 0, 3))
        {
        case 0:
          apply (data, &g_array_index (data->changes, Change, i), NULL);
          break;
        case 1:
          apply (data, &g_array_index (data->changes, Change, i), self->rand);
          break;
        default:
          break;
        }
    }
  g_array_set_size (data->changes, 0);
}

/* With the lock: whether a call of that kind is to fail, and with what. */
static int
count (JournalRig      *self,
       JournalRigCalls  call,
       int              eio)
{
  guint n;

  if (self->is_cut)
    return eio;
  if (!(self->calls & call))
    return SQLITE_OK;
  n = ++self->n_calls;
  if (self->cut != 0 && n >= self->cut)
    {
      self->is_cut = TRUE;
      return eio;
    }
  if (self->first == 0 || n < self->first || n - self->first >= self->n_failing)
    return SQLITE_OK;
  self->n_failed++;
  return self->code == SQLITE_IOERR ? eio : self->code;
}

static RigData *
find (JournalRig *self,
      const char *path)
{
  for (guint i = 0; i < self->files->len; i++)
    {
      RigData *data = self->files->pdata[i];

      if (g_str_equal (data->path, path))
        return data;
    }
  return NULL;
}

static int
rig_close (sqlite3_file *file)
{
  RigFile *self = (RigFile *) file;

  if (self->is_temporary)
    data_free (self->data);
  return SQLITE_OK;
}

static int
rig_read (sqlite3_file  *file,
          void          *buffer,
          int            n,
          sqlite3_int64  offset)
{
  RigFile *self = (RigFile *) file;
  GByteArray *live = self->data->live;
  gsize there = offset < live->len ? MIN ((gsize) n, live->len - (gsize) offset) : 0;
  int code;

  g_mutex_lock (&self->rig->lock);
  code = count (self->rig, JOURNAL_RIG_READ, SQLITE_IOERR_READ);
  if (code == SQLITE_OK)
    {
      if (there > 0)
        memcpy (buffer, live->data + offset, there);
      memset ((char *) buffer + there, 0, (gsize) n - there);
      if (there < (gsize) n)
        code = SQLITE_IOERR_SHORT_READ;
    }
  g_mutex_unlock (&self->rig->lock);
  return code;
}

static void
change (RigFile       *self,
        sqlite3_int64  offset,
        const void    *bytes,
        gsize          n)
{
  Change entry = { offset, bytes != NULL ? g_bytes_new (bytes, n) : NULL };

  if (bytes != NULL)
    put (self->data->live, offset, bytes, n);
  else
    resize (self->data->live, offset);
  g_array_append_val (self->data->changes, entry);
}

static int
rig_write (sqlite3_file  *file,
           const void    *buffer,
           int            n,
           sqlite3_int64  offset)
{
  RigFile *self = (RigFile *) file;
  int code;

  g_mutex_lock (&self->rig->lock);
  code = count (self->rig, JOURNAL_RIG_WRITE, SQLITE_IOERR_WRITE);
  if (code == SQLITE_OK)
    change (self, offset, buffer, (gsize) n);
  else if (!self->rig->is_cut && n > 1)
    change (self, offset, buffer, (gsize) n / 2); /* a write that fails may have begun */
  g_mutex_unlock (&self->rig->lock);
  return code;
}

static int
rig_truncate (sqlite3_file  *file,
              sqlite3_int64  size)
{
  RigFile *self = (RigFile *) file;
  int code;

  g_mutex_lock (&self->rig->lock);
  code = count (self->rig, JOURNAL_RIG_OTHER, SQLITE_IOERR_TRUNCATE);
  if (code == SQLITE_OK)
    change (self, size, NULL, 0);
  g_mutex_unlock (&self->rig->lock);
  return code;
}

/* As SQLite does where it made a log: the folder, and with it what was deleted from it. */
static void
sync_folder (JournalRig *self)
{
  for (guint i = 0; i < self->files->len; i++)
    {
      RigData *data = self->files->pdata[i];

      data->is_durable = data->is_there;
      if (!data->is_there)
        {
          g_array_set_size (data->changes, 0);
          resize (data->durable, 0);
        }
    }
}

static int
rig_sync (sqlite3_file *file,
          int           flags)
{
  RigFile *self = (RigFile *) file;
  int code;

  g_mutex_lock (&self->rig->lock);
  code = count (self->rig, JOURNAL_RIG_SYNC, SQLITE_IOERR_FSYNC);
  if (code == SQLITE_OK)
    {
      for (guint i = 0; i < self->data->changes->len; i++)
        apply (self->data, &g_array_index (self->data->changes, Change, i), NULL);
      g_array_set_size (self->data->changes, 0);
      if (!self->data->is_durable && !g_str_has_suffix (self->data->path, ".db"))
        sync_folder (self->rig);
      self->data->is_durable = TRUE;
    }
  else if (!self->rig->is_cut)
    {
      apply_some (self->rig, self->data);
    }
  g_mutex_unlock (&self->rig->lock);
  return code;
}

static int
rig_file_size (sqlite3_file  *file,
               sqlite3_int64 *size)
{
  RigFile *self = (RigFile *) file;
  int code;

  g_mutex_lock (&self->rig->lock);
  code = count (self->rig, JOURNAL_RIG_READ, SQLITE_IOERR_FSTAT);
  *size = self->data->live->len;
  g_mutex_unlock (&self->rig->lock);
  return code;
}

static int
rig_lock (sqlite3_file *file,
          int           level)
{
  return SQLITE_OK;
}

static int
rig_check_reserved_lock (sqlite3_file *file,
                         int          *is_locked)
{
  *is_locked = 0;
  return SQLITE_OK;
}

static int
rig_file_control (sqlite3_file *file,
                  int           operation,
                  void         *argument)
{
  return SQLITE_NOTFOUND;
}

static int
rig_sector_size (sqlite3_file *file)
{
  return 4096;
}

static int
rig_device_characteristics (sqlite3_file *file)
{
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static const sqlite3_io_methods rig_methods = {
  .iVersion = 1,
  .xClose = rig_close,
  .xRead = rig_read,
  .xWrite = rig_write,
  .xTruncate = rig_truncate,
  .xSync = rig_sync,
  .xFileSize = rig_file_size,
  .xLock = rig_lock,
  .xUnlock = rig_lock,
  .xCheckReservedLock = rig_check_reserved_lock,
  .xFileControl = rig_file_control,
  .xSectorSize = rig_sector_size,
  .xDeviceCharacteristics = rig_device_characteristics,
};

static int
rig_open (sqlite3_vfs      *vfs,
          sqlite3_filename  path,
          sqlite3_file     *file,
          int               flags,
          int              *out_flags)
{
  JournalRig *self = vfs->pAppData;
  RigFile *opened = (RigFile *) file;
  int code;

  opened->base.pMethods = NULL;
  g_mutex_lock (&self->lock);
  code = count (self, JOURNAL_RIG_OTHER, SQLITE_CANTOPEN);
  if (code == SQLITE_OK)
    {
      opened->rig = self;
      opened->is_temporary = path == NULL;
      opened->data = path != NULL ? find (self, path) : data_new ("");
      if (opened->data == NULL)
        {
          opened->data = data_new (path);
          g_ptr_array_add (self->files, opened->data);
        }
      opened->data->is_there = TRUE;
      opened->base.pMethods = &rig_methods;
      if (out_flags != NULL)
        *out_flags = flags;
    }
  g_mutex_unlock (&self->lock);
  return code;
}

/* What a file was before it was deleted may be there again after a cut, unless the folder was synced. */
static int
rig_delete (sqlite3_vfs *vfs,
            const char  *path,
            int          syncs_folder)
{
  JournalRig *self = vfs->pAppData;
  RigData *data;
  int code;

  g_mutex_lock (&self->lock);
  code = count (self, JOURNAL_RIG_OTHER, SQLITE_IOERR_DELETE);
  data = find (self, path);
  if (code == SQLITE_OK && (data == NULL || !data->is_there))
    {
      code = SQLITE_IOERR_DELETE_NOENT;
    }
  else if (code == SQLITE_OK)
    {
      data->is_there = FALSE;
      resize (data->live, 0);
      if (syncs_folder || !data->is_durable)
        {
          data->is_durable = FALSE;
          g_array_set_size (data->changes, 0);
          resize (data->durable, 0);
        }
    }
  g_mutex_unlock (&self->lock);
  return code;
}

static int
rig_access (sqlite3_vfs *vfs,
            const char  *path,
            int          flags,
            int         *result)
{
  JournalRig *self = vfs->pAppData;
  RigData *data;
  int code;

  g_mutex_lock (&self->lock);
  code = count (self, JOURNAL_RIG_READ, SQLITE_IOERR_ACCESS);
  data = find (self, path);
  *result = data != NULL && data->is_there && data->live->len > 0;
  g_mutex_unlock (&self->lock);
  return code;
}

static int
rig_full_path (sqlite3_vfs *vfs,
               const char  *path,
               int          n,
               char        *result)
{
  g_strlcpy (result, path, (gsize) n);
  return SQLITE_OK;
}

static int
rig_randomness (sqlite3_vfs *vfs,
                int          n,
                char        *result)
{
  JournalRig *self = vfs->pAppData;

  g_mutex_lock (&self->lock);
  for (int i = 0; i < n; i++)
    result[i] = (char) g_rand_int_range (self->rand, 0, 256);
  g_mutex_unlock (&self->lock);
  return n;
}

static int
rig_sleep (sqlite3_vfs *vfs,
           int          microseconds)
{
  return microseconds;
}

static int
rig_current_time (sqlite3_vfs *vfs,
                  double      *days)
{
  *days = 2460000;
  return SQLITE_OK;
}

JournalRig *
journal_rig_new (guint32 seed)
{
  JournalRig *self = g_new0 (JournalRig, 1);

  g_snprintf (self->name, sizeof self->name, "myrmex-rig-%p", (void *) self);
  g_mutex_init (&self->lock);
  self->rand = g_rand_new_with_seed (seed);
  self->files = g_ptr_array_new_with_free_func (data_free);
  self->vfs = (sqlite3_vfs) {
    .iVersion = 1,
    .szOsFile = sizeof (RigFile),
    .mxPathname = 1024,
    .zName = self->name,
    .pAppData = self,
    .xOpen = rig_open,
    .xDelete = rig_delete,
    .xAccess = rig_access,
    .xFullPathname = rig_full_path,
    .xRandomness = rig_randomness,
    .xSleep = rig_sleep,
    .xCurrentTime = rig_current_time,
  };
  g_assert_cmpint (sqlite3_vfs_register (&self->vfs, 0), ==, SQLITE_OK);
  return self;
}

void
journal_rig_free (JournalRig *self)
{
  sqlite3_vfs_unregister (&self->vfs);
  g_ptr_array_unref (self->files);
  g_rand_free (self->rand);
  g_mutex_clear (&self->lock);
  g_free (self);
}

const char *
journal_rig_get_name (JournalRig *self)
{
  return self->name;
}

void
journal_rig_fail (JournalRig      *self,
                  JournalRigCalls  calls,
                  guint            first,
                  guint            n_failing,
                  int              code)
{
  g_mutex_lock (&self->lock);
  self->calls = calls;
  self->first = first;
  self->n_failing = n_failing;
  self->code = code;
  self->n_calls = self->n_failed = 0;
  g_mutex_unlock (&self->lock);
}

void
journal_rig_cut (JournalRig *self,
                 guint       first)
{
  journal_rig_fail (self, JOURNAL_RIG_WRITE | JOURNAL_RIG_SYNC | JOURNAL_RIG_OTHER, 0, 0, SQLITE_OK);
  self->cut = first;
}

guint
journal_rig_get_n_calls (JournalRig *self)
{
  guint n;

  g_mutex_lock (&self->lock);
  n = self->n_calls;
  g_mutex_unlock (&self->lock);
  return n;
}

guint
journal_rig_get_n_failed (JournalRig *self)
{
  guint n;

  g_mutex_lock (&self->lock);
  n = self->n_failed;
  g_mutex_unlock (&self->lock);
  return n;
}

void
journal_rig_reboot (JournalRig *self)
{
  for (guint i = 0; i < self->files->len; i++)
    {
      RigData *data = self->files->pdata[i];

      /* Of a name that was not synced, made or deleted, nobody knows. */
      if (data->is_there != data->is_durable)
        data->is_there = g_rand_boolean (self->rand);
      data->is_durable = data->is_there;
      apply_some (self, data);
      if (!data->is_there)
        resize (data->durable, 0);
      g_array_set_size (data->changes, 0);
      resize (data->live, 0);
      put (data->live, 0, data->durable->data, data->durable->len);
    }
  self->is_cut = FALSE;
  self->cut = self->first = 0;
}
