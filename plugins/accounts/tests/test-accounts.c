/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who gets in, for how long, and what is said when somebody does not: the real module. */

#include "config.h"

#include <glib/gstdio.h>
#include <reeve/reeve.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../reeve-accounts-sessions.h"
#include "tests/lib/reeve-mock-host.h"

#define MINUTE_MS (60 * 1000)
#define SECOND_US G_USEC_PER_SEC

typedef struct
{
  ReeveMockHost *host;
  ReevePlugin *plugin;
  ReeveOperations *operations;
  char *key; /* the owner's */
} Bench;

static char *
bench_get_path (Bench *bench)
{
  return g_build_filename (reeve_mock_host_get_state_dir (bench->host), REEVE_ACCOUNTS_OWNER_FILE,
                           NULL);
}

static char *
bench_read_key (Bench *bench)
{
  g_autofree char *path = bench_get_path (bench);
  g_autoptr (GError) error = NULL;
  char *text;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_suffix (text, "\n"));
  return g_strchomp (text);
}

static void
bench_load (Bench *bench, const char *lifetime)
{
  bench->plugin =
      reeve_mock_host_load (bench->host, "accounts", "session-lifetime", lifetime, NULL);
  bench->operations =
      reeve_context_lookup (reeve_mock_host_get_context (bench->host), REEVE_TYPE_OPERATIONS, NULL);
  g_assert_nonnull (bench->operations);
}

static Bench *
bench_new (const char *lifetime)
{
  Bench *bench = g_new0 (Bench, 1);

  bench->host = reeve_mock_host_new ("hub", TRUE);
  bench_load (bench, lifetime);
  bench->key = bench_read_key (bench);
  return bench;
}

static void
bench_free (Bench *bench)
{
  g_clear_object (&bench->operations);
  reeve_mock_host_free (bench->host);
  g_free (bench->key);
  g_free (bench);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Bench, bench_free)

/* ---- asking ---- */

/* (nullable) the answer; every operation but SignIn is asked by @subject. */
static GVariant *
bench_call (Bench *bench, ReeveSubject *subject, const char *method, GVariant *arguments,
            GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  reeve_operations_call_async (bench->operations, reeve_mock_host_get_context (bench->host), method,
                               arguments, subject, NULL, reeve_mock_result_cb, &result);
  reeve_mock_host_wait (bench->host, &result);
  return reeve_operations_call_finish (bench->operations, result, error);
}

/* (nullable) (transfer full): the bearer token. */
static char *
bench_sign_in (Bench *bench, const char *secret, GError **error)
{
  g_autoptr (ReeveSubject) nobody = reeve_subject_new (REEVE_SUBJECT_NONE, "");
  g_autoptr (GVariant) answer =
      bench_call (bench, nobody, "SignIn", g_variant_new ("(s)", secret), error);
  const char *identity;
  char *token;

  if (answer == NULL)
    return NULL;
  g_variant_get (answer, "(s&s)", &token, &identity);
  g_assert_cmpstr (identity, ==, "owner");
  g_assert_cmpuint (strlen (token), ==, 43);
  return token;
}

static ReeveSubject *
bench_try_bearer (Bench *bench, const char *token)
{
  ReeveContext *context = reeve_mock_host_get_context (bench->host);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  ReeveSubject *subject;

  reeve_context_authenticate_async (context, g_variant_new_parsed ("{'bearer': <%s>}", token), NULL,
                                    reeve_mock_result_cb, &result);
  reeve_mock_host_wait (bench->host, &result);
  subject = reeve_context_authenticate_finish (context, result, &error);
  if (subject == NULL)
    g_assert_error (error, REEVE_ERROR, REEVE_ERROR_DENIED);
  return subject;
}

static gboolean
bench_may (Bench *bench, ReeveSubject *subject)
{
  ReeveContext *context = reeve_mock_host_get_context (bench->host);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  gboolean yes;

  reeve_context_authorize_async (context, subject, REEVE_POWER_ADMINISTER, "", NULL,
                                 reeve_mock_result_cb, &result);
  reeve_mock_host_wait (bench->host, &result);
  yes = reeve_context_authorize_finish (context, result, &error);
  if (!yes)
    g_assert_error (error, REEVE_ERROR, REEVE_ERROR_DENIED);
  return yes;
}

#define assert_dead(bench, token)                                                                  \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autoptr (ReeveSubject) subject_ = bench_try_bearer (bench, token);                           \
    g_assert_null (subject_);                                                                      \
  }                                                                                                \
  G_STMT_END

/* (transfer full), a session's subject */
static ReeveSubject *
bench_enter (Bench *bench, char **ret_token)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *token = bench_sign_in (bench, bench->key, &error);
  ReeveSubject *subject;

  g_assert_no_error (error);
  subject = bench_try_bearer (bench, token);
  g_assert_nonnull (subject);
  if (ret_token != NULL)
    *ret_token = g_steal_pointer (&token);
  return subject;
}

/* (transfer full): the secret of a fresh one-time link */
static char *
bench_open_link (Bench *bench)
{
  g_autoptr (ReeveSubject) owner = bench_enter (bench, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = bench_call (bench, owner, "OpenLink", g_variant_new ("()"), &error);
  gint64 now = reeve_clock_get_wall (reeve_mock_host_get_clock (bench->host));
  double expires;
  char *secret;

  g_assert_no_error (error);
  g_variant_get (answer, "(sd)", &secret, &expires);
  g_assert_cmpfloat_with_epsilon (expires, (now + 300 * SECOND_US) / 1e6, 0.001);
  g_assert_cmpuint (strlen (secret), ==, 43);
  return secret;
}

static guint
bench_count_events (Bench *bench, const char *text)
{
  g_autoptr (GPtrArray) events =
      reeve_context_read_events (reeve_mock_host_get_context (bench->host), 0, NULL);
  guint n = 0;

  for (guint i = 0; i < events->len; i++)
    {
      ReeveEvent *event = g_ptr_array_index (events, i);

      if (strcmp (reeve_event_get_category (event), "sign-in") == 0 &&
          strstr (reeve_event_get_text (event), text) != NULL)
        n++;
    }
  return n;
}

/* ---- the owner key's file ---- */

static void
test_key_is_made (void)
{
  g_autoptr (Bench) bench = bench_new ("12h");
  g_autofree char *path = bench_get_path (bench);
  g_autofree char *again = NULL;
  struct stat st;

  g_assert_cmpint (lstat (path, &st), ==, 0);
  g_assert_true (S_ISREG (st.st_mode));
  g_assert_cmpuint (st.st_mode & 07777, ==, 0600);
  g_assert_cmpuint (st.st_uid, ==, geteuid ());
  g_assert_cmpuint (strlen (bench->key), ==, 43);
  /* a restart keeps it */
  g_clear_object (&bench->operations);
  reeve_mock_host_unload (bench->host, bench->plugin);
  bench_load (bench, "12h");
  again = bench_read_key (bench);
  g_assert_cmpstr (again, ==, bench->key);
}

static void
test_two_hubs_two_keys (void)
{
  g_autoptr (Bench) one = bench_new ("12h");
  g_autoptr (Bench) two = bench_new ("12h");
  g_autoptr (GError) error = NULL;
  g_autofree char *token = NULL;

  g_assert_cmpstr (one->key, !=, two->key);
  token = bench_sign_in (one, two->key, &error);
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_DENIED);
}

static void
assert_key_refused (const char *directory, ReeveError code, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *key = reeve_accounts_load_owner_key (directory, &error);

  g_assert_null (key);
  g_assert_error (error, REEVE_ERROR, (int) code);
  if (strstr (error->message, text) == NULL || strstr (error->message, "owner.key") == NULL)
    g_error ("no '%s' in: %s", text, error->message);
}

static void
test_key_modes (void)
{
  static const mode_t modes[] = { 0640, 0604, 0644, 0620, 0601, 0666 };
  g_autoptr (Bench) bench = bench_new ("12h");
  g_autofree char *path = bench_get_path (bench);
  const char *directory = reeve_mock_host_get_state_dir (bench->host);

  for (guint i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_assert_cmpint (g_chmod (path, modes[i]), ==, 0);
      assert_key_refused (directory, REEVE_ERROR_DENIED, "chmod 600");
    }
  g_assert_cmpint (g_chmod (path, 0400), ==, 0);
  {
    g_autofree char *key = reeve_accounts_load_owner_key (directory, NULL);

    g_assert_cmpstr (key, ==, bench->key);
  }
  if (geteuid () == 0)
    {
      g_assert_cmpint (chown (path, 65534, 65534), ==, 0);
      assert_key_refused (directory, REEVE_ERROR_DENIED, "of this user");
    }
}

/* A link, a pipe, a directory: nobody's secret. */
static void
test_key_is_no_file (void)
{
  g_autoptr (Bench) bench = bench_new ("12h");
  g_autofree char *path = bench_get_path (bench);
  g_autofree char *moved = g_strconcat (path, ".moved", NULL);
  const char *directory = reeve_mock_host_get_state_dir (bench->host);

  g_assert_cmpint (g_rename (path, moved), ==, 0);
  g_assert_cmpint (symlink (moved, path), ==, 0);
  assert_key_refused (directory, REEVE_ERROR_DENIED, "symbolic link");
  g_unlink (path);
  /* one that leads nowhere must not be followed to make a key there */
  g_assert_cmpint (symlink ("/nowhere/at/all", path), ==, 0);
  assert_key_refused (directory, REEVE_ERROR_DENIED, "symbolic link");
  g_unlink (path);
  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  assert_key_refused (directory, REEVE_ERROR_DENIED, "must be a file");
  g_unlink (path);
  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  assert_key_refused (directory, REEVE_ERROR_DENIED, "must be a file");
  g_rmdir (path);
  g_unlink (moved);
}

static void
test_key_damaged (void)
{
  static const char *const texts[] = {
    "",
    "\n",
    "short\n",
    "012345678901234567890123456789012345678\n", /* 39 */
    "0123456789012345678901234567890123456789 0123456789\n",
    "0123456789012345678901234567890123456789\033\n",
    "01234567890123456789012345678901234567890123456789\nand more\n",
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123"
    "45678901234567890123456789",
  };
  g_autoptr (Bench) bench = bench_new ("12h");
  g_autofree char *path = bench_get_path (bench);
  const char *directory = reeve_mock_host_get_state_dir (bench->host);

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *after = NULL;

      g_file_set_contents_full (path, texts[i], -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error);
      g_assert_no_error (error);
      g_test_message ("damaged %u", i);
      assert_key_refused (directory, REEVE_ERROR_INVALID, "damaged");
      /* what is there is never replaced in silence */
      g_file_get_contents (path, &after, NULL, NULL);
      g_assert_cmpstr (after, ==, texts[i]);
    }
}

/* The plugin says it and does not start. */
static void
test_key_refused_by_plugin (void)
{
  g_autoptr (ReeveMockHost) host = reeve_mock_host_new ("hub", TRUE);
  g_autofree char *path =
      g_build_filename (reeve_mock_host_get_state_dir (host), REEVE_ACCOUNTS_OWNER_FILE, NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, "x", -1, NULL);
  g_assert_null (reeve_mock_host_try_load (host, &error, "accounts", NULL));
  g_assert_nonnull (error);
}

/* ---- links ---- */

static void
test_link_once (void)
{
  g_autoptr (Bench) bench = bench_new ("12h");
  g_autofree char *secret = bench_open_link (bench);
  g_autoptr (GError) error = NULL;
  g_autofree char *token = bench_sign_in (bench, secret, &error);
  g_autofree char *again = NULL;

  g_assert_no_error (error);
  g_assert_nonnull (token);
  g_assert_cmpstr (token, !=, secret);
  again = bench_sign_in (bench, secret, &error);
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_DENIED);
  /* neither is a link's secret a bearer, nor a bearer a secret */
  assert_dead (bench, secret);
  g_clear_error (&error);
  g_assert_null (bench_sign_in (bench, token, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_DENIED);
}

static void
test_link_expires (void)
{
  g_autoptr (Bench) bench = bench_new ("12h");
  g_autofree char *first = bench_open_link (bench);
  g_autofree char *second = bench_open_link (bench);
  g_autofree char *token = NULL;
  g_autoptr (GError) error = NULL;

  reeve_mock_host_advance (bench->host, 5 * MINUTE_MS - 100);
  token = bench_sign_in (bench, first, &error);
  g_assert_no_error (error);
  reeve_mock_host_advance (bench->host, 200);
  g_assert_null (bench_sign_in (bench, second, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_DENIED);
}

static void
test_link_limit (void)
{
  g_autoptr (Bench) bench = bench_new ("12h");
  g_autoptr (GPtrArray) secrets = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i <= REEVE_ACCOUNTS_MAX_LINKS; i++)
    g_ptr_array_add (secrets, bench_open_link (bench));
  g_assert_cmpuint (secrets->len, ==, 17);
  g_assert_null (bench_sign_in (bench, g_ptr_array_index (secrets, 0), &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_DENIED);
  for (guint i = 1; i < secrets->len; i++)
    {
      g_autoptr (GError) problem = NULL;
      g_autofree char *token = bench_sign_in (bench, g_ptr_array_index (secrets, i), &problem);

      g_assert_no_error (problem);
    }
}

/* ---- sessions ---- */

static void
test_session_lifetime (void)
{
  g_autoptr (Bench) bench = bench_new ("10min");
  g_autofree char *token = NULL;
  g_autoptr (ReeveSubject) subject = bench_enter (bench, &token);

  g_assert_true (bench_may (bench, subject));
  reeve_mock_host_advance (bench->host, 10 * MINUTE_MS - 100);
  g_assert_true (bench_may (bench, subject));
  /* use does not prolong it */
  reeve_mock_host_advance (bench->host, 200);
  g_assert_false (bench_may (bench, subject));
  assert_dead (bench, token);
}

static void
test_sign_out (void)
{
  g_autoptr (Bench) bench = bench_new ("12h");
  g_autofree char *token = NULL;
  g_autofree char *other_token = NULL;
  g_autoptr (ReeveSubject) subject = bench_enter (bench, &token);
  g_autoptr (ReeveSubject) other = bench_enter (bench, &other_token);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer =
      bench_call (bench, subject, "SignOut", g_variant_new ("()"), &error);
  g_autoptr (GVariant) late = NULL;

  g_assert_no_error (error);
  g_assert_false (bench_may (bench, subject));
  assert_dead (bench, token);
  /* whoever kept the subject of an ended session gets nothing */
  late = bench_call (bench, subject, "GetSession", g_variant_new ("()"), &error);
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_DENIED);
  g_assert_null (late);
  /* the owner's other session stays */
  g_assert_true (bench_may (bench, other));
}

static void
test_stop_ends_sessions (void)
{
  g_autoptr (Bench) bench = bench_new ("12h");
  g_autofree char *token = NULL;
  g_autofree char *secret = bench_open_link (bench);
  g_autoptr (ReeveSubject) subject = bench_enter (bench, &token);
  g_autoptr (GError) error = NULL;

  g_clear_object (&bench->operations);
  reeve_mock_host_unload (bench->host, bench->plugin);
  g_assert_false (bench_may (bench, subject));
  assert_dead (bench, token);
  /* another process: neither its sessions nor its links live on */
  bench_load (bench, "12h");
  g_assert_false (bench_may (bench, subject));
  assert_dead (bench, token);
  g_assert_null (bench_sign_in (bench, secret, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_DENIED);
}

static void
test_session_limit (void)
{
  g_autoptr (Bench) bench = bench_new ("12h");
  g_autoptr (GPtrArray) tokens = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i <= REEVE_ACCOUNTS_MAX_SESSIONS; i++)
    {
      g_autoptr (GError) error = NULL;

      g_ptr_array_add (tokens, bench_sign_in (bench, bench->key, &error));
      g_assert_no_error (error);
    }
  g_assert_cmpuint (tokens->len, ==, 65);
  assert_dead (bench, g_ptr_array_index (tokens, 0));
  for (guint i = 1; i < tokens->len; i++)
    {
      g_autoptr (ReeveSubject) subject = bench_try_bearer (bench, g_ptr_array_index (tokens, i));

      g_assert_nonnull (subject);
    }
}

/* Names reach logs and events; tokens must not. */
static void
test_names (void)
{
  g_autoptr (Bench) bench = bench_new ("12h");
  g_autofree char *token = NULL;
  g_autoptr (ReeveSubject) subject = bench_enter (bench, &token);
  const char *name = reeve_subject_get_name (subject);

  g_assert_cmpstr (reeve_subject_get_kind (subject), ==, REEVE_SUBJECT_WEB);
  g_assert_true (g_str_has_prefix (name, "owner:"));
  /* not even a piece of it */
  for (gsize i = 0; i + 6 <= strlen (token); i++)
    {
      g_autofree char *piece = g_strndup (token + i, 6);

      g_assert_null (strstr (name, piece));
    }
  g_assert_cmpuint (bench_count_events (bench, token), ==, 0);
  g_assert_cmpuint (bench_count_events (bench, "owner signed in"), ==, 1);
}

static void
test_authorizer (void)
{
  static const char *const names[] = { "", "owner", "owner:", ":", "root", "0" };
  g_autoptr (Bench) bench = bench_new ("12h");
  g_autoptr (ReeveSubject) real = bench_enter (bench, NULL);
  g_autoptr (ReeveSubject) stranger =
      reeve_subject_new (REEVE_SUBJECT_UID, reeve_subject_get_name (real));

  g_assert_false (bench_may (bench, stranger));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (ReeveSubject) subject = reeve_subject_new (REEVE_SUBJECT_WEB, names[i]);

      g_assert_false (bench_may (bench, subject));
    }
  assert_dead (bench, "");
  assert_dead (bench, "owner");
  assert_dead (bench, bench->key);
}

/* ---- wrong secrets ---- */

static void
test_wrong_secret (void)
{
  g_autoptr (Bench) bench = bench_new ("12h");
  g_autofree char *longest = g_strnfill (100 * 1000, 'a');
  const char *const secrets[] = { "", "x", "owner", longest };

  for (guint i = 0; i < G_N_ELEMENTS (secrets); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (bench_sign_in (bench, secrets[i], &error));
      g_assert_error (error, REEVE_ERROR, REEVE_ERROR_DENIED);
      g_assert_cmpstr (error->message, ==,
                       "accounts: this link or key does not sign in: it is wrong, was used, or is "
                       "older than "
                       "five minutes; 'reevectl open' makes a new one");
    }
}

/* One event at once, then one in 10 s with the number of those since; the last are told too. */
static void
test_failure_events (void)
{
  g_autoptr (Bench) bench = bench_new ("12h");

  for (guint i = 0; i < 5; i++)
    g_assert_null (bench_sign_in (bench, "wrong", NULL));
  g_assert_cmpuint (bench_count_events (bench, "failed"), ==, 1);
  g_assert_cmpuint (bench_count_events (bench, "1 sign-in failed"), ==, 1);
  reeve_mock_host_advance (bench->host, 9800);
  g_assert_null (bench_sign_in (bench, "wrong", NULL));
  g_assert_cmpuint (bench_count_events (bench, "failed"), ==, 1);
  reeve_mock_host_advance (bench->host, 400);
  g_assert_cmpuint (bench_count_events (bench, "failed"), ==, 2);
  g_assert_cmpuint (bench_count_events (bench, "5 sign-ins failed"), ==, 1);
  reeve_mock_host_advance (bench->host, 20 * 1000);
  g_assert_cmpuint (bench_count_events (bench, "failed"), ==, 2);
  /* a new one after a pause is told at once */
  g_assert_null (bench_sign_in (bench, "wrong", NULL));
  g_assert_cmpuint (bench_count_events (bench, "1 sign-in failed"), ==, 2);
}

/* The mock host looks that nothing is left behind. */
static void
test_second_accounts (void)
{
  ReeveMockHost *host = reeve_mock_host_new ("hub", TRUE);
  g_autoptr (GError) error = NULL;

  reeve_mock_host_load (host, "accounts", NULL);
  g_assert_null (reeve_mock_host_try_load (host, &error, "accounts", NULL));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_EXISTS);
  reeve_mock_host_free (host);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/accounts/key/made", test_key_is_made);
  g_test_add_func ("/accounts/key/own", test_two_hubs_two_keys);
  g_test_add_func ("/accounts/key/modes", test_key_modes);
  g_test_add_func ("/accounts/key/no-file", test_key_is_no_file);
  g_test_add_func ("/accounts/key/damaged", test_key_damaged);
  g_test_add_func ("/accounts/key/plugin", test_key_refused_by_plugin);
  g_test_add_func ("/accounts/link/once", test_link_once);
  g_test_add_func ("/accounts/link/expires", test_link_expires);
  g_test_add_func ("/accounts/link/limit", test_link_limit);
  g_test_add_func ("/accounts/session/lifetime", test_session_lifetime);
  g_test_add_func ("/accounts/session/sign-out", test_sign_out);
  g_test_add_func ("/accounts/session/stop", test_stop_ends_sessions);
  g_test_add_func ("/accounts/session/limit", test_session_limit);
  g_test_add_func ("/accounts/names", test_names);
  g_test_add_func ("/accounts/authorizer", test_authorizer);
  g_test_add_func ("/accounts/wrong-secret", test_wrong_secret);
  g_test_add_func ("/accounts/failure-events", test_failure_events);
  g_test_add_func ("/accounts/second", test_second_accounts);
  return g_test_run ();
}
