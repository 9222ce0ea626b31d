/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Token, keys and fingerprint, each in a small file. The token is read anew for each link, so that
 * a new one needs no restart.
 *
 * The fingerprint is how a hub knows this agent again. It is random: one derived from the machine
 * would be the same in every copy of an image. It is written beside its place and then linked
 * there, so that neither a crash nor a second agent can leave half of one; one that is damaged is
 * never replaced in silence, since the hub would take this machine for another.
 */

#include "config.h"

#include "reeve-reporter-credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REEVE_REPORTER_CREDENTIALS_DIGITS (2 * REEVE_REPORTER_FINGERPRINT_BYTES)

typedef struct
{
  char *data;
  gsize room;
} ReeveReporterBuffer;

static gboolean
reeve_reporter_credentials_fail (GError **error, const char *path, const char *what)
{
  int number = errno;

  g_set_error (error, REEVE_ERROR, number == ENOENT ? REEVE_ERROR_NOT_FOUND : REEVE_ERROR_IO,
               "%s %s: %s", what, path, g_strerror (number));
  return FALSE;
}

/* A pipe would hang and a device is nobody's secret. */
static gboolean
reeve_reporter_credentials_check (int fd, const char *path, const char *what, gboolean secret,
                                  GError **error)
{
  struct stat st;

  if (fstat (fd, &st) != 0)
    return reeve_reporter_credentials_fail (error, path, what);
  if (!S_ISREG (st.st_mode))
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID, "%s %s is not a plain file", what,
                   path);
      return FALSE;
    }
  if (secret && (st.st_mode & 077) != 0)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_DENIED,
                   "%s %s may be read by others (mode %04o): run \"chmod 600 %s\" and make a new "
                   "one if somebody may have read it",
                   what, path, (guint) (st.st_mode & 07777), path);
      return FALSE;
    }
  return TRUE;
}

/* How many bytes of the file are in @buffer; more than its room is an error. -1: @error is set. */
static gssize
reeve_reporter_credentials_read (int fd, const char *path, const char *what,
                                 const ReeveReporterBuffer *buffer, GError **error)
{
  gsize room = buffer->room, length = 0;
  char *data = buffer->data;
  gssize n;

  do
    {
      n = read (fd, data + length, room - length);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          reeve_reporter_credentials_fail (error, path, what);
          return -1;
        }
      length += (gsize) n;
    }
  while (n != 0 && length < room);
  if (length < room)
    return (gssize) length;
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT,
               "%s %s is longer than %" G_GSIZE_FORMAT " bytes: it is not what was meant", what,
               path, room - 1);
  return -1;
}

/* ---- token ---- */

void
reeve_reporter_credentials_wipe (char *token)
{
  if (token != NULL)
    gnutls_memset (token, 0, strlen (token));
  g_free (token);
}

static char *
reeve_reporter_credentials_check_token (char *text, const char *path, GError **error)
{
  gsize length;

  g_strstrip (text);
  length = strlen (text);
  if (length < 1 || length > REEVE_REPORTER_MAX_TOKEN)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "token file %s: a token has 1 to %d characters, this one %" G_GSIZE_FORMAT
                   "; write the hub's token into it again",
                   path, REEVE_REPORTER_MAX_TOKEN, length);
      return NULL;
    }
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isgraph (text[i]))
      {
        g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                     "token file %s: it holds more than one word, or characters that no token has; "
                     "write the hub's token alone into it",
                     path);
        return NULL;
      }
  return g_strndup (text, length);
}

/**
 * reeve_reporter_credentials_read_token:
 * @path: the file; links are followed, as secrets are often links to where a service manager puts
 *   them
 *
 * Errors: %REEVE_ERROR_NOT_FOUND, %REEVE_ERROR_DENIED when others than its owner may read it,
 * %REEVE_ERROR_INVALID, %REEVE_ERROR_LIMIT, %REEVE_ERROR_IO. None of them holds the token.
 *
 * Returns: (transfer full): the token, without the blanks around it
 */
char *
reeve_reporter_credentials_read_token (const char *path, GError **error)
{
  char text[REEVE_REPORTER_MAX_TOKEN_FILE + 1] = { 0 };
  ReeveReporterBuffer buffer = { text, sizeof text };
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  gssize length = -1;
  char *token = NULL;

  if (fd < 0)
    {
      reeve_reporter_credentials_fail (error, path, "token file");
      return NULL;
    }
  if (reeve_reporter_credentials_check (fd, path, "token file", TRUE, error))
    length = reeve_reporter_credentials_read (fd, path, "token file", &buffer, error);
  close (fd);
  if (length >= 0)
    {
      text[length] = '\0';
      token = reeve_reporter_credentials_check_token (text, path, error);
    }
  gnutls_memset (text, 0, sizeof text);
  return token;
}

/* ---- the hub's keys ---- */

GArray *
reeve_reporter_credentials_read_keys (const char *keys, const char *path, GError **error)
{
  g_autofree char *text = NULL;
  gsize length = 0;
  GArray *ret;

  if (keys != NULL)
    {
      text = g_strdelimit (g_strdup (keys), ";", '\n');
      length = strlen (text);
    }
  else
    {
      int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
      ReeveReporterBuffer buffer;
      gssize n = -1;

      if (fd < 0)
        {
          reeve_reporter_credentials_fail (error, path, "key file");
          return NULL;
        }
      text = g_malloc0 (REEVE_PUBLIC_KEY_MAX_TEXT + 1);
      buffer = (ReeveReporterBuffer){ text, REEVE_PUBLIC_KEY_MAX_TEXT + 1 };
      if (reeve_reporter_credentials_check (fd, path, "key file", FALSE, error))
        n = reeve_reporter_credentials_read (fd, path, "key file", &buffer, error);
      close (fd);
      if (n < 0)
        return NULL;
      length = (gsize) n;
    }
  ret = reeve_public_key_parse_lines (text, length, error);
  if (ret == NULL)
    g_prefix_error (error, "%s%s: ", keys != NULL ? "hub-key" : "key file ",
                    keys != NULL ? "" : path);
  return ret;
}

/* ---- fingerprint ---- */

static char *
reeve_reporter_credentials_check_fingerprint (const char *text, gsize length, const char *path,
                                              GError **error)
{
  gboolean ok = length == REEVE_REPORTER_CREDENTIALS_DIGITS ||
                (length == REEVE_REPORTER_CREDENTIALS_DIGITS + 1 && text[length - 1] == '\n');

  for (gsize i = 0; ok && i < REEVE_REPORTER_CREDENTIALS_DIGITS; i++)
    ok = g_ascii_isdigit (text[i]) || (text[i] >= 'a' && text[i] <= 'f');
  if (ok)
    return g_strndup (text, REEVE_REPORTER_CREDENTIALS_DIGITS);
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
               "fingerprint file %s is damaged: restore it from a copy, or remove it and add this "
               "system to the hub anew",
               path);
  return NULL;
}

static char *
reeve_reporter_credentials_read_fingerprint (int dir, const char *path, GError **error)
{
  char text[REEVE_REPORTER_CREDENTIALS_DIGITS + 3] = { 0 };
  ReeveReporterBuffer buffer = { text, sizeof text };
  g_autoptr (GError) failure = NULL;
  int fd =
      openat (dir, REEVE_REPORTER_FINGERPRINT_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  gssize length = -1;

  if (fd < 0)
    {
      reeve_reporter_credentials_fail (error, path, "fingerprint file");
      return NULL;
    }
  if (reeve_reporter_credentials_check (fd, path, "fingerprint file", TRUE, &failure))
    length = reeve_reporter_credentials_read (fd, path, "fingerprint file", &buffer, &failure);
  close (fd);
  if (length < 0 && !g_error_matches (failure, REEVE_ERROR, REEVE_ERROR_LIMIT))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return NULL;
    }
  return reeve_reporter_credentials_check_fingerprint (text, length < 0 ? 0 : (gsize) length, path,
                                                       error);
}

static gboolean
reeve_reporter_credentials_write_random (int fd)
{
  guint8 random[REEVE_REPORTER_FINGERPRINT_BYTES];
  char text[REEVE_REPORTER_CREDENTIALS_DIGITS + 2];

  if (gnutls_rnd (GNUTLS_RND_KEY, random, sizeof random) != 0)
    {
      errno = EIO;
      return FALSE;
    }
  for (guint i = 0; i < sizeof random; i++)
    g_snprintf (text + 2 * i, 3, "%02x", random[i]);
  text[REEVE_REPORTER_CREDENTIALS_DIGITS] = '\n';
  if (write (fd, text, sizeof text - 1) != (gssize) sizeof text - 1)
    {
      errno = errno != 0 ? errno : EIO;
      return FALSE;
    }
  return fsync (fd) == 0;
}

/* Makes the file unless somebody else has made it meanwhile. */
static gboolean
reeve_reporter_credentials_make_fingerprint (int dir, const char *path, GError **error)
{
  g_autofree char *beside =
      g_strdup_printf (REEVE_REPORTER_FINGERPRINT_FILE ".%08x", g_random_int ());
  int fd = openat (dir, beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  gboolean ok;

  if (fd < 0)
    return reeve_reporter_credentials_fail (error, path, "making fingerprint file");
  errno = 0;
  ok = reeve_reporter_credentials_write_random (fd) &&
       (linkat (dir, beside, dir, REEVE_REPORTER_FINGERPRINT_FILE, 0) == 0 || errno == EEXIST) &&
       fsync (dir) == 0;
  if (!ok)
    reeve_reporter_credentials_fail (error, path, "writing fingerprint file");
  close (fd);
  unlinkat (dir, beside, 0);
  return ok;
}

/**
 * reeve_reporter_credentials_load_fingerprint:
 * @state_dir: where it is kept
 *
 * Errors: %REEVE_ERROR_INVALID when the file is damaged, %REEVE_ERROR_DENIED when others may read
 * it, %REEVE_ERROR_IO.
 *
 * Returns: (transfer full): the fingerprint that was made at the first call
 */
char *
reeve_reporter_credentials_load_fingerprint (const char *state_dir, GError **error)
{
  g_autofree char *path = g_build_filename (state_dir, REEVE_REPORTER_FINGERPRINT_FILE, NULL);
  g_autoptr (GError) failure = NULL;
  int dir = open (state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  char *fingerprint;

  if (dir < 0)
    {
      reeve_reporter_credentials_fail (error, state_dir, "state directory");
      return NULL;
    }
  fingerprint = reeve_reporter_credentials_read_fingerprint (dir, path, &failure);
  if (fingerprint == NULL && g_error_matches (failure, REEVE_ERROR, REEVE_ERROR_NOT_FOUND))
    {
      g_clear_error (&failure);
      if (reeve_reporter_credentials_make_fingerprint (dir, path, &failure))
        fingerprint = reeve_reporter_credentials_read_fingerprint (dir, path, &failure);
    }
  close (dir);
  if (fingerprint == NULL)
    g_propagate_error (error, g_steal_pointer (&failure));
  return fingerprint;
}
