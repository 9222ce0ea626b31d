/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The file of authorities that a peer's certificate is checked with: what it may be, and that it
 * may change while it is read. */

#include "config.h"

#include "reeve/reeve-tls-private.h"

#include "reeve/reeve-error.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME "hub.example"
/* How often a file is read that somebody else cuts and writes. */
#define ROUNDS 300
#define COPIES 400

typedef struct
{
  char *dir;
  char *path;
  GPtrArray *chain;
  char *pem;
  ReeveTlsPolicy *policy;
} Fixture;

static void
make_certificate (Fixture *f)
{
  gnutls_x509_privkey_t key;
  gnutls_x509_crt_t crt;
  gnutls_datum_t der, pem;
  time_t now = time (NULL);

  g_assert_cmpint (gnutls_x509_privkey_init (&key), ==, 0);
  g_assert_cmpint (gnutls_x509_privkey_generate (key, GNUTLS_PK_EDDSA_ED25519,
                                                 GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_ED25519),
                                                 0),
                   ==, 0);
  g_assert_cmpint (gnutls_x509_crt_init (&crt), ==, 0);
  gnutls_x509_crt_set_version (crt, 3);
  gnutls_x509_crt_set_serial (crt, "\1", 1);
  gnutls_x509_crt_set_dn (crt, "CN=" NAME, NULL);
  gnutls_x509_crt_set_subject_alt_name (crt, GNUTLS_SAN_DNSNAME, NAME, strlen (NAME), 0);
  gnutls_x509_crt_set_activation_time (crt, now - 3600);
  gnutls_x509_crt_set_expiration_time (crt, now + 3600);
  gnutls_x509_crt_set_ca_status (crt, 1);
  gnutls_x509_crt_set_key (crt, key);
  g_assert_cmpint (gnutls_x509_crt_sign2 (crt, crt, key, GNUTLS_DIG_UNKNOWN, 0), ==, 0);
  g_assert_cmpint (gnutls_x509_crt_export2 (crt, GNUTLS_X509_FMT_DER, &der), ==, 0);
  g_assert_cmpint (gnutls_x509_crt_export2 (crt, GNUTLS_X509_FMT_PEM, &pem), ==, 0);
  g_ptr_array_add (f->chain, g_bytes_new (der.data, der.size));
  f->pem = g_strndup ((const char *) pem.data, pem.size);
  gnutls_free (der.data);
  gnutls_free (pem.data);
  gnutls_x509_crt_deinit (crt);
  gnutls_x509_privkey_deinit (key);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  ReeveTlsOptions options = { 0 };

  f->dir = g_dir_make_tmp ("reeve-tls-XXXXXX", NULL);
  f->path = g_build_filename (f->dir, "ca.pem", NULL);
  f->chain = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  make_certificate (f);
  options.ca_file = f->path;
  f->policy = reeve_tls_policy_new (&options, NAME, NULL);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_remove (f->path);
  g_rmdir (f->dir);
  reeve_tls_policy_unref (f->policy);
  g_ptr_array_unref (f->chain);
  g_free (f->path);
  g_free (f->dir);
  g_free (f->pem);
}

static void
assert_check (Fixture *f, int code, const char *text)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = reeve_tls_policy_check (f->policy, f->chain, &error);

  if (text == NULL)
    {
      g_assert_no_error (error);
      g_assert_true (ok);
      return;
    }
  g_assert_false (ok);
  g_assert_error (error, REEVE_ERROR, code);
  g_assert_nonnull (strstr (error->message, text));
  g_assert_nonnull (strstr (error->message, f->path));
}

static void
test_file (Fixture *f, gconstpointer data)
{
  gsize length;
  const void *der = g_bytes_get_data (g_ptr_array_index (f->chain, 0), &length);

  assert_check (f, REEVE_ERROR_IO, "No such file");
  g_assert_true (g_file_set_contents (f->path, f->pem, -1, NULL));
  assert_check (f, 0, NULL);
  g_assert_true (g_file_set_contents (f->path, der, (gssize) length, NULL));
  assert_check (f, 0, NULL);
  g_assert_true (g_file_set_contents (f->path, "", 0, NULL));
  assert_check (f, REEVE_ERROR_INVALID, "holds no certificate");
  g_assert_cmpint (truncate (f->path, REEVE_TLS_MAX_FILE_BYTES), ==, 0);
  assert_check (f, REEVE_ERROR_INVALID, "holds no certificate");
  g_assert_cmpint (truncate (f->path, REEVE_TLS_MAX_FILE_BYTES + 1), ==, 0);
  assert_check (f, REEVE_ERROR_LIMIT, "bytes");
  g_unlink (f->path);
  /* one that nobody ever writes to does not hold the check up */
  g_assert_cmpint (mkfifo (f->path, 0600), ==, 0);
  assert_check (f, REEVE_ERROR_INVALID, "not a regular file");
  g_unlink (f->path);
  g_assert_cmpint (g_mkdir (f->path, 0700), ==, 0);
  assert_check (f, REEVE_ERROR_INVALID, "not a regular file");
}

typedef struct
{
  Fixture *fixture;
  gint stop;
} Cutter;

static gpointer
cut_thread (gpointer data)
{
  Cutter *cutter = data;
  gsize length = strlen (cutter->fixture->pem);
  g_autofree char *copies = g_malloc (COPIES * length);
  int fd = open (cutter->fixture->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

  for (guint i = 0; i < COPIES; i++)
    memcpy (copies + i * length, cutter->fixture->pem, length);
  while (!g_atomic_int_get (&cutter->stop))
    {
      g_assert_cmpint (pwrite (fd, copies, COPIES * length, 0), ==, (gssize) (COPIES * length));
      g_assert_cmpint (ftruncate (fd, 0), ==, 0);
    }
  close (fd);
  return NULL;
}

/* What is read is whatever was there in that moment. */
static void
test_cut (Fixture *f, gconstpointer data)
{
  Cutter cutter = { .fixture = f };
  GThread *thread;

  g_assert_true (g_file_set_contents (f->path, f->pem, -1, NULL));
  thread = g_thread_new ("cutter", cut_thread, &cutter);
  for (guint i = 0; i < ROUNDS; i++)
    {
      g_autoptr (GError) error = NULL;

      if (!reeve_tls_policy_check (f->policy, f->chain, &error))
        g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
    }
  g_atomic_int_set (&cutter.stop, 1);
  g_thread_join (thread);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/authorities/file", Fixture, NULL, set_up, test_file, tear_down);
  g_test_add ("/authorities/cut", Fixture, NULL, set_up, test_cut, tear_down);
  return g_test_run ();
}
