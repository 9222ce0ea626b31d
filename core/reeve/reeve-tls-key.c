/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Files of certificates and keys, and keys that GnuTLS signs with: read here, or by the keeper, who
 * then signs. */

#include "config.h"

#include "reeve-tls-private.h"

#include "reeve-error.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A key that the keeper has. */
typedef struct
{
  ReeveKeeper *keeper;
  guint32 id;
  gnutls_pk_algorithm_t algorithm;
  unsigned int bits;
} ReeveTlsKept;

/* ---- files ---- */

int
reeve_tls_file_open (const char *path, const char *what, gsize *ret_size, gboolean *ret_open,
                     GError **error)
{
  struct stat st;
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  int errsv = errno;

  if (fd < 0)
    {
      g_set_error (error, REEVE_ERROR, errsv == ENOENT ? REEVE_ERROR_NOT_FOUND : REEVE_ERROR_DENIED,
                   "cannot read the %s %s: %s; %s", what, path, g_strerror (errsv),
                   errsv == ENOENT ? "put it there, or set another path"
                                   : "let this user read it and pass through its directories");
      return -1;
    }
  if (fstat (fd, &st) < 0 || !S_ISREG (st.st_mode) || st.st_size == 0 ||
      st.st_size > REEVE_TLS_MAX_PEM_BYTES)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "the %s %s is no file of 1 to %d bytes; set the path of a PEM file", what, path,
                   REEVE_TLS_MAX_PEM_BYTES);
      close (fd);
      return -1;
    }
  *ret_size = (gsize) st.st_size;
  *ret_open = (st.st_mode & (S_IROTH | S_IWOTH)) != 0;
  return fd;
}

guint8 *
reeve_tls_file_read (int fd, const char *path, gsize size, GError **error)
{
  guint8 *bytes = g_malloc (size);
  gsize got = 0;
  gssize n;

  do
    {
      n = read (fd, bytes + got, size - got);
      if (n > 0)
        got += (gsize) n;
    }
  while (got < size && (n > 0 || (n < 0 && errno == EINTR)));
  if (got == size)
    return bytes;
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_IO, "cannot read %s to its end; try again", path);
  gnutls_memset (bytes, 0, size);
  g_free (bytes);
  return NULL;
}

/* ---- a key that the keeper has ---- */

static int
reeve_tls_kept_ask (const ReeveTlsKept *self, gnutls_sign_algorithm_t algorithm, gboolean hashed,
                    const gnutls_datum_t *data, gnutls_datum_t *signature)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = reeve_keeper_sign (self->keeper, self->id, (guint) algorithm, hashed,
                                                data->data, data->size, &error);
  gsize length;
  gconstpointer from;

  if (bytes == NULL)
    {
      g_debug ("cannot sign: %s", error->message);
      return GNUTLS_E_PK_SIGN_FAILED;
    }
  from = g_bytes_get_data (bytes, &length);
  signature->data = gnutls_malloc (length);
  if (signature->data == NULL)
    return GNUTLS_E_MEMORY_ERROR;
  memcpy (signature->data, from, length);
  signature->size = (unsigned int) length;
  return 0;
}

static int
reeve_tls_kept_sign (gnutls_privkey_t key, gnutls_sign_algorithm_t algorithm, void *user_data,
                     unsigned int flags, const gnutls_datum_t *data, gnutls_datum_t *signature)
{
  (void) key;
  (void) flags;
  return reeve_tls_kept_ask (user_data, algorithm, FALSE, data, signature);
}

static int
reeve_tls_kept_sign_hash (gnutls_privkey_t key, gnutls_sign_algorithm_t algorithm, void *user_data,
                          unsigned int flags, const gnutls_datum_t *data, gnutls_datum_t *signature)
{
  (void) key;
  (void) flags;
  return reeve_tls_kept_ask (user_data, algorithm, TRUE, data, signature);
}

static int
reeve_tls_kept_info (gnutls_privkey_t key, unsigned int flags, void *user_data)
{
  const ReeveTlsKept *self = user_data;

  (void) key;
  if (flags & GNUTLS_PRIVKEY_INFO_PK_ALGO)
    return (int) self->algorithm;
  if (flags & GNUTLS_PRIVKEY_INFO_PK_ALGO_BITS)
    return (int) self->bits;
  if (flags & GNUTLS_PRIVKEY_INFO_HAVE_SIGN_ALGO)
    return (int) gnutls_sign_supports_pk_algorithm (GNUTLS_FLAGS_TO_SIGN_ALGO (flags),
                                                    self->algorithm);
  return -1;
}

static void
reeve_tls_kept_free (gnutls_privkey_t key, void *user_data)
{
  ReeveTlsKept *self = user_data;

  (void) key;
  reeve_keeper_forget (self->keeper, self->id);
  reeve_keeper_unref (self->keeper);
  g_free (self);
}

static int
reeve_tls_key_import_kept (ReeveTlsKey *self, ReeveKeeper *keeper, guint32 id, GBytes *public)
{
  gsize size;
  const guint8 *der = g_bytes_get_data (public, &size);
  const gnutls_datum_t datum = { (unsigned char *) der, (unsigned int) size };
  ReeveTlsKept *kept;
  int code = gnutls_pubkey_import (self->public_key, &datum, GNUTLS_X509_FMT_DER);

  if (code < 0)
    return code;
  kept = g_new0 (ReeveTlsKept, 1);
  kept->keeper = reeve_keeper_ref (keeper);
  kept->id = id;
  kept->algorithm =
      (gnutls_pk_algorithm_t) gnutls_pubkey_get_pk_algorithm (self->public_key, &kept->bits);
  code = gnutls_privkey_import_ext4 (self->key, kept, reeve_tls_kept_sign, reeve_tls_kept_sign_hash,
                                     NULL, reeve_tls_kept_free, reeve_tls_kept_info, 0);
  if (code < 0)
    reeve_tls_kept_free (NULL, kept);
  return code;
}

/* ---- a key ---- */

void
reeve_tls_key_clear (ReeveTlsKey *self)
{
  if (self->key != NULL)
    gnutls_privkey_deinit (self->key);
  if (self->public_key != NULL)
    gnutls_pubkey_deinit (self->public_key);
  self->key = NULL;
  self->public_key = NULL;
}

/* Here. @error: what is wrong, without the name of the file */
static gboolean
reeve_tls_key_read_here (ReeveTlsKey *self, int fd, const char *path, gsize size, int *ret_code,
                         GError **error)
{
  gnutls_datum_t pem = { reeve_tls_file_read (fd, path, size, error), (unsigned int) size };

  if (pem.data == NULL)
    return FALSE;
  *ret_code = gnutls_privkey_import_x509_raw (self->key, &pem, GNUTLS_X509_FMT_PEM, NULL, 0);
  gnutls_memset (pem.data, 0, pem.size);
  g_free (pem.data);
  if (*ret_code >= 0)
    *ret_code = gnutls_pubkey_import_privkey (self->public_key, self->key, 0, 0);
  return TRUE;
}

static gboolean
reeve_tls_key_import (ReeveTlsKey *self, ReeveKeeper *keeper, int fd, const char *path, gsize size,
                      GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (GBytes) public = NULL;
  guint32 id;
  int code = 0;

  if (keeper == NULL && !reeve_tls_key_read_here (self, fd, path, size, &code, error))
    return FALSE;
  if (keeper != NULL && reeve_keeper_load (keeper, fd, &id, &public, &local))
    code = reeve_tls_key_import_kept (self, keeper, id, public);
  if (code >= 0 && local == NULL)
    return TRUE;
  if (g_error_matches (local, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
               "%s holds no private key in PEM form that can be used (%s); set the path of the "
               "certificate's own key, without a passphrase",
               path, local != NULL ? local->message : gnutls_strerror (code));
  return FALSE;
}

gboolean
reeve_tls_key_read (ReeveTlsKey *self, const char *path, ReeveKeeper *keeper, GError **error)
{
  gsize size;
  gboolean open, done = FALSE;
  int fd = reeve_tls_file_open (path, "key", &size, &open, error);

  if (fd < 0)
    return FALSE;
  if (open)
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_DENIED,
                 "every user of this machine may read or change the key %s; take that away "
                 "(chmod o= %s) and think of a new key",
                 path, path);
  else if (gnutls_privkey_init ((gnutls_privkey_t *) &self->key) >= 0 &&
           gnutls_pubkey_init ((gnutls_pubkey_t *) &self->public_key) >= 0)
    done = reeve_tls_key_import (self, keeper, fd, path, size, error);
  close (fd);
  if (!done)
    reeve_tls_key_clear (self);
  return done;
}
