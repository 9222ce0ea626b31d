/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Universal tokens: systems that make themselves at first contact, and who may not. */

#include "config.h"

#include <math.h>
#include <string.h>

#include "fleet-bench.h"

typedef struct
{
  char *id;
  char *token;
} Token;

static void
token_clear (Token *self)
{
  g_free (self->id);
  g_free (self->token);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Token, token_clear)

static Token
add_token (Bench *bench, double lifetime, guint uses, const char *confirm)
{
  g_autoptr (GVariant) answer =
      bench_call (bench, "AddToken", g_variant_new ("(sdus)", "rack 4", lifetime, uses, confirm));
  Token token;

  g_variant_get (answer, "(sssd)", &token.id, &token.token, NULL, NULL);
  return token;
}

/* A machine with a fingerprint of its own. */
static ReeveLinkOffer
make_offer (const Token *token, const char *fingerprint, const char *hostname)
{
  return (ReeveLinkOffer){ .transport = "websocket",
                           .remote = "192.0.2.9",
                           .token = token->token,
                           .version = "0.18.8",
                           .fingerprint = fingerprint,
                           .hostname = hostname };
}

/* The row of the system with this name, NULL: there is none. */
static GVariant *
find_system (Bench *bench, const char *name)
{
  g_autoptr (GVariant) answer =
      bench_call (bench, "ListSystems", g_variant_new ("(ssuu)", "", "", 0, 0));
  g_autoptr (GVariant) rows = g_variant_get_child_value (answer, 0);

  for (gsize i = 0; i < g_variant_n_children (rows); i++)
    {
      GVariant *row = g_variant_get_child_value (rows, i);
      const char *text;

      if (g_variant_lookup (row, "name", "&s", &text) && strcmp (text, name) == 0)
        return row;
      g_variant_unref (row);
    }
  return NULL;
}

static gboolean
has_system (Bench *bench, const char *name)
{
  g_autoptr (GVariant) row = find_system (bench, name);

  return row != NULL;
}

static guint
count_systems (Bench *bench)
{
  g_autoptr (GVariant) answer =
      bench_call (bench, "ListSystems", g_variant_new ("(ssuu)", "", "", 0, 0));
  g_autoptr (GVariant) rows = g_variant_get_child_value (answer, 0);

  return g_variant_n_children (rows);
}

static void
assert_system (Bench *bench, const char *name, const char *state)
{
  g_autoptr (GVariant) row = find_system (bench, name);
  const char *text = NULL;

  g_assert_nonnull (row);
  g_variant_lookup (row, "state", "&s", &text);
  g_assert_cmpstr (text, ==, state);
}

static void
assert_token (Bench *bench, const char *id, const char *state, guint uses)
{
  g_autoptr (GVariant) answer = bench_call (bench, "ListTokens", g_variant_new ("()"));
  g_autoptr (GVariant) rows = g_variant_get_child_value (answer, 0);

  for (gsize i = 0; i < g_variant_n_children (rows); i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (rows, i);
      const char *text = NULL;
      guint n = 0;

      g_variant_lookup (row, "id", "&s", &text);
      if (strcmp (text, id) != 0)
        continue;
      g_variant_lookup (row, "state", "&s", &text);
      g_variant_lookup (row, "uses", "u", &n);
      g_assert_cmpstr (text, ==, state);
      g_assert_cmpuint (n, ==, uses);
      return;
    }
  g_assert_null (state);
}

static void
test_first_contact (void)
{
  g_autoptr (Bench) bench = bench_new ();
  g_auto (Token) token = add_token (bench, 0, 0, "");
  ReeveLinkOffer one = make_offer (&token, "1111", "db1"), two = make_offer (&token, "2222", "db1");
  g_autoptr (ReeveLink) link = NULL, other = NULL, again = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *admission = NULL;

  g_assert_cmpuint (strlen (token.token), ==, 48); /* 192 bits */
  link = bench_link (bench, &one, &error);
  g_assert_no_error (error);
  bench_advance (bench, 1500);
  assert_system (bench, "db1", "up"); /* a token for an hour asks nobody */
  g_assert_cmpuint (bench_count_events (bench, "system 'db1' made itself from 192.0.2.9 with the "
                                               "token"),
                    ==, 1);
  /* another machine of the same name is another system, and said to be the second */
  other = bench_link (bench, &two, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (reeve_link_get_admission (other), !=, reeve_link_get_admission (link));
  g_assert_true (has_system (bench, "db1 (2)"));
  g_assert_cmpuint (bench_count_events (bench, "machine 2 with that token"), ==, 1);
  assert_token (bench, token.id, "usable", 2);
  /* the first one comes back and is itself */
  admission = g_strdup (reeve_link_get_admission (link));
  bench_lose (bench, link);
  again = bench_link (bench, &one, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (reeve_link_get_admission (again), ==, admission);
  g_assert_cmpuint (count_systems (bench), ==, 3);
  assert_token (bench, token.id, "usable", 2);
}

/* An agent cannot call itself into a system that is there. */
static void
test_names (void)
{
  g_autoptr (Bench) bench = bench_new ();
  g_auto (Token) token = add_token (bench, 0, 0, "");
  g_autofree char *name = g_strnfill (500, 'n');
  ReeveLinkOffer offer = make_offer (&token, "1111", "other");
  g_autoptr (ReeveLink) link = NULL, nameless = NULL, long_one = NULL;
  g_autoptr (GVariant) row = NULL;
  const char *own;

  offer.name = "web1"; /* the bench's own system */
  link = bench_link (bench, &offer, NULL);
  g_assert_cmpstr (reeve_link_get_admission (link), !=, bench->id);
  g_assert_true (has_system (bench, "web1 (2)"));
  assert_state (bench, "pending");
  offer = make_offer (&token, "2222", NULL);
  nameless = bench_link (bench, &offer, NULL);
  g_assert_true (has_system (bench, "192.0.2.9"));
  offer = make_offer (&token, "3333", name);
  long_one = bench_link (bench, &offer, NULL);
  g_assert_nonnull (long_one);
  /* many of one name are told apart all the same */
  for (guint i = 0; i < 20; i++)
    {
      g_autofree char *fingerprint = g_strdup_printf ("same-%u", i);
      g_autoptr (ReeveLink) same = NULL;

      offer = make_offer (&token, fingerprint, "localhost");
      same = bench_link (bench, &offer, NULL);
      g_assert_nonnull (same);
    }
  g_assert_cmpuint (count_systems (bench), ==, 24);
  row = find_system (bench, "web1");
  g_assert_true (g_variant_lookup (row, "id", "&s", &own));
  g_assert_cmpstr (own, ==, bench->id);
}

static void
test_confirm (void)
{
  g_autoptr (Bench) bench = bench_new ();
  g_auto (Token) token = add_token (bench, -1, 0, "");
  ReeveLinkOffer offer = make_offer (&token, "1111", "db1");
  g_autoptr (ReeveLink) link = bench_link (bench, &offer, NULL);
  const char *id = reeve_link_get_admission (link);
  g_autoptr (GVariant) done = NULL, answer = NULL, times = NULL;
  g_autoptr (GError) error = NULL;

  /* linked, kept alive, asked nothing, whoever asks */
  bench_advance (bench, 3 * 60000);
  assert_system (bench, "db1", "unconfirmed");
  g_assert_cmpuint (bench->transport->requests, ==, 0);
  g_assert_cmpuint (bench->transport->pings, >=, 3);
  g_assert_null (bench_try (bench, "Ask",
                            g_variant_new_parsed ("(%s, 'container.logs', @a{sv} {})", id),
                            &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE);
  g_clear_error (&error);
  g_assert_cmpuint (bench->transport->verbs->len, ==, 0);
  g_assert_cmpuint (bench_count_events (bench, "and waits to be confirmed"), ==, 1);

  done = bench_call (bench, "ConfirmSystem", g_variant_new ("(s)", id));
  bench_advance (bench, 1500);
  assert_system (bench, "db1", "up");
  g_assert_cmpuint (bench->transport->requests, ==, 1);
  g_assert_cmpuint (bench_count_events (bench, "'db1' was confirmed by uid '0'"), ==, 1);
  answer =
      bench_call (bench, "GetHistory", g_variant_new ("(sddusb)", id, 0.0, 0.0, 0, "cpu", FALSE));
  times = g_variant_get_child_value (answer, 3);
  g_assert_cmpuint (g_variant_n_children (times), ==, 1);
  g_assert_null (bench_try (bench, "ConfirmSystem", g_variant_new ("(s)", id), &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_EXISTS);
  g_clear_error (&error);
  g_assert_null (bench_try (bench, "ConfirmSystem", g_variant_new ("(s)", "nobody"), &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
}

/* What was made before a restart is there after it, and unconfirmed is unconfirmed. */
static void
test_restart (void)
{
  g_autoptr (Bench) bench = bench_new ();
  g_auto (Token) token = add_token (bench, -1, 2, "");
  ReeveLinkOffer one = make_offer (&token, "1111", "db1"), two = make_offer (&token, "2222", "db2");
  g_autoptr (ReeveLink) link = bench_link (bench, &one, NULL);
  g_autofree char *id = g_strdup (reeve_link_get_admission (link));
  g_autoptr (ReeveLink) again = NULL, other = NULL;

  bench_lose (bench, link);
  bench_restart (bench);
  assert_system (bench, "db1", "unconfirmed");
  assert_token (bench, token.id, "usable", 1);
  again = bench_link (bench, &one, NULL);
  g_assert_cmpstr (reeve_link_get_admission (again), ==, id);
  bench_advance (bench, 61000);
  g_assert_cmpuint (bench->transport->requests, ==, 0);
  other = bench_link (bench, &two, NULL);
  g_assert_nonnull (other);
  assert_token (bench, token.id, "used up", 2);
  bench_assert_refused (bench, make_offer (&token, "3333", "db3"), "the token is used up");
}

/* Used up, expired and removed: machines that came before stay, no other comes, and that is said,
 * once a minute. */
static void
test_ends (void)
{
  g_autoptr (Bench) bench = bench_new ();
  g_auto (Token) few = add_token (bench, 3600, 1, ""), brief = add_token (bench, 60, 0, ""),
                 gone = add_token (bench, 3600, 0, "");
  Token *const tokens[] = { &few, &brief, &gone };
  static const char *const says[] = { "the token is used up", "the token is expired",
                                      "no matching fingerprints" };
  g_autoptr (GVariant) removed = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (tokens); i++)
    {
      ReeveLinkOffer offer = make_offer (tokens[i], "1111", "db1");
      g_autoptr (ReeveLink) link = bench_link (bench, &offer, NULL);

      g_assert_nonnull (link);
      bench_lose (bench, link);
    }
  bench_advance (bench, 61000);
  removed = bench_call (bench, "RemoveToken", g_variant_new ("(s)", gone.id));
  assert_token (bench, few.id, "used up", 1);
  assert_token (bench, brief.id, "expired", 1);
  assert_token (bench, gone.id, NULL, 0);
  g_assert_null (bench_try (bench, "RemoveToken", g_variant_new ("(s)", gone.id), &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
  for (guint i = 0; i < G_N_ELEMENTS (tokens); i++)
    {
      ReeveLinkOffer offer = make_offer (tokens[i], "1111", "db1");
      g_autoptr (ReeveLink) link = bench_link (bench, &offer, NULL);

      g_assert_nonnull (link);
      for (guint j = 0; j < 50; j++)
        bench_assert_refused (bench, make_offer (tokens[i], "2222", "db2"), says[i]);
    }
  g_assert_cmpuint (bench_count_events (bench, "a machine was refused that came with the token"),
                    ==, 2);
  g_assert_cmpuint (count_systems (bench), ==, 4);
}

/* A machine whose system was removed does not make itself a new one a minute later. */
static void
test_removed_stays_away (void)
{
  g_autoptr (Bench) bench = bench_new ();
  g_auto (Token) token = add_token (bench, -1, 0, "no");
  ReeveLinkOffer offer = make_offer (&token, "1111", "db1");
  g_autoptr (ReeveLink) link = bench_link (bench, &offer, NULL);
  g_autoptr (GVariant) removed = NULL;

  removed =
      bench_call (bench, "RemoveSystem", g_variant_new ("(s)", reeve_link_get_admission (link)));
  bench_advance (bench, 1000);
  bench_assert_refused (bench, offer, "was removed");
  bench_restart (bench);
  bench_assert_refused (bench, offer, "was removed");
  g_assert_cmpuint (count_systems (bench), ==, 1);
}

/* Machines that come while a token is being removed do not bring it back. */
static void
test_removed_meanwhile (void)
{
  g_autoptr (Bench) bench = bench_new ();
  g_auto (Token) token = add_token (bench, -1, 0, "no");
  g_autoptr (ReeveLinkOwner) owner = bench_get_owner (bench);
  g_autofree char *admission = g_strdup_printf ("token-%s", token.id);
  g_autoptr (GAsyncResult) removed = NULL;
  g_autoptr (ReeveOperations) operations =
      bench_begin (bench, "RemoveToken", g_variant_new ("(s)", token.id), &removed);
  g_autoptr (GVariant) answer = NULL;
  GAsyncResult *came[100] = { NULL };
  guint n = 0;

  for (; removed == NULL || n == 0; g_main_context_iteration (NULL, n == G_N_ELEMENTS (came)))
    if (n < G_N_ELEMENTS (came))
      {
        g_autofree char *fingerprint = g_strdup_printf ("%04u", n);
        ReeveLinkOffer offer = make_offer (&token, fingerprint, fingerprint);

        reeve_link_owner_confirm_async (owner, admission, &offer, NULL, reeve_mock_result_cb,
                                        &came[n++]);
      }
  answer = reeve_operations_call_finish (operations, removed, NULL);
  g_assert_nonnull (answer);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *id = NULL;

      while (came[i] == NULL)
        g_main_context_iteration (NULL, TRUE);
      id = reeve_link_owner_confirm_finish (owner, came[i], NULL);
      g_clear_object (&came[i]);
    }
  bench_restart (bench);
  assert_token (bench, token.id, NULL, 0);
  bench_assert_refused (bench, make_offer (&token, "late", "late"), "no matching fingerprints");
}

/* The same machine on two connections at once makes one system. */
static void
test_twice_at_once (void)
{
  g_autoptr (Bench) bench = bench_new ();
  g_auto (Token) token = add_token (bench, 0, 0, "");
  ReeveLinkOffer offer = make_offer (&token, "1111", "db1");
  g_autoptr (ReeveLinkOwner) owner = bench_get_owner (bench);
  g_autofree char *admission = g_strdup_printf ("token-%s", token.id);
  GAsyncResult *results[2] = { NULL, NULL };
  guint n = 0;

  for (guint i = 0; i < 2; i++)
    reeve_link_owner_confirm_async (owner, admission, &offer, NULL, reeve_mock_result_cb,
                                    &results[i]);
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *id = NULL;

      while (results[i] == NULL)
        g_main_context_iteration (NULL, TRUE);
      id = reeve_link_owner_confirm_finish (owner, results[i], NULL);
      g_clear_object (&results[i]);
      n += id != NULL;
    }
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpuint (count_systems (bench), ==, 2);
  assert_token (bench, token.id, "usable", 1);
}

static void
test_bad_arguments (void)
{
  g_autoptr (Bench) bench = bench_new ();
  g_autofree char *long_text = g_strnfill (101, 'x');
  const struct
  {
    const char *label;
    double lifetime;
    guint uses;
    const char *confirm;
  } cases[] = {
    { long_text, 0, 0, "" }, { "a\nb", 0, 0, "" }, { "", 0.5, 0, "" },    { "", 1e12, 0, "" },
    { "", NAN, 0, "" },      { "", 0, 20001, "" }, { "", 0, 0, "maybe" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (bench_try (bench, "AddToken",
                                g_variant_new ("(sdus)", cases[i].label, cases[i].lifetime,
                                               cases[i].uses, cases[i].confirm),
                                &error));
      g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
    }
}

/* Neither queue grows without an end. */
static void
test_limits (void)
{
  g_autoptr (Bench) bench = bench_new ();
  g_auto (Token) token = add_token (bench, -1, 0, "");
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 256; i++)
    {
      g_autofree char *fingerprint = g_strdup_printf ("%04x", i);
      ReeveLinkOffer offer = make_offer (&token, fingerprint, fingerprint);
      g_autoptr (ReeveLink) link = bench_link (bench, &offer, NULL);

      g_assert_nonnull (link);
      bench_lose (bench, link);
    }
  bench_assert_refused (bench, make_offer (&token, "one-more", "db1"),
                        "too many systems wait to be confirmed");
  g_assert_cmpuint (bench_count_events (bench, "256 systems wait to be confirmed already"), ==, 1);
  for (guint i = 1; i < 256; i++)
    {
      g_auto (Token) next = add_token (bench, 0, 0, "");

      g_assert_nonnull (next.token);
    }
  g_assert_null (bench_try (bench, "AddToken", g_variant_new ("(sdus)", "", 0.0, 0, ""), &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT);
}

/* What is kept on disk is a hash. */
static void
test_kept_as_hash (void)
{
  g_autoptr (Bench) bench = bench_new ();
  g_auto (Token) token = add_token (bench, 0, 0, "");
  const char *folder = reeve_mock_host_get_state_dir (bench->host);
  g_autoptr (GDir) dir = NULL;
  const char *name;
  guint files = 0;
  gboolean hash_seen = FALSE;
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, token.token, -1);

  bench_restart (bench);
  dir = g_dir_open (folder, 0, NULL);
  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_autofree char *data = NULL;
      gsize length;

      if (!g_file_get_contents (path, &data, &length, NULL))
        continue;
      files++;
      if (memmem (data, length, token.token, strlen (token.token)) != NULL)
        g_error ("the token stands in %s", name);
      hash_seen = hash_seen || memmem (data, length, hash, strlen (hash)) != NULL;
    }
  g_assert_cmpuint (files, >, 0);
  g_assert_true (hash_seen);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fleet/tokens/first-contact", test_first_contact);
  g_test_add_func ("/fleet/tokens/names", test_names);
  g_test_add_func ("/fleet/tokens/confirm", test_confirm);
  g_test_add_func ("/fleet/tokens/restart", test_restart);
  g_test_add_func ("/fleet/tokens/ends", test_ends);
  g_test_add_func ("/fleet/tokens/removed-stays-away", test_removed_stays_away);
  g_test_add_func ("/fleet/tokens/removed-meanwhile", test_removed_meanwhile);
  g_test_add_func ("/fleet/tokens/twice-at-once", test_twice_at_once);
  g_test_add_func ("/fleet/tokens/bad-arguments", test_bad_arguments);
  g_test_add_func ("/fleet/tokens/limits", test_limits);
  g_test_add_func ("/fleet/tokens/kept-as-hash", test_kept_as_hash);
  return g_test_run ();
}
