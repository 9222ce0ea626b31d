/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Token, key and fingerprint files, good and bad. */

#include "config.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../reeve-reporter-credentials.h"
#include "../reeve-reporter-floor.h"

#define KEY_ONE "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define KEY_TWO "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB"

typedef struct
{
  char *directory;
} Fixture;

static void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  fixture->directory = g_dir_make_tmp ("reeve-XXXXXX", NULL);
  g_assert_nonnull (fixture->directory);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->directory, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (fixture->directory, name, NULL);

      g_remove (path);
    }
  g_rmdir (fixture->directory);
  g_free (fixture->directory);
}

static char *
fixture_write (Fixture *fixture, const char *name, const char *text, guint mode)
{
  char *path = g_build_filename (fixture->directory, name, NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
  g_assert_no_errno (chmod (path, mode));
  return path;
}

typedef struct
{
  const char *text;
  guint mode;
  const char *token; /* NULL: an error */
  ReeveError code;
  const char *message;
} TokenCase;

static void
test_token (Fixture *fixture, gconstpointer data)
{
  static const TokenCase cases[] = {
    { "abc", 0600, "abc", 0, NULL },
    { "  abc-def_1\n\n", 0400, "abc-def_1", 0, NULL },
    { "1234567890123456789012345678901234567890123456789012345678901234\n", 0600,
      "1234567890123456789012345678901234567890123456789012345678901234", 0, NULL },
    { "12345678901234567890123456789012345678901234567890123456789012345\n", 0600, NULL,
      REEVE_ERROR_INVALID, "*1 to 64 characters*write the hub's token*" },
    { "", 0600, NULL, REEVE_ERROR_INVALID, "*1 to 64 characters*" },
    { " \n", 0600, NULL, REEVE_ERROR_INVALID, "*1 to 64 characters*" },
    { "two words", 0600, NULL, REEVE_ERROR_INVALID, "*more than one word*" },
    { "a\nb", 0600, NULL, REEVE_ERROR_INVALID, "*more than one word*" },
    { "gr\xc3\xbcn", 0600, NULL, REEVE_ERROR_INVALID, "*no token has*" },
    { "abc", 0644, NULL, REEVE_ERROR_DENIED, "*may be read by others*chmod 600*" },
    { "abc", 0640, NULL, REEVE_ERROR_DENIED, "*may be read by others*chmod 600*" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = fixture_write (fixture, "token", cases[i].text, cases[i].mode);
      g_autoptr (GError) error = NULL;
      char *token = reeve_reporter_credentials_read_token (path, &error);

      g_test_message ("case %u", i);
      g_assert_cmpstr (token, ==, cases[i].token);
      reeve_reporter_credentials_wipe (token);
      if (cases[i].token != NULL)
        {
          g_assert_no_error (error);
          continue;
        }
      g_assert_error (error, REEVE_ERROR, (int) cases[i].code);
      g_assert_true (g_pattern_match_simple (cases[i].message, error->message));
      if (strlen (cases[i].text) > 3)
        g_assert_null (strstr (error->message, cases[i].text));
    }
}

static void
test_token_odd (Fixture *fixture, gconstpointer data)
{
  g_autofree char *long_text = g_strnfill (5000, ' ');
  g_autofree char *path = g_build_filename (fixture->directory, "none", NULL);
  g_autofree char *long_path = fixture_write (fixture, "long", long_text, 0600);
  g_autofree char *pipe_path = g_build_filename (fixture->directory, "pipe", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (reeve_reporter_credentials_read_token (path, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (reeve_reporter_credentials_read_token (long_path, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT);
  g_clear_error (&error);
  g_assert_no_errno (mkfifo (pipe_path, 0600));
  g_assert_null (reeve_reporter_credentials_read_token (pipe_path, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
}

static void
test_keys (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path =
      fixture_write (fixture, "keys", "# mine\n" KEY_ONE " hub\n\n" KEY_TWO "\n", 0644);
  g_autofree char *bad = fixture_write (fixture, "bad", "ssh-rsa AAAA\n", 0644);
  g_autoptr (GArray) keys = NULL;
  g_autoptr (GError) error = NULL;

  keys = reeve_reporter_credentials_read_keys (KEY_ONE, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (keys->len, ==, 1);
  g_clear_pointer (&keys, g_array_unref);
  keys = reeve_reporter_credentials_read_keys (KEY_ONE "; " KEY_TWO, path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (keys->len, ==, 2);
  g_assert_cmpuint (g_array_index (keys, ReevePublicKey, 1).bytes[0], ==, 1);
  g_clear_pointer (&keys, g_array_unref);
  keys = reeve_reporter_credentials_read_keys (NULL, path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (keys->len, ==, 2);

  g_assert_null (reeve_reporter_credentials_read_keys (NULL, bad, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
  g_assert_true (g_str_has_prefix (error->message, "key file "));
  g_clear_error (&error);
  g_assert_null (reeve_reporter_credentials_read_keys ("nonsense", NULL, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
  g_assert_true (g_str_has_prefix (error->message, "hub-key: "));
}

static void
test_fingerprint (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->directory, "fingerprint", NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *one = reeve_reporter_credentials_load_fingerprint (fixture->directory, &error);
  g_autofree char *two = NULL, *three = NULL;
  g_autoptr (GDir) dir = NULL;
  struct stat st;

  g_assert_no_error (error);
  g_assert_cmpuint (strlen (one), ==, 48);
  g_assert_cmpuint (strspn (one, "0123456789abcdef"), ==, 48);
  g_assert_no_errno (stat (path, &st));
  g_assert_cmpuint (st.st_mode & 07777, ==, 0600);
  two = reeve_reporter_credentials_load_fingerprint (fixture->directory, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (one, ==, two);
  /* nothing is left beside it */
  dir = g_dir_open (fixture->directory, 0, NULL);
  g_assert_cmpstr (g_dir_read_name (dir), ==, "fingerprint");
  g_assert_null (g_dir_read_name (dir));
  /* another one in another place */
  g_remove (path);
  three = reeve_reporter_credentials_load_fingerprint (fixture->directory, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (one, !=, three);
}

static void
test_fingerprint_damaged (Fixture *fixture, gconstpointer data)
{
  static const char *const texts[] = {
    "",
    "\n",
    "0123",
    "0123456789abcdef0123456789abcdef0123456789abcdeX\n",
    "0123456789ABCDEF0123456789abcdef0123456789abcdef\n",
    "0123456789abcdef0123456789abcdef0123456789abcdef\n\n",
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *path = fixture_write (fixture, "fingerprint", texts[i], 0600);
      g_autoptr (GError) error = NULL;
      g_autofree char *after = NULL;

      g_assert_null (reeve_reporter_credentials_load_fingerprint (fixture->directory, &error));
      g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
      g_assert_nonnull (strstr (error->message, "is damaged: restore it"));
      g_assert_true (g_file_get_contents (path, &after, NULL, NULL));
      g_assert_cmpstr (after, ==, texts[i]);
    }
}

static void
test_fingerprint_refused (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path =
      fixture_write (fixture, "fingerprint", "0123456789abcdef0123456789abcdef0123456789abcdef\n",
                     0644);
  g_autofree char *target = g_build_filename (fixture->directory, "elsewhere", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (reeve_reporter_credentials_load_fingerprint (fixture->directory, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_DENIED);
  g_clear_error (&error);
  /* a link is not followed, and not replaced */
  g_assert_no_errno (g_rename (path, target));
  g_assert_no_errno (symlink (target, path));
  g_assert_null (reeve_reporter_credentials_load_fingerprint (fixture->directory, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_IO);
}

/* What a hub has once proven is kept, per instance and key, and less is refused. */
static void
test_floor (void)
{
  g_autofree char *dir = g_dir_make_tmp ("reeve-floor-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, REEVE_REPORTER_FLOOR_FILE, NULL);
  g_autoptr (GArray) keys = g_array_new (FALSE, TRUE, sizeof (ReevePublicKey));
  ReeveReporterFloor floor = { REEVE_SECURITY_TLS_VERIFIED, 1 };
  ReeveLinkOffer offer = { .security = REEVE_SECURITY_TLS_VERIFIED, .level = 1 };
  g_autoptr (GError) error = NULL;

  g_array_set_size (keys, 1);
  g_assert_true (reeve_reporter_floor_save (dir, "home", keys, &floor, &error));
  g_assert_true (reeve_reporter_floor_load (dir, "home", keys, &floor, &error));
  g_assert_cmpuint (floor.security, ==, REEVE_SECURITY_TLS_VERIFIED);
  g_assert_true (reeve_reporter_floor_check (&floor, dir, &offer, &error));
  offer.level = 0;
  g_assert_false (reeve_reporter_floor_check (&floor, dir, &offer, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_DENIED);
  g_assert_nonnull (strstr (error->message, path));
  g_clear_error (&error);
  offer.level = 1;
  offer.security = REEVE_SECURITY_PLAIN;
  g_assert_false (reeve_reporter_floor_check (&floor, dir, &offer, NULL));
  offer.security = REEVE_SECURITY_SSH;
  g_assert_true (reeve_reporter_floor_check (&floor, dir, &offer, NULL));
  /* another instance, and another key of this one, begin anew */
  g_assert_true (reeve_reporter_floor_load (dir, "", keys, &floor, &error));
  g_assert_cmpuint (floor.level, ==, 0);
  ((guint8 *) keys->data)[0] = 1;
  g_assert_true (reeve_reporter_floor_load (dir, "home", keys, &floor, &error));
  g_assert_cmpuint (floor.level, ==, 0);
  /* a damaged file lowers nothing */
  g_assert_true (g_file_set_contents (path, "broken", -1, NULL));
  g_assert_false (reeve_reporter_floor_load (dir, "home", keys, &floor, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
  g_unlink (path);
  g_rmdir (dir);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function)                                                                        \
  g_test_add ("/reporter/credentials/" name, Fixture, NULL, fixture_set_up, function,              \
              fixture_tear_down)
  ADD ("token", test_token);
  ADD ("token-odd", test_token_odd);
  ADD ("keys", test_keys);
  ADD ("fingerprint", test_fingerprint);
  ADD ("fingerprint-damaged", test_fingerprint_damaged);
  ADD ("fingerprint-refused", test_fingerprint_refused);
  g_test_add_func ("/reporter/credentials/floor", test_floor);
  return g_test_run ();
}
