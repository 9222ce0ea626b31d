/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Asks a container engine what an agent may know. Each verb is one fixed GET on the engine's Unix
 * socket; of a caller's bytes nothing but hex digits ever gets into it.
 */

#include "config.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/probe/reeve-probe.h"

#include "reeve-containers-frames.h"
#include "reeve-containers-http.h"
#include "reeve-containers-redact.h"

/* More containers are not told of; the newest ones are. Engines count those that have ended, too,
 * unless they are asked for states: {"status":["running","paused"]}. */
#define REEVE_PROBE_CONTAINERS_MAX "512"
#define REEVE_PROBE_CONTAINERS_RUNNING "%7B%22status%22%3A%5B%22running%22%2C%22paused%22%5D%7D"
#define REEVE_PROBE_CONTAINERS_MAX_LOGS (1024 * 1024)
#define REEVE_PROBE_CONTAINERS_MAX_INSPECT (1024 * 1024)
#define REEVE_PROBE_CONTAINERS_MAX_STATS (256 * 1024)
#define REEVE_PROBE_CONTAINERS_MAX_VERSION (64 * 1024)
#define REEVE_PROBE_CONTAINERS_BUFFER (32 * 1024)

typedef struct
{
  char **engines; /* sockets; the first that somebody listens on */
} ReeveProbeContainers;

/* Connects to the first engine that there is. */
static int
reeve_probe_containers_dial (ReeveProbeCall *call, const ReeveProbeContainers *self)
{
  for (guint i = 0; self->engines[i] != NULL; i++)
    {
      int fd = reeve_probe_dial (call, self->engines[i]);

      if (fd >= 0)
        return fd;
      if (errno != ENOENT && errno != ECONNREFUSED)
        g_printerr ("cannot connect to %s: %s\n", self->engines[i], g_strerror (errno));
    }
  return -1;
}

/* Leaves the last @keep bytes, by whole frames or lines. FALSE: nothing was left out. */
static gboolean
reeve_probe_containers_cut (const ReeveContainersHttp *http, GByteArray *body, gsize keep)
{
  gsize cut = reeve_containers_frames_find_cut ((const char *) body->data, body->len,
                                                http->multiplexed, keep);

  if (cut > 0)
    g_byte_array_remove_range (body, 0, (guint) cut);
  return cut > 0;
}

/* What came, or 502 or 504 in the answer's place. @keep: of a log, its last bytes; 0: of what is
 * longer than the body may be, its first. */
static guint
reeve_probe_containers_receive (ReeveProbeCall *call, int fd, ReeveContainersHttp *http,
                                GByteArray *body, gsize keep)
{
  g_autofree char *buffer = g_malloc (REEVE_PROBE_CONTAINERS_BUFFER);
  ReeveContainersHttpState state = REEVE_CONTAINERS_HTTP_MORE;
  gboolean cut = FALSE;

  while (state == REEVE_CONTAINERS_HTTP_MORE)
    {
      gssize n = reeve_probe_read (call, fd, buffer, REEVE_PROBE_CONTAINERS_BUFFER);

      if (n < 0)
        return errno == ETIMEDOUT ? 504 : 502;
      state = n > 0 ? reeve_containers_http_feed (http, buffer, (gsize) n, body)
                    : reeve_containers_http_eof (http);
      /* seldom, so that what stays is not moved for each piece */
      if (keep > 0 && (state != REEVE_CONTAINERS_HTTP_MORE || body->len >= 2 * keep))
        cut |= reeve_probe_containers_cut (http, body, keep);
    }
  if (state == REEVE_CONTAINERS_HTTP_BAD)
    return 502;
  if (keep > 0 && body->len > keep)
    g_byte_array_set_size (body, (guint) keep);
  return (cut || state == REEVE_CONTAINERS_HTTP_FULL) && http->status == 200 ? 206 : http->status;
}

/* @target: a constant with a checked id in it. @body gets what came. */
static guint
reeve_probe_containers_get (ReeveProbeCall *call, const ReeveProbeContainers *self,
                            const char *target, ReeveContainersHttp *http, GByteArray *body,
                            gsize keep)
{
  g_autofree char *request = g_strdup_printf ("GET %s HTTP/1.1\r\n"
                                              "Host: localhost\r\n"
                                              "User-Agent: reeve\r\n"
                                              "Connection: close\r\n"
                                              "\r\n",
                                              target);
  int fd = reeve_probe_containers_dial (call, self);
  guint status;

  if (fd < 0)
    {
      /* the sockets that are seen here may be those of an engine that was replaced */
      reeve_probe_renew (call);
      return 503;
    }
  status = reeve_probe_write (call, fd, request, strlen (request))
               ? reeve_probe_containers_receive (call, fd, http, body, keep)
               : 502;
  close (fd);
  return status;
}

/* One GET whose answer goes back as it is; errors go back without what the engine said. */
static void
reeve_probe_containers_pass_last (ReeveProbeCall *call, const ReeveProbeContainers *self,
                                  const char *target, gsize max_body, gsize keep)
{
  g_autoptr (GByteArray) body = g_byte_array_new ();
  ReeveContainersHttp http;
  guint status;
  gboolean ok;

  reeve_containers_http_init (&http, max_body);
  status = reeve_probe_containers_get (call, self, target, &http, body, keep);
  ok = status == 200 || status == 206;
  reeve_probe_answer (call, status,
                      !ok                ? "none"
                      : http.multiplexed ? "multiplexed"
                      : http.json        ? "json"
                                         : "raw",
                      body->data, ok ? body->len : 0);
}

static void
reeve_probe_containers_pass (ReeveProbeCall *call, const ReeveProbeContainers *self,
                             const char *target, gsize max_body)
{
  reeve_probe_containers_pass_last (call, self, target, max_body, 0);
}

/* ---- verbs ---- */

static void
reeve_probe_containers_version (ReeveProbeCall *call, G_GNUC_UNUSED const char *argument,
                                gconstpointer data)
{
  reeve_probe_containers_pass (call, data, "/version", REEVE_PROBE_CONTAINERS_MAX_VERSION);
}

static void
reeve_probe_containers_list (ReeveProbeCall *call, G_GNUC_UNUSED const char *argument,
                             gconstpointer data)
{
  reeve_probe_containers_pass (call, data,
                               "/containers/json?all=1&limit=" REEVE_PROBE_CONTAINERS_MAX,
                               REEVE_PROBE_MAX_ANSWER);
}

static void
reeve_probe_containers_running (ReeveProbeCall *call, G_GNUC_UNUSED const char *argument,
                                gconstpointer data)
{
  reeve_probe_containers_pass (call, data,
                               "/containers/json?limit=" REEVE_PROBE_CONTAINERS_MAX
                               "&filters=" REEVE_PROBE_CONTAINERS_RUNNING,
                               REEVE_PROBE_MAX_ANSWER);
}

static void
reeve_probe_containers_stats (ReeveProbeCall *call, const char *argument, gconstpointer data)
{
  g_autofree char *target = g_strdup_printf ("/containers/%s/stats?stream=0&one-shot=1", argument);

  reeve_probe_containers_pass (call, data, target, REEVE_PROBE_CONTAINERS_MAX_STATS);
}

static void
reeve_probe_containers_logs (ReeveProbeCall *call, const char *argument, gconstpointer data)
{
  g_autofree char *target =
      g_strdup_printf ("/containers/%s/logs?stdout=1&stderr=1&timestamps=1&tail=200", argument);

  /* 200 lines may be longer, and it is the newest that somebody wants */
  reeve_probe_containers_pass_last (call, data, target,
                                    2 * REEVE_PROBE_CONTAINERS_MAX_LOGS +
                                        REEVE_PROBE_CONTAINERS_BUFFER,
                                    REEVE_PROBE_CONTAINERS_MAX_LOGS);
}

static void
reeve_probe_containers_inspect (ReeveProbeCall *call, const char *argument, gconstpointer data)
{
  g_autofree char *target = g_strdup_printf ("/containers/%s/json", argument);
  g_autoptr (GByteArray) body = g_byte_array_new ();
  g_autofree char *redacted = NULL;
  ReeveContainersHttp http;
  gsize length = 0;
  guint status;

  reeve_containers_http_init (&http, REEVE_PROBE_CONTAINERS_MAX_INSPECT);
  status = reeve_probe_containers_get (call, data, target, &http, body, 0);
  if (status == 200)
    redacted = reeve_containers_redact ((const char *) body->data, body->len, &length);
  if (status == 200 && redacted == NULL)
    status = 502;
  reeve_probe_answer (call, status == 206 ? 502 : status, redacted != NULL ? "json" : "none",
                      redacted, length);
}

static gboolean
reeve_probe_containers_prepare (gpointer data, GError **error)
{
  ReeveProbeContainers *self = data;

  for (guint i = 0; self->engines != NULL && self->engines[i] != NULL; i++)
    if (self->engines[i][0] != '/')
      {
        g_set_error (error, g_quark_from_static_string ("reeve-probe"), 0,
                     "--engine: '%s' is no absolute path", self->engines[i]);
        return FALSE;
      }
  if (self->engines == NULL)
    {
      static const char *const usual[] = { "/run/docker.sock", "/run/podman/podman.sock", NULL };

      self->engines = g_strdupv ((char **) usual);
    }
  return TRUE;
}

int
main (int argc, char **argv)
{
  static const ReeveProbeVerb verbs[] = {
    { "version", REEVE_PROBE_NOTHING, reeve_probe_containers_version },
    { "list", REEVE_PROBE_NOTHING, reeve_probe_containers_list },
    { "running", REEVE_PROBE_NOTHING, reeve_probe_containers_running },
    { "stats", REEVE_PROBE_HEX, reeve_probe_containers_stats },
    { "inspect", REEVE_PROBE_HEX, reeve_probe_containers_inspect },
    { "logs", REEVE_PROBE_HEX, reeve_probe_containers_logs },
    { NULL, REEVE_PROBE_NOTHING, NULL },
  };
  ReeveProbeContainers self = { NULL };
  const GOptionEntry options[] = {
    { "engine", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &self.engines,
      "An engine's Unix socket; the first that answers is asked (default: Docker's, Podman's)",
      "PATH" },
    { NULL, 0, 0, 0, NULL, NULL, NULL },
  };
  const ReeveProbe probe = { "Tells Reeve's agent what the container engine knows.", verbs, options,
                             reeve_probe_containers_prepare, &self };
  int status = reeve_probe_main (argc, argv, &probe);

  g_strfreev (self.engines);
  return status;
}
