/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Those beside us on the machine: another user who looks for the page's server, and a proxy that
 * somebody put in front of the hub with nothing but its address. */

#include "config.h"

#include "front-test.h"

#include <arpa/inet.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define NGINX "/usr/sbin/nginx"

/* ---- another user ---- */

/* Flags of a socket that listens, in /proc/net/unix. */
#define LISTENING "00010000"

/* Of this process. */
static gboolean
test_has_socket (const char *inode)
{
  g_autofree char *wanted = g_strdup_printf ("socket:[%s]", inode);
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  const char *name;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename ("/proc/self/fd", name, NULL);
      g_autofree char *target = g_file_read_link (path, NULL);

      if (g_strcmp0 (target, wanted) == 0)
        return TRUE;
    }
  return FALSE;
}

static guint
test_count_listeners (void)
{
  g_autofree char *table = NULL;
  g_auto (GStrv) lines = NULL;
  guint n = 0;

  g_assert_true (g_file_get_contents ("/proc/self/net/unix", &table, NULL, NULL));
  lines = g_strsplit (table, "\n", -1);
  for (guint i = 1; lines[i] != NULL; i++)
    {
      char flags[16], inode[24];

      if (sscanf (lines[i], "%*s %*s %*s %15s %*s %*s %23s", flags, inode) == 2 &&
          strcmp (flags, LISTENING) == 0)
        n += test_has_socket (inode);
    }
  return n;
}

/* The page's server believes the front's word for who asks: nothing else may reach it. */
static void
test_no_other_way (void)
{
  g_autoptr (FrontTest) f = front_test_new (FALSE);
  g_autoptr (TestClient) client = test_client_new (f);
  g_autoptr (TestAnswer) answer = NULL;
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd;

  test_client_send (client, "GET /public HTTP/1.1\r\nHost: $HOST\r\n\r\n");
  answer = test_client_receive (client, FALSE);
  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_cmpuint (test_count_listeners (), ==, 0);

  /* one would be seen */
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof (sa_family_t)), ==, 0);
  g_assert_cmpint (listen (fd, 1), ==, 0);
  g_assert_cmpuint (test_count_listeners (), ==, 1);
  close (fd);
}

/* ---- a proxy ---- */

typedef struct
{
  FrontTest *f;
  GSubprocess *process;
  char *directory;
  guint16 port;
} TestProxy;

static guint16
test_find_port (void)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t length = sizeof address;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (getsockname (fd, (struct sockaddr *) &address, &length), ==, 0);
  close (fd);
  return ntohs (address.sin_port);
}

static gboolean
test_proxy_answers (gpointer user_data)
{
  TestProxy *self = user_data;
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (self->port) };
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  gboolean answers;

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  answers = connect (fd, (struct sockaddr *) &address, sizeof address) == 0;
  close (fd);
  return answers;
}

/* Wakes the loop while it waits for another process. */
static gboolean
test_proxy_tick (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

static TestProxy *
test_proxy_new (FrontTest *f)
{
  TestProxy *self = g_new0 (TestProxy, 1);
  g_autofree char *conf = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  guint tick = g_timeout_add (20, test_proxy_tick, NULL);

  self->f = f;
  self->port = test_find_port ();
  self->directory = g_dir_make_tmp ("reeve-nginx-XXXXXX", &error);
  g_assert_no_error (error);
  conf = g_build_filename (self->directory, "nginx.conf", NULL);
  text = g_strdup_printf ("daemon off; master_process off; pid %s/pid; error_log stderr crit;\n"
                          "events { }\n"
                          "http { access_log off; client_body_temp_path %s/a; proxy_temp_path %s/b;"
                          " fastcgi_temp_path %s/c; uwsgi_temp_path %s/d; scgi_temp_path %s/e;\n"
                          "server { listen 127.0.0.1:%u;\n"
                          "location / { proxy_pass http://127.0.0.1:%u; } } }\n",
                          self->directory, self->directory, self->directory, self->directory,
                          self->directory, self->directory, self->port, f->port);
  g_file_set_contents (conf, text, -1, &error);
  g_assert_no_error (error);
  self->process =
      g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, &error, NGINX, "-e", "stderr", "-c", conf, NULL);
  g_assert_no_error (error);
  reeve_mock_host_run_until (f->host, test_proxy_answers, self);
  g_source_remove (tick);
  return self;
}

static void
test_proxy_free (TestProxy *self)
{
  static const char *const parts[] = { "nginx.conf", "pid", "a", "b", "c", "d", "e", NULL };

  g_subprocess_force_exit (self->process);
  g_subprocess_wait (self->process, NULL, NULL);
  g_object_unref (self->process);
  for (guint i = 0; parts[i] != NULL; i++)
    {
      g_autofree char *path = g_build_filename (self->directory, parts[i], NULL);

      (void) g_remove (path);
    }
  (void) g_rmdir (self->directory);
  g_free (self->directory);
  g_free (self);
}

/* Host is our own address and the client is local: nothing of that is a session, and no page under
 * the proxy's name may change anything. */
static void
test_proxy (void)
{
  static const struct
  {
    const char *text;
    guint status;
  } requests[] = {
    { "GET /public HTTP/1.1\r\nHost: hub.example\r\n\r\n", 200 },
    { "GET /view HTTP/1.1\r\nHost: hub.example\r\n\r\n", 401 },
    { "GET /view HTTP/1.1\r\nHost: hub.example\r\nX-Forwarded-For: 127.0.0.1\r\n"
      "X-Real-IP: 127.0.0.1\r\nForwarded: for=127.0.0.1\r\nX-Forwarded-User: owner\r\n\r\n",
      401 },
    { "POST /change HTTP/1.1\r\nHost: hub.example\r\nContent-Length: 0\r\n"
      "Sec-Fetch-Site: same-origin\r\nOrigin: http://hub.example\r\n\r\n",
      403 },
    { "POST /open HTTP/1.1\r\nHost: hub.example\r\nContent-Length: 0\r\n"
      "Sec-Fetch-Site: same-origin\r\nOrigin: http://hub.example\r\n\r\n",
      403 },
    { "GET /stream HTTP/1.1\r\nHost: hub.example\r\n\r\n", 403 },
  };
  g_autoptr (FrontTest) f = NULL;
  TestProxy *proxy;
  guint16 own;
  guint tick;

  if (!g_file_test (NGINX, G_FILE_TEST_IS_EXECUTABLE))
    {
      g_test_skip (NGINX " is not installed");
      return;
    }
  f = front_test_new (FALSE);
  proxy = test_proxy_new (f);
  own = f->port;
  tick = g_timeout_add (20, test_proxy_tick, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (requests); i++)
    {
      g_autoptr (TestClient) client = NULL;
      g_autoptr (TestAnswer) answer = NULL;

      f->port = proxy->port;
      client = test_client_new (f);
      f->port = own;
      test_client_send (client, requests[i].text);
      answer = test_client_receive (client, FALSE);
      g_assert_cmpuint (answer->status, ==, requests[i].status);
    }
  g_assert_cmpuint (f->routes->calls, ==, 1);
  g_assert_cmpstr (reeve_http_request_get_peer (f->routes->last), ==, "127.0.0.1");
  g_source_remove (tick);
  test_proxy_free (proxy);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/front/no other way", test_no_other_way);
  g_test_add_func ("/front/proxy", test_proxy);
  return g_test_run ();
}
