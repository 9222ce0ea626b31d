/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The hub's key: its file format beside ssh-keygen, signatures by purpose, public key lines, and
 * what a state directory may look like. */

#include "config.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <reeve/reeve-identity.h>
#include <reeve/reeve-link.h>

#define TEST_TOKEN "1f2e3d4c-5b6a-4978-8695-a4b3c2d1e0f0"
#define TEST_LINE "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
#define TEST_SIGNATURE                                                                             \
  "6938ff834666c075d9c22bb86886174faed94c20cfc7c11e337f9279317cc7b5"                               \
  "876963d976538a109264162b0f3762bd6162dadcb59c4c7032021e8e7a222c0d"
#define TEST_PUBLIC "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"

static char *
test_identity_hex (const void *data, gsize length)
{
  GString *out = g_string_new (NULL);

  for (gsize i = 0; i < length; i++)
    g_string_append_printf (out, "%02x", ((const guint8 *) data)[i]);
  return g_string_free (out, FALSE);
}

/* The worked example of the protocol's description: seed 00 01 02 ... 1f. */
static ReeveIdentity *
test_identity_example (void)
{
  g_autoptr (GError) error = NULL;
  guint8 seed[REEVE_IDENTITY_SEED_SIZE];
  ReeveIdentity *identity;

  for (guint i = 0; i < sizeof seed; i++)
    seed[i] = (guint8) i;
  identity = reeve_identity_new_from_seed (seed, &error);
  g_assert_no_error (error);
  return identity;
}

static char *
test_identity_make_directory (void)
{
  g_autoptr (GError) error = NULL;
  char *directory = g_dir_make_tmp ("reeve-identity-XXXXXX", &error);

  g_assert_no_error (error);
  return directory;
}

static void
test_identity_remove_directory (const char *directory)
{
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (directory, name, NULL);

      g_assert_cmpint (g_remove (path), ==, 0);
    }
  g_assert_cmpint (g_rmdir (directory), ==, 0);
}

static void
test_identity_worked_example (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ReeveIdentity) identity = test_identity_example ();
  const ReevePublicKey *key = reeve_identity_get_public_key (identity);
  g_autofree char *public_key = test_identity_hex (key->bytes, sizeof key->bytes);
  g_autofree char *line = reeve_public_key_to_line (key, NULL);
  g_autoptr (GBytes) token = g_bytes_new_static (TEST_TOKEN, strlen (TEST_TOKEN));
  g_autoptr (GBytes) other = g_bytes_new_static (TEST_TOKEN, strlen (TEST_TOKEN) - 1);
  g_autoptr (GBytes) signature =
      reeve_identity_sign (identity, REEVE_PURPOSE_STOCK_TOKEN, token, &error);
  g_autoptr (GBytes) shorter = NULL;
  g_autofree char *hex = NULL;

  g_assert_no_error (error);
  hex = test_identity_hex (g_bytes_get_data (signature, NULL), g_bytes_get_size (signature));
  g_assert_cmpstr (public_key, ==, TEST_PUBLIC);
  g_assert_cmpstr (line, ==, TEST_LINE);
  g_assert_cmpstr (hex, ==, TEST_SIGNATURE);
  g_assert_true (reeve_public_key_verify (key, token, signature));
  g_assert_false (reeve_public_key_verify (key, other, signature));
  g_assert_false (reeve_public_key_verify (key, signature, token));
  shorter = g_bytes_new_from_bytes (signature, 0, 63);
  g_assert_false (reeve_public_key_verify (key, token, shorter));
}

static void
test_identity_verify_other (void)
{
  g_autoptr (ReeveIdentity) identity = test_identity_example ();
  g_autoptr (ReeveIdentity) other = reeve_identity_new (NULL);
  g_autoptr (GBytes) token = g_bytes_new_static ("t", 1);
  g_autoptr (GBytes) signature =
      reeve_identity_sign (identity, REEVE_PURPOSE_STOCK_TOKEN, token, NULL);
  gsize length;
  g_autofree guint8 *bytes = g_memdup2 (g_bytes_get_data (signature, &length), 64);
  ReevePublicKey zero = { { 0 } };

  g_assert_false (
      reeve_public_key_verify (reeve_identity_get_public_key (other), token, signature));
  g_assert_false (reeve_public_key_verify (&zero, token, signature));
  for (guint i = 0; i < 64; i++)
    {
      g_autoptr (GBytes) wrong = NULL;

      bytes[i] ^= 1;
      wrong = g_bytes_new (bytes, 64);
      bytes[i] ^= 1;
      g_assert_false (
          reeve_public_key_verify (reeve_identity_get_public_key (identity), token, wrong));
    }
}

static void
test_identity_purposes (void)
{
  g_autoptr (ReeveIdentity) identity = test_identity_example ();
  static const struct
  {
    const char *purpose;
    const char *message;
    gsize length;
  } rows[] = {
    { "link2", "a", 1 },
    { "ssh-userauth", "a", 1 },
    { "", "a", 1 },
    { NULL, "a", 1 },
    { "stock-token ", "a", 1 },
    { REEVE_PURPOSE_STOCK_TOKEN, "", 0 },
    { REEVE_PURPOSE_STOCK_TOKEN, "LINK2-hub\0", 10 },
    { REEVE_PURPOSE_STOCK_TOKEN, "\0\0\0\040", 4 },
    { REEVE_PURPOSE_STOCK_TOKEN, "a b", 3 },
    { REEVE_PURPOSE_STOCK_TOKEN,
      "12345678901234567890123456789012345678901234567890123456789012345", 65 },
  };
  g_autoptr (GBytes) longest = g_bytes_new_static (rows[G_N_ELEMENTS (rows) - 1].message, 64);
  g_autoptr (GBytes) signature =
      reeve_identity_sign (identity, REEVE_PURPOSE_STOCK_TOKEN, longest, NULL);

  g_assert_nonnull (signature);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) message = g_bytes_new_static (rows[i].message, rows[i].length);

      g_assert_null (reeve_identity_sign (identity, rows[i].purpose, message, &error));
      g_assert_error (error, REEVE_ERROR, REEVE_ERROR_DENIED);
    }
}

static void
test_identity_pem_round (void)
{
  g_autoptr (ReeveIdentity) identity = test_identity_example ();
  g_autofree char *comment = g_strnfill (3000, 'c');

  /* Comments of each length: each padding occurs, and the longest is cut. */
  for (guint i = 0; i < 40; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) text =
          reeve_identity_to_pem (identity, i == 39 ? comment : comment + 3000 - i, &error);
      g_autoptr (ReeveIdentity) again = NULL;
      const char *data;
      gsize length;

      g_assert_no_error (error);
      data = g_bytes_get_data (text, &length);
      again = reeve_identity_new_from_pem (data, length, &error);
      g_assert_no_error (error);
      g_assert_cmpmem (reeve_identity_get_public_key (identity), REEVE_PUBLIC_KEY_SIZE,
                       reeve_identity_get_public_key (again), REEVE_PUBLIC_KEY_SIZE);
    }
}

/* Each byte that is lost or changed is an error, never another key. */
static void
test_identity_pem_damaged (void)
{
  g_autoptr (ReeveIdentity) identity = test_identity_example ();
  g_autoptr (GBytes) text = reeve_identity_to_pem (identity, "c", NULL);
  gsize length;
  g_autofree char *copy = g_memdup2 (g_bytes_get_data (text, &length), g_bytes_get_size (text));

  for (gsize i = 0; i + 1 < length; i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (reeve_identity_new_from_pem (copy, i, &error));
      g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
    }
  for (gsize i = 0; i < length; i++)
    {
      g_autoptr (ReeveIdentity) other = NULL;
      char kept = copy[i];

      copy[i] = kept == 'A' ? 'B' : 'A';
      other = reeve_identity_new_from_pem (copy, length, NULL);
      copy[i] = kept;
      /* The comment may change. */
      if (other != NULL)
        g_assert_cmpmem (reeve_identity_get_public_key (identity), REEVE_PUBLIC_KEY_SIZE,
                         reeve_identity_get_public_key (other), REEVE_PUBLIC_KEY_SIZE);
    }
}

static gboolean
test_identity_keygen (const char *directory, const char *const *arguments, char **ret_output)
{
  g_autofree char *program = g_find_program_in_path ("ssh-keygen");
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  int status;

  if (program == NULL)
    {
      g_test_skip ("ssh-keygen is not installed");
      return FALSE;
    }
  g_ptr_array_add (argv, program);
  for (; *arguments != NULL; arguments++)
    g_ptr_array_add (argv, (char *) *arguments);
  g_ptr_array_add (argv, NULL);
  g_assert_true (g_spawn_sync (directory, (char **) argv->pdata, NULL, G_SPAWN_DEFAULT, NULL, NULL,
                               ret_output, NULL, &status, &error));
  g_assert_no_error (error);
  g_assert_true (g_spawn_check_wait_status (status, &error));
  return TRUE;
}

/* ssh-keygen's file is read, and gives the same public key as its .pub. */
static void
test_identity_keygen_read (void)
{
  const char *const make[] = { "-q",        "-t", "ed25519",           "-N", "", "-C",
                               "a comment", "-f", REEVE_IDENTITY_FILE, NULL };
  g_autofree char *directory = test_identity_make_directory ();
  g_autofree char *path = g_build_filename (directory, REEVE_IDENTITY_FILE ".pub", NULL);

  if (test_identity_keygen (directory, make, NULL))
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (ReeveIdentity) identity = reeve_identity_load (directory, &error);
      g_autofree char *expected = NULL;
      g_autofree char *line = NULL;

      g_assert_no_error (error);
      g_assert_true (g_file_get_contents (path, &expected, NULL, NULL));
      line = reeve_public_key_to_line (reeve_identity_get_public_key (identity), "a comment");
      g_strchomp (expected);
      g_assert_cmpstr (line, ==, expected);
    }
  test_identity_remove_directory (directory);
}

/* Our file is read by ssh-keygen, which also shows the same fingerprint. */
static void
test_identity_keygen_write (void)
{
  const char *const public_key[] = { "-y", "-f", REEVE_IDENTITY_FILE, NULL };
  const char *const fingerprint[] = { "-l", "-f", REEVE_IDENTITY_FILE, NULL };
  g_autofree char *directory = test_identity_make_directory ();
  g_autoptr (GError) error = NULL;
  g_autoptr (ReeveIdentity) identity = reeve_identity_load_or_create (directory, FALSE, &error);
  g_autofree char *line = NULL;
  g_autofree char *print = NULL;
  g_autofree char *output = NULL;
  g_autofree char *print_output = NULL;

  g_assert_no_error (error);
  line = reeve_public_key_to_line (reeve_identity_get_public_key (identity), "reeve");
  print = reeve_public_key_to_fingerprint (reeve_identity_get_public_key (identity));
  if (test_identity_keygen (directory, public_key, &output))
    {
      g_strchomp (output);
      g_assert_cmpstr (output, ==, line);
      test_identity_keygen (directory, fingerprint, &print_output);
      g_assert_nonnull (strstr (print_output, print));
    }
  test_identity_remove_directory (directory);
}

/* What other kinds of key files are refused with. */
static void
test_identity_keygen_refused (void)
{
  const char *const encrypted[] = { "-q",     "-t", "ed25519",           "-N",
                                    "secret", "-f", REEVE_IDENTITY_FILE, NULL };
  const char *const ecdsa[] = { "-q", "-t", "ecdsa", "-N", "", "-f", REEVE_IDENTITY_FILE, NULL };
  const char *const *const rows[] = { encrypted, ecdsa };
  const char *const words[] = { "ssh-keygen -p", "ssh-keygen -t ed25519" };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *directory = test_identity_make_directory ();

      if (test_identity_keygen (directory, rows[i], NULL))
        {
          g_autoptr (GError) error = NULL;

          g_assert_null (reeve_identity_load_or_create (directory, FALSE, &error));
          g_assert_error (error, REEVE_ERROR, REEVE_ERROR_UNSUPPORTED);
          g_assert_nonnull (strstr (error->message, words[i]));
          g_assert_nonnull (strstr (error->message, directory));
        }
      test_identity_remove_directory (directory);
    }
}

static void
test_identity_file (void)
{
  g_autofree char *directory = test_identity_make_directory ();
  g_autofree char *path = g_build_filename (directory, REEVE_IDENTITY_FILE, NULL);
  g_autofree char *left = g_build_filename (directory, REEVE_IDENTITY_FILE ".new", NULL);
  g_autoptr (ReeveIdentity) first = NULL;
  g_autoptr (ReeveIdentity) second = NULL;
  g_autoptr (GError) error = NULL;
  struct stat info;
  mode_t mask = umask (0);

  /* without a key, and without the right to make one */
  g_assert_null (reeve_identity_load (directory, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (reeve_identity_load_or_create (directory, TRUE, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "backup"));
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_clear_error (&error);

  /* made, though an earlier start was cut off, and whatever the umask is */
  g_assert_true (g_file_set_contents (left, "half a key", -1, NULL));
  first = reeve_identity_load_or_create (directory, FALSE, &error);
  umask (mask);
  g_assert_no_error (error);
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 07777, ==, 0600);
  g_assert_cmpuint (info.st_nlink, ==, 1);
  g_assert_false (g_file_test (left, G_FILE_TEST_EXISTS));

  /* and found again */
  second = reeve_identity_load_or_create (directory, TRUE, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (reeve_identity_get_public_key (first), REEVE_PUBLIC_KEY_SIZE,
                   reeve_identity_get_public_key (second), REEVE_PUBLIC_KEY_SIZE);
  test_identity_remove_directory (directory);
}

static void
test_identity_expect_denied (const char *directory, ReeveError code, const char *word)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (reeve_identity_load_or_create (directory, FALSE, &error));
  g_assert_error (error, REEVE_ERROR, (int) code);
  g_assert_nonnull (strstr (error->message, word));
}

static void
test_identity_file_refused (void)
{
  g_autofree char *directory = test_identity_make_directory ();
  g_autofree char *path = g_build_filename (directory, REEVE_IDENTITY_FILE, NULL);
  g_autofree char *other = g_build_filename (directory, "other", NULL);
  g_autofree char *missing = g_build_filename (directory, "missing", NULL);
  g_autofree char *large = g_strnfill (REEVE_IDENTITY_MAX_FILE + 1, '\n');
  g_autoptr (ReeveIdentity) identity = reeve_identity_load_or_create (directory, FALSE, NULL);

  g_assert_nonnull (identity);
  g_assert_cmpint (g_chmod (path, 0640), ==, 0);
  test_identity_expect_denied (directory, REEVE_ERROR_DENIED, "chmod 600");
  g_assert_cmpint (g_chmod (path, 0602), ==, 0);
  test_identity_expect_denied (directory, REEVE_ERROR_DENIED, "chmod 600");
  g_assert_cmpint (g_chmod (path, 0600), ==, 0);
  if (geteuid () == 0)
    {
      g_assert_cmpint (chown (path, 12345, (gid_t) -1), ==, 0);
      test_identity_expect_denied (directory, REEVE_ERROR_DENIED, "chown");
      g_assert_cmpint (chown (path, 0, (gid_t) -1), ==, 0);
    }

  g_assert_cmpint (g_rename (path, other), ==, 0);
  g_assert_cmpint (symlink ("other", path), ==, 0);
  test_identity_expect_denied (directory, REEVE_ERROR_DENIED, "symbolic link");
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  test_identity_expect_denied (directory, REEVE_ERROR_DENIED, "regular file");
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_true (g_file_set_contents_full (path, large, -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
  test_identity_expect_denied (directory, REEVE_ERROR_LIMIT, "right file");
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_true (g_file_set_contents_full (path, "", 0, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
  test_identity_expect_denied (directory, REEVE_ERROR_INVALID, "backup");
  test_identity_expect_denied (missing, REEVE_ERROR_IO, "state directory");
  test_identity_remove_directory (directory);
}

static void
test_identity_public_lines (void)
{
  static const char text[] = "# the hub\r\n\r\n  " TEST_LINE " hub@example \r\n\t\n"
                             "ssh-ed25519\tAAAAC3NzaC1lZDI1NTE5AAAAIFbzWT2OntI92BTuEnXc8P2NEa/"
                             "bwITt33rNa4CGkdxp";
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) keys = reeve_public_key_parse_lines (text, strlen (text), &error);
  g_autofree char *line = NULL;
  g_autofree char *odd = NULL;

  g_assert_no_error (error);
  g_assert_cmpuint (keys->len, ==, 2);
  line = reeve_public_key_to_line (&g_array_index (keys, ReevePublicKey, 0), "");
  g_assert_cmpstr (line, ==, TEST_LINE);
  odd = reeve_public_key_to_line (&g_array_index (keys, ReevePublicKey, 0), "a\nssh-rsa b\033");
  g_assert_cmpstr (odd, ==, TEST_LINE " assh-rsa b");
}

static void
test_identity_public_lines_refused (void)
{
  static const struct
  {
    const char *text;
    const char *word;
  } rows[] = {
    { "", "no public key" },
    { "# only a comment\n\n", "no public key" },
    { TEST_LINE "\n\nssh-rsa AAAAB3NzaC1yc2E=\n", "line 3" },
    { "#\nfrom=\"10.0.0.1\" " TEST_LINE "\n", "line 2" },
    { "ssh-ed25519\n", "line 1" },
    { "ssh-ed25519 \n", "line 1" },
    { "ssh-ed25519 AAAA\n", "line 1" },
    { "ssh-ed25519-cert AAAA\n", "line 1" },
    /* a character that is no base64, of the right length */
    { "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG-",
      "line 1" },
    /* says it is of another kind inside */
    { "ssh-ed25519 AAAAC3NzaC1lZDI1NTE4AAAAIAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
      "line 1" },
    { TEST_LINE "AAAA\n", "line 1" },
  };
  g_autoptr (GString) many = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) refused = NULL;

      g_assert_null (reeve_public_key_parse_lines (rows[i].text, strlen (rows[i].text), &refused));
      g_assert_error (refused, REEVE_ERROR, REEVE_ERROR_INVALID);
      g_assert_nonnull (strstr (refused->message, rows[i].word));
    }

  for (guint i = 0; i <= REEVE_PUBLIC_KEY_MAX_KEYS; i++)
    g_string_append (many, TEST_LINE "\n");
  g_assert_null (reeve_public_key_parse_lines (many->str, many->len, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT);
  g_clear_error (&error);
  g_assert_null (reeve_public_key_parse_lines (many->str, REEVE_PUBLIC_KEY_MAX_TEXT + 1, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/identity/worked-example", test_identity_worked_example);
  g_test_add_func ("/identity/verify-other", test_identity_verify_other);
  g_test_add_func ("/identity/purposes", test_identity_purposes);
  g_test_add_func ("/identity/pem/round", test_identity_pem_round);
  g_test_add_func ("/identity/pem/damaged", test_identity_pem_damaged);
  g_test_add_func ("/identity/keygen/read", test_identity_keygen_read);
  g_test_add_func ("/identity/keygen/write", test_identity_keygen_write);
  g_test_add_func ("/identity/keygen/refused", test_identity_keygen_refused);
  g_test_add_func ("/identity/file", test_identity_file);
  g_test_add_func ("/identity/file/refused", test_identity_file_refused);
  g_test_add_func ("/identity/public/lines", test_identity_public_lines);
  g_test_add_func ("/identity/public/lines-refused", test_identity_public_lines_refused);
  return g_test_run ();
}
