/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A key and a certificate of a server's own, for when nobody gave it one. No authority vouches for
 * such a certificate: peers pin its key, which is why the key stays when the certificate is made
 * anew. */

#include "config.h"

#include "reeve-tls-private.h"

#include "reeve-error.h"
#include "reeve-net-private.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REEVE_TLS_MAKE_SERIAL_BYTES 16
/* Longest common name (X.520). */
#define REEVE_TLS_MAKE_MAX_NAME 64

G_DEFINE_AUTO_CLEANUP_FREE_FUNC (gnutls_x509_crt_t, gnutls_x509_crt_deinit, NULL)
G_DEFINE_AUTO_CLEANUP_FREE_FUNC (gnutls_x509_privkey_t, gnutls_x509_privkey_deinit, NULL)

/* ---- files ---- */

static gboolean
reeve_tls_make_sync_directory (const char *path)
{
  g_autofree char *directory = g_path_get_dirname (path);
  int fd = open (directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean done = fd >= 0 && fsync (fd) == 0;

  if (fd >= 0)
    close (fd);
  return done;
}

static void
reeve_tls_make_set_error (GError **error, const char *path, int errsv)
{
  g_set_error (error, REEVE_ERROR, errsv == EEXIST ? REEVE_ERROR_EXISTS : REEVE_ERROR_IO,
               "cannot write %s: %s", path, g_strerror (errsv));
}

/* Keeps what was written and gives it its name. 0, or an errno. */
static int
reeve_tls_make_commit (int fd, const char *new_path, const char *path, gboolean replace)
{
  int result = fsync (fd);

  if (result == 0)
    result = replace ? rename (new_path, path) : link (new_path, path);
  if (result == 0 && !replace)
    result = unlink (new_path);
  if (result < 0)
    return errno;
  return reeve_tls_make_sync_directory (path) ? 0 : EIO;
}

/* Fills an empty file; @data is the caller's. */
typedef gboolean (*ReeveTlsMakeFunc) (int fd, gpointer data, GError **error);

/* Under a new name first, so that there is never half a file. @replace: may there be one? */
static gboolean
reeve_tls_make_write (const char *path, ReeveTlsMakeFunc fill, gpointer data, gboolean replace,
                      GError **error)
{
  g_autofree char *new_path = g_strconcat (path, ".new", NULL);
  int fd, errsv = 0;
  gboolean done;

  (void) unlink (new_path);
  fd = open (new_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0)
    {
      reeve_tls_make_set_error (error, new_path, errno);
      return FALSE;
    }
  done = fill (fd, data, error);
  if (!done)
    g_prefix_error (error, "cannot write %s: ", path);
  else if ((errsv = reeve_tls_make_commit (fd, new_path, path, replace)) != 0)
    reeve_tls_make_set_error (error, path, errsv);
  close (fd);
  if (!done || errsv != 0)
    (void) unlink (new_path);
  return done && errsv == 0;
}

/* @data: a gnutls_datum_t. */
static gboolean
reeve_tls_make_put (int fd, gpointer data, GError **error)
{
  const gnutls_datum_t *bytes = data;
  gssize n = write (fd, bytes->data, bytes->size);

  if (n == (gssize) bytes->size)
    return TRUE;
  g_set_error_literal (error, REEVE_ERROR, REEVE_ERROR_IO, g_strerror (n < 0 ? errno : ENOSPC));
  return FALSE;
}

/* ---- the key ---- */

int
reeve_tls_make_key_text (guint8 **ret_text, gsize *ret_length)
{
  g_auto (gnutls_x509_privkey_t) key = NULL;
  gnutls_datum_t pem = { NULL, 0 };
  int code = gnutls_x509_privkey_init (&key);

  if (code >= 0)
    code = gnutls_x509_privkey_generate (key, GNUTLS_PK_ECDSA,
                                         GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_SECP256R1), 0);
  if (code >= 0)
    code =
        gnutls_x509_privkey_export2_pkcs8 (key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, &pem);
  *ret_text = pem.data;
  *ret_length = pem.size;
  return code;
}

void
reeve_tls_make_free_text (guint8 *text, gsize length)
{
  gnutls_memset (text, 0, length);
  gnutls_free (text);
}

static gboolean
reeve_tls_make_key_here (int fd, G_GNUC_UNUSED gpointer data, GError **error)
{
  guint8 *text;
  gsize length;
  int code = reeve_tls_make_key_text (&text, &length);
  gnutls_datum_t pem = { text, (unsigned int) length };
  gboolean done;

  if (code < 0)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_FAILED, "no key can be made: %s",
                   gnutls_strerror (code));
      return FALSE;
    }
  done = reeve_tls_make_put (fd, &pem, error);
  reeve_tls_make_free_text (text, length);
  return done;
}

static gboolean
reeve_tls_make_key_there (int fd, gpointer data, GError **error)
{
  return reeve_keeper_make (data, fd, error);
}

/**
 * reeve_tls_make_key:
 * @path: where; must not exist
 * @keeper: (nullable): who makes it and writes it, so that it is never in this process; without
 *          one this process does
 * @error: EXISTS, IO, or the keeper's
 *
 * Makes an ECDSA key on P-256, in a file for this user alone.
 *
 * Returns: whether it is there
 */
gboolean
reeve_tls_make_key (const char *path, ReeveKeeper *keeper, GError **error)
{
  g_return_val_if_fail (path != NULL, FALSE);

  return reeve_tls_make_write (path,
                               keeper != NULL ? reeve_tls_make_key_there : reeve_tls_make_key_here,
                               keeper, FALSE, error);
}

/* ---- the certificate ---- */

static int
reeve_tls_make_add_name (gnutls_x509_crt_t certificate, const char *name)
{
  ReeveNetAddress address;
  const struct sockaddr *native = (const struct sockaddr *) &address.storage;

  if (!reeve_net_address_from_literal (name, 1, &address))
    return gnutls_x509_crt_set_subject_alt_name (certificate, GNUTLS_SAN_DNSNAME, name,
                                                 (unsigned int) strlen (name), GNUTLS_FSAN_APPEND);
  if (native->sa_family == AF_INET6)
    return gnutls_x509_crt_set_subject_alt_name (certificate, GNUTLS_SAN_IPADDRESS,
                                                 &((const struct sockaddr_in6 *) native)->sin6_addr,
                                                 16, GNUTLS_FSAN_APPEND);
  return gnutls_x509_crt_set_subject_alt_name (certificate, GNUTLS_SAN_IPADDRESS,
                                               &((const struct sockaddr_in *) native)->sin_addr, 4,
                                               GNUTLS_FSAN_APPEND);
}

static int
reeve_tls_make_fill (gnutls_x509_crt_t certificate, gnutls_pubkey_t key, const char *const *names,
                     gint64 now)
{
  guint8 serial[REEVE_TLS_MAKE_SERIAL_BYTES];
  guint8 id[REEVE_TLS_PIN_BYTES];
  gsize id_size = sizeof id;
  int code = gnutls_rnd (GNUTLS_RND_NONCE, serial, sizeof serial);

  /* a positive number */
  serial[0] = (guint8) ((serial[0] & 0x3f) | 0x40);
  if (code >= 0)
    code = gnutls_x509_crt_set_pubkey (certificate, key);
  if (code >= 0)
    code = gnutls_x509_crt_set_version (certificate, 3);
  if (code >= 0)
    code = gnutls_x509_crt_set_serial (certificate, serial, sizeof serial);
  if (code >= 0)
    code = gnutls_x509_crt_set_activation_time (certificate,
                                                (time_t) (now - REEVE_TLS_MAKE_BACKDATE_SECONDS));
  if (code >= 0)
    code =
        gnutls_x509_crt_set_expiration_time (certificate, (time_t) (now + REEVE_TLS_MAKE_SECONDS));
  if (code >= 0)
    code = gnutls_x509_crt_set_dn_by_oid (certificate, GNUTLS_OID_X520_COMMON_NAME, 0, names[0],
                                          (unsigned int) MIN (strlen (names[0]),
                                                              REEVE_TLS_MAKE_MAX_NAME));
  if (code >= 0)
    code = gnutls_x509_crt_set_basic_constraints (certificate, 0, -1);
  if (code >= 0)
    code = gnutls_x509_crt_set_key_usage (certificate, GNUTLS_KEY_DIGITAL_SIGNATURE);
  if (code >= 0)
    code = gnutls_x509_crt_set_key_purpose_oid (certificate, GNUTLS_KP_TLS_WWW_SERVER, 0);
  if (code >= 0)
    code = gnutls_pubkey_get_key_id (key, GNUTLS_KEYID_USE_SHA1, id, &id_size);
  if (code >= 0)
    code = gnutls_x509_crt_set_subject_key_id (certificate, id, id_size);
  for (guint i = 0; names[i] != NULL && code >= 0; i++)
    code = reeve_tls_make_add_name (certificate, names[i]);
  return code;
}

static int
reeve_tls_make_sign (gnutls_x509_crt_t certificate, const ReeveTlsKey *key,
                     const char *const *names, gint64 now, gnutls_datum_t *ret_pem)
{
  int code = reeve_tls_make_fill (certificate, key->public_key, names, now);

  if (code >= 0)
    code = gnutls_x509_crt_privkey_sign (certificate, certificate, key->key, GNUTLS_DIG_SHA256, 0);
  if (code >= 0)
    code = gnutls_x509_crt_export2 (certificate, GNUTLS_X509_FMT_PEM, ret_pem);
  return code;
}

/**
 * reeve_tls_make_certificate:
 * @path: where; a file that is there is replaced
 * @key: path of the key, which signs it and is the one that it is for
 * @keeper: (nullable): who reads the key and signs with it
 * @names: host names and addresses that it is for; at least one
 * @now: seconds since 1970; it is valid for REEVE_TLS_MAKE_SECONDS from then on
 * @error: what is wrong with the key, or IO
 *
 * Returns: whether it is there
 */
gboolean
reeve_tls_make_certificate (const char *path, const char *key, ReeveKeeper *keeper,
                            const char *const *names, gint64 now, GError **error)
{
  g_auto (gnutls_x509_crt_t) certificate = NULL;
  g_auto (ReeveTlsKey) private_key = { 0 };
  gnutls_datum_t pem = { NULL, 0 };
  gboolean done = FALSE;
  int code;

  g_return_val_if_fail (path != NULL && key != NULL && names != NULL && names[0] != NULL, FALSE);

  if (!reeve_tls_key_read (&private_key, key, keeper, error))
    return FALSE;
  code = gnutls_x509_crt_init (&certificate);
  if (code >= 0)
    code = reeve_tls_make_sign (certificate, &private_key, names, now, &pem);
  if (code < 0)
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_FAILED, "cannot make the certificate %s: %s", path,
                 gnutls_strerror (code));
  else
    done = reeve_tls_make_write (path, reeve_tls_make_put, &pem, TRUE, error);
  gnutls_free (pem.data);
  return done;
}
