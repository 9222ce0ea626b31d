/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The door: the token, how many at a time, and what is counted of the fleet meanwhile. */

#include "config.h"

#include "reeve-metrics-out-routes.h"

#include <string.h>

#include "reeve-metrics-out-scrape.h"

struct _ReeveMetricsOutRoutes
{
  GObject parent;

  ReeveContext *context; /* NULL: stopped */
  ReeveMetricsOutToken *token;
  GHashTable *scrapes; /* set of ReeveMetricsOutScrape, owned */
  ReeveMetricsOutCounts counts;
  ReeveFleet *fleet; /* the one that is watched */
  guint watch;
  guint fleet_watch;
  guint events_watch;
};

static void reeve_metrics_out_routes_iface_init (ReeveRoutesInterface *iface);

G_DEFINE_TYPE_WITH_CODE (ReeveMetricsOutRoutes, reeve_metrics_out_routes, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_ROUTES,
                                                reeve_metrics_out_routes_iface_init))

/* ---- what is counted ---- */

static void
reeve_metrics_out_routes_event_cb (ReeveEvent *event, gpointer user_data)
{
  ((ReeveMetricsOutRoutes *) user_data)->counts.events++;
}

static void
reeve_metrics_out_routes_changed_cb (const ReeveSystemView *view, const ReeveFleetChange *change,
                                     gpointer user_data)
{
  ReeveMetricsOutRoutes *self = user_data;
  gint64 delay;

  if (!change->sample)
    return;
  if (!change->stored)
    {
      self->counts.not_stored++;
      return;
    }
  self->counts.stored++;
  delay = reeve_clock_get_wall (reeve_context_get_clock (self->context)) - view->last;
  self->counts.delay += (double) MAX (delay, 0) / G_USEC_PER_SEC;
}

static void
reeve_metrics_out_routes_added_cb (gpointer provider, const char *key, gpointer user_data)
{
  ReeveMetricsOutRoutes *self = user_data;

  if (self->fleet != NULL)
    return;
  self->fleet = provider;
  self->fleet_watch = reeve_fleet_watch (provider, reeve_metrics_out_routes_changed_cb, self);
}

static void
reeve_metrics_out_routes_removed_cb (gpointer provider, const char *key, gpointer user_data)
{
  ReeveMetricsOutRoutes *self = user_data;

  if (self->fleet == provider)
    self->fleet = NULL;
}

/* ---- life ---- */

void
reeve_metrics_out_routes_stop (ReeveMetricsOutRoutes *self)
{
  GHashTableIter iter;
  gpointer scrape;

  if (self->context == NULL)
    return;
  g_hash_table_iter_init (&iter, self->scrapes);
  while (g_hash_table_iter_next (&iter, &scrape, NULL))
    reeve_metrics_out_scrape_free (scrape);
  g_hash_table_remove_all (self->scrapes);
  if (self->fleet != NULL)
    reeve_fleet_unwatch (self->fleet, self->fleet_watch);
  self->fleet = NULL;
  reeve_context_unwatch (self->context, self->watch);
  reeve_context_unwatch_events (self->context, self->events_watch);
  self->context = NULL;
}

static void
reeve_metrics_out_routes_finalize (GObject *object)
{
  ReeveMetricsOutRoutes *self = REEVE_METRICS_OUT_ROUTES (object);

  reeve_metrics_out_routes_stop (self);
  g_hash_table_unref (self->scrapes);
  G_OBJECT_CLASS (reeve_metrics_out_routes_parent_class)->finalize (object);
}

static void
reeve_metrics_out_routes_class_init (ReeveMetricsOutRoutesClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = reeve_metrics_out_routes_finalize;
}

static void
reeve_metrics_out_routes_init (ReeveMetricsOutRoutes *self)
{
  self->scrapes = g_hash_table_new (NULL, NULL);
}

ReeveMetricsOutRoutes *
reeve_metrics_out_routes_new (ReeveContext *context, ReeveMetricsOutToken *token)
{
  ReeveMetricsOutRoutes *self = g_object_new (REEVE_TYPE_METRICS_OUT_ROUTES, NULL);

  self->context = context;
  self->token = token;
  self->watch = reeve_context_watch (context, REEVE_TYPE_FLEET, reeve_metrics_out_routes_added_cb,
                                     reeve_metrics_out_routes_removed_cb, self);
  self->events_watch =
      reeve_context_watch_events (context, reeve_metrics_out_routes_event_cb, self);
  return self;
}

/* ---- ReeveRoutes ---- */

static const ReeveRoute *
reeve_metrics_out_routes_get_routes (ReeveRoutes *routes)
{
  static const ReeveRoute rows[] = {
    /* Public: a program that scrapes has no session. Its token is looked at here, first of all. */
    { .path = "/metrics",
      .methods = "GET",
      .power = REEVE_POWER_PUBLIC,
      .flags = REEVE_ROUTE_EXACT },
    { .path = NULL },
  };

  return rows;
}

static ReeveHttpResponse *
reeve_metrics_out_routes_refuse (guint status, const char *detail, const char *name,
                                 const char *value)
{
  ReeveHttpResponse *response =
      reeve_http_response_new_refusal (status, status == 401 ? "sign-in" : "unavailable", "Refused",
                                       detail);

  if (name != NULL)
    reeve_http_response_add_header (response, name, value);
  return response;
}

static const char *
reeve_metrics_out_routes_get_bearer (ReeveHttpRequest *request)
{
  const char *value = reeve_http_request_get_header (request, "authorization");

  if (value == NULL || g_ascii_strncasecmp (value, "Bearer ", 7) != 0 ||
      strlen (value) > 7 + REEVE_METRICS_OUT_TOKEN_MAX)
    return NULL;
  return value + 7;
}

static void
reeve_metrics_out_routes_ended_cb (gpointer scrape, gpointer user_data)
{
  ReeveMetricsOutRoutes *self = user_data;

  g_hash_table_remove (self->scrapes, scrape);
}

static ReeveHttpResponse *
reeve_metrics_out_routes_answer (ReeveMetricsOutRoutes *self, ReeveHttpRequest *request)
{
  ReeveMetricsOutScrape *scrape;

  if (self->context == NULL || !reeve_metrics_out_token_is_set (self->token))
    return reeve_metrics_out_routes_refuse (404,
                                            "there are no metrics without a token: reevectl "
                                            "metrics-token makes one",
                                            NULL, NULL);
  if (!reeve_metrics_out_token_matches (self->token, reeve_metrics_out_routes_get_bearer (request)))
    return reeve_metrics_out_routes_refuse (401, "the token is missing or wrong",
                                            "WWW-Authenticate", "Bearer");
  if (g_hash_table_size (self->scrapes) >= REEVE_METRICS_OUT_MAX_SCRAPES)
    return reeve_metrics_out_routes_refuse (503, "others are being answered; try again later",
                                            "Retry-After", "10");
  self->counts.scrapes++;
  scrape = reeve_metrics_out_scrape_new (self->context, &self->counts,
                                         reeve_metrics_out_routes_ended_cb, self);
  g_hash_table_add (self->scrapes, scrape);
  return reeve_http_response_ref (reeve_metrics_out_scrape_get_response (scrape));
}

static void
reeve_metrics_out_routes_handle_async (ReeveRoutes *routes, const ReeveRoute *route,
                                       ReeveHttpRequest *request, GCancellable *cancellable,
                                       GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (routes, cancellable, callback, user_data);

  g_task_set_source_tag (task, reeve_metrics_out_routes_handle_async);
  g_task_return_pointer (task,
                         reeve_metrics_out_routes_answer (REEVE_METRICS_OUT_ROUTES (routes),
                                                          request),
                         (GDestroyNotify) reeve_http_response_unref);
}

static ReeveHttpResponse *
reeve_metrics_out_routes_handle_finish (ReeveRoutes *routes, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
reeve_metrics_out_routes_iface_init (ReeveRoutesInterface *iface)
{
  iface->get_routes = reeve_metrics_out_routes_get_routes;
  iface->handle_async = reeve_metrics_out_routes_handle_async;
  iface->handle_finish = reeve_metrics_out_routes_handle_finish;
}
