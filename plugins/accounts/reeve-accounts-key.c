/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The owner key's file: whoever can read it owns the hub, so it must be readable by the hub's user
 * alone. */

#include "config.h"

#include "reeve-accounts-sessions.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REEVE_ACCOUNTS_MIN_KEY 40
#define REEVE_ACCOUNTS_MAX_KEY 100

/* One line of the alphabet that keys are made of. */
static gboolean
reeve_accounts_is_key (const char *text, gsize length)
{
  gsize n = strspn (text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

  return n >= REEVE_ACCOUNTS_MIN_KEY && n <= REEVE_ACCOUNTS_MAX_KEY &&
         (n == length || (n + 1 == length && text[n] == '\n'));
}

static char *
reeve_accounts_read_key (int fd, const char *path, GError **error)
{
  char text[REEVE_ACCOUNTS_MAX_KEY + 3] = { 0 };
  struct stat st;
  ssize_t n;
  char *key;

  if (fstat (fd, &st) != 0)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_IO, "cannot read %s: %s", path,
                   g_strerror (errno));
      return NULL;
    }
  if (!S_ISREG (st.st_mode) || st.st_uid != geteuid () || (st.st_mode & 077) != 0)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_DENIED,
                   "%s must be a file of this user that nobody else can read: chmod 600 it, or "
                   "remove it to get a "
                   "new owner key",
                   path);
      return NULL;
    }
  n = read (fd, text, sizeof text - 1);
  if (n < 0)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_IO, "cannot read %s: %s", path,
                   g_strerror (errno));
      return NULL;
    }
  key = reeve_accounts_is_key (text, (gsize) n) ? g_strchomp (g_strdup (text)) : NULL;
  gnutls_memset (text, 0, sizeof text);
  if (key != NULL)
    return key;
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
               "%s is damaged: remove it to get a new owner key", path);
  return NULL;
}

static char *
reeve_accounts_make_key (const char *directory, const char *path, GError **error)
{
  char *key = reeve_accounts_random_text (REEVE_ACCOUNTS_SECRET_BYTES);
  g_autofree char *line = g_strconcat (key, "\n", NULL);
  int fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  int dir = open (directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean ok = fd >= 0 && write (fd, line, strlen (line)) == (ssize_t) strlen (line) &&
                fsync (fd) == 0 && dir >= 0 && fsync (dir) == 0;
  int saved = errno;

  gnutls_memset (line, 0, strlen (line));
  if (fd >= 0)
    close (fd);
  if (dir >= 0)
    close (dir);
  if (ok)
    return key;
  g_free (key);
  if (fd >= 0)
    unlink (path);
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_IO, "cannot make the owner key %s: %s", path,
               g_strerror (saved));
  return NULL;
}

char *
reeve_accounts_load_owner_key (const char *directory, GError **error)
{
  g_autofree char *path = g_build_filename (directory, REEVE_ACCOUNTS_OWNER_FILE, NULL);
  int fd = open (path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  char *key;

  if (fd < 0 && errno == ENOENT)
    return reeve_accounts_make_key (directory, path, error);
  if (fd < 0 && errno == ELOOP)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_DENIED,
                   "%s is a symbolic link: put the file itself there, or remove it to get a new "
                   "owner key",
                   path);
      return NULL;
    }
  if (fd < 0)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_IO, "cannot open %s: %s", path,
                   g_strerror (errno));
      return NULL;
    }
  key = reeve_accounts_read_key (fd, path, error);
  close (fd);
  return key;
}
