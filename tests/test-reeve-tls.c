/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* TLS, the server's end. The client is GnuTLS in the test's own hands: it offers what it likes and
 * looks at what comes. */

#include "config.h"

#include "lib/test-engine.h"

#include "reeve/reeve-keeper.h"
#include "reeve/reeve-tls.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEST_NOW G_GINT64_CONSTANT (1700000000)

/* Each test runs with the keys here, and with them at the keeper. */
static gboolean test_tls_with_keeper;

typedef struct
{
  TestEngine engine;
  char *dir;
  ReeveKeeper *keeper; /* NULL in one half of the tests */
  ReeveTlsCredentials *credentials;
  GPtrArray *files;
  TestEnd end;
  GError *error;
  guint n_told;
} TestTls;

typedef struct
{
  int fd;
  gnutls_session_t session;
  gnutls_certificate_credentials_t credentials;
  int code;
} TestClient;

/* ---- files ---- */

static char *
test_tls_path (TestTls *f, const char *name)
{
  char *path = g_build_filename (f->dir, name, NULL);

  g_ptr_array_add (f->files, path);
  return path;
}

static void
test_tls_make (TestTls *f, const char *id, const char *name, gint64 now, char **ret_certificate,
               char **ret_key)
{
  const char *const names[] = { name, "127.0.0.1", "::1", NULL };
  g_autofree char *certificate_name = g_strconcat (id, ".pem", NULL);
  g_autofree char *key_name = g_strconcat (id, ".key", NULL);
  g_autoptr (GError) error = NULL;

  *ret_certificate = test_tls_path (f, certificate_name);
  *ret_key = test_tls_path (f, key_name);
  if (!g_file_test (*ret_key, G_FILE_TEST_EXISTS))
    g_assert_true (reeve_tls_make_key (*ret_key, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (
      reeve_tls_make_certificate (*ret_certificate, *ret_key, f->keeper, names, now, &error));
  g_assert_no_error (error);
}

static ReeveTlsCredentials *
test_tls_load (TestTls *f, const char *id, const char *name)
{
  ReeveTlsCredentials *credentials = reeve_tls_credentials_new (f->keeper);
  g_autoptr (GError) error = NULL;
  char *certificate, *key;

  test_tls_make (f, id, name, TEST_NOW, &certificate, &key);
  g_assert_true (reeve_tls_credentials_add (credentials, certificate, key, &error));
  g_assert_no_error (error);
  return credentials;
}

static void
test_tls_set_up (TestTls *f, gconstpointer data)
{
  test_engine_set_up (&f->engine, data);
  f->keeper = test_tls_with_keeper ? reeve_keeper_start (NULL) : NULL;
  f->dir = g_dir_make_tmp ("reeve-tls-XXXXXX", NULL);
  f->files = g_ptr_array_new_with_free_func (g_free);
}

static void
test_tls_tear_down (TestTls *f, gconstpointer data)
{
  if (f->end.stream != NULL)
    test_end_clear (&f->end);
  g_clear_error (&f->error);
  g_clear_pointer (&f->credentials, reeve_tls_credentials_unref);
  g_clear_pointer (&f->keeper, reeve_keeper_unref);
  for (guint i = 0; i < f->files->len; i++)
    (void) g_unlink (g_ptr_array_index (f->files, i));
  g_ptr_array_unref (f->files);
  g_assert_cmpint (g_rmdir (f->dir), ==, 0);
  g_free (f->dir);
  test_engine_tear_down (&f->engine, data);
}

/* ---- the two ends ---- */

static void
test_tls_handshaken (ReeveStream *stream, const GError *error, gpointer user_data)
{
  TestTls *f = user_data;

  f->n_told++;
  if (error != NULL)
    f->error = g_error_copy (error);
  else
    reeve_stream_set_funcs (stream, &test_end_funcs_eof, &f->end);
}

/* Our end of a connection whose other is a client. */
static int
test_tls_accept (TestTls *f)
{
  int fds[2];

  if (f->end.stream != NULL)
    test_end_clear (&f->end);
  g_clear_error (&f->error);
  f->n_told = 0;
  test_make_tcp_pair (fds);
  f->end = (TestEnd){ .f = &f->engine, .got = g_byte_array_new () };
  f->end.stream = reeve_stream_new (f->engine.owner, fds[0]);
  reeve_stream_start_tls_server (f->end.stream, f->credentials, 5000, test_tls_handshaken, f);
  return fds[1];
}

static int
test_client_step (TestClient *client, TestTls *f)
{
  for (guint i = 0; i < 1000; i++)
    {
      client->code = gnutls_handshake (client->session);
      test_engine_turn (&f->engine);
      if (client->code >= 0 || gnutls_error_is_fatal (client->code))
        break;
    }
  /* the last of it */
  for (guint i = 0; i < 100 && f->n_told == 0; i++)
    {
      g_usleep (1000);
      test_engine_turn (&f->engine);
    }
  return client->code;
}

/* @name, @resume: NULL for none. */
static void
test_client_connect (TestClient *client, TestTls *f, const char *priority, const char *name,
                     const gnutls_datum_t *resume)
{
  int flags;

  client->fd = test_tls_accept (f);
  flags = fcntl (client->fd, F_GETFL);
  g_assert_cmpint (fcntl (client->fd, F_SETFL, flags | O_NONBLOCK), ==, 0);
  g_assert_cmpint (gnutls_init (&client->session, GNUTLS_CLIENT | GNUTLS_NONBLOCK), >=, 0);
  g_assert_cmpint (gnutls_certificate_allocate_credentials (&client->credentials), >=, 0);
  gnutls_credentials_set (client->session, GNUTLS_CRD_CERTIFICATE, client->credentials);
  g_assert_cmpint (gnutls_priority_set_direct (client->session, priority, NULL), >=, 0);
  if (name != NULL)
    gnutls_server_name_set (client->session, GNUTLS_NAME_DNS, name, strlen (name));
  if (resume != NULL)
    gnutls_session_set_data (client->session, resume->data, resume->size);
  gnutls_transport_set_int (client->session, client->fd);
  test_client_step (client, f);
}

static void
test_client_clear (TestClient *client)
{
  gnutls_deinit (client->session);
  gnutls_certificate_free_credentials (client->credentials);
  close (client->fd);
}

static gssize
test_client_receive (TestClient *client, TestTls *f, gpointer buffer, gsize length)
{
  gssize n = GNUTLS_E_AGAIN;

  for (guint i = 0; i < 500 && (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED); i++)
    {
      test_engine_turn (&f->engine);
      n = gnutls_record_recv (client->session, buffer, length);
      if (n == GNUTLS_E_AGAIN)
        g_usleep (1000);
    }
  return n;
}

static gboolean
test_client_saw_name (TestClient *client, const char *name)
{
  unsigned int n;
  const gnutls_datum_t *chain = gnutls_certificate_get_peers (client->session, &n);
  gnutls_x509_crt_t certificate;
  gboolean is;

  g_assert_nonnull (chain);
  g_assert_cmpint (gnutls_x509_crt_init (&certificate), >=, 0);
  g_assert_cmpint (gnutls_x509_crt_import (certificate, &chain[0], GNUTLS_X509_FMT_DER), >=, 0);
  is = gnutls_x509_crt_check_hostname2 (certificate, name, 0) != 0;
  gnutls_x509_crt_deinit (certificate);
  return is;
}

/* ---- a session ---- */

static void
test_tls_session (TestTls *f, gconstpointer data)
{
  const char *version = data;
  g_autofree char *priority = g_strconcat ("NORMAL:-VERS-ALL:+VERS-", version, NULL);
  g_autofree char *name = NULL;
  g_autoptr (GBytes) exported = NULL;
  guint8 own[32];
  char buffer[64];
  TestClient client;

  f->credentials = test_tls_load (f, "a", "hub.example");
  test_client_connect (&client, f, priority, "Hub.example", NULL);
  g_assert_cmpint (client.code, ==, 0);
  g_assert_no_error (f->error);
  g_assert_cmpuint (f->n_told, ==, 1);
  g_assert_cmpstr (gnutls_protocol_get_name (gnutls_protocol_get_version (client.session)), ==,
                   version);
  g_assert_true (reeve_stream_is_secure (f->end.stream));
  g_assert_false (reeve_stream_is_peer_verified (f->end.stream));
  name = reeve_stream_get_server_name (f->end.stream);
  g_assert_cmpstr (name, ==, "hub.example");

  /* both ways, and the same secret at both ends */
  g_assert_cmpint (gnutls_record_send (client.session, "ping", 4), ==, 4);
  for (guint i = 0; i < 500 && f->end.got->len < 4; i++)
    {
      g_usleep (1000);
      test_engine_turn (&f->engine);
    }
  g_assert_cmpmem (f->end.got->data, f->end.got->len, "ping", 4);
  reeve_stream_write (f->end.stream, "pong!", 5);
  g_assert_cmpint (test_client_receive (&client, f, buffer, sizeof buffer), ==, 5);
  exported = reeve_stream_export (f->end.stream, "EXPORTER-Channel-Binding", sizeof own, NULL);
  g_assert_nonnull (exported);
  g_assert_cmpint (gnutls_prf_rfc5705 (client.session, strlen ("EXPORTER-Channel-Binding"),
                                       "EXPORTER-Channel-Binding", 0, "", sizeof own, (char *) own),
                   >=, 0);
  g_assert_cmpmem (g_bytes_get_data (exported, NULL), g_bytes_get_size (exported), own, sizeof own);

  /* an end that says so */
  reeve_stream_close (f->end.stream);
  g_assert_cmpint (test_client_receive (&client, f, buffer, sizeof buffer), ==, 0);
  test_client_clear (&client);
}

static void
test_tls_refused (TestTls *f, gconstpointer data)
{
  TestClient client;

  f->credentials = test_tls_load (f, "a", "hub.example");
  test_client_connect (&client, f, data, "hub.example", NULL);
  g_assert_cmpint (client.code, <, 0);
  g_assert_error (f->error, REEVE_ERROR, REEVE_ERROR_PROTOCOL);
  g_assert_cmpuint (f->n_told, ==, 1);
  test_client_clear (&client);
}

/* A client that asks in the other order gets ours. */
static void
test_tls_order (TestTls *f, gconstpointer data)
{
  TestClient client;

  f->credentials = test_tls_load (f, "a", "hub.example");
  test_client_connect (&client, f,
                       "NORMAL:-CIPHER-ALL:+CHACHA20-POLY1305:+AES-256-GCM:+AES-128-GCM", NULL,
                       NULL);
  g_assert_cmpint (client.code, ==, 0);
  g_assert_cmpint (gnutls_cipher_get (client.session), ==, GNUTLS_CIPHER_AES_128_GCM);
  test_client_clear (&client);
}

static void
test_tls_names (TestTls *f, gconstpointer data)
{
  static const struct
  {
    const char *asked;
    const char *seen;
  } cases[] = {
    { "hub.example", "hub.example" },
    { "other.example", "other.example" },
    { "nobody.example", "hub.example" },
    /* one label stands for the star */
    { "a.wild.example", "b.wild.example" },
    { "A.WILD.example", "b.wild.example" },
    { "wild.example", "hub.example" },
    { "a.b.wild.example", "hub.example" },
    { NULL, "hub.example" },
  };
  g_autoptr (GError) error = NULL;
  char *certificate, *key;

  f->credentials = test_tls_load (f, "a", "hub.example");
  test_tls_make (f, "b", "other.example", TEST_NOW + 5, &certificate, &key);
  g_assert_true (reeve_tls_credentials_add (f->credentials, certificate, key, &error));
  test_tls_make (f, "c", "*.wild.example", TEST_NOW + 7, &certificate, &key);
  g_assert_true (reeve_tls_credentials_add (f->credentials, certificate, key, &error));
  g_assert_true (reeve_tls_credentials_has_name (f->credentials, "OTHER.example"));
  g_assert_true (reeve_tls_credentials_has_name (f->credentials, "::1"));
  g_assert_false (reeve_tls_credentials_has_name (f->credentials, "nobody.example"));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *name = NULL;
      g_autofree char *asked = NULL;
      TestClient client;

      test_client_connect (&client, f, "NORMAL", cases[i].asked, NULL);
      g_assert_cmpint (client.code, ==, 0);
      g_assert_true (test_client_saw_name (&client, cases[i].seen));
      name = reeve_stream_get_server_name (f->end.stream);
      asked = cases[i].asked != NULL ? g_ascii_strdown (cases[i].asked, -1) : NULL;
      g_assert_cmpstr (name, ==, asked);
      test_client_clear (&client);
    }
}

/* Other credentials for new connections; the one that is there goes on. */
static void
test_tls_replace (TestTls *f, gconstpointer data)
{
  TestClient client, second;
  ReeveStream *stream;
  char buffer[8];

  f->credentials = test_tls_load (f, "a", "hub.example");
  test_client_connect (&client, f, "NORMAL", NULL, NULL);
  g_assert_cmpint (client.code, ==, 0);
  stream = reeve_stream_ref (f->end.stream);
  reeve_tls_credentials_unref (f->credentials);
  f->credentials = test_tls_load (f, "b", "other.example");
  g_byte_array_unref (f->end.got);
  reeve_stream_unref (f->end.stream);
  f->end = (TestEnd){ 0 };
  test_client_connect (&second, f, "NORMAL", NULL, NULL);
  g_assert_true (test_client_saw_name (&second, "other.example"));

  reeve_stream_write (stream, "still", 5);
  g_assert_cmpint (test_client_receive (&client, f, buffer, sizeof buffer), ==, 5);
  reeve_stream_abort (stream);
  reeve_stream_unref (stream);
  test_client_clear (&client);
  test_client_clear (&second);
}

/* ---- tickets ---- */

static gboolean
test_tls_resumes (TestTls *f, const char *priority, const gnutls_datum_t *ticket)
{
  TestClient client;
  gboolean resumed;

  test_client_connect (&client, f, priority, NULL, ticket);
  g_assert_cmpint (client.code, ==, 0);
  resumed = gnutls_session_is_resumed (client.session) != 0;
  test_client_clear (&client);
  return resumed;
}

static void
test_tls_tickets (TestTls *f, gconstpointer data)
{
  const char *priority = data;
  gnutls_datum_t ticket;
  TestClient client;
  char buffer[8];

  f->credentials = test_tls_load (f, "a", "hub.example");
  test_client_connect (&client, f, priority, NULL, NULL);
  g_assert_cmpint (client.code, ==, 0);
  reeve_stream_write (f->end.stream, "x", 1);
  g_assert_cmpint (test_client_receive (&client, f, buffer, sizeof buffer), ==, 1);
  g_assert_cmpint (gnutls_session_get_data2 (client.session, &ticket), >=, 0);
  test_client_clear (&client);

  g_assert_true (test_tls_resumes (f, priority, &ticket));
  reeve_clock_advance (f->engine.clock, (REEVE_TLS_TICKET_KEY_SECONDS - 1) * MS * 1000);
  g_assert_true (test_tls_resumes (f, priority, &ticket));
  reeve_clock_advance (f->engine.clock, G_USEC_PER_SEC);
  g_assert_false (test_tls_resumes (f, priority, &ticket));
  gnutls_free (ticket.data);
}

/* ---- hostile clients ---- */

static void
test_tls_hostile (TestTls *f, gconstpointer data)
{
  static const struct
  {
    const char *bytes;
    gsize length;
    const char *says;
  } cases[] = {
    { "GET / HTTP/1.1\r\n\r\n", 18, "does not speak TLS" },
    { "\x16\x03\x01\x00\x04\x01\xff\xff\xff", 9, "TLS" },
    { "\x16\x03\x01\xff\xffgarb", 9, "TLS" },
    { "\x15\x03\x03\x00\x02\x02\x28", 7, "alert 'Handshake failed'" },
    { "", 0, "ended the connection during the TLS handshake" },
  };

  f->credentials = test_tls_load (f, "a", "hub.example");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      int fd = test_tls_accept (f);

      g_assert_cmpint (send (fd, cases[i].bytes, cases[i].length, MSG_NOSIGNAL), ==,
                       (gssize) cases[i].length);
      shutdown (fd, SHUT_WR);
      for (guint j = 0; j < 500 && f->n_told == 0; j++)
        {
          g_usleep (1000);
          test_engine_turn (&f->engine);
        }
      g_assert_cmpuint (f->n_told, ==, 1);
      g_assert_nonnull (strstr (f->error->message, cases[i].says));
      close (fd);
    }
}

static void
test_tls_deadline (TestTls *f, gconstpointer data)
{
  int fd;

  f->credentials = test_tls_load (f, "a", "hub.example");
  fd = test_tls_accept (f);
  g_assert_false (reeve_stream_has_read (f->end.stream));
  /* the beginning of a record, and no more */
  g_assert_cmpint (send (fd, "\x16\x03\x01", 3, MSG_NOSIGNAL), ==, 3);
  test_engine_turn (&f->engine);
  g_assert_true (reeve_stream_has_read (f->end.stream));
  reeve_clock_advance (f->engine.clock, 4999 * MS);
  test_engine_turn (&f->engine);
  g_assert_cmpuint (f->n_told, ==, 0);
  reeve_clock_advance (f->engine.clock, MS);
  test_engine_turn (&f->engine);
  g_assert_error (f->error, REEVE_ERROR, REEVE_ERROR_TIMEOUT);
  close (fd);
}

static void
test_tls_abort (TestTls *f, gconstpointer data)
{
  int fd;

  f->credentials = test_tls_load (f, "a", "hub.example");
  fd = test_tls_accept (f);
  reeve_stream_abort (f->end.stream);
  test_engine_turn (&f->engine);
  g_assert_cmpuint (f->n_told, ==, 0);
  close (fd);
}

/* ---- bad files ---- */

static void
test_tls_expect (TestTls *f, const char *certificate, const char *key, const char *says)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (reeve_tls_credentials_add (f->credentials, certificate, key, &error));
  if (strstr (error->message, says) == NULL)
    g_error ("'%s' does not say '%s'", error->message, says);
  /* it names the file */
  g_assert_nonnull (strstr (error->message, f->dir));
}

static void
test_tls_files (TestTls *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  char *certificate, *key, *other, *other_key, *text, *none, *sealed;
  const char *first = NULL;
  struct stat st;

  f->credentials = reeve_tls_credentials_new (f->keeper);
  g_assert_null (reeve_tls_credentials_get_pin (f->credentials));
  g_assert_cmpint (reeve_tls_credentials_get_expiry (f->credentials, &first), ==, 0);
  test_tls_make (f, "a", "hub.example", TEST_NOW, &certificate, &key);
  test_tls_make (f, "b", "b.example", TEST_NOW - 5, &other, &other_key);
  text = test_tls_path (f, "text");
  none = test_tls_path (f, "none");
  sealed = test_tls_path (f, "sealed");
  g_assert_true (g_file_set_contents (text, "no certificate\n", -1, NULL));
  g_chmod (text, 0600);
  g_assert_true (g_file_set_contents (sealed,
                                      "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
                                      "MIGjMF8GCSqGSIb3DQEFDTBSMDEGCSqGSIb3DQEFDDAk\n"
                                      "-----END ENCRYPTED PRIVATE KEY-----\n",
                                      -1, NULL));
  g_chmod (sealed, 0600);

  g_assert_cmpint (stat (key, &st), ==, 0);
  g_assert_cmpuint (st.st_mode & 0777, ==, 0600);
  g_assert_false (reeve_tls_make_key (key, NULL, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_EXISTS);

  test_tls_expect (f, none, key, "No such file");
  test_tls_expect (f, certificate, none, "No such file");
  test_tls_expect (f, f->dir, key, "set the path of a PEM file");
  test_tls_expect (f, text, key, "no chain of certificates");
  test_tls_expect (f, certificate, text, "no private key");
  test_tls_expect (f, certificate, sealed, "no private key");
  test_tls_expect (f, certificate, other_key, "is not that of the certificate");
  g_chmod (key, 0604);
  test_tls_expect (f, certificate, key, "every user of this machine");
  g_chmod (key, 0640);
  g_clear_error (&error);
  g_assert_true (reeve_tls_credentials_add (f->credentials, certificate, key, &error));
  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (reeve_tls_credentials_get_pin (f->credentials), "sha256//"));
  g_assert_true (reeve_tls_credentials_is_self_signed (f->credentials));
  g_assert_true (reeve_tls_credentials_add (f->credentials, other, other_key, &error));
  g_assert_cmpint (reeve_tls_credentials_get_expiry (f->credentials, &first), ==,
                   TEST_NOW - 5 + REEVE_TLS_MAKE_SECONDS);
  g_assert_cmpstr (first, ==, other);
}

/* A new certificate for the old key has the old pin. */
static void
test_tls_renew (TestTls *f, gconstpointer data)
{
  g_autoptr (ReeveTlsCredentials) renewed = NULL;

  f->credentials = test_tls_load (f, "a", "hub.example");
  renewed = test_tls_load (f, "a", "elsewhere.example");
  g_assert_cmpstr (reeve_tls_credentials_get_pin (f->credentials), ==,
                   reeve_tls_credentials_get_pin (renewed));
  g_assert_true (reeve_tls_credentials_has_name (renewed, "elsewhere.example"));
  g_assert_false (reeve_tls_credentials_has_name (renewed, "hub.example"));
}

static void
test_tls_set_up_kept (TestTls *f, gconstpointer data)
{
  test_tls_with_keeper = TRUE;
  test_tls_set_up (f, data);
  test_tls_with_keeper = FALSE;
}

#define TEST(path, function, data)                                                                 \
  g_test_add (path, TestTls, data, test_tls_set_up, function, test_tls_tear_down);                 \
  g_test_add ("/keeper" path, TestTls, data, test_tls_set_up_kept, function, test_tls_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST ("/tls/session/1.3", test_tls_session, "TLS1.3");
  TEST ("/tls/session/1.2", test_tls_session, "TLS1.2");
  TEST ("/tls/refused/1.1", test_tls_refused, "NORMAL:-VERS-ALL:+VERS-TLS1.1:+VERS-TLS1.0");
  TEST ("/tls/refused/cbc", test_tls_refused,
        "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-CBC:+AES-256-CBC");
  TEST ("/tls/refused/rsa", test_tls_refused,
        "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+RSA:+DHE-RSA");
  TEST ("/tls/order", test_tls_order, NULL);
  TEST ("/tls/names", test_tls_names, NULL);
  TEST ("/tls/replace", test_tls_replace, NULL);
  TEST ("/tls/tickets/1.3", test_tls_tickets, "NORMAL:-VERS-ALL:+VERS-TLS1.3");
  TEST ("/tls/tickets/1.2", test_tls_tickets, "NORMAL:-VERS-ALL:+VERS-TLS1.2");
  TEST ("/tls/hostile", test_tls_hostile, NULL);
  TEST ("/tls/deadline", test_tls_deadline, NULL);
  TEST ("/tls/abort", test_tls_abort, NULL);
  TEST ("/tls/files", test_tls_files, NULL);
  TEST ("/tls/renew", test_tls_renew, NULL);
  return g_test_run ();
}
