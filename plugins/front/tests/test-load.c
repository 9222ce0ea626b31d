/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who takes more than others: those who are many, slow, silent, or gone. */

#include "config.h"

#include "front-test.h"

#include <netinet/in.h>
#include <malloc.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "../reeve-front-site.h"

#define TEST_MANY 400
/* Clients that leave; the allocator has what it wants for itself after the first ones. */
#define TEST_WARM 200
#define TEST_LEAVERS 1000
#define TEST_LEAK 64
/* Of an answer, less than what a stream may have waiting; and of one read by a slow client. */
#define TEST_MUCH 400000
/* More than one read of ours, less than what a socket takes. */
#define TEST_BETWEEN 150000
#define TEST_SIP 16384

/* Agents behind a proxy of this machine all come from one address: many of them are served. */
static void
test_one_address (void)
{
  g_autoptr (FrontTest) f = front_test_new (FALSE);
  g_autoptr (GPtrArray) clients =
      g_ptr_array_new_with_free_func ((GDestroyNotify) test_client_free);

  for (guint i = 0; i < TEST_MANY; i++)
    {
      g_ptr_array_add (clients, test_client_new (f));
      reeve_mock_host_settle (f->host);
    }
  for (guint i = 0; i < clients->len; i++)
    {
      test_client_pump (clients->pdata[i]);
      g_assert_false (((TestClient *) clients->pdata[i])->ended);
    }
  test_client_send (clients->pdata[TEST_MANY - 1], "GET /public HTTP/1.1\r\nHost: $HOST\r\n\r\n");
  test_client_expect (clients->pdata[TEST_MANY - 1], 200, NULL);
}

/* ---- when the page's server is busy ---- */

/* Of 256 files: an eighth; and half of the places that are left. */
#define RELAYS 32
#define IDLE 24

/* A front with so many connections to its server. */
static FrontTest *
test_few_relays (const char *key, const char *value)
{
  struct rlimit limit;
  FrontTest *f;
  rlim_t before;

  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  before = limit.rlim_cur;
  limit.rlim_cur = 8 * RELAYS;
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  f = front_test_new_with (FALSE, key, value);
  limit.rlim_cur = before;
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  return f;
}

/* From here on its end is a reset: one half that ends would still wait for its answer. */
static void
test_reset (TestClient *client)
{
  setsockopt (client->fd, SOL_SOCKET, SO_LINGER, &(struct linger){ 1, 0 }, sizeof (struct linger));
}

static guint
test_ask (TestClient *client, const char *text)
{
  g_autoptr (TestAnswer) answer = NULL;

  test_client_send (client, text);
  answer = test_client_receive (client, FALSE);
  return answer->status;
}

static guint
test_count_files (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static void
test_ask_for_much (TestClient *client, gsize length, const char *field)
{
  g_autofree char *body = g_strnfill (length, 'x');
  g_autofree char *head =
      g_strdup_printf ("POST /open HTTP/1.1\r\nHost: $HOST\r\nContent-Length: %" G_GSIZE_FORMAT
                       "\r\n" OWN "%s\r\n",
                       length, field);

  test_client_send (client, head);
  test_client_send_bytes (client, body, length);
}

/* A small buffer of the kernel behind our end: on loopback it would take some megabytes. */
static void
test_narrow (TestClient *client)
{
  struct sockaddr_in own, peer;
  socklen_t length = sizeof own;
  gboolean found = FALSE;

  reeve_mock_host_settle (client->f->host);
  g_assert_cmpint (getsockname (client->fd, (struct sockaddr *) &own, &length), ==, 0);
  for (int fd = 0; fd < 1024; fd++)
    {
      length = sizeof peer;
      if (getpeername (fd, (struct sockaddr *) &peer, &length) == 0 && peer.sin_family == AF_INET &&
          peer.sin_port == own.sin_port)
        found = setsockopt (fd, SOL_SOCKET, SO_SNDBUF, &(int){ TEST_SIP }, sizeof (int)) == 0;
    }
  g_assert_true (found);
}

#define PUBLIC "GET /public HTTP/1.1\r\nHost: $HOST\r\n\r\n"
#define VIEW "GET /view HTTP/1.1\r\nHost: $HOST\r\nAuthorization: Bearer good\r\n\r\n"

/* Those who have been answered and stay may ask again, until they are half of all that there is
 * room for: then the one that was silent for longest goes. */
static void
test_idle (void)
{
  g_autoptr (FrontTest) f = test_few_relays (NULL, NULL);
  g_autoptr (GPtrArray) clients =
      g_ptr_array_new_with_free_func ((GDestroyNotify) test_client_free);

  for (guint i = 0; i < IDLE + 8; i++)
    {
      g_ptr_array_add (clients, test_client_new (f));
      g_assert_cmpuint (test_ask (clients->pdata[i], PUBLIC), ==, 200);
    }
  for (guint i = 0; i < 8; i++)
    test_client_wait_end (clients->pdata[i]);
  for (guint i = 8; i < clients->len; i++)
    g_assert_cmpuint (test_ask (clients->pdata[i], PUBLIC), ==, 200);
}

/* Strangers that keep the server busy leave some of it to those who have signed in. */
static void
test_busy_relays (void)
{
  g_autoptr (FrontTest) f = test_few_relays (NULL, NULL);
  g_autoptr (GPtrArray) clients =
      g_ptr_array_new_with_free_func ((GDestroyNotify) test_client_free);
  g_autoptr (TestClient) viewer = test_client_new (f);
  g_autoptr (TestClient) stranger = NULL;

  for (guint i = 0; i < RELAYS * 3 / 4; i++)
    {
      g_ptr_array_add (clients, test_client_new (f));
      test_client_send (clients->pdata[i], "GET /hang HTTP/1.1\r\nHost: $HOST\r\n\r\n");
      test_client_wait_calls (clients->pdata[i], i + 1);
    }
  stranger = test_client_new (f);
  g_assert_cmpuint (test_ask (stranger, PUBLIC), ==, 503);
  g_assert_cmpuint (test_ask (viewer, VIEW), ==, 200);
  g_assert_cmpuint (test_ask (viewer, VIEW), ==, 200);
}

static void
test_forwarded (TestClient *client, const char *path, const char *from, const char *field)
{
  g_autofree char *text = g_strdup_printf ("GET %s HTTP/1.1\r\nHost: $HOST\r\n"
                                           "X-Forwarded-For: %s\r\n%s\r\n",
                                           path, from, field);

  test_client_send (client, text);
}

/* One address keeps some of the places busy, and nobody else from anything. */
static void
test_busy_address (gconstpointer data)
{
  const char *const *from = data; /* twice the same customer, and another */
  g_autoptr (FrontTest) f = test_few_relays ("trusted-proxies", "127.0.0.1");
  g_autoptr (GPtrArray) clients =
      g_ptr_array_new_with_free_func ((GDestroyNotify) test_client_free);
  g_autoptr (TestClient) second = NULL;
  const struct
  {
    const char *from, *field;
    guint status;
  } rows[] = {
    { from[1], "", 503 },
    { from[2], "", 200 },
    { from[1], "Authorization: Bearer good\r\n", 200 },
  };

  for (guint i = 0; i < RELAYS / REEVE_FRONT_RELAYS_SHARE; i++)
    {
      g_ptr_array_add (clients, test_client_new (f));
      test_reset (clients->pdata[i]);
      test_forwarded (clients->pdata[i], "/hang", from[0], "");
      test_client_wait_calls (clients->pdata[i], i + 1);
    }
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (TestClient) client = test_client_new (f);
      g_autoptr (TestAnswer) answer = NULL;

      test_forwarded (client, "/public", rows[i].from, rows[i].field);
      answer = test_client_receive (client, FALSE);
      g_assert_cmpuint (answer->status, ==, rows[i].status);
    }

  /* a place that is given back is there for others */
  g_ptr_array_set_size (clients, 1);
  reeve_mock_host_settle (f->host);
  second = test_client_new (f);
  test_forwarded (second, "/public", from[1], "");
  test_client_expect (second, 200, NULL);
}

/* Clients that may ask again keep their connections to the server, the last of them. */
static void
test_spare_relays (void)
{
  g_autoptr (FrontTest) f = front_test_new (FALSE);
  g_autoptr (GPtrArray) clients =
      g_ptr_array_new_with_free_func ((GDestroyNotify) test_client_free);
  const guint before = test_count_files ();

  for (guint i = 0; i < 2 * REEVE_FRONT_MAX_SPARE_RELAYS; i++)
    {
      g_ptr_array_add (clients, test_client_new (f));
      for (guint n = 0; n < 2; n++)
        {
          g_assert_cmpuint (test_ask (clients->pdata[i], PUBLIC), ==, 200);
          reeve_mock_host_settle (f->host);
          /* the client's two ends, and two more */
          g_assert_cmpuint (test_count_files () - before, ==,
                            2 * (i + 1) + 2 * MIN (i + 1, REEVE_FRONT_MAX_SPARE_RELAYS));
        }
    }
  for (guint i = 0; i < clients->len; i++)
    g_assert_cmpuint (test_ask (clients->pdata[i], PUBLIC), ==, 200);
}

/* ---- what they leave ---- */

static void
test_leave_after_answer (FrontTest *f, TestClient *client)
{
  g_assert_cmpuint (test_ask (client, PUBLIC), ==, 200);
}

static void
test_leave_before_answer (FrontTest *f, TestClient *client)
{
  guint calls = f->routes->calls;

  test_client_send (client, "GET /hang HTTP/1.1\r\nHost: $HOST\r\n\r\n");
  test_client_wait_calls (client, calls + 1);
  test_reset (client);
}

static void
test_leave_body (FrontTest *f, TestClient *client)
{
  test_client_send (client,
                    "POST /open HTTP/1.1\r\nHost: $HOST\r\nContent-Length: 9\r\n" OWN "\r\nx");
  reeve_mock_host_settle (f->host);
}

static void
test_leave_stream (FrontTest *f, TestClient *client)
{
  guint calls = f->routes->calls;

  test_client_send (client, STREAM);
  test_client_wait_calls (client, calls + 1);
  front_test_push (f, "first\n");
  test_client_wait_for (client, "first\n");
}

/* The last byte is out, but nobody has yet been told so. */
static void
test_leave_ended_stream (FrontTest *f, TestClient *client)
{
  test_leave_stream (f, client);
  reeve_http_response_finish (f->routes->stream);
  test_client_wait_for (client, "\r\n0\r\n\r\n");
}

/* The server is done with its answer, which for the greater part lies between it and us. */
static void
test_leave_unread (FrontTest *f, TestClient *client)
{
  guint calls = f->routes->calls;

  test_narrow (client);
  test_ask_for_much (client, TEST_BETWEEN, "");
  test_client_wait_calls (client, calls + 1);
  reeve_mock_host_settle (f->host);
  test_reset (client);
}

typedef struct
{
  FrontTest *f;
  guint files;
} TestLeft;

static gboolean
test_has_left (gpointer user_data)
{
  const TestLeft *left = user_data;

  return test_count_files () <= left->files;
}

/* Of a client that has gone nothing is kept, however it went. */
static void
test_leave (gconstpointer data)
{
  void (*leave) (FrontTest *, TestClient *) = data;
  g_autoptr (FrontTest) f = front_test_new (FALSE);
  TestLeft left = { .f = f, .files = test_count_files () };
  gsize before = 0, grown;

  for (guint i = 0; i < TEST_WARM + TEST_LEAVERS; i++)
    {
      TestClient *client = test_client_new (f);

      if (i == TEST_WARM)
        before = mallinfo2 ().uordblks;
      leave (f, client);
      test_client_free (client);
      reeve_mock_host_run_until (f->host, test_has_left, &left);
      reeve_mock_host_settle (f->host);
    }
  /* 0 under sanitizers, which have an allocator of their own */
  grown = mallinfo2 ().uordblks - MIN (before, mallinfo2 ().uordblks);
  g_test_message ("%" G_GSIZE_FORMAT " bytes more after %u clients", grown, TEST_LEAVERS);
  g_assert_cmpuint (grown, <, TEST_LEAVERS * TEST_LEAK);
}

static gboolean
test_is_readable (gpointer user_data)
{
  const TestClient *client = user_data;
  GPollFD poll = { .fd = client->fd, .events = G_IO_IN };

  return g_poll (&poll, 1, 0) == 1;
}

/* ---- who reads slowly, or not at all ---- */

/* Reads a little each few seconds. */
static gboolean
test_sip (TestClient *client)
{
  char buffer[TEST_SIP];
  gssize n;

  reeve_mock_host_run_until (client->f->host, test_is_readable, client);
  n = recv (client->fd, buffer, sizeof buffer, 0);
  if (n <= 0)
    return FALSE;
  g_string_append_len (client->in, buffer, n);
  reeve_mock_host_settle (client->f->host);
  reeve_mock_host_advance (client->f->host, 5000);
  return TRUE;
}

/* However slowly somebody reads: as long as that goes on nothing is cut off, also where the
 * connection ends with the answer. */
static void
test_slow (gconstpointer field)
{
  g_autoptr (FrontTest) f = front_test_new (TRUE);
  g_autoptr (TestClient) client = test_client_new (f);
  const char *body;

  test_narrow (client);
  test_ask_for_much (client, TEST_MUCH, field);
  test_client_wait_calls (client, 1);
  while (client->in->len < TEST_MUCH && test_sip (client))
    ;
  test_client_pump (client);
  body = strstr (client->in->str, "\r\n\r\n");
  g_assert_nonnull (body);
  g_assert_cmpuint (strlen (body + 4), ==, TEST_MUCH);
}

/* Who reads none of its answers is given no further ones. */
static void
test_unread (void)
{
  g_autoptr (FrontTest) f = front_test_new (FALSE);
  g_autoptr (TestClient) client = test_client_new (f);
  g_autofree char *filler = g_strnfill (3000, 'x');
  g_autofree char *text =
      g_strdup_printf ("GET /public?echo=%s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n\r\n", filler,
                       f->port);
  gsize length = strlen (text), sent = 0;

  test_narrow (client);
  for (guint i = 0; i < 1000; i++)
    {
      gssize n = send (client->fd, text + sent, length - sent, MSG_NOSIGNAL);

      sent = n > 0 ? (sent + (gsize) n) % length : sent;
      reeve_mock_host_settle (f->host);
    }
  g_test_message ("%u were answered", f->routes->calls);
  g_assert_cmpuint (f->routes->calls, >, 0);
  g_assert_cmpuint (f->routes->calls, <, 100);
}

/* The warning that a proxy on loopback is believed is no failure here. */
static GLogWriterOutput
test_writer (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  for (gsize i = 0; i < n_fields; i++)
    if (strcmp (fields[i].key, "MESSAGE") == 0 &&
        g_str_has_prefix (fields[i].value, "trusted-proxies names loopback"))
      return G_LOG_WRITER_HANDLED;
  return g_log_writer_default (level, fields, n_fields, user_data);
}

int
main (int argc, char *argv[])
{
  static const char *const ipv4[] = { "203.0.113.9", "203.0.113.9", "203.0.113.10" };
  static const char *const ipv6[] = { "2001:db8:0:1::1", "2001:db8:0:1:2::", "2001:db8:0:2::1" };

  g_log_set_writer_func (test_writer, NULL, NULL);
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/front/relays/address/4", ipv4, test_busy_address);
  g_test_add_data_func ("/front/relays/address/6", ipv6, test_busy_address);
  g_test_add_func ("/front/idle", test_idle);
  g_test_add_func ("/front/relays/busy", test_busy_relays);
  g_test_add_func ("/front/relays/spare", test_spare_relays);
  g_test_add_data_func ("/front/leave/after the answer", test_leave_after_answer, test_leave);
  g_test_add_data_func ("/front/leave/before the answer", test_leave_before_answer, test_leave);
  g_test_add_data_func ("/front/leave/with the answer unread", test_leave_unread, test_leave);
  g_test_add_data_func ("/front/leave/in the body", test_leave_body, test_leave);
  g_test_add_data_func ("/front/leave/in a stream", test_leave_stream, test_leave);
  g_test_add_data_func ("/front/leave/at the end of a stream", test_leave_ended_stream, test_leave);
  g_test_add_data_func ("/front/slow/kept", "", test_slow);
  g_test_add_data_func ("/front/slow/closed", "Connection: close\r\n", test_slow);
  g_test_add_func ("/front/unread", test_unread);
  g_test_add_func ("/front/one address", test_one_address);
  return g_test_run ();
}
