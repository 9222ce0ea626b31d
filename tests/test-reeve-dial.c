/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Dialling. This program has a getaddrinfo() of its own, which the library finds first: no test
 * asks a real resolver. */

#include "config.h"

#include "lib/test-engine.h"

#include "reeve/reeve-net.h"
#include "reeve/reeve-worker.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- names ---- */

static const struct
{
  const char *name;
  const char *addresses[REEVE_DIAL_MAX_ADDRESSES + 2];
} test_names[] = {
  { "one.test", { "127.0.0.1" } },
  { "silent-first.test", { "127.0.0.2", "127.0.0.1" } },
  { "refused-first.test", { "127.0.0.3", "127.0.0.1" } },
  { "refused.test", { "127.0.0.3", "127.0.0.4" } },
  { "crowd.test",
    { "127.0.0.3", "127.0.0.4", "127.0.0.5", "127.0.0.6", "127.0.0.7", "127.0.0.8", "127.0.0.9",
      "127.0.0.10", "127.0.0.1" } },
};

/* visible, or the library would go on to libc's */
REEVE_API int
getaddrinfo (const char *name, const char *service, const struct addrinfo *hints,
             struct addrinfo **ret_list)
{
  struct addrinfo *list = NULL, **end = &list;

  for (guint i = 0; i < G_N_ELEMENTS (test_names); i++)
    {
      if (strcmp (name, test_names[i].name) != 0)
        continue;
      for (const char *const *address = test_names[i].addresses; *address != NULL; address++)
        {
          struct sockaddr_in *in = calloc (1, sizeof *in);

          in->sin_family = AF_INET;
          in->sin_port = htons ((guint16) atoi (service));
          inet_pton (AF_INET, *address, &in->sin_addr);
          *end = calloc (1, sizeof **end);
          (*end)->ai_family = AF_INET;
          (*end)->ai_socktype = SOCK_STREAM;
          (*end)->ai_addr = (struct sockaddr *) in;
          (*end)->ai_addrlen = sizeof *in;
          end = &(*end)->ai_next;
        }
    }
  if (list == NULL)
    return EAI_NONAME;
  *ret_list = list;
  return 0;
}

REEVE_API void
freeaddrinfo (struct addrinfo *list)
{
  while (list != NULL)
    {
      struct addrinfo *next = list->ai_next;

      free (list->ai_addr);
      free (list);
      list = next;
    }
}

/* ---- callers ---- */

typedef struct
{
  guint answers;
  ReeveStream *stream;
  GError *error;
} Call;

static void
dialled (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;

  call->answers++;
  call->stream = reeve_owner_dial_finish (result, &call->error);
}

static void
await (TestEngine *f, Call *call)
{
  while (call->answers == 0)
    g_main_context_iteration (f->context, TRUE);
}

static void
call_clear (Call *call)
{
  if (call->stream != NULL)
    {
      reeve_stream_abort (call->stream);
      reeve_stream_unref (call->stream);
    }
  g_clear_error (&call->error);
  *call = (Call){ 0 };
}

static void
take (ReeveListener *listener, ReeveStream *stream, gpointer user_data)
{
  ++*(guint *) user_data;
  reeve_stream_abort (stream);
  reeve_stream_unref (stream);
}

static guint16
get_port (ReeveListener *listener)
{
  return (guint16) atoi (strrchr (reeve_listener_get_address (listener), ':') + 1);
}

/* A port of an address where connections are neither taken nor refused: its backlog is full. */
static guint
make_silent (const char *host, guint16 port, int fds[8], guint16 *ret_port)
{
  struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons (port) };
  socklen_t length = sizeof in;
  guint n = 1;

  inet_pton (AF_INET, host, &in.sin_addr);
  fds[0] = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (fds[0], (struct sockaddr *) &in, sizeof in), ==, 0);
  g_assert_cmpint (listen (fds[0], 0), ==, 0);
  g_assert_cmpint (getsockname (fds[0], (struct sockaddr *) &in, &length), ==, 0);
  *ret_port = ntohs (in.sin_port);
  while (n < 8)
    {
      struct pollfd ready = { .events = POLLOUT };

      fds[n] = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
      (void) !connect (fds[n], (struct sockaddr *) &in, sizeof in);
      ready.fd = fds[n++];
      if (poll (&ready, 1, 0) == 0)
        return n;
    }
  g_assert_not_reached ();
}

static void
close_all (int *fds, guint n)
{
  for (guint i = 0; i < n; i++)
    close (fds[i]);
}

static void
set_up (TestEngine *f, gconstpointer data)
{
  test_engine_set_up (f, data);
  g_main_context_push_thread_default (f->context);
}

static void
tear_down (TestEngine *f, gconstpointer data)
{
  g_main_context_pop_thread_default (f->context);
  test_engine_tear_down (f, data);
}

/* ---- tests ---- */

static void
test_literal (TestEngine *f, gconstpointer data)
{
  guint taken = 0;
  ReeveListener *listener =
      reeve_owner_listen (f->owner, "l", "127.0.0.1:0", -1, NULL, take, &taken, NULL);
  Call call = { 0 };

  reeve_owner_dial_async (f->owner, NULL, reeve_listener_get_address (listener), 1000, NULL,
                          dialled, &call);
  g_assert_cmpuint (call.answers, ==, 0);
  await (f, &call);
  g_assert_no_error (call.error);
  g_assert_cmpstr (reeve_stream_get_peer (call.stream), ==, "127.0.0.1");
  while (taken == 0)
    g_main_context_iteration (f->context, TRUE);
  call_clear (&call);
}

static void
test_unix (TestEngine *f, gconstpointer data)
{
  g_autofree char *directory = g_dir_make_tmp ("reeve-dial-XXXXXX", NULL);
  g_autofree char *address = g_strdup_printf ("unix:%s/socket", directory);
  guint taken = 0;
  ReeveListener *listener =
      reeve_owner_listen (f->owner, "l", address, -1, NULL, take, &taken, NULL);
  Call call = { 0 };

  reeve_owner_dial_async (f->owner, NULL, address, 1000, NULL, dialled, &call);
  await (f, &call);
  g_assert_no_error (call.error);
  g_assert_cmpstr (reeve_stream_get_peer (call.stream), ==, "local");
  call_clear (&call);

  reeve_listener_close (listener);
  reeve_owner_dial_async (f->owner, NULL, address, 1000, NULL, dialled, &call);
  await (f, &call);
  g_assert_error (call.error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE);
  g_assert_nonnull (strstr (call.error->message, address));
  call_clear (&call);
  g_assert_cmpint (rmdir (directory), ==, 0);
}

static void
test_invalid (TestEngine *f, gconstpointer data)
{
  static const char *const addresses[] = { "nowhere", "127.0.0.1:0", "::1:80", "unix:relative",
                                           "a b:80" };

  for (guint i = 0; i < G_N_ELEMENTS (addresses); i++)
    {
      Call call = { 0 };

      reeve_owner_dial_async (f->owner, NULL, addresses[i], 1000, NULL, dialled, &call);
      await (f, &call);
      g_assert_error (call.error, REEVE_ERROR, REEVE_ERROR_INVALID);
      call_clear (&call);
    }
}

static void
test_refused (TestEngine *f, gconstpointer data)
{
  ReeveWorker *resolver = reeve_owner_add_worker (f->owner, "resolver", 1, 10);
  guint taken = 0;
  ReeveListener *listener =
      reeve_owner_listen (f->owner, "l", "127.0.0.1:0", -1, NULL, take, &taken, NULL);
  g_autofree char *literal = g_strdup_printf ("127.0.0.3:%u", get_port (listener));
  g_autofree char *name = g_strdup_printf ("refused.test:%u", get_port (listener));
  Call call = { 0 };

  reeve_owner_dial_async (f->owner, resolver, literal, 1000, NULL, dialled, &call);
  await (f, &call);
  g_assert_error (call.error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE);
  g_assert_nonnull (strstr (call.error->message, literal));
  g_assert_nonnull (strstr (call.error->message, "refused"));
  call_clear (&call);

  reeve_owner_dial_async (f->owner, resolver, name, 1000, NULL, dialled, &call);
  await (f, &call);
  g_assert_error (call.error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE);
  g_assert_nonnull (strstr (call.error->message, name));
  call_clear (&call);
  reeve_worker_free (resolver, 1000);
}

static void
test_timeout (TestEngine *f, gconstpointer data)
{
  g_autofree char *address = NULL;
  guint16 port;
  int fds[8];
  guint n = make_silent ("127.0.0.2", 0, fds, &port);
  Call call = { 0 };

  address = g_strdup_printf ("127.0.0.2:%u", port);
  reeve_owner_dial_async (f->owner, NULL, address, 3000, NULL, dialled, &call);
  test_engine_turn (f);
  reeve_clock_advance (f->clock, 2999 * MS);
  test_engine_turn (f);
  g_assert_cmpuint (call.answers, ==, 0);
  reeve_clock_advance (f->clock, MS);
  await (f, &call);
  g_assert_error (call.error, REEVE_ERROR, REEVE_ERROR_TIMEOUT);
  g_assert_nonnull (strstr (call.error->message, address));
  call_clear (&call);
  close_all (fds, n);
}

static void
test_names_found (TestEngine *f, gconstpointer data)
{
  ReeveWorker *resolver = reeve_owner_add_worker (f->owner, "resolver", 1, 10);
  guint taken = 0;
  ReeveListener *listener =
      reeve_owner_listen (f->owner, "l", "127.0.0.1:0", -1, NULL, take, &taken, NULL);
  static const char *const names[] = { "one.test", "refused-first.test" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *address = g_strdup_printf ("%s:%u", names[i], get_port (listener));
      Call call = { 0 };

      /* no time passes: a refusal is answered with the next address at once */
      reeve_owner_dial_async (f->owner, resolver, address, 1000, NULL, dialled, &call);
      await (f, &call);
      g_assert_no_error (call.error);
      g_assert_cmpstr (reeve_stream_get_peer (call.stream), ==, "127.0.0.1");
      call_clear (&call);
    }
  reeve_worker_free (resolver, 1000);
}

static void
test_stagger (TestEngine *f, gconstpointer data)
{
  ReeveWorker *resolver = reeve_owner_add_worker (f->owner, "resolver", 1, 10);
  g_autofree char *address = NULL;
  guint taken = 0;
  ReeveListener *listener =
      reeve_owner_listen (f->owner, "l", "127.0.0.1:0", -1, NULL, take, &taken, NULL);
  guint16 port;
  int fds[8];
  guint n = make_silent ("127.0.0.2", get_port (listener), fds, &port);
  ReeveOwnerUsage before, usage;
  Call call = { 0 };

  reeve_owner_get_usage (f->owner, &before);
  usage = before;
  address = g_strdup_printf ("silent-first.test:%u", port);
  reeve_owner_dial_async (f->owner, resolver, address, 10000, NULL, dialled, &call);
  /* the resolver's answer is the first thing that is charged */
  while (usage.calls == before.calls)
    {
      g_main_context_iteration (f->context, TRUE);
      reeve_owner_get_usage (f->owner, &usage);
    }
  test_engine_turn (f);
  reeve_clock_advance (f->clock, (REEVE_DIAL_STAGGER_MS - 1) * MS);
  test_engine_turn (f);
  g_assert_cmpuint (call.answers + taken, ==, 0);
  reeve_clock_advance (f->clock, MS);
  await (f, &call);
  g_assert_no_error (call.error);
  g_assert_cmpstr (reeve_stream_get_peer (call.stream), ==, "127.0.0.1");
  call_clear (&call);
  reeve_worker_free (resolver, 1000);
  close_all (fds, n);
}

static void
test_unresolvable (TestEngine *f, gconstpointer data)
{
  ReeveWorker *resolver = reeve_owner_add_worker (f->owner, "resolver", 1, 10);
  guint taken = 0;
  ReeveListener *listener =
      reeve_owner_listen (f->owner, "l", "127.0.0.1:0", -1, NULL, take, &taken, NULL);
  g_autofree char *crowd = g_strdup_printf ("crowd.test:%u", get_port (listener));
  Call call = { 0 };

  reeve_owner_dial_async (f->owner, resolver, "nobody.test:80", 1000, NULL, dialled, &call);
  await (f, &call);
  g_assert_error (call.error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (call.error->message, "'nobody.test'"));
  call_clear (&call);

  reeve_owner_dial_async (f->owner, NULL, "one.test:80", 1000, NULL, dialled, &call);
  await (f, &call);
  g_assert_error (call.error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE);
  call_clear (&call);

  /* the ninth address would answer, and is never tried */
  reeve_owner_dial_async (f->owner, resolver, crowd, 1000, NULL, dialled, &call);
  await (f, &call);
  g_assert_error (call.error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE);
  call_clear (&call);
  g_assert_cmpuint (taken, ==, 0);
  reeve_worker_free (resolver, 1000);
}

static void
test_cancel (TestEngine *f, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autofree char *address = NULL;
  guint16 port;
  int fds[8];
  guint n = make_silent ("127.0.0.2", 0, fds, &port);
  Call call = { 0 };

  address = g_strdup_printf ("127.0.0.2:%u", port);
  reeve_owner_dial_async (f->owner, NULL, address, 3000, cancellable, dialled, &call);
  test_engine_turn (f);
  g_cancellable_cancel (cancellable);
  g_assert_cmpuint (call.answers, ==, 0);
  await (f, &call);
  g_assert_error (call.error, REEVE_ERROR, REEVE_ERROR_CANCELLED);
  call_clear (&call);

  reeve_owner_dial_async (f->owner, NULL, address, 3000, cancellable, dialled, &call);
  await (f, &call);
  g_assert_error (call.error, REEVE_ERROR, REEVE_ERROR_CANCELLED);
  call_clear (&call);
  close_all (fds, n);
}

static void
test_owner_closes (TestEngine *f, gconstpointer data)
{
  g_auto (GStrv) lines = NULL;
  g_autofree char *address = NULL;
  g_autofree char *line = NULL;
  guint16 port;
  int fds[8];
  guint n = make_silent ("127.0.0.2", 0, fds, &port);
  Call call = { 0 };

  address = g_strdup_printf ("127.0.0.2:%u", port);
  line = g_strdup_printf ("dial '%s'", address);
  reeve_owner_dial_async (f->owner, NULL, address, 3000, NULL, dialled, &call);
  lines = reeve_owner_close (f->owner);
  g_assert_cmpstr (lines[0], ==, line);
  g_assert_cmpuint (call.answers, ==, 0);
  await (f, &call);
  g_assert_error (call.error, REEVE_ERROR, REEVE_ERROR_GONE);
  call_clear (&call);
  close_all (fds, n);
}

#define ADD(path, func) g_test_add (path, TestEngine, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/dial/literal", test_literal);
  ADD ("/dial/unix", test_unix);
  ADD ("/dial/invalid", test_invalid);
  ADD ("/dial/refused", test_refused);
  ADD ("/dial/timeout", test_timeout);
  ADD ("/dial/names", test_names_found);
  ADD ("/dial/stagger", test_stagger);
  ADD ("/dial/unresolvable", test_unresolvable);
  ADD ("/dial/cancel", test_cancel);
  ADD ("/dial/owner-closes", test_owner_closes);
  return g_test_run ();
}
