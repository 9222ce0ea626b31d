/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Certificates that come to their end, on a driven clock: one's own is made anew in time and keeps
 * its key, somebody else's is said before and after. */

#include "config.h"

#include "tests/lib/reeve-mock-host.h"

#include <stdio.h>
#include <string.h>

#include "../reeve-front-tls.h"

#define DAY (G_GINT64_CONSTANT (24) * 3600)

static const ReeveSettingsRow rows[] = {
  { .key = "certificate", .type = REEVE_SETTING_STRINGS },
  { .key = "key", .type = REEVE_SETTING_STRINGS },
  { 0 },
};

/* lint: allow state: GLib's log writer is one for the whole program */
static GPtrArray *warnings;

static GLogWriterOutput
keep_warning (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  if ((level & G_LOG_LEVEL_WARNING) == 0)
    return g_log_writer_default (level, fields, n_fields, user_data);
  for (gsize i = 0; i < n_fields; i++)
    if (strcmp (fields[i].key, "MESSAGE") == 0)
      g_ptr_array_add (warnings, g_strdup (fields[i].value));
  return G_LOG_WRITER_HANDLED;
}

typedef struct
{
  ReeveMockHost *host;
  ReeveContext *context;
  ReeveClock *clock;
} Test;

static void
set_up (Test *f, gconstpointer data)
{
  warnings = g_ptr_array_new_with_free_func (g_free);
  f->host = reeve_mock_host_new ("hub", TRUE);
  f->context = reeve_mock_host_get_context (f->host);
  f->clock = reeve_context_get_clock (f->context);
}

static void
tear_down (Test *f, gconstpointer data)
{
  g_assert_cmpuint (warnings->len, ==, 0);
  g_ptr_array_unref (warnings);
  reeve_mock_host_free (f->host);
}

static ReeveFrontTls *
make_tls (Test *f, const char *certificate, const char *key)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (ReeveSettings) settings = NULL;
  g_autoptr (GError) error = NULL;
  ReeveFrontTls *tls;

  settings =
      reeve_settings_new_for_pairs (rows, &error, "certificate", certificate, "key", key, NULL);
  g_assert_no_error (error);
  g_ptr_array_add (names, g_strdup ("hub.example"));
  tls = reeve_front_tls_new (f->context, settings, names, &error);
  g_assert_no_error (error);
  return tls;
}

/* The look of the next day, after @days days. */
static void
pass (Test *f, guint days)
{
  reeve_clock_jump (f->clock, (days - 1) * DAY * G_USEC_PER_SEC);
  reeve_clock_advance (f->clock, DAY * G_USEC_PER_SEC);
  reeve_mock_host_settle (f->host);
}

static gint64
days_left (Test *f, ReeveFrontTls *tls)
{
  gint64 now = reeve_clock_get_wall (f->clock) / G_USEC_PER_SEC;

  return (reeve_tls_credentials_get_expiry (reeve_front_tls_get (tls), NULL) - now) / DAY;
}

/* Events about certificates of @severity, the last of which has @text. */
static guint
count_events (Test *f, ReeveSeverity severity, const char *text)
{
  g_autoptr (GPtrArray) events = reeve_context_read_events (f->context, 0, NULL);
  guint n = 0;

  for (guint i = 0; i < events->len; i++)
    {
      ReeveEvent *event = g_ptr_array_index (events, i);

      if (strcmp (reeve_event_get_category (event), "certificate") == 0 &&
          reeve_event_get_severity (event) == severity &&
          strstr (reeve_event_get_text (event), text) != NULL)
        n++;
    }
  return n;
}

static void
take_warning (const char *pattern)
{
  g_assert_cmpuint (warnings->len, ==, 1);
  g_test_message ("%s", (const char *) warnings->pdata[0]);
  g_assert_true (g_pattern_match_simple (pattern, warnings->pdata[0]));
  g_ptr_array_set_size (warnings, 0);
}

static void
test_own (Test *f, gconstpointer data)
{
  ReeveFrontTls *tls = make_tls (f, "", "");
  g_autofree char *pin = g_strdup (reeve_tls_credentials_get_pin (reeve_front_tls_get (tls)));
  g_autofree char *path =
      g_build_filename (reeve_mock_host_get_state_dir (f->host), REEVE_FRONT_TLS_CERTIFICATE, NULL);
  g_autofree char *first = NULL, *later = NULL, *renewed = NULL;

  g_assert_cmpint (days_left (f, tls), >=, 820);
  g_assert_true (g_file_get_contents (path, &first, NULL, NULL));
  /* a month and a day before its end nothing happens, a day later it is made anew */
  pass (f, (guint) days_left (f, tls) - 31);
  g_assert_true (g_file_get_contents (path, &later, NULL, NULL));
  g_assert_cmpstr (first, ==, later);
  pass (f, 2);
  g_assert_cmpint (days_left (f, tls), >=, 820);
  g_assert_true (g_file_get_contents (path, &renewed, NULL, NULL));
  g_assert_cmpstr (first, !=, renewed);
  g_assert_cmpstr (reeve_tls_credentials_get_pin (reeve_front_tls_get (tls)), ==, pin);
  reeve_front_tls_free (tls);
}

/* It cannot be written: said, and the old one is served and said to end. */
static void
test_own_stays (Test *f, gconstpointer data)
{
  ReeveFrontTls *tls = make_tls (f, "", "");
  g_autofree char *path =
      g_build_filename (reeve_mock_host_get_state_dir (f->host), REEVE_FRONT_TLS_KEY, NULL);
  g_autofree char *away = g_strconcat (path, ".away", NULL);

  g_assert_cmpint (rename (path, away), ==, 0);
  pass (f, (guint) days_left (f, tls) - 20);
  take_warning ("the key * is gone*");
  pass (f, 10);
  g_assert_cmpuint (warnings->len, ==, 2);
  g_ptr_array_remove_index (warnings, 0);
  take_warning ("the certificate *tls.pem expires on *");
  g_assert_cmpint (rename (away, path), ==, 0);
  pass (f, 1);
  g_assert_cmpint (days_left (f, tls), >=, 820);
  reeve_front_tls_free (tls);
}

/* (transfer full): as for a reload. */
static ReeveSettings *
make_settings (const char *certificate, const char *key)
{
  g_autoptr (GError) error = NULL;
  ReeveSettings *settings =
      reeve_settings_new_for_pairs (rows, &error, "certificate", certificate, "key", key, NULL);

  g_assert_no_error (error);
  return settings;
}

/* A pair of files that somebody else made. */
static void
make_given (Test *f, char **certificate, char **key)
{
  const char *const names[] = { "hub.example", NULL };
  const char *dir = reeve_mock_host_get_state_dir (f->host);
  g_autoptr (GError) error = NULL;

  *certificate = g_build_filename (dir, "given.pem", NULL);
  *key = g_build_filename (dir, "given.key", NULL);
  g_assert_true (reeve_tls_make_key (*key, NULL, &error));
  g_assert_true (
      reeve_tls_make_certificate (*certificate, *key, reeve_context_get_keeper (f->context), names,
                                  reeve_clock_get_wall (f->clock) / G_USEC_PER_SEC, &error));
  g_assert_no_error (error);
}

/* Reloads that name other files and come to nothing, for their own sake or somebody else's, change
 * nothing: the own one is served, and made anew in time. One that is taken ends that. */
static void
test_own_after_refusals (Test *f, gconstpointer data)
{
  g_autofree char *certificate = NULL, *key = NULL;
  g_autoptr (ReeveSettings) missing = make_settings ("/no/such.pem", "/no/such.key");
  g_autoptr (ReeveSettings) given = NULL;
  g_autoptr (ReeveSettings) none = make_settings ("", "");
  ReeveFrontTls *tls = make_tls (f, "", "");
  g_autofree char *pin = g_strdup (reeve_tls_credentials_get_pin (reeve_front_tls_get (tls)));
  g_autoptr (GError) error = NULL;

  g_assert_false (reeve_front_tls_check (tls, missing, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
  g_clear_error (&error);
  pass (f, (guint) days_left (f, tls) - 29);
  g_assert_cmpint (days_left (f, tls), >=, 820);

  make_given (f, &certificate, &key);
  given = make_settings (certificate, key);
  /* good by itself, and refused for another plugin's setting */
  g_assert_true (reeve_front_tls_check (tls, given, &error));
  g_assert_no_error (error);
  pass (f, (guint) days_left (f, tls) - 29);
  g_assert_cmpint (days_left (f, tls), >=, 820);
  g_assert_cmpstr (reeve_tls_credentials_get_pin (reeve_front_tls_get (tls)), ==, pin);

  /* what is left of a reload that was refused is not taken by the next one */
  g_assert_true (reeve_front_tls_check (tls, none, &error));
  reeve_front_tls_take (tls);
  g_assert_cmpstr (reeve_tls_credentials_get_pin (reeve_front_tls_get (tls)), ==, pin);
  reeve_front_tls_free (tls);
}

static void
test_given (Test *f, gconstpointer data)
{
  g_autofree char *certificate = NULL, *key = NULL;
  ReeveFrontTls *tls;

  make_given (f, &certificate, &key);
  tls = make_tls (f, certificate, key);
  /* two weeks before its end it is said, each day; nobody makes it anew */
  pass (f, (guint) days_left (f, tls) - 15);
  g_assert_cmpuint (count_events (f, REEVE_SEVERITY_WARNING, ""), ==, 0);
  pass (f, 2);
  take_warning ("the certificate *given.pem expires on *-*-*; put a new one there and reload");
  g_assert_cmpuint (count_events (f, REEVE_SEVERITY_WARNING, "given.pem expires on "), ==, 1);
  pass (f, 1);
  take_warning ("*expires on*");
  g_assert_cmpuint (count_events (f, REEVE_SEVERITY_CRITICAL, ""), ==, 0);
  pass (f, 20);
  take_warning ("the certificate *given.pem has expired on *");
  g_assert_cmpuint (count_events (f, REEVE_SEVERITY_CRITICAL, "given.pem has expired on "), ==, 1);
  g_assert_cmpint (days_left (f, tls), <, 0);
  reeve_front_tls_free (tls);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
  g_log_set_writer_func (keep_warning, NULL, NULL);
#define ADD(name, func) g_test_add ("/front/certificate/" name, Test, NULL, set_up, func, tear_down)
  ADD ("own", test_own);
  ADD ("own-stays", test_own_stays);
  ADD ("own-after-refusals", test_own_after_refusals);
  ADD ("given", test_given);
#undef ADD
  return g_test_run ();
}
