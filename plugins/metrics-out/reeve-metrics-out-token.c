/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The token. It grants reading alone, so one for all who scrape is enough; a new one ends the old.
 */

#include "config.h"

#include "reeve-metrics-out-token.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <gnutls/crypto.h>
#include <string.h>
#include <sys/stat.h>

#define REEVE_METRICS_OUT_TOKEN_FILE "metrics-token"
#define REEVE_METRICS_OUT_TOKEN_DIGEST 32

struct _ReeveMetricsOutToken
{
  char *path;         /* of the digest */
  gboolean from_file; /* somebody else's */
  gboolean set;
  guint8 digest[REEVE_METRICS_OUT_TOKEN_DIGEST];
};

static void
reeve_metrics_out_token_digest (const char *text, guint8 *ret_digest)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize length = REEVE_METRICS_OUT_TOKEN_DIGEST;

  g_checksum_update (sum, (const guchar *) text, -1);
  g_checksum_get_digest (sum, ret_digest, &length);
}

/* NULL without an error: there is no such file. */
static char *
reeve_metrics_out_token_read (const char *path, GError **error)
{
  g_autoptr (GError) own = NULL;
  g_autofree char *text = NULL;
  gsize length;
  GStatBuf st;

  if (g_stat (path, &st) < 0)
    {
      int code = errno;

      if (code != ENOENT)
        g_set_error (error, REEVE_ERROR, code == EACCES ? REEVE_ERROR_DENIED : REEVE_ERROR_IO,
                     "cannot read '%s': %s", path, g_strerror (code));
      return NULL;
    }
  if (!S_ISREG (st.st_mode) || st.st_size > REEVE_METRICS_OUT_TOKEN_MAX + 1 ||
      (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_DENIED,
                   "'%s' must be a file of at most %d characters that nobody else may read "
                   "(chmod 600)",
                   path, REEVE_METRICS_OUT_TOKEN_MAX);
      return NULL;
    }
  if (g_file_get_contents (path, &text, &length, &own))
    return g_strdup (g_strstrip (text));
  reeve_error_convert (&own);
  g_propagate_error (error, g_steal_pointer (&own));
  return NULL;
}

static gboolean
reeve_metrics_out_token_take_file (ReeveMetricsOutToken *self, const char *file, GError **error)
{
  g_autoptr (GError) own = NULL;
  g_autofree char *text = reeve_metrics_out_token_read (file, &own);
  gsize length = text != NULL ? strlen (text) : 0;

  self->from_file = TRUE;
  if (own != NULL)
    {
      g_propagate_prefixed_error (error, g_steal_pointer (&own), "token-file: ");
      return FALSE;
    }
  if (text == NULL || length < REEVE_METRICS_OUT_TOKEN_MIN || strcspn (text, " \t\r\n") != length)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "token-file: '%s' holds no token: write one of at least %d characters without "
                   "spaces into it, for instance by openssl rand -hex 32",
                   file, REEVE_METRICS_OUT_TOKEN_MIN);
      return FALSE;
    }
  reeve_metrics_out_token_digest (text, self->digest);
  gnutls_memset (text, 0, length);
  self->set = TRUE;
  return TRUE;
}

/* 64 hex digits. */
static gboolean
reeve_metrics_out_token_take_digest (ReeveMetricsOutToken *self, GError **error)
{
  g_autoptr (GError) own = NULL;
  g_autofree char *text = reeve_metrics_out_token_read (self->path, &own);

  if (own != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&own));
      return FALSE;
    }
  if (text == NULL)
    return TRUE;
  if (strlen (text) != 2 * sizeof self->digest ||
      strspn (text, "0123456789abcdef") != 2 * sizeof self->digest)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "'%s' is damaged: remove it, and make a new token by reevectl metrics-token",
                   self->path);
      return FALSE;
    }
  for (gsize i = 0; i < sizeof self->digest; i++)
    self->digest[i] =
        (guint8) (g_ascii_xdigit_value (text[2 * i]) << 4 | g_ascii_xdigit_value (text[2 * i + 1]));
  self->set = TRUE;
  return TRUE;
}

ReeveMetricsOutToken *
reeve_metrics_out_token_load (const char *state_dir, const char *file, GError **error)
{
  g_autoptr (ReeveMetricsOutToken) self = g_new0 (ReeveMetricsOutToken, 1);

  self->path = g_build_filename (state_dir, REEVE_METRICS_OUT_TOKEN_FILE, NULL);
  if (file != NULL ? reeve_metrics_out_token_take_file (self, file, error)
                   : reeve_metrics_out_token_take_digest (self, error))
    return g_steal_pointer (&self);
  return NULL;
}

void
reeve_metrics_out_token_free (ReeveMetricsOutToken *self)
{
  if (self == NULL)
    return;
  g_free (self->path);
  g_free (self);
}

gboolean
reeve_metrics_out_token_is_set (ReeveMetricsOutToken *self)
{
  return self->set;
}

gboolean
reeve_metrics_out_token_matches (ReeveMetricsOutToken *self, const char *text)
{
  guint8 digest[REEVE_METRICS_OUT_TOKEN_DIGEST];

  if (!self->set || text == NULL)
    return FALSE;
  reeve_metrics_out_token_digest (text, digest);
  return gnutls_memcmp (digest, self->digest, sizeof digest) == 0;
}

static gboolean
reeve_metrics_out_token_may_change (ReeveMetricsOutToken *self, GError **error)
{
  if (!self->from_file)
    return TRUE;
  g_set_error_literal (error, REEVE_ERROR, REEVE_ERROR_DENIED,
                       "the token is that of token-file in [plugin metrics-out]: change it there");
  return FALSE;
}

char *
reeve_metrics_out_token_make (ReeveMetricsOutToken *self, GError **error)
{
  guint8 bytes[REEVE_METRICS_OUT_TOKEN_BYTES];
  guint8 digest[REEVE_METRICS_OUT_TOKEN_DIGEST];
  g_autofree char *hex = NULL;
  g_autofree char *token = NULL;

  if (!reeve_metrics_out_token_may_change (self, error))
    return NULL;
  if (gnutls_rnd (GNUTLS_RND_KEY, bytes, sizeof bytes) != 0)
    g_error ("no random numbers from GnuTLS");
  token = g_base64_encode (bytes, sizeof bytes);
  gnutls_memset (bytes, 0, sizeof bytes);
  g_strdelimit (token, "+", '-');
  g_strdelimit (token, "/", '_');
  token[strcspn (token, "=")] = '\0';
  reeve_metrics_out_token_digest (token, digest);
  hex = g_compute_checksum_for_string (G_CHECKSUM_SHA256, token, -1);
  if (!g_file_set_contents_full (self->path, hex, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error))
    {
      reeve_error_convert (error);
      return NULL;
    }
  memcpy (self->digest, digest, sizeof digest);
  self->set = TRUE;
  return g_steal_pointer (&token);
}

gboolean
reeve_metrics_out_token_remove (ReeveMetricsOutToken *self, GError **error)
{
  if (!reeve_metrics_out_token_may_change (self, error))
    return FALSE;
  if (g_unlink (self->path) < 0 && errno != ENOENT)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_IO, "cannot remove '%s': %s", self->path,
                   g_strerror (errno));
      return FALSE;
    }
  memset (self->digest, 0, sizeof self->digest);
  self->set = FALSE;
  return TRUE;
}
