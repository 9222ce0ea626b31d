/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a TLS server shows. One object of GnuTLS holds all certificates with their keys and picks
 * for each client by the name it asks for and the algorithms it knows; priorities and keys are
 * shared by all sessions. A ticket is sealed by a key of this object's, which GnuTLS changes by
 * deriving further ones; since those follow from the first, that is thrown away now and then as
 * well, and whoever comes with an older ticket makes a whole handshake. */

#include "config.h"

#include "reeve-tls-private.h"

#include "reeve-error.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <string.h>
#include <unistd.h>

/* Names of one certificate by which it is chosen. */
#define REEVE_TLS_CREDENTIALS_MAX_NAMES 100

typedef struct
{
  char *file;
  gnutls_x509_crt_t certificate;
} ReeveTlsCredentialsPair;

struct _ReeveTlsCredentials
{
  grefcount ref_count;
  ReeveKeeper *keeper; /* NULL: none */
  gnutls_certificate_credentials_t credentials;
  gnutls_priority_t priority;
  ReeveTlsCredentialsPair pairs[REEVE_TLS_MAX_PAIRS];
  guint n_pairs;
  GHashTable *names; /* all by which a client may ask, as a set */
  GHashTable *stars; /* "*.example" to ReeveTlsCredentials of those that have it; NULL in these */
  char *pin;
  gnutls_datum_t ticket_key;
  gint64 ticket_made; /* monotonic, in seconds */
};

G_DEFINE_BOXED_TYPE (ReeveTlsCredentials, reeve_tls_credentials, reeve_tls_credentials_ref,
                     reeve_tls_credentials_unref)

/* ---- life ---- */

/**
 * reeve_tls_credentials_new:
 * @keeper: (nullable): who reads the keys and signs with them; NULL: this process
 *
 * Returns: (transfer full): credentials without a certificate
 */
ReeveTlsCredentials *
reeve_tls_credentials_new (ReeveKeeper *keeper)
{
  ReeveTlsCredentials *self = g_new0 (ReeveTlsCredentials, 1);

  g_ref_count_init (&self->ref_count);
  self->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->stars = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                       (GDestroyNotify) reeve_tls_credentials_unref);
  self->keeper = keeper != NULL ? reeve_keeper_ref (keeper) : NULL;
  if (gnutls_certificate_allocate_credentials (&self->credentials) < 0 ||
      gnutls_priority_init (&self->priority, REEVE_TLS_PRIORITY ":%SERVER_PRECEDENCE", NULL) < 0)
    g_error ("GnuTLS has no memory, or does not know its own words");
  /* which is looked at before, for a better error */
  gnutls_certificate_set_flags (self->credentials, GNUTLS_CERTIFICATE_SKIP_KEY_CERT_MATCH);
  return self;
}

ReeveTlsCredentials *
reeve_tls_credentials_ref (ReeveTlsCredentials *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_ref_count_inc (&self->ref_count);
  return self;
}

static void
reeve_tls_credentials_drop_ticket_key (ReeveTlsCredentials *self)
{
  if (self->ticket_key.data == NULL)
    return;
  gnutls_memset (self->ticket_key.data, 0, self->ticket_key.size);
  gnutls_free (self->ticket_key.data);
  self->ticket_key.data = NULL;
}

void
reeve_tls_credentials_unref (ReeveTlsCredentials *self)
{
  g_return_if_fail (self != NULL);

  if (!g_ref_count_dec (&self->ref_count))
    return;

  for (guint i = 0; i < self->n_pairs; i++)
    {
      g_free (self->pairs[i].file);
      gnutls_x509_crt_deinit (self->pairs[i].certificate);
    }
  gnutls_certificate_free_credentials (self->credentials);
  gnutls_priority_deinit (self->priority);
  reeve_tls_credentials_drop_ticket_key (self);
  g_clear_pointer (&self->keeper, reeve_keeper_unref);
  g_clear_pointer (&self->stars, g_hash_table_unref);
  g_hash_table_unref (self->names);
  g_free (self->pin);
  g_free (self);
}

/* ---- files ---- */

static gboolean
reeve_tls_credentials_read_chain (const char *path, gnutls_pcert_st *chain, guint *n,
                                  GError **error)
{
  g_autofree guint8 *owned = NULL;
  gnutls_datum_t pem;
  gboolean open;
  gsize size;
  int fd = reeve_tls_file_open (path, "certificate", &size, &open, error);
  int code;

  if (fd < 0)
    return FALSE;
  owned = reeve_tls_file_read (fd, path, size, error);
  close (fd);
  if (owned == NULL)
    return FALSE;
  pem.data = owned;
  pem.size = (unsigned int) size;
  code = gnutls_pcert_list_import_x509_raw (chain, n, &pem, GNUTLS_X509_FMT_PEM,
                                            GNUTLS_X509_CRT_LIST_SORT);
  if (code >= 0)
    return TRUE;
  if (code == GNUTLS_E_SHORT_MEMORY_BUFFER)
    g_set_error (
        error, REEVE_ERROR, REEVE_ERROR_LIMIT,
        "%s holds more than %d certificates; leave the server's own and those that signed it", path,
        REEVE_TLS_MAX_CHAIN);
  else
    g_set_error (
        error, REEVE_ERROR, REEVE_ERROR_INVALID,
        "%s holds no chain of certificates in PEM form (%s); it must have the server's own "
        "first, then those that signed it",
        path, gnutls_strerror (code));
  return FALSE;
}

/* ---- a certificate with its key ---- */

static void
reeve_tls_credentials_free_chain (gnutls_pcert_st *chain, guint n)
{
  for (guint i = 0; i < n; i++)
    gnutls_pcert_deinit (&chain[i]);
}

/* By which names a client may ask for it. (transfer full) */
static GPtrArray *
reeve_tls_credentials_list_names (gnutls_x509_crt_t certificate)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < REEVE_TLS_CREDENTIALS_MAX_NAMES; i++)
    {
      char name[256];
      size_t size = sizeof name - 1;
      int type = gnutls_x509_crt_get_subject_alt_name (certificate, i, name, &size, NULL);

      if (type == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
        break;
      if (type == GNUTLS_SAN_DNSNAME)
        g_ptr_array_add (names, g_strndup (name, size));
    }
  return names;
}

/* (transfer full) (nullable) */
static char *
reeve_tls_credentials_make_pin (gnutls_x509_crt_t certificate)
{
  guint8 digest[REEVE_TLS_PIN_BYTES];
  gsize size = sizeof digest;
  g_autofree char *base64 = NULL;

  if (gnutls_x509_crt_get_key_id (certificate, GNUTLS_KEYID_USE_SHA256, digest, &size) < 0)
    return NULL;
  base64 = g_base64_encode (digest, size);
  return g_strconcat (REEVE_TLS_PIN_PREFIX, base64, NULL);
}

static gboolean
reeve_tls_credentials_match (gnutls_x509_crt_t certificate, gnutls_pubkey_t key)
{
  guint8 ids[2][REEVE_TLS_PIN_BYTES];
  gsize sizes[2] = { sizeof ids[0], sizeof ids[1] };

  return gnutls_pubkey_get_key_id (key, GNUTLS_KEYID_USE_SHA256, ids[0], &sizes[0]) >= 0 &&
         gnutls_x509_crt_get_key_id (certificate, GNUTLS_KEYID_USE_SHA256, ids[1], &sizes[1]) >=
             0 &&
         memcmp (ids[0], ids[1], sizeof ids[0]) == 0;
}

/* Takes what is in @chain, and the private key, when it returns TRUE. */
static gboolean
reeve_tls_credentials_take (ReeveTlsCredentials *self, const char *certificate, const char *key,
                            gnutls_pcert_st *chain, guint n_chain, ReeveTlsKey *private_key,
                            GError **error)
{
  ReeveTlsCredentialsPair *pair = &self->pairs[self->n_pairs];
  g_autoptr (GPtrArray) names = NULL;
  int code = gnutls_pcert_export_x509 (&chain[0], &pair->certificate);
  gboolean match =
      code >= 0 && reeve_tls_credentials_match (pair->certificate, private_key->public_key);

  if (match)
    {
      names = reeve_tls_credentials_list_names (pair->certificate);
      code = gnutls_certificate_set_key (self->credentials, (const char **) names->pdata,
                                         (int) names->len, chain, (int) n_chain, private_key->key);
    }
  if (!match || code < 0)
    {
      g_clear_pointer (&pair->certificate, gnutls_x509_crt_deinit);
      if (code < 0)
        g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                     "the certificate %s cannot be used with the key %s: %s", certificate, key,
                     gnutls_strerror (code));
      else
        g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                     "the key %s is not that of the certificate %s; set the two that belong "
                     "together",
                     key, certificate);
      return FALSE;
    }
  if (self->n_pairs++ == 0)
    self->pin = reeve_tls_credentials_make_pin (pair->certificate);
  for (guint i = 0; i < names->len; i++)
    g_hash_table_add (self->names, g_ascii_strdown (names->pdata[i], -1));
  pair->file = g_strdup (certificate);
  private_key->key = NULL;
  return TRUE;
}

/* GnuTLS looks for exactly the name that a client asks for, never for one with a star; so those
 * that have one are kept once more, to be shown in place of all. */
static gboolean
reeve_tls_credentials_add_stars (ReeveTlsCredentials *self, const char *certificate,
                                 const char *key, GError **error)
{
  g_autoptr (GPtrArray) names =
      reeve_tls_credentials_list_names (self->pairs[self->n_pairs - 1].certificate);

  for (guint i = 0; self->stars != NULL && i < names->len; i++)
    {
      g_autofree char *name = g_ascii_strdown (names->pdata[i], -1);
      ReeveTlsCredentials *star = g_hash_table_lookup (self->stars, name);

      if (!g_str_has_prefix (name, "*."))
        continue;
      if (star == NULL)
        {
          star = reeve_tls_credentials_new (self->keeper);
          g_clear_pointer (&star->stars, g_hash_table_unref);
          g_hash_table_insert (self->stars, g_steal_pointer (&name), star);
        }
      if (!reeve_tls_credentials_add (star, certificate, key, error))
        return FALSE;
    }
  return TRUE;
}

/**
 * reeve_tls_credentials_add:
 * @self: credentials that no session uses yet
 * @certificate: path of a PEM file
 * @key: path of a PEM file that not everybody may read
 * @error: NOT_FOUND, DENIED, IO, INVALID or LIMIT, which names the file and the remedy
 *
 * Reads one certificate with its chain and its key. Dates are not looked at: see
 * reeve_tls_credentials_get_expiry().
 *
 * Returns: whether it can be shown; otherwise nothing has changed, but for a file that goes away
 *   meanwhile
 */
gboolean
reeve_tls_credentials_add (ReeveTlsCredentials *self, const char *certificate, const char *key,
                           GError **error)
{
  gnutls_pcert_st chain[REEVE_TLS_MAX_CHAIN];
  guint n_chain = REEVE_TLS_MAX_CHAIN;
  g_auto (ReeveTlsKey) private_key = { 0 };

  g_return_val_if_fail (self != NULL && certificate != NULL && key != NULL, FALSE);

  if (self->n_pairs == REEVE_TLS_MAX_PAIRS)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT, "at most %d certificates can be served",
                   REEVE_TLS_MAX_PAIRS);
      return FALSE;
    }
  if (!reeve_tls_credentials_read_chain (certificate, chain, &n_chain, error))
    return FALSE;
  if (reeve_tls_key_read (&private_key, key, self->keeper, error) &&
      reeve_tls_credentials_take (self, certificate, key, chain, n_chain, &private_key, error))
    return reeve_tls_credentials_add_stars (self, certificate, key, error);
  reeve_tls_credentials_free_chain (chain, n_chain);
  return FALSE;
}

/* ---- what is known of them ---- */

const char *
reeve_tls_credentials_get_pin (ReeveTlsCredentials *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->pin;
}

gboolean
reeve_tls_credentials_is_self_signed (ReeveTlsCredentials *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->n_pairs > 0 &&
         gnutls_x509_crt_check_issuer (self->pairs[0].certificate, self->pairs[0].certificate) != 0;
}

gboolean
reeve_tls_credentials_has_name (ReeveTlsCredentials *self, const char *name)
{
  g_return_val_if_fail (self != NULL && name != NULL, FALSE);

  for (guint i = 0; i < self->n_pairs; i++)
    if (gnutls_x509_crt_check_hostname2 (self->pairs[i].certificate, name, 0))
      return TRUE;
  return FALSE;
}

gboolean
reeve_tls_credentials_same (ReeveTlsCredentials *self, ReeveTlsCredentials *other)
{
  g_return_val_if_fail (self != NULL && other != NULL, FALSE);

  if (self->n_pairs != other->n_pairs)
    return FALSE;
  for (guint i = 0; i < self->n_pairs; i++)
    if (!gnutls_x509_crt_equals (self->pairs[i].certificate, other->pairs[i].certificate))
      return FALSE;
  return TRUE;
}

gint64
reeve_tls_credentials_get_expiry (ReeveTlsCredentials *self, const char **ret_file)
{
  gint64 first = 0;

  g_return_val_if_fail (self != NULL, 0);

  for (guint i = 0; i < self->n_pairs; i++)
    {
      gint64 expiry = gnutls_x509_crt_get_expiration_time (self->pairs[i].certificate);

      if (first != 0 && expiry >= first)
        continue;
      first = expiry;
      if (ret_file != NULL)
        *ret_file = self->pairs[i].file;
    }
  return first;
}

/* Before a certificate is chosen: is there one for the name by a star in place of its first label,
 * and none by the name itself? */
static int
reeve_tls_credentials_hello_cb (gnutls_session_t session)
{
  ReeveTlsCredentials *self = gnutls_session_get_ptr (session);
  ReeveTlsCredentials *star = NULL;
  char name[256];
  size_t length = sizeof name;
  unsigned int type;
  g_autofree char *asked = NULL;

  if (gnutls_server_name_get (session, name, &length, &type, 0) < 0 || type != GNUTLS_NAME_DNS)
    return 0;
  asked = g_ascii_strdown (name, (gssize) strnlen (name, length));
  if (!g_hash_table_contains (self->names, asked) && strchr (asked, '.') != NULL)
    {
      g_autofree char *starred = g_strconcat ("*", strchr (asked, '.'), NULL);

      star = g_hash_table_lookup (self->stars, starred);
    }
  return star != NULL ? gnutls_credentials_set (session, GNUTLS_CRD_CERTIFICATE, star->credentials)
                      : 0;
}

/* ---- sessions ---- */

int
reeve_tls_credentials_apply (ReeveTlsCredentials *self, gpointer session, gint64 now)
{
  int code = 0;

  if (self->ticket_key.data == NULL || now - self->ticket_made >= REEVE_TLS_TICKET_KEY_SECONDS)
    {
      reeve_tls_credentials_drop_ticket_key (self);
      code = gnutls_session_ticket_key_generate (&self->ticket_key);
      self->ticket_made = now;
    }
  if (code >= 0)
    code = gnutls_priority_set (session, self->priority);
  if (code >= 0)
    code = gnutls_credentials_set (session, GNUTLS_CRD_CERTIFICATE, self->credentials);
  gnutls_session_set_ptr (session, self);
  gnutls_handshake_set_post_client_hello_function (session, reeve_tls_credentials_hello_cb);
  if (code >= 0)
    code = gnutls_session_ticket_enable_server (session, &self->ticket_key);
  gnutls_db_set_cache_expiration (session, REEVE_TLS_TICKET_SECONDS);
  return code;
}
