/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The keeper of keys: it signs, for its purposes only, keeps what it got, and can do nothing else.
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <gmodule.h>
#include <glib/gstdio.h>
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "reeve/reeve-error.h"
#include "reeve/reeve-keeper.h"
#include "reeve/reeve-tls.h"

/* ---- a kernel that has no room ---- */

typedef struct
{
  int errsv;
  guint left; /* calls that fail so */
  guint asked;
} Refused;

/* lint: allow state: a system call of the whole program */
static Refused refused;

/* In the place of the C library's, for the library that is tested, too. */
G_MODULE_EXPORT ssize_t
sendmsg (int fd, const struct msghdr *message, int flags)
{
  refused.asked++;
  if (refused.left == 0)
    return syscall (SYS_sendmsg, fd, message, flags);
  refused.left--;
  errno = refused.errsv;
  return -1;
}

static const guint8 test_seed[REEVE_KEEPER_SEED_BYTES] = "0123456789abcdef0123456789ABCDE";

/* Of the first test of RFC 8032, 7.1, where the message is empty; here only the key is. */
static gboolean
test_verify (const gnutls_pubkey_t key, gnutls_sign_algorithm_t algorithm, GBytes *message,
             GBytes *signature)
{
  gsize n, m;
  const gnutls_datum_t data = { (unsigned char *) g_bytes_get_data (message, &n),
                                (unsigned int) g_bytes_get_size (message) };
  const gnutls_datum_t bytes = { (unsigned char *) g_bytes_get_data (signature, &m),
                                 (unsigned int) g_bytes_get_size (signature) };

  return gnutls_pubkey_verify_data2 (key, algorithm, 0, &data, &bytes) >= 0;
}

static void
test_purposes (void)
{
  g_autoptr (ReeveKeeper) keeper = reeve_keeper_start (NULL);
  g_autoptr (GBytes) token = g_bytes_new ("a-token", 7);
  g_autoptr (GBytes) bytes = g_bytes_new ("a\0token", 7);
  g_autoptr (GBytes) nothing = g_bytes_new (NULL, 0);
  g_autoptr (GBytes) signature = NULL;
  g_autoptr (GError) error = NULL;
  guint32 key;

  g_assert_nonnull (keeper);
  g_assert_true (reeve_keeper_take_seed (keeper, test_seed, &key, &error));
  g_assert_no_error (error);
  signature = reeve_keeper_sign_for (keeper, key, REEVE_KEEPER_TOKEN, token, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (signature), ==, 64);
  /* neither other bytes, nor other purposes, nor by the way of the other keys */
  g_assert_null (reeve_keeper_sign_for (keeper, key, REEVE_KEEPER_TOKEN, bytes, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_DENIED);
  g_clear_error (&error);
  g_assert_null (reeve_keeper_sign_for (keeper, key, REEVE_KEEPER_TOKEN, nothing, NULL));
  g_assert_null (reeve_keeper_sign_for (keeper, key, 2, token, NULL));
  g_assert_null (reeve_keeper_sign_for (keeper, key + 1, REEVE_KEEPER_TOKEN, token, NULL));
  g_assert_null (
      reeve_keeper_sign (keeper, key, GNUTLS_SIGN_EDDSA_ED25519, FALSE, "a-token", 7, NULL));
  reeve_keeper_forget (keeper, key);
  g_assert_null (reeve_keeper_sign_for (keeper, key, REEVE_KEEPER_TOKEN, token, NULL));
}

static void
test_load (void)
{
  g_autoptr (ReeveKeeper) keeper = reeve_keeper_start (NULL);
  g_autofree char *dir = g_dir_make_tmp ("reeve-keeper-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "key", NULL);
  g_autoptr (GBytes) message = g_bytes_new ("anything", 8);
  g_autoptr (GBytes) public = NULL;
  g_autoptr (GBytes) signature = NULL;
  g_autoptr (GError) error = NULL;
  gnutls_pubkey_t key;
  gnutls_datum_t der;
  guint32 id;
  int fd;

  g_assert_true (reeve_tls_make_key (path, NULL, &error));
  fd = open (path, O_RDONLY | O_CLOEXEC);
  g_assert_true (reeve_keeper_load (keeper, fd, &id, &public, &error));
  g_assert_no_error (error);
  signature =
      reeve_keeper_sign (keeper, id, GNUTLS_SIGN_ECDSA_SHA256, FALSE, "anything", 8, &error);
  g_assert_no_error (error);
  der.data = (unsigned char *) g_bytes_get_data (public, NULL);
  der.size = (unsigned int) g_bytes_get_size (public);
  g_assert_cmpint (gnutls_pubkey_init (&key), >=, 0);
  g_assert_cmpint (gnutls_pubkey_import (key, &der, GNUTLS_X509_FMT_DER), >=, 0);
  g_assert_true (test_verify (key, GNUTLS_SIGN_ECDSA_SHA256, message, signature));
  g_assert_null (reeve_keeper_sign_for (keeper, id, REEVE_KEEPER_TOKEN, message, NULL));
  gnutls_pubkey_deinit (key);
  (void) close (fd);

  /* no key in it; no more keys than fit */
  fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  g_assert_false (reeve_keeper_load (keeper, fd, &id, &public, &error));
  g_assert_nonnull (error);
  (void) close (fd);
  for (guint i = 1; i < REEVE_KEEPER_MAX_KEYS; i++)
    g_assert_true (reeve_keeper_take_seed (keeper, test_seed, &id, NULL));
  g_assert_false (reeve_keeper_take_seed (keeper, test_seed, &id, NULL));
  g_unlink (path);
  g_rmdir (dir);
}

/* What the kernel says of it. */
/* What it makes goes into the file alone, and is a key that it can read. */
static void
test_make (void)
{
  g_autoptr (ReeveKeeper) keeper = reeve_keeper_start (NULL);
  g_autofree char *dir = g_dir_make_tmp ("reeve-keeper-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "key", NULL);
  g_autofree char *none = g_build_filename (dir, "none", "key", NULL);
  g_autoptr (GBytes) public = NULL;
  g_autoptr (GError) error = NULL;
  guint32 id;
  int fd;

  g_assert_true (reeve_tls_make_key (path, keeper, &error));
  g_assert_no_error (error);
  fd = open (path, O_RDONLY | O_CLOEXEC);
  g_assert_true (reeve_keeper_load (keeper, fd, &id, &public, &error));
  g_assert_no_error (error);

  /* a file that is open for reading only */
  g_assert_false (reeve_keeper_make (keeper, fd, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_IO);
  g_assert_cmpstr (error->message, ==, g_strerror (EBADF));
  g_clear_error (&error);
  (void) close (fd);
  g_assert_false (reeve_tls_make_key (path, keeper, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_EXISTS);
  g_clear_error (&error);
  g_assert_false (reeve_tls_make_key (none, keeper, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_IO);
  g_clear_error (&error);
  /* no room in the file */
  fd = open ("/dev/full", O_WRONLY | O_CLOEXEC);
  g_assert_false (reeve_keeper_make (keeper, fd, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_IO);
  g_assert_cmpstr (error->message, ==, g_strerror (ENOSPC));
  (void) close (fd);

  /* it goes on */
  g_assert_true (reeve_keeper_take_seed (keeper, test_seed, &id, NULL));
  g_remove (path);
  g_rmdir (dir);
}

static void
test_confined (void)
{
  g_autoptr (ReeveKeeper) keeper = reeve_keeper_start (NULL);
  g_autofree char *children = NULL;
  g_autofree char *path = NULL;
  g_autofree char *status = NULL;
  g_autofree char *fds = NULL;
  g_autoptr (GDir) dir = NULL;
  guint32 key;
  guint n = 0;

  /* it has answered, so it has confined itself */
  g_assert_true (reeve_keeper_take_seed (keeper, test_seed, &key, NULL));
  path = g_strdup_printf ("/proc/self/task/%d/children", getpid ());
  if (!g_file_get_contents (path, &children, NULL, NULL))
    {
      g_test_skip ("the kernel does not list children");
      return;
    }
  g_strstrip (children);
  g_free (path);
  path = g_strdup_printf ("/proc/%s/status", children);
  g_assert_true (g_file_get_contents (path, &status, NULL, NULL));
  g_assert_nonnull (strstr (status, "Name:\treeve-keeper\n"));
  g_assert_nonnull (strstr (status, "NoNewPrivs:\t1\n"));
#if (defined(__x86_64__) || defined(__aarch64__)) && !defined(__SANITIZE_ADDRESS__)
  g_assert_nonnull (strstr (status, "Seccomp:\t2\n"));
#endif
  fds = g_strdup_printf ("/proc/%s/fd", children);
  dir = g_dir_open (fds, 0, NULL);
  if (dir == NULL)
    return; /* not even its own user may look */
  while (g_dir_read_name (dir) != NULL)
    n++;
  /* the first three, and its socket */
  g_assert_cmpuint (n, <=, 4);
}

/* ---- one that does not answer ---- */

typedef struct
{
  guint silent, back;
  char *why;
} Seen;

static void
see (const char *why, gpointer user_data)
{
  Seen *seen = user_data;

  if (why == NULL)
    {
      seen->back++;
      return;
    }
  seen->silent++;
  g_free (seen->why);
  seen->why = g_strdup (why);
}

/* 0: the kernel does not tell. */
static pid_t
find_child (void)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/task/%d/children", getpid ());
  g_autofree char *children = NULL;

  return g_file_get_contents (path, &children, NULL, NULL)
             ? (pid_t) g_ascii_strtoll (children, NULL, 10)
             : 0;
}

static gboolean
expect_silence (ReeveKeeper *keeper, guint32 key, GBytes *token)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) signature =
      reeve_keeper_sign_for (keeper, key, REEVE_KEEPER_TOKEN, token, &error);

  if (signature != NULL)
    return FALSE;
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE);
  g_assert_nonnull (strstr (error->message, "the keeper of keys does not answer"));
  return TRUE;
}

/* Who asks one that was stopped waits once and shortly, however often, and it goes on where it
 * stopped: with the keys that it had, and with none that nobody knows of. */
static void
test_stopped (void)
{
  g_autoptr (ReeveKeeper) keeper = reeve_keeper_start (NULL);
  g_autoptr (GBytes) token = g_bytes_new ("a-token", 7);
  g_autoptr (GError) error = NULL;
  Seen seen = { 0 };
  gint64 began, waited;
  guint32 key, second, third;
  pid_t child;

  g_assert_true (reeve_keeper_take_seed (keeper, test_seed, &key, NULL));
  g_assert_true (reeve_keeper_take_seed (keeper, test_seed, &second, NULL));
  child = find_child ();
  if (child == 0)
    {
      g_test_skip ("the kernel does not list children");
      return;
    }
  reeve_keeper_set_func (keeper, see, &seen);
  g_assert_cmpint (kill (child, SIGSTOP), ==, 0);
  g_test_expect_message ("reeve", G_LOG_LEVEL_WARNING, "the keeper of keys does not answer: *");
  began = g_get_monotonic_time ();
  /* what it is asked first it does when it goes on */
  g_assert_false (reeve_keeper_take_seed (keeper, test_seed, &third, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE);
  waited = g_get_monotonic_time () - began;
  g_assert_cmpint (waited, >=, REEVE_KEEPER_TIMEOUT_MS * 900);
  began = g_get_monotonic_time ();
  for (guint i = 0; i < 100; i++)
    g_assert_true (expect_silence (keeper, key, token));
  reeve_keeper_forget (keeper, second);
  /* a hundred waits would be */
  g_assert_cmpint (g_get_monotonic_time () - began, <, 50 * REEVE_KEEPER_TIMEOUT_MS * 1000);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (seen.silent, ==, 1);
  g_assert_cmpuint (seen.back, ==, 0);

  g_test_expect_message ("reeve", G_LOG_LEVEL_MESSAGE, "the keeper of keys answers again");
  g_assert_cmpint (kill (child, SIGCONT), ==, 0);
  for (guint i = 0; i < 60000 && expect_silence (keeper, key, token); i++)
    g_usleep (1000);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (seen.silent, ==, 1);
  g_assert_cmpuint (seen.back, ==, 1);
  /* all but one place are free */
  for (guint i = 1; i < REEVE_KEEPER_MAX_KEYS; i++)
    g_assert_true (reeve_keeper_take_seed (keeper, test_seed, &third, NULL));
  g_assert_false (reeve_keeper_take_seed (keeper, test_seed, &third, NULL));
  g_free (seen.why);
}

/* What the kernel refuses for a moment is asked of it again, in the time that there is for an
 * answer; nobody waits twice for one that could not be asked, and it has not ended for that. */
static void
test_refused (void)
{
  static const int moments[] = { EINTR, EAGAIN, ENOBUFS, ENOMEM };
  g_autoptr (ReeveKeeper) keeper = reeve_keeper_start (NULL);
  g_autoptr (GBytes) token = g_bytes_new ("a-token", 7);
  Seen seen = { 0 };
  gint64 began;
  guint32 key, second, third;

  reeve_keeper_set_func (keeper, see, &seen);
  g_assert_true (reeve_keeper_take_seed (keeper, test_seed, &key, NULL));
  g_assert_true (reeve_keeper_take_seed (keeper, test_seed, &second, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (moments); i++)
    {
      refused = (Refused){ moments[i], 3, 0 };
      g_assert_false (expect_silence (keeper, key, token));
      g_assert_cmpuint (refused.left, ==, 0);
    }
  g_assert_cmpuint (seen.silent, ==, 0);

  refused = (Refused){ ENOBUFS, G_MAXUINT, 0 };
  g_test_expect_message ("reeve", G_LOG_LEVEL_WARNING, "the keeper of keys does not answer: *");
  began = g_get_monotonic_time ();
  g_assert_true (expect_silence (keeper, key, token));
  g_assert_cmpint (g_get_monotonic_time () - began, >=, REEVE_KEEPER_TIMEOUT_MS * 900);
  refused.asked = 0;
  for (guint i = 0; i < 10; i++)
    g_assert_true (expect_silence (keeper, key, token));
  g_assert_cmpuint (refused.asked, ==, 10);
  reeve_keeper_forget (keeper, second);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (seen.silent, ==, 1);

  refused = (Refused){ 0 };
  g_test_expect_message ("reeve", G_LOG_LEVEL_MESSAGE, "the keeper of keys answers again");
  g_assert_false (expect_silence (keeper, key, token));
  g_test_assert_expected_messages ();
  g_assert_cmpuint (seen.back, ==, 1);
  /* all but one place are free */
  for (guint i = 1; i < REEVE_KEEPER_MAX_KEYS; i++)
    g_assert_true (reeve_keeper_take_seed (keeper, test_seed, &third, NULL));
  g_assert_false (reeve_keeper_take_seed (keeper, test_seed, &third, NULL));
  g_free (seen.why);
}

static void
test_killed (void)
{
  g_autoptr (ReeveKeeper) keeper = reeve_keeper_start (NULL);
  g_autoptr (GBytes) token = g_bytes_new ("a-token", 7);
  Seen seen = { 0 };
  guint32 key;
  pid_t child;

  g_assert_true (reeve_keeper_take_seed (keeper, test_seed, &key, NULL));
  child = find_child ();
  if (child == 0)
    {
      g_test_skip ("the kernel does not list children");
      return;
    }
  reeve_keeper_set_func (keeper, see, &seen);
  g_assert_cmpint (kill (child, SIGKILL), ==, 0);
  g_test_expect_message ("reeve", G_LOG_LEVEL_WARNING, "*it has ended; start the service anew");
  while (seen.silent == 0)
    expect_silence (keeper, key, token);
  g_assert_true (expect_silence (keeper, key, token));
  g_test_assert_expected_messages ();
  g_assert_cmpuint (seen.silent, ==, 1);
  g_assert_nonnull (strstr (seen.why, "start the service anew"));
  g_free (seen.why);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/keeper/purposes", test_purposes);
  g_test_add_func ("/keeper/load", test_load);
  g_test_add_func ("/keeper/make", test_make);
  g_test_add_func ("/keeper/confined", test_confined);
  g_test_add_func ("/keeper/stopped", test_stopped);
  g_test_add_func ("/keeper/refused", test_refused);
  g_test_add_func ("/keeper/killed", test_killed);
  return g_test_run ();
}
