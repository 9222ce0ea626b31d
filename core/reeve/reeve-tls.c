/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Whether a peer's certificates are good enough. The handshake itself checks nothing: its
 * certificates come here afterwards, on a worker, before the first byte of the user's is sent. Of a
 * file of authorities only those are kept, and for the time of the check, whose name one of the
 * peer's certificates gives as its issuer: a whole trust store would cost megabytes. */

#include "config.h"

#include "reeve-tls-private.h"

#include "reeve-error.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Longest text of a peer's that goes into an error. */
#define REEVE_TLS_MAX_TEXT 100
#define REEVE_TLS_MAX_SHOWN_NAMES 4
/* Most authorities of one name that are tried. */
#define REEVE_TLS_MAX_ANCHORS 16
#define REEVE_TLS_PEM_BEGIN "-----BEGIN CERTIFICATE-----"
#define REEVE_TLS_PEM_END "-----END CERTIFICATE-----"

struct _ReeveTlsPolicy
{
  gatomicrefcount ref_count;
  char *name;
  char *ca_file;
  GBytes *pins; /* digests, one behind the other */
  gboolean unverified;
};

/* One check. */
typedef struct
{
  gnutls_x509_crt_t chain[REEVE_TLS_MAX_CHAIN];
  guint n_chain;
  gnutls_x509_crt_t anchors[REEVE_TLS_MAX_ANCHORS];
  guint n_anchors;
  guint n_seen; /* certificates in the file */
  char *pin;    /* of the peer's key, as a person may copy it */
} ReeveTlsCheck;

/* Where distributions keep the authorities, all of them in one file. */
static const char *const reeve_tls_system_files[] = {
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
};

/* ---- pins ---- */

static gboolean
reeve_tls_parse_hex (const char *text, guint8 *ret_digest)
{
  if (strlen (text) != 2 * REEVE_TLS_PIN_BYTES)
    return FALSE;
  for (guint i = 0; i < REEVE_TLS_PIN_BYTES; i++)
    {
      int high = g_ascii_xdigit_value (text[2 * i]), low = g_ascii_xdigit_value (text[2 * i + 1]);

      if (high < 0 || low < 0)
        return FALSE;
      ret_digest[i] = (guint8) (high << 4 | low);
    }
  return TRUE;
}

static gboolean
reeve_tls_parse_base64 (const char *text, guint8 *ret_digest)
{
  g_autofree guint8 *bytes = NULL;
  g_autofree char *again = NULL;
  gsize length;

  /* the one way to write it, or typing errors pass unnoticed */
  bytes = g_base64_decode (text, &length);
  again = g_base64_encode (bytes, length);
  if (length != REEVE_TLS_PIN_BYTES || strcmp (again, text) != 0)
    return FALSE;
  memcpy (ret_digest, bytes, length);
  return TRUE;
}

/**
 * reeve_tls_parse_pin:
 * @text: "sha256//BASE64", "BASE64" or 64 hex digits
 * @ret_digest: REEVE_TLS_PIN_BYTES bytes
 * @error: INVALID, with the form that is wanted
 *
 * Returns: whether it is a pin
 */
gboolean
reeve_tls_parse_pin (const char *text, guint8 *ret_digest, GError **error)
{
  guint8 digest[REEVE_TLS_PIN_BYTES];
  const char *rest = text;

  g_return_val_if_fail (text != NULL, FALSE);

  if (g_str_has_prefix (text, REEVE_TLS_PIN_PREFIX))
    rest += strlen (REEVE_TLS_PIN_PREFIX);
  if ((rest == text && reeve_tls_parse_hex (rest, digest)) || reeve_tls_parse_base64 (rest, digest))
    {
      memcpy (ret_digest, digest, sizeof digest);
      return TRUE;
    }
  g_set_error (
      error, REEVE_ERROR, REEVE_ERROR_INVALID,
      "'%.100s' is no pin: it is the SHA-256 of the peer's public key, as " REEVE_TLS_PIN_PREFIX
      "BASE64 or as 64 hex digits",
      text);
  return FALSE;
}

/* ---- the policy ---- */

/**
 * reeve_tls_policy_new:
 * @options: what is demanded
 * @host: what is dialled, for the name of the certificate
 * @error: INVALID for a pin
 *
 * Returns: (transfer full)
 */
ReeveTlsPolicy *
reeve_tls_policy_new (const ReeveTlsOptions *options, const char *host, GError **error)
{
  g_autoptr (GByteArray) pins = g_byte_array_new ();
  ReeveTlsPolicy *self;

  for (guint i = 0; options->pins != NULL && options->pins[i] != NULL; i++)
    {
      guint8 digest[REEVE_TLS_PIN_BYTES];

      if (i == REEVE_TLS_MAX_PINS)
        {
          g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID, "there are more than %d pins",
                       REEVE_TLS_MAX_PINS);
          return NULL;
        }
      if (!reeve_tls_parse_pin (options->pins[i], digest, error))
        return NULL;
      g_byte_array_append (pins, digest, sizeof digest);
    }

  self = g_new0 (ReeveTlsPolicy, 1);
  g_atomic_ref_count_init (&self->ref_count);
  self->name = g_strdup (options->name != NULL ? options->name : host);
  self->ca_file = g_strdup (options->ca_file);
  self->pins = g_byte_array_free_to_bytes (g_steal_pointer (&pins));
  self->unverified = options->unverified;
  return self;
}

ReeveTlsPolicy *
reeve_tls_policy_ref (ReeveTlsPolicy *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
reeve_tls_policy_unref (ReeveTlsPolicy *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_bytes_unref (self->pins);
  g_free (self->name);
  g_free (self->ca_file);
  g_free (self);
}

const char *
reeve_tls_policy_get_name (ReeveTlsPolicy *self)
{
  return self->name;
}

gboolean
reeve_tls_policy_is_unverified (ReeveTlsPolicy *self)
{
  return self->unverified;
}

/* ---- the peer's certificates ---- */

static void
reeve_tls_check_clear (ReeveTlsCheck *check)
{
  for (guint i = 0; i < check->n_chain; i++)
    gnutls_x509_crt_deinit (check->chain[i]);
  for (guint i = 0; i < check->n_anchors; i++)
    gnutls_x509_crt_deinit (check->anchors[i]);
  g_free (check->pin);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ReeveTlsCheck, reeve_tls_check_clear)

static gboolean
reeve_tls_import (const guint8 *data, gsize length, gnutls_x509_crt_fmt_t format,
                  gnutls_x509_crt_t *ret_certificate)
{
  gnutls_datum_t datum = { (unsigned char *) data, (unsigned int) length };
  gnutls_x509_crt_t certificate;

  if (gnutls_x509_crt_init (&certificate) < 0)
    return FALSE;
  if (gnutls_x509_crt_import (certificate, &datum, format) < 0)
    {
      gnutls_x509_crt_deinit (certificate);
      return FALSE;
    }
  *ret_certificate = certificate;
  return TRUE;
}

/* A peer's text, as it may stand in a log. (transfer full) */
static char *
reeve_tls_clean (const char *text, gsize length)
{
  GString *clean = g_string_new (NULL);

  for (gsize i = 0; i < length && i < REEVE_TLS_MAX_TEXT; i++)
    g_string_append_c (clean, g_ascii_isprint (text[i]) ? text[i] : '?');
  return g_string_free (clean, FALSE);
}

static gboolean
reeve_tls_check_begin (ReeveTlsCheck *check, GPtrArray *chain, guint8 *ret_digest, GError **error)
{
  gsize size = REEVE_TLS_PIN_BYTES;
  g_autofree char *base64 = NULL;

  for (guint i = 0; i < chain->len && i < REEVE_TLS_MAX_CHAIN; i++)
    {
      gsize length;
      const guint8 *data = g_bytes_get_data (g_ptr_array_index (chain, i), &length);

      if (!reeve_tls_import (data, length, GNUTLS_X509_FMT_DER, &check->chain[check->n_chain]))
        break;
      check->n_chain++;
    }
  if (check->n_chain == 0 || check->n_chain < chain->len ||
      gnutls_x509_crt_get_key_id (check->chain[0], GNUTLS_KEYID_USE_SHA256, ret_digest, &size) < 0)
    {
      g_set_error_literal (error, REEVE_ERROR, REEVE_ERROR_DENIED,
                           chain->len == 0 ? "it showed no certificate"
                           : chain->len > REEVE_TLS_MAX_CHAIN
                               ? "it showed more certificates than are looked at"
                               : "its certificate cannot be read");
      return FALSE;
    }
  base64 = g_base64_encode (ret_digest, REEVE_TLS_PIN_BYTES);
  check->pin = g_strconcat (REEVE_TLS_PIN_PREFIX, base64, NULL);
  return TRUE;
}

static gboolean
reeve_tls_policy_has_pin (ReeveTlsPolicy *self, const guint8 *digest)
{
  gsize length;
  const guint8 *pins = g_bytes_get_data (self->pins, &length);

  for (gsize i = 0; i < length; i += REEVE_TLS_PIN_BYTES)
    if (memcmp (pins + i, digest, REEVE_TLS_PIN_BYTES) == 0)
      return TRUE;
  return FALSE;
}

/* ---- the authorities ---- */

/* Whether @anchor may have signed one of the peer's certificates. */
static gboolean
reeve_tls_check_wants (ReeveTlsCheck *check, gnutls_x509_crt_t anchor)
{
  gnutls_datum_t subject, issuer;
  gboolean wanted = FALSE;

  if (gnutls_x509_crt_get_raw_dn (anchor, &subject) < 0)
    return FALSE;
  for (guint i = 0; i < check->n_chain && !wanted; i++)
    {
      if (gnutls_x509_crt_get_raw_issuer_dn (check->chain[i], &issuer) < 0)
        continue;
      wanted = issuer.size == subject.size && memcmp (issuer.data, subject.data, issuer.size) == 0;
      gnutls_free (issuer.data);
    }
  gnutls_free (subject.data);
  return wanted;
}

static void
reeve_tls_check_take (ReeveTlsCheck *check, const char *data, gsize length,
                      gnutls_x509_crt_fmt_t format)
{
  gnutls_x509_crt_t anchor;

  if (!reeve_tls_import ((const guint8 *) data, length, format, &anchor))
    return;
  check->n_seen++;
  if (check->n_anchors < REEVE_TLS_MAX_ANCHORS && reeve_tls_check_wants (check, anchor))
    check->anchors[check->n_anchors++] = anchor;
  else
    gnutls_x509_crt_deinit (anchor);
}

/* The rest of a file, to its end or one byte more than is allowed. FALSE: errno says why. */
static gboolean
reeve_tls_read_all (int fd, GByteArray *bytes)
{
  guint8 buffer[16384];
  gssize n;

  do
    {
      n = read (fd, buffer, MIN (sizeof buffer, REEVE_TLS_MAX_FILE_BYTES + 1 - bytes->len));
      if (n > 0)
        g_byte_array_append (bytes, buffer, (guint) n);
    }
  while (n > 0 || (n < 0 && errno == EINTR));
  return n == 0;
}

/* The whole file. Not mapped: one that is cut meanwhile would kill the process. (transfer full) */
static GByteArray *
reeve_tls_read_file (const char *path, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  struct stat st;
  gboolean ok = fd >= 0 && fstat (fd, &st) == 0, regular = ok && S_ISREG (st.st_mode);

  ok = ok && (!regular || reeve_tls_read_all (fd, bytes));
  if (!ok)
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_IO, "the file of authorities %s: %s", path,
                 g_strerror (errno));
  else if (!regular)
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                 "the file of authorities %s is not a regular file", path);
  else if (bytes->len > REEVE_TLS_MAX_FILE_BYTES)
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT,
                 "the file of authorities %s is over %d bytes", path, REEVE_TLS_MAX_FILE_BYTES);
  if (fd >= 0)
    close (fd);
  return ok && regular && bytes->len <= REEVE_TLS_MAX_FILE_BYTES ? g_steal_pointer (&bytes) : NULL;
}

static gboolean
reeve_tls_check_read_file (ReeveTlsCheck *check, const char *path, GError **error)
{
  g_autoptr (GByteArray) bytes = reeve_tls_read_file (path, error);
  const char *at, *end;

  if (bytes == NULL)
    return FALSE;
  at = (const char *) bytes->data;
  for (end = at + bytes->len; at < end;)
    {
      const char *begin = g_strstr_len (at, end - at, REEVE_TLS_PEM_BEGIN);
      const char *stop =
          begin != NULL ? g_strstr_len (begin, end - begin, REEVE_TLS_PEM_END) : NULL;

      if (stop == NULL)
        break;
      at = stop + strlen (REEVE_TLS_PEM_END);
      reeve_tls_check_take (check, begin, (gsize) (at - begin), GNUTLS_X509_FMT_PEM);
    }
  if (check->n_seen == 0 && bytes->len > 0)
    reeve_tls_check_take (check, (const char *) bytes->data, bytes->len, GNUTLS_X509_FMT_DER);
  if (check->n_seen > 0)
    return TRUE;
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
               "the file of authorities %s holds no certificate", path);
  return FALSE;
}

static gboolean
reeve_tls_policy_find_anchors (ReeveTlsPolicy *self, ReeveTlsCheck *check, GError **error)
{
  const char *path = self->ca_file;

  if (path == NULL)
    path = g_getenv ("SSL_CERT_FILE");
  for (guint i = 0; path == NULL && i < G_N_ELEMENTS (reeve_tls_system_files); i++)
    if (g_file_test (reeve_tls_system_files[i], G_FILE_TEST_EXISTS))
      path = reeve_tls_system_files[i];
  if (path != NULL)
    return reeve_tls_check_read_file (check, path, error);

  g_set_error_literal (error, REEVE_ERROR, REEVE_ERROR_UNCONFIGURED,
                       "this machine has no list of authorities: install ca-certificates, or give "
                       "a file of them or the pin of the peer's key");
  return FALSE;
}

/* ---- the verdict ---- */

static char *
reeve_tls_format_day (gint64 seconds)
{
  g_autoptr (GDateTime) day = g_date_time_new_from_unix_utc (seconds);

  return day != NULL ? g_date_time_format (day, "%F %R UTC") : g_strdup ("?");
}

/* The certificate of which one of the dates is wrong. */
static gnutls_x509_crt_t
reeve_tls_check_find_date (ReeveTlsCheck *check, gboolean expired)
{
  gint64 now =
      g_get_real_time () / G_USEC_PER_SEC; /* lint: allow clock: that of the peer's world */

  for (guint i = 0; i < check->n_chain; i++)
    if (expired ? gnutls_x509_crt_get_expiration_time (check->chain[i]) < now
                : gnutls_x509_crt_get_activation_time (check->chain[i]) > now)
      return check->chain[i];
  return check->chain[0];
}

static char *
reeve_tls_describe_issuer (gnutls_x509_crt_t certificate)
{
  gnutls_datum_t name;
  char *text;

  if (gnutls_x509_crt_get_issuer_dn3 (certificate, &name, 0) < 0)
    return g_strdup ("?");
  text = reeve_tls_clean ((const char *) name.data, name.size);
  gnutls_free (name.data);
  return text;
}

static gboolean
reeve_tls_check_refuse (ReeveTlsCheck *check, unsigned int status, GError **error)
{
  const char *other = "its certificate is not valid";

  if (status & GNUTLS_CERT_SIGNER_NOT_FOUND)
    {
      g_autofree char *issuer = reeve_tls_describe_issuer (check->chain[check->n_chain - 1]);

      g_set_error (error, REEVE_ERROR, REEVE_ERROR_DENIED,
                   "its certificate is from an unknown issuer, '%s'; if it is the right one, trust "
                   "that authority's file or the peer's key, %s",
                   issuer, check->pin);
      return FALSE;
    }
  if (status & (GNUTLS_CERT_EXPIRED | GNUTLS_CERT_NOT_ACTIVATED))
    {
      gboolean expired = (status & GNUTLS_CERT_EXPIRED) != 0;
      gnutls_x509_crt_t certificate = reeve_tls_check_find_date (check, expired);
      g_autofree char *day =
          reeve_tls_format_day (expired ? gnutls_x509_crt_get_expiration_time (certificate)
                                        : gnutls_x509_crt_get_activation_time (certificate));

      g_set_error (error, REEVE_ERROR, REEVE_ERROR_DENIED,
                   expired ? "its certificate expired at %s; renew it, or set this machine's clock"
                           : "its certificate is not valid before %s; is this machine's clock set?",
                   day);
      return FALSE;
    }
  if (status & GNUTLS_CERT_INSECURE_ALGORITHM)
    other = "its certificate is signed in a way that is not secure any more";
  else if (status & GNUTLS_CERT_PURPOSE_MISMATCH)
    other = "its certificate is not one for servers";
  else if (status & GNUTLS_CERT_SIGNER_NOT_CA)
    other = "the issuer of its certificate is no authority";
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_DENIED, "%s (status 0x%x)", other, status);
  return FALSE;
}

static gboolean
reeve_tls_check_verify (ReeveTlsCheck *check, GError **error)
{
  gnutls_typed_vdata_st data = {
    .type = GNUTLS_DT_KEY_PURPOSE_OID,
    .data = (unsigned char *) GNUTLS_KP_TLS_WWW_SERVER,
  };
  gnutls_x509_trust_list_t list;
  unsigned int status = 0;
  int code = gnutls_x509_trust_list_init (&list, 0);

  if (code >= 0)
    {
      code = gnutls_x509_trust_list_add_cas (list, check->anchors, check->n_anchors, 0);
      if (code >= 0)
        code = gnutls_x509_trust_list_verify_crt2 (list, check->chain, check->n_chain, &data, 1,
                                                   GNUTLS_PROFILE_TO_VFLAGS (GNUTLS_PROFILE_MEDIUM),
                                                   &status, NULL);
      /* the certificates stay ours */
      gnutls_x509_trust_list_deinit (list, 0);
    }
  if (code < 0)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_FAILED, "its certificate cannot be checked: %s",
                   gnutls_strerror (code));
      return FALSE;
    }
  return status == 0 || reeve_tls_check_refuse (check, status, error);
}

static gboolean
reeve_tls_check_name (ReeveTlsCheck *check, const char *name, GError **error)
{
  g_autoptr (GString) names = g_string_new (NULL);
  guint shown = 0;

  if (gnutls_x509_crt_check_hostname2 (check->chain[0], name, 0))
    return TRUE;
  for (guint i = 0; shown < REEVE_TLS_MAX_SHOWN_NAMES; i++)
    {
      char san[256];
      size_t size = sizeof san;
      int type = gnutls_x509_crt_get_subject_alt_name (check->chain[0], i, san, &size, NULL);
      g_autofree char *clean = NULL;

      if (type == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
        break;
      if (type != GNUTLS_SAN_DNSNAME)
        continue;
      clean = reeve_tls_clean (san, size);
      g_string_append_printf (names, "%s%s", shown++ > 0 ? ", " : "", clean);
    }
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_DENIED, "its certificate is for %s, not for '%s'",
               names->len > 0 ? names->str : "no name", name);
  return FALSE;
}

/**
 * reeve_tls_policy_check:
 * @self: what is demanded
 * @chain: (element-type GBytes): what the peer showed
 * @error: DENIED, with the reason; others when the check itself fails
 *
 * Returns: whether the peer may be talked to
 */
gboolean
reeve_tls_policy_check (ReeveTlsPolicy *self, GPtrArray *chain, GError **error)
{
  g_auto (ReeveTlsCheck) check = { 0 };
  guint8 digest[REEVE_TLS_PIN_BYTES];

  if (!reeve_tls_check_begin (&check, chain, digest, error))
    return FALSE;
  if (g_bytes_get_size (self->pins) > 0 && !reeve_tls_policy_has_pin (self, digest))
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_DENIED,
                   "its key is none of those that are pinned, but %s", check.pin);
      return FALSE;
    }
  if (g_bytes_get_size (self->pins) > 0 && self->ca_file == NULL)
    return TRUE;
  return reeve_tls_policy_find_anchors (self, &check, error) &&
         reeve_tls_check_verify (&check, error) && reeve_tls_check_name (&check, self->name, error);
}
