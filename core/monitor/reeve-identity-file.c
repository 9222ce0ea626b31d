/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Where the identity is kept: a file of its own in the state directory, for its owner only. A key
 * that others could have read is no identity any more, so it is refused and not quietly mended.
 * A new one is written beside its name and linked there once it is safe on the disk: the name never
 * shows half a key, and never replaces one. Reads and writes a small file; meant for the start. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reeve-identity-private.h"

#define FILE_NEW REEVE_IDENTITY_FILE ".new"
#define FILE_COMMENT "reeve"

static void
reeve_identity_close (int *fd)
{
  if (*fd >= 0)
    close (*fd);
}

typedef int ReeveIdentityFd;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ReeveIdentityFd, reeve_identity_close)

static void
reeve_identity_set_errno (GError **error, const char *attempt, const char *directory, int number)
{
  g_set_error (error, REEVE_ERROR, number == ENOENT ? REEVE_ERROR_NOT_FOUND : REEVE_ERROR_IO,
               "cannot %s %s/" REEVE_IDENTITY_FILE ": %s", attempt, directory, g_strerror (number));
}

static int
reeve_identity_open_directory (const char *directory, GError **error)
{
  int fd = open (directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

  if (fd < 0)
    {
      int number = errno;

      g_set_error (error, REEVE_ERROR, REEVE_ERROR_IO, "cannot open the state directory %s: %s",
                   directory, g_strerror (number));
    }
  return fd;
}

/* A key file is a plain one, ours, and nobody else's to read. */
static gboolean
reeve_identity_check_file (const struct stat *info, const char *directory, GError **error)
{
  if (!S_ISREG (info->st_mode))
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_DENIED,
                 "%s/" REEVE_IDENTITY_FILE " is not a regular file; put the key itself there",
                 directory);
  else if (info->st_uid != geteuid ())
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_DENIED,
                 "%s/" REEVE_IDENTITY_FILE " belongs to uid %u, not to uid %u that runs this; "
                 "change its owner with \"chown %u\"",
                 directory, info->st_uid, geteuid (), geteuid ());
  else if ((info->st_mode & (S_IRWXG | S_IRWXO)) != 0)
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_DENIED,
                 "%s/" REEVE_IDENTITY_FILE " is open to others (mode %04o); if nobody can have "
                 "read it, run \"chmod 600\" on it, otherwise make a new key",
                 directory, info->st_mode & 07777);
  else if (info->st_size > REEVE_IDENTITY_MAX_FILE)
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT,
                 "%s/" REEVE_IDENTITY_FILE " is larger than %u bytes; is this the right file?",
                 directory, REEVE_IDENTITY_MAX_FILE);
  else
    return TRUE;
  return FALSE;
}

/* Reads until the end or until the limit is passed. The buffer has room for one byte more. */
static gssize
reeve_identity_read_all (int fd, char *buffer)
{
  gsize length = 0;

  while (length <= REEVE_IDENTITY_MAX_FILE)
    {
      ssize_t n = read (fd, buffer + length, REEVE_IDENTITY_MAX_FILE + 1 - length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return -1;
      if (n == 0)
        break;
      length += (gsize) n;
    }
  return (gssize) length;
}

static ReeveIdentity *
reeve_identity_load_at (int directory_fd, const char *directory, GError **error)
{
  char buffer[REEVE_IDENTITY_MAX_FILE + 1];
  ReeveIdentity *self;
  struct stat info;
  gssize length;
  /* Non-blocking: a FIFO in its place must not hold the start. */
  g_auto (ReeveIdentityFd) fd = openat (directory_fd, REEVE_IDENTITY_FILE,
                                        O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

  if (fd < 0 || fstat (fd, &info) != 0)
    {
      int number = errno;

      if (number == ELOOP)
        g_set_error (error, REEVE_ERROR, REEVE_ERROR_DENIED,
                     "%s/" REEVE_IDENTITY_FILE " is a symbolic link; put the key itself there",
                     directory);
      else
        reeve_identity_set_errno (error, "open", directory, number);
      return NULL;
    }
  if (!reeve_identity_check_file (&info, directory, error))
    return NULL;
  length = reeve_identity_read_all (fd, buffer);
  if (length < 0)
    {
      reeve_identity_set_errno (error, "read", directory, errno);
      return NULL;
    }
  self = reeve_identity_new_from_pem (buffer, (gsize) length, error);
  gnutls_memset (buffer, 0, sizeof buffer);
  if (self == NULL)
    g_prefix_error (error, "%s/" REEVE_IDENTITY_FILE ": ", directory);
  return self;
}

static gboolean
reeve_identity_write_all (int fd, GBytes *text)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (text, &length);

  while (length > 0)
    {
      ssize_t n = write (fd, data, length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return FALSE;
      data += n;
      length -= (gsize) n;
    }
  return TRUE;
}

/* Puts the key on the disk under a passing name and links it to its own, which must be free. */
static gboolean
reeve_identity_store_at (int directory_fd, GBytes *text)
{
  g_auto (ReeveIdentityFd) fd = -1;
  int number;

  /* What an interrupted start left: it was never linked, so nobody uses it. */
  if (unlinkat (directory_fd, FILE_NEW, 0) != 0 && errno != ENOENT)
    return FALSE;
  fd = openat (directory_fd, FILE_NEW, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0)
    return FALSE;
  if (fchmod (fd, 0600) == 0 && reeve_identity_write_all (fd, text) && fsync (fd) == 0 &&
      linkat (directory_fd, FILE_NEW, directory_fd, REEVE_IDENTITY_FILE, 0) == 0 &&
      unlinkat (directory_fd, FILE_NEW, 0) == 0)
    return fsync (directory_fd) == 0;
  number = errno;
  unlinkat (directory_fd, FILE_NEW, 0);
  errno = number;
  return FALSE;
}

static ReeveIdentity *
reeve_identity_create_at (int directory_fd, const char *directory, GError **error)
{
  g_autoptr (ReeveIdentity) self = reeve_identity_new (error);
  g_autoptr (GBytes) text = NULL;

  if (self == NULL)
    return NULL;
  text = reeve_identity_to_pem (self, FILE_COMMENT, error);
  if (text == NULL)
    return NULL;
  if (!reeve_identity_store_at (directory_fd, text))
    {
      reeve_identity_set_errno (error, "make", directory, errno);
      return NULL;
    }
  return g_steal_pointer (&self);
}

/**
 * reeve_identity_load:
 * @directory: (type filename): the state directory
 * @error: return location for a #GError
 *
 * Reads the identity that a directory keeps. Blocks for a small file. Errors:
 * %REEVE_ERROR_NOT_FOUND if there is none; %REEVE_ERROR_DENIED if it is a link, belongs to somebody
 * else or is open to others; those of reeve_identity_new_from_pem(); %REEVE_ERROR_IO.
 *
 * Returns: (transfer full): the identity
 */
ReeveIdentity *
reeve_identity_load (const char *directory, GError **error)
{
  g_auto (ReeveIdentityFd) fd = reeve_identity_open_directory (directory, error);

  return fd < 0 ? NULL : reeve_identity_load_at (fd, directory, error);
}

/**
 * reeve_identity_load_or_create:
 * @directory: (type filename): the state directory
 * @records_exist: if the hub has records already, which belong to an identity
 * @error: return location for a #GError
 *
 * Reads the identity, or makes one where there is none and none was: with @records_exist a missing
 * key is %REEVE_ERROR_NOT_FOUND, since agents would take a hub with another key for a stranger.
 * Other errors as in reeve_identity_load(). A new key is on the disk when this returns.
 *
 * Returns: (transfer full): the identity
 */
ReeveIdentity *
reeve_identity_load_or_create (const char *directory, gboolean records_exist, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_auto (ReeveIdentityFd) fd = reeve_identity_open_directory (directory, error);
  ReeveIdentity *self;

  if (fd < 0)
    return NULL;
  self = reeve_identity_load_at (fd, directory, &local);
  if (self != NULL)
    return self;
  if (!g_error_matches (local, REEVE_ERROR, REEVE_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  if (records_exist)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND,
                   "%s holds records but not their identity " REEVE_IDENTITY_FILE "; restore that "
                   "file from a backup, or move the records away to begin a new hub",
                   directory);
      return NULL;
    }
  return reeve_identity_create_at (fd, directory, error);
}
