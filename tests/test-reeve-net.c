/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Addresses and listeners. */

#include "config.h"

#include "lib/test-engine.h"

#include "reeve/reeve-net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* ---- addresses ---- */

static void
test_parse (void)
{
  static const struct
  {
    const char *address;
    const char *host;
    guint port;
  } good[] = {
    { "127.0.0.1:8090", "127.0.0.1", 8090 },
    { "[::1]:0", "::1", 0 },
    { "[fe80::1%eth0]:1", "fe80::1%eth0", 1 },
    { "hub.example.org:65535", "hub.example.org", 65535 },
  };
  static const char *const bad[] = {
    "",        "8090",     ":8090",     "host",        "host:",     "host:65536", "host:-1",
    "host:+1", "host: 80", "::1:80",    "[::1]",       "[]:80",     "host:80x",   "[::1:80",
    "a b:80",  "a\nb:80",  "user@h:80", "http://h:80", "h:80/path",
  };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *host = NULL;
      guint16 port;

      g_assert_true (reeve_net_parse_address (good[i].address, &host, &port, &error));
      g_assert_no_error (error);
      g_assert_cmpstr (host, ==, good[i].host);
      g_assert_cmpuint (port, ==, good[i].port);
    }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      char *host = NULL;
      guint16 port;

      g_assert_false (reeve_net_parse_address (bad[i], &host, &port, &error));
      g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
      g_assert_null (host);
    }
}

static void
test_loopback (void)
{
  static const char *const yes[] = { "127.0.0.1",       "127.255.0.9", "::1",
                                     "localhost",       "LOCALHOST",   "ip6-localhost",
                                     "::ffff:127.0.0.1" };
  static const char *const no[] = {
    "128.0.0.1", "0.0.0.0", "::", "localhost.example.org", "127.0.0.1.example.org", "127.1", ""
  };

  for (guint i = 0; i < G_N_ELEMENTS (yes); i++)
    g_assert_true (reeve_net_is_loopback (yes[i]));
  for (guint i = 0; i < G_N_ELEMENTS (no); i++)
    g_assert_false (reeve_net_is_loopback (no[i]));
}

static void
test_source (void)
{
  static const struct
  {
    const char *peer, *source;
  } table[] = {
    { "192.0.2.1", "192.0.2.1" },
    { "::ffff:192.0.2.1", "192.0.2.1" },
    { "2001:db8:0:1::1", "2001:0db8:0000:0001::/64" },
    { "2001:db8:0:1:2:3:4:5", "2001:0db8:0000:0001::/64" },
    { "local", "local" },
    { "", "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autofree char *source = reeve_net_make_source (table[i].peer);

      g_assert_cmpstr (source, ==, table[i].source);
    }
}

/* ---- listeners ---- */

typedef struct
{
  GPtrArray *streams;
  gboolean close_listener;
} Accepted;

static void
accepted_init (Accepted *accepted)
{
  *accepted = (Accepted){ 0 };
  accepted->streams = g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_stream_unref);
}

static void
accepted_clear (Accepted *accepted)
{
  for (guint i = 0; i < accepted->streams->len; i++)
    reeve_stream_abort (accepted->streams->pdata[i]);
  g_ptr_array_unref (accepted->streams);
}

static void
accept_one (ReeveListener *listener, ReeveStream *stream, gpointer user_data)
{
  Accepted *accepted = user_data;

  g_ptr_array_add (accepted->streams, stream);
  if (accepted->close_listener)
    reeve_listener_close (listener);
}

static int
connect_to (const char *address)
{
  g_autofree char *host = NULL;
  guint16 port;
  struct sockaddr_in in = { .sin_family = AF_INET };
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_true (reeve_net_parse_address (address, &host, &port, NULL));
  in.sin_port = htons (port);
  g_assert_cmpint (inet_pton (AF_INET, host, &in.sin_addr), ==, 1);
  g_assert_cmpint (connect (fd, (struct sockaddr *) &in, sizeof in), ==, 0);
  return fd;
}

static gboolean
is_closed_by_peer (int fd)
{
  char byte;
  gssize n = test_peer_read (fd, &byte, 1);

  return n == 0 || (n < 0 && errno == ECONNRESET);
}

static void
test_listen (TestEngine *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  ReeveOwnerUsage usage;
  ReeveListener *listener;
  ReeveStream *stream;
  Accepted accepted;
  char buffer[8];
  int client;

  accepted_init (&accepted);
  listener = reeve_owner_listen (f->owner, "front", "127.0.0.1:0", -1, NULL, accept_one, &accepted,
                                 &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (reeve_listener_get_address (listener), "127.0.0.1:"));
  g_assert_false (g_str_has_suffix (reeve_listener_get_address (listener), ":0"));
  reeve_owner_get_usage (f->owner, &usage);
  g_assert_cmpuint (usage.listeners, ==, 1);

  client = connect_to (reeve_listener_get_address (listener));
  test_engine_turn (f);
  g_assert_cmpuint (accepted.streams->len, ==, 1);
  stream = accepted.streams->pdata[0];
  g_assert_cmpstr (reeve_stream_get_peer (stream), ==, "127.0.0.1");
  reeve_stream_write (stream, "hello", 5);
  g_assert_cmpint (recv (client, buffer, sizeof buffer, 0), ==, 5);

  /* streams outlive their listener */
  reeve_listener_close (listener);
  g_assert_cmpuint (test_engine_count_streams (f), ==, 1);
  reeve_stream_abort (stream);
  close (client);
  g_ptr_array_unref (accepted.streams);
}

static void
test_close_in_accept (TestEngine *f, gconstpointer data)
{
  ReeveListener *listener;
  Accepted accepted;
  int clients[2];

  accepted_init (&accepted);
  accepted.close_listener = TRUE;
  listener =
      reeve_owner_listen (f->owner, "once", "127.0.0.1:0", -1, NULL, accept_one, &accepted, NULL);
  for (guint i = 0; i < 2; i++)
    clients[i] = connect_to (reeve_listener_get_address (listener));
  test_engine_turn (f);
  g_assert_cmpuint (accepted.streams->len, ==, 1);
  accepted_clear (&accepted);
  g_assert_null (reeve_owner_close (f->owner));
  for (guint i = 0; i < 2; i++)
    close (clients[i]);
}

static void
test_limits (TestEngine *f, gconstpointer data)
{
  static const ReeveListenLimits per_source = { .max_per_source = 2 };
  static const ReeveListenLimits in_all = { .max_streams = 2 };
  ReeveListener *listener;
  Accepted accepted;
  int clients[4];

  accepted_init (&accepted);
  listener = reeve_owner_listen (f->owner, "limits", "127.0.0.1:0", -1,
                                 data != NULL ? &in_all : &per_source, accept_one, &accepted, NULL);
  for (guint i = 0; i < 3; i++)
    clients[i] = connect_to (reeve_listener_get_address (listener));
  test_engine_turn (f);
  g_assert_cmpuint (accepted.streams->len, ==, 2);
  g_assert_false (is_closed_by_peer (clients[1]));
  g_assert_true (is_closed_by_peer (clients[2]));

  /* a place is free when the descriptor is closed, not when the user has heard of the end */
  reeve_stream_close (accepted.streams->pdata[0]);
  test_engine_turn (f);
  close (clients[0]);
  test_engine_turn (f);
  clients[3] = connect_to (reeve_listener_get_address (listener));
  test_engine_turn (f);
  g_assert_cmpuint (accepted.streams->len, ==, 3);
  g_assert_false (is_closed_by_peer (clients[3]));

  /* streams after the listener */
  reeve_listener_close (listener);
  accepted_clear (&accepted);
  for (guint i = 1; i < 4; i++)
    close (clients[i]);
}

static gboolean
is_exempt (const char *peer, gpointer user_data)
{
  return strcmp (peer, "127.0.0.1") == 0;
}

/* Proxies count for whom they speak for, over all listeners together, as long as it has not proven
 * itself. */
static void
test_forwarded (TestEngine *f, gconstpointer data)
{
  ReeveListenLimits limits = { .max_streams = 5, .max_per_source = 2, .is_exempt = is_exempt };
  ReeveListener *listeners[2];
  ReeveStream **streams;
  Accepted accepted;
  int clients[6];

  accepted_init (&accepted);
  listeners[0] = reeve_owner_listen (f->owner, "first", "127.0.0.1:0", -1, &limits, accept_one,
                                     &accepted, NULL);
  limits.with = listeners[0];
  listeners[1] = reeve_owner_listen (f->owner, "second", "127.0.0.1:0", -1, &limits, accept_one,
                                     &accepted, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    {
      clients[i] = connect_to (reeve_listener_get_address (listeners[i % 2]));
      test_engine_turn (f);
    }
  /* more than two from one address, but not more than five in all */
  g_assert_cmpuint (accepted.streams->len, ==, 5);
  g_assert_true (is_closed_by_peer (clients[5]));

  streams = (ReeveStream **) accepted.streams->pdata;
  g_assert_true (reeve_stream_set_forwarded (streams[0], "203.0.113.1", TRUE));
  g_assert_true (reeve_stream_set_forwarded (streams[0], "203.0.113.1", TRUE));
  g_assert_cmpstr (reeve_stream_get_peer (streams[0]), ==, "203.0.113.1");
  g_assert_false (reeve_stream_is_loopback (streams[0]));
  g_assert_true (reeve_stream_set_forwarded (streams[1], "203.0.113.1", TRUE));
  g_assert_false (reeve_stream_set_forwarded (streams[2], "203.0.113.1", TRUE));
  g_assert_cmpstr (reeve_stream_get_peer (streams[2]), ==, "127.0.0.1");
  /* who takes none of the places needs none, and leaves its own */
  g_assert_true (reeve_stream_set_forwarded (streams[2], "203.0.113.1", FALSE));
  g_assert_cmpstr (reeve_stream_get_peer (streams[2]), ==, "203.0.113.1");
  g_assert_true (reeve_stream_set_forwarded (streams[1], "203.0.113.1", FALSE));
  g_assert_true (reeve_stream_set_forwarded (streams[2], "203.0.113.1", TRUE));
  g_assert_false (reeve_stream_set_forwarded (streams[1], "203.0.113.1", TRUE));
  g_assert_true (reeve_stream_set_forwarded (streams[2], NULL, FALSE));
  g_assert_true (reeve_stream_set_forwarded (streams[1], "203.0.113.1", TRUE));
  g_assert_false (reeve_stream_set_forwarded (streams[2], "no address", TRUE));
  g_assert_true (reeve_stream_set_forwarded (streams[2], "2001:db8::1", TRUE));
  g_assert_true (reeve_stream_set_forwarded (streams[3], "2001:db8::2", TRUE));
  g_assert_false (reeve_stream_set_forwarded (streams[4], "2001:db8::3", TRUE));
  g_assert_true (reeve_stream_set_forwarded (streams[4], "2001:db8:0:1::3", TRUE));

  /* a place is free when its stream speaks for somebody else, or nobody, or has proven itself */
  g_assert_true (reeve_stream_set_forwarded (streams[0], NULL, FALSE));
  g_assert_cmpstr (reeve_stream_get_peer (streams[0]), ==, "127.0.0.1");
  g_assert_true (reeve_stream_is_loopback (streams[0]));
  g_assert_true (reeve_stream_set_forwarded (streams[2], "203.0.113.1", TRUE));
  reeve_stream_set_proven (streams[2]);
  g_assert_cmpstr (reeve_stream_get_peer (streams[2]), ==, "203.0.113.1");
  g_assert_true (reeve_stream_set_forwarded (streams[0], "203.0.113.1", TRUE));
  reeve_stream_abort (streams[1]);
  g_assert_true (reeve_stream_set_forwarded (streams[3], "203.0.113.1", TRUE));

  reeve_listener_close (listeners[0]);
  g_assert_false (reeve_stream_set_forwarded (streams[4], "203.0.113.1", TRUE));
  reeve_listener_close (listeners[1]);
  accepted_clear (&accepted);
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    close (clients[i]);
}

static void
test_port_in_use (TestEngine *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  ReeveListener *first;

  first = reeve_owner_listen (f->owner, "first", "127.0.0.1:0", -1, NULL, accept_one, NULL, NULL);
  g_assert_null (reeve_owner_listen (f->owner, "second", reeve_listener_get_address (first), -1,
                                     NULL, accept_one, NULL, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_EXISTS);
  g_assert_nonnull (strstr (error->message, reeve_listener_get_address (first)));
  g_assert_nonnull (strstr (error->message, "another address"));
  g_clear_error (&error);

  g_assert_null (
      reeve_owner_listen (f->owner, "name", "localhost:80", -1, NULL, accept_one, NULL, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_null (reeve_owner_listen (f->owner, "form", "80", -1, NULL, accept_one, NULL, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_null (
      reeve_owner_listen (f->owner, "foreign", "192.0.2.1:0", -1, NULL, accept_one, NULL, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
}

static int
connect_to_path (const char *path)
{
  struct sockaddr_un un = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_strlcpy (un.sun_path, path, sizeof un.sun_path);
  if (connect (fd, (struct sockaddr *) &un, sizeof un) == 0)
    return fd;
  close (fd);
  return -1;
}

static void
test_unix (TestEngine *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *directory = g_dir_make_tmp ("reeve-net-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (directory, "socket", NULL);
  g_autofree char *kept = g_build_filename (directory, "kept", NULL);
  g_autofree char *address = g_strconcat ("unix:", path, NULL);
  mode_t mask = umask (0);
  ReeveListener *listener;
  Accepted accepted;
  struct stat st;
  int client;

  accepted_init (&accepted);
  listener =
      reeve_owner_listen (f->owner, "unix", address, -1, NULL, accept_one, &accepted, &error);
  g_assert_no_error (error);
  g_assert_cmpint (umask (mask), ==, 0);
  g_assert_cmpstr (reeve_listener_get_address (listener), ==, address);
  g_assert_cmpint (lstat (path, &st), ==, 0);
  g_assert_cmpuint (st.st_mode & 07777, ==, 0600);

  client = connect_to_path (path);
  test_engine_turn (f);
  g_assert_cmpuint (accepted.streams->len, ==, 1);
  g_assert_cmpstr (reeve_stream_get_peer (accepted.streams->pdata[0]), ==, "local");
  close (client);

  /* somebody serves it */
  g_assert_null (
      reeve_owner_listen (f->owner, "unix", address, -1, NULL, accept_one, NULL, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_EXISTS);
  g_assert_nonnull (strstr (error->message, path));
  g_clear_error (&error);

  /* closing removes it; an old one that nobody serves is replaced */
  g_assert_cmpint (link (path, kept), ==, 0);
  reeve_listener_close (listener);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_cmpint (rename (kept, path), ==, 0);
  listener =
      reeve_owner_listen (f->owner, "unix", address, -1, NULL, accept_one, &accepted, &error);
  g_assert_no_error (error);

  /* another one's file stays */
  g_assert_cmpint (unlink (path), ==, 0);
  g_assert_true (g_file_set_contents (path, "", 0, NULL));
  reeve_listener_close (listener);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_null (
      reeve_owner_listen (f->owner, "unix", address, -1, NULL, accept_one, NULL, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_EXISTS);
  g_assert_nonnull (strstr (error->message, "no socket"));

  g_assert_cmpint (unlink (path), ==, 0);
  g_assert_cmpint (rmdir (directory), ==, 0);
  accepted_clear (&accepted);
}

static void
test_unix_path (TestEngine *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *name = g_strnfill (103, 'x');
  g_autofree char *address = g_strconcat ("unix:/tmp/", name, NULL);

  g_assert_null (
      reeve_owner_listen (f->owner, "long", address, -1, NULL, accept_one, NULL, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, "107"));
  g_clear_error (&error);
  g_assert_null (
      reeve_owner_listen (f->owner, "relative", "unix:socket", -1, NULL, accept_one, NULL, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
}

static void
test_passed (TestEngine *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  int passed = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ReeveListener *listener;
  Accepted accepted;
  int client;

  accepted_init (&accepted);
  g_assert_cmpint (bind (passed, (struct sockaddr *) &in, sizeof in), ==, 0);
  g_assert_null (
      reeve_owner_listen (f->owner, "front", NULL, passed, NULL, accept_one, NULL, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
  g_clear_error (&error);

  g_assert_cmpint (listen (passed, 5), ==, 0);
  /* twice, as after a reload */
  for (guint i = 1; i <= 2; i++)
    {
      listener = reeve_owner_listen (f->owner, "front", "ignored", passed, NULL, accept_one,
                                     &accepted, &error);
      g_assert_no_error (error);
      client = connect_to (reeve_listener_get_address (listener));
      test_engine_turn (f);
      g_assert_cmpuint (accepted.streams->len, ==, i);
      reeve_listener_close (listener);
      close (client);
    }
  close (passed);
  accepted_clear (&accepted);
}

static void
test_leftover (TestEngine *f, gconstpointer data)
{
  g_auto (GStrv) lines = NULL;

  reeve_owner_listen (f->owner, "front", "127.0.0.1:0", -1, NULL, accept_one, NULL, NULL);
  lines = reeve_owner_close (f->owner);
  g_assert_cmpstr (lines[0], ==, "listener 'front'");
}

/* ---- descriptors run out ---- */

static int
take_until (int highest, GArray *taken)
{
  int fd;

  while ((fd = fcntl (0, F_DUPFD_CLOEXEC, 0)) >= 0)
    {
      g_array_append_val (taken, fd);
      if (fd >= highest)
        break;
    }
  return fd;
}

static void
give_back (GArray *taken)
{
  for (guint i = 0; i < taken->len; i++)
    close (g_array_index (taken, int, i));
  g_array_set_size (taken, 0);
}

static void
test_descriptors_subprocess (TestEngine *f, gconstpointer data)
{
  static const struct rlimit limit = { 80, 80 };
  g_autoptr (GArray) taken = g_array_new (FALSE, FALSE, sizeof (int));
  ReeveListener *listener;
  Accepted accepted;
  int clients[3];

  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, 0);
      g_test_trap_assert_passed ();
      return;
    }

  accepted_init (&accepted);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  listener =
      reeve_owner_listen (f->owner, "few", "127.0.0.1:0", -1, NULL, accept_one, &accepted, NULL);

  /* the reserve is a quarter of so few: one is still taken, then it pauses */
  clients[0] = connect_to (reeve_listener_get_address (listener));
  clients[1] = connect_to (reeve_listener_get_address (listener));
  take_until (59, taken);
  g_test_expect_message ("reeve", G_LOG_LEVEL_WARNING, "*takes no connections*LimitNOFILE*");
  test_engine_turn (f);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (accepted.streams->len, ==, 1);
  reeve_clock_advance (f->clock, REEVE_LISTEN_PAUSE_MS * MS);
  test_engine_turn (f);
  g_assert_cmpuint (accepted.streams->len, ==, 1);

  give_back (taken);
  test_engine_turn (f);
  g_assert_cmpuint (accepted.streams->len, ==, 1);
  g_test_expect_message ("reeve", G_LOG_LEVEL_MESSAGE, "*again*");
  reeve_clock_advance (f->clock, REEVE_LISTEN_PAUSE_MS * MS);
  test_engine_turn (f);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (accepted.streams->len, ==, 2);

  /* what comes and goes is said once a minute */
  clients[2] = connect_to (reeve_listener_get_address (listener));
  take_until (G_MAXINT, taken);
  test_engine_turn (f);
  give_back (taken);
  reeve_clock_advance (f->clock, REEVE_LISTEN_PAUSE_MS * MS);
  test_engine_turn (f);
  g_assert_cmpuint (accepted.streams->len, ==, 3);
  close (clients[2]);
  reeve_clock_advance (f->clock, 60 * 1000 * MS);
  test_engine_turn (f);

  /* none left at all */
  clients[2] = connect_to (reeve_listener_get_address (listener));
  take_until (G_MAXINT, taken);
  g_test_expect_message ("reeve", G_LOG_LEVEL_WARNING, "*takes no connections*");
  test_engine_turn (f);
  g_test_assert_expected_messages ();
  give_back (taken);
  g_test_expect_message ("reeve", G_LOG_LEVEL_MESSAGE, "*again*");
  reeve_clock_advance (f->clock, REEVE_LISTEN_PAUSE_MS * MS);
  test_engine_turn (f);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (accepted.streams->len, ==, 4);

  reeve_listener_close (listener);
  for (guint i = 0; i < 3; i++)
    close (clients[i]);
  accepted_clear (&accepted);
}

#define ADD(path, func, data)                                                                      \
  g_test_add (path, TestEngine, data, test_engine_set_up, func, test_engine_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/net/parse", test_parse);
  g_test_add_func ("/net/loopback", test_loopback);
  g_test_add_func ("/net/source", test_source);
  ADD ("/listener/listen", test_listen, NULL);
  ADD ("/listener/close-in-accept", test_close_in_accept, NULL);
  ADD ("/listener/limit/per-source", test_limits, NULL);
  ADD ("/listener/limit/in-all", test_limits, GINT_TO_POINTER (1));
  ADD ("/listener/limit/forwarded", test_forwarded, NULL);
  ADD ("/listener/port-in-use", test_port_in_use, NULL);
  ADD ("/listener/unix", test_unix, NULL);
  ADD ("/listener/unix-path", test_unix_path, NULL);
  ADD ("/listener/passed", test_passed, NULL);
  ADD ("/listener/leftover", test_leftover, NULL);
  ADD ("/listener/descriptors", test_descriptors_subprocess, NULL);
  return g_test_run ();
}
