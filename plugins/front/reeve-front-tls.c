/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The certificates. Those of the settings are read at start and at each reload, and a reload with
 * bad ones changes nothing. Without any the front makes a key and a certificate of its own; agents
 * know that by its key, so the key stays when the certificate is made anew because its end is near
 * or the machine has other names. */

#include "config.h"

#include "reeve-front-tls.h"

struct _ReeveFrontTls
{
  ReeveContext *context;
  GPtrArray *names; /* NULL-terminated */
  char *own_key;
  char *own_certificate;
  ReeveTlsCredentials *current;
  gboolean own; /* current is */
  ReeveTlsCredentials *next;
  gboolean next_own;
  ReeveTimer *timer;
};

gboolean
reeve_front_tls_check_settings (ReeveSettings *settings, GError **error)
{
  const char *const *certificates = reeve_settings_get_strings (settings, "certificate");
  const char *const *keys = reeve_settings_get_strings (settings, "key");
  guint n_certificates = g_strv_length ((char **) certificates);
  guint n_keys = g_strv_length ((char **) keys);

  if (n_certificates != n_keys)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "certificate names %u files and key %u; each certificate needs its own key, in "
                   "the same order",
                   n_certificates, n_keys);
      return FALSE;
    }
  if (n_keys > REEVE_TLS_MAX_PAIRS)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT, "certificate: at most %d files",
                   REEVE_TLS_MAX_PAIRS);
      return FALSE;
    }
  for (guint i = 0; i < n_keys; i++)
    if (!g_path_is_absolute (certificates[i]) || !g_path_is_absolute (keys[i]))
      {
        g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID, "%s: write the whole path, from / on",
                     g_path_is_absolute (keys[i]) ? "certificate" : "key");
        return FALSE;
      }
  return TRUE;
}

static gint64
reeve_front_tls_now (ReeveFrontTls *self)
{
  return reeve_clock_get_wall (reeve_context_get_clock (self->context)) / G_USEC_PER_SEC;
}

static char *
reeve_front_tls_format (gint64 seconds)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (seconds);

  return time != NULL ? g_date_time_format (time, "%Y-%m-%d") : g_strdup ("?");
}

/* ---- one's own ---- */

static gboolean
reeve_front_tls_has_names (ReeveFrontTls *self, ReeveTlsCredentials *credentials)
{
  for (guint i = 0; i + 1 < self->names->len; i++)
    if (!reeve_tls_credentials_has_name (credentials, self->names->pdata[i]))
      return FALSE;
  return TRUE;
}

static gboolean
reeve_front_tls_make_key (ReeveFrontTls *self, GError **error)
{
  if (g_file_test (self->own_key, G_FILE_TEST_EXISTS))
    return TRUE;
  if (g_file_test (self->own_certificate, G_FILE_TEST_EXISTS))
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND,
                   "the key %s is gone, and agents know this hub by it: put it back, or remove %s "
                   "as well for a new one, whose pin every agent needs",
                   self->own_key, self->own_certificate);
      return FALSE;
    }
  return reeve_tls_make_key (self->own_key, reeve_context_get_keeper (self->context), error);
}

/* (transfer full) (nullable): what is there, if it still does. */
static ReeveTlsCredentials *
reeve_front_tls_load_own (ReeveFrontTls *self, GError **error)
{
  g_autoptr (ReeveTlsCredentials) credentials =
      reeve_tls_credentials_new (reeve_context_get_keeper (self->context));
  gint64 now = reeve_front_tls_now (self);

  if (!reeve_front_tls_make_key (self, error))
    return NULL;
  if (g_file_test (self->own_certificate, G_FILE_TEST_EXISTS))
    {
      if (!reeve_tls_credentials_add (credentials, self->own_certificate, self->own_key, error))
        return NULL;
      if (reeve_tls_credentials_get_expiry (credentials, NULL) >
              now + REEVE_FRONT_TLS_RENEW_SECONDS &&
          reeve_front_tls_has_names (self, credentials))
        return g_steal_pointer (&credentials);
      reeve_tls_credentials_unref (credentials);
      credentials = reeve_tls_credentials_new (reeve_context_get_keeper (self->context));
    }
  if (!reeve_tls_make_certificate (self->own_certificate, self->own_key,
                                   reeve_context_get_keeper (self->context),
                                   (const char *const *) self->names->pdata, now, error) ||
      !reeve_tls_credentials_add (credentials, self->own_certificate, self->own_key, error))
    return NULL;
  reeve_log_message (self->context, "made the certificate %s; its pin is %s", self->own_certificate,
                     reeve_tls_credentials_get_pin (credentials));
  return g_steal_pointer (&credentials);
}

/* ---- loading ---- */

/* (transfer full) (nullable) */
static ReeveTlsCredentials *
reeve_front_tls_load (ReeveFrontTls *self, ReeveSettings *settings, gboolean *ret_own,
                      GError **error)
{
  const char *const *certificates = reeve_settings_get_strings (settings, "certificate");
  const char *const *keys = reeve_settings_get_strings (settings, "key");
  g_autoptr (ReeveTlsCredentials) credentials = NULL;

  *ret_own = certificates[0] == NULL;
  if (*ret_own)
    return reeve_front_tls_load_own (self, error);
  credentials = reeve_tls_credentials_new (reeve_context_get_keeper (self->context));
  for (guint i = 0; certificates[i] != NULL; i++)
    if (!reeve_tls_credentials_add (credentials, certificates[i], keys[i], error))
      return NULL;
  return g_steal_pointer (&credentials);
}

/* An expired one is said, and served: whoever pinned its key still gets through. */
static void
reeve_front_tls_tell (ReeveFrontTls *self)
{
  const char *file = NULL;
  gint64 expiry = reeve_tls_credentials_get_expiry (self->current, &file);
  gint64 now = reeve_front_tls_now (self);
  g_autofree char *date = reeve_front_tls_format (expiry);

  if (expiry > now + REEVE_FRONT_TLS_WARN_SECONDS)
    return;
  reeve_log_warning (self->context, "the certificate %s %s on %s; put a new one there and reload",
                     file, expiry <= now ? "has expired" : "expires", date);
  reeve_context_emit (self->context,
                      expiry <= now ? REEVE_SEVERITY_CRITICAL : REEVE_SEVERITY_WARNING,
                      "certificate", file, NULL, "the certificate %s %s on %s", file,
                      expiry <= now ? "has expired" : "expires", date);
}

static void
reeve_front_tls_timer_cb (ReeveTimer *timer, gpointer user_data)
{
  ReeveFrontTls *self = user_data;
  g_autoptr (GError) error = NULL;
  ReeveTlsCredentials *own = self->own ? reeve_front_tls_load_own (self, &error) : NULL;

  if (own != NULL)
    {
      reeve_tls_credentials_unref (self->current);
      self->current = own;
    }
  else if (error != NULL)
    reeve_log_warning (self->context, "%s", error->message);
  reeve_front_tls_tell (self);
  reeve_timer_start (timer, REEVE_FRONT_TLS_CHECK_MS);
}

ReeveFrontTls *
reeve_front_tls_new (ReeveContext *context, ReeveSettings *settings, GPtrArray *names,
                     GError **error)
{
  g_autoptr (ReeveFrontTls) self = g_new0 (ReeveFrontTls, 1);
  const char *state_dir = reeve_context_get_state_dir (context);

  self->context = context;
  self->names = names;
  if (names->len == 0)
    g_ptr_array_add (names, g_ascii_strdown (g_get_host_name (), -1));
  g_ptr_array_add (names, NULL);
  self->own_key = g_build_filename (state_dir, REEVE_FRONT_TLS_KEY, NULL);
  self->own_certificate = g_build_filename (state_dir, REEVE_FRONT_TLS_CERTIFICATE, NULL);
  self->current = reeve_front_tls_load (self, settings, &self->own, error);
  if (self->current == NULL)
    return NULL;
  self->timer = reeve_context_add_timer (context, "certificate", reeve_front_tls_timer_cb, self);
  reeve_timer_start (self->timer, REEVE_FRONT_TLS_CHECK_MS);
  reeve_front_tls_tell (self);
  return g_steal_pointer (&self);
}

void
reeve_front_tls_free (ReeveFrontTls *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->timer, reeve_timer_free);
  g_clear_pointer (&self->current, reeve_tls_credentials_unref);
  g_clear_pointer (&self->next, reeve_tls_credentials_unref);
  g_ptr_array_unref (self->names);
  g_free (self->own_key);
  g_free (self->own_certificate);
  g_free (self);
}

/* ---- reload ---- */

gboolean
reeve_front_tls_check (ReeveFrontTls *self, ReeveSettings *settings, GError **error)
{
  g_autoptr (ReeveTlsCredentials) next = NULL;
  g_autofree char *date = NULL;
  const char *file = NULL;
  gboolean own;
  gint64 expiry;

  g_clear_pointer (&self->next, reeve_tls_credentials_unref);
  if (!reeve_front_tls_check_settings (settings, error))
    return FALSE;
  next = reeve_front_tls_load (self, settings, &own, error);
  if (next == NULL)
    return FALSE;
  expiry = reeve_tls_credentials_get_expiry (next, &file);
  if (expiry <= reeve_front_tls_now (self))
    {
      /* one that is served already and has expired meanwhile stands in no other setting's way */
      if (reeve_tls_credentials_same (next, self->current))
        return TRUE;
      date = reeve_front_tls_format (expiry);
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "the certificate %s has expired on %s; put a new one there and reload", file,
                   date);
      return FALSE;
    }
  self->next = g_steal_pointer (&next);
  self->next_own = own;
  return TRUE;
}

void
reeve_front_tls_take (ReeveFrontTls *self)
{
  if (self->next == NULL)
    return;
  reeve_tls_credentials_unref (self->current);
  self->current = g_steal_pointer (&self->next);
  self->own = self->next_own;
  reeve_log_message (self->context, "new connections get the certificate with the pin %s",
                     reeve_tls_credentials_get_pin (self->current));
  reeve_front_tls_tell (self);
}

ReeveTlsCredentials *
reeve_front_tls_get (ReeveFrontTls *self)
{
  return self->current;
}
