/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the other plugins see. A sample waits for systemd when nothing is known yet, or values had
 * to be asked for, but not long, and not for one that is known not to answer. */

#include "config.h"

#include "reeve-services-collector.h"

#include "reeve-services-details.h"
#include "reeve-services-parse.h"

typedef struct
{
  GTask *task;
  ReeveSample *sample;
  gint64 deadline; /* monotonic */
  gulong cancelled_id;
} ReeveServicesWaiting;

struct _ReeveServicesCollector
{
  GObject parent;

  ReeveContext *context;
  ReeveServicesTracker *tracker; /* NULL once stopped */
  ReeveTimer *timer;
  GPtrArray *waiting; /* of ReeveServicesWaiting */
  guint n_details;
};

static void reeve_services_collector_collector_init (ReeveCollectorInterface *iface);
static void reeve_services_collector_responder_init (ReeveResponderInterface *iface);

G_DEFINE_TYPE_WITH_CODE (ReeveServicesCollector, reeve_services_collector, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_COLLECTOR,
                                                reeve_services_collector_collector_init)
                             G_IMPLEMENT_INTERFACE (REEVE_TYPE_RESPONDER,
                                                    reeve_services_collector_responder_init))

static void
reeve_services_waiting_free (gpointer data)
{
  ReeveServicesWaiting *self = data;

  g_cancellable_disconnect (g_task_get_cancellable (self->task), self->cancelled_id);
  g_object_unref (self->task);
  reeve_sample_unref (self->sample);
  g_free (self);
}

/* ---- samples ---- */

static void
reeve_services_collector_add (ReeveServicesCollector *self, ReeveSample *sample)
{
  reeve_sample_set_time (sample, reeve_clock_get_wall (reeve_context_get_clock (self->context)));
  reeve_services_tracker_add (self->tracker, sample);
}

static void
reeve_services_collector_end (ReeveServicesCollector *self, ReeveServicesWaiting *waiting)
{
  if (g_task_return_error_if_cancelled (waiting->task))
    return;
  if (self->tracker == NULL)
    {
      g_task_return_new_error (waiting->task, REEVE_ERROR, REEVE_ERROR_GONE, "stopped");
      return;
    }
  if (!reeve_services_tracker_is_known (self->tracker))
    {
      g_task_return_new_error (waiting->task, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE,
                               "systemd does not answer");
      return;
    }
  reeve_services_collector_add (self, waiting->sample);
  g_task_return_boolean (waiting->task, TRUE);
}

static gboolean
reeve_services_collector_is_settled (ReeveServicesCollector *self,
                                     const ReeveServicesWaiting *waiting, gint64 now)
{
  return self->tracker == NULL || !reeve_services_tracker_is_busy (self->tracker) ||
         now >= waiting->deadline ||
         g_cancellable_is_cancelled (g_task_get_cancellable (waiting->task));
}

/* Ends those whose wait is over, and looks again when the next one's will be. */
static void
reeve_services_collector_settle (ReeveServicesCollector *self)
{
  gint64 now = reeve_clock_get_monotonic (reeve_context_get_clock (self->context));
  gint64 next = G_MAXINT64;

  g_object_ref (self);
  for (guint i = 0; i < self->waiting->len;)
    {
      ReeveServicesWaiting *waiting = g_ptr_array_index (self->waiting, i);

      if (reeve_services_collector_is_settled (self, waiting, now))
        {
          g_ptr_array_steal_index (self->waiting, i);
          reeve_services_collector_end (self, waiting);
          reeve_services_waiting_free (waiting);
          i = 0;
          continue;
        }
      next = MIN (next, waiting->deadline);
      i++;
    }
  if (self->timer != NULL && self->waiting->len > 0)
    reeve_timer_start (self->timer, (guint64) (next - now) / 1000 + 1);
  else if (self->timer != NULL)
    reeve_timer_stop (self->timer);
  g_object_unref (self);
}

static void
reeve_services_collector_timer_cb (G_GNUC_UNUSED ReeveTimer *timer, gpointer user_data)
{
  reeve_services_collector_settle (user_data);
}

static void
reeve_services_collector_settle_later (gpointer user_data)
{
  reeve_services_collector_settle (user_data);
}

/* Not at once: who cancels is inside of a call of its own. */
static void
reeve_services_collector_cancelled_cb (G_GNUC_UNUSED GCancellable *cancellable, gpointer user_data)
{
  ReeveServicesCollector *self = user_data;

  reeve_context_defer (self->context, reeve_services_collector_settle_later, g_object_ref (self),
                       g_object_unref);
}

static void
reeve_services_collector_changed_cb (gpointer user_data)
{
  ReeveServicesCollector *self = user_data;

  if (self->waiting->len > 0)
    reeve_services_collector_settle (self);
}

static void
reeve_services_collector_collect_async (ReeveCollector *collector, ReeveSample *sample,
                                        ReeveCollectFlags flags, GCancellable *cancellable,
                                        GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveServicesCollector *self = REEVE_SERVICES_COLLECTOR (collector);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  ReeveServicesWaiting *waiting;

  (void) flags;
  g_task_set_source_tag (task, reeve_services_collector_collect_async);
  if (self->waiting->len >= REEVE_SERVICES_MAX_WAITING)
    {
      g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_LIMIT,
                               "%d collections wait for systemd already",
                               REEVE_SERVICES_MAX_WAITING);
      return;
    }
  waiting = g_new0 (ReeveServicesWaiting, 1);
  waiting->task = g_steal_pointer (&task);
  waiting->sample = reeve_sample_ref (sample);
  waiting->deadline = reeve_clock_get_monotonic (reeve_context_get_clock (self->context)) +
                      1000 * (gint64) REEVE_SERVICES_WAIT_MS;
  if (self->tracker != NULL)
    reeve_services_tracker_prepare (self->tracker);
  g_ptr_array_add (self->waiting, waiting);
  if (cancellable != NULL)
    waiting->cancelled_id =
        g_cancellable_connect (cancellable, G_CALLBACK (reeve_services_collector_cancelled_cb),
                               self, NULL);
  reeve_services_collector_settle (self);
}

static gboolean
reeve_services_collector_collect_finish (ReeveCollector *collector, GAsyncResult *result,
                                         GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, collector), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

static gboolean
reeve_services_collector_collect (ReeveCollector *collector, ReeveSample *sample,
                                  ReeveCollectFlags flags)
{
  ReeveServicesCollector *self = REEVE_SERVICES_COLLECTOR (collector);

  (void) flags;
  if (self->tracker == NULL || self->waiting->len > 0)
    return FALSE;
  reeve_services_tracker_prepare (self->tracker);
  if (reeve_services_tracker_is_busy (self->tracker) ||
      !reeve_services_tracker_is_known (self->tracker))
    return FALSE;
  reeve_services_collector_add (self, sample);
  return TRUE;
}

static void
reeve_services_collector_collector_init (ReeveCollectorInterface *iface)
{
  iface->collect_async = reeve_services_collector_collect_async;
  iface->collect_finish = reeve_services_collector_collect_finish;
  iface->collect = reeve_services_collector_collect;
}

/* ---- details ---- */

static const ReeveResponderArgument reeve_services_collector_arguments[] = {
  { "name", "s", TRUE },
  { 0 },
};

static const ReeveResponderRow reeve_services_collector_rows[] = {
  { .verb = REEVE_VERB_SERVICE_INFO,
    .power = REEVE_POWER_VIEW,
    .least = REEVE_SECURITY_TLS_VERIFIED,
    .max_bytes = REEVE_SERVICES_DETAILS_MAX_BYTES,
    .answer = "a{sv}",
    .arguments = reeve_services_collector_arguments,
    .text = "What systemd says of one unit: its state, files, dependencies and use of the machine; "
            "no environment, no command line." },
  { 0 },
};

static const ReeveResponderRow *
reeve_services_collector_get_rows (G_GNUC_UNUSED ReeveResponder *responder)
{
  return reeve_services_collector_rows;
}

static void
reeve_services_collector_details_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result,
                                     gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ReeveServicesCollector *self = g_task_get_source_object (task);
  GError *error = NULL;
  GVariant *value = reeve_services_details_ask_finish (result, &error);

  self->n_details--;
  if (value != NULL)
    g_task_return_pointer (task, value, (GDestroyNotify) g_variant_unref);
  else
    g_task_return_error (task, error);
}

/* Only a unit that is told of may be asked for: a hub must not make systemd load others. So what
 * it sends is compared, and never sent on. */
static ReeveServicesUnit *
reeve_services_collector_find (ReeveServicesCollector *self, const char *name, GError **error)
{
  ReeveServicesUnit *unit = NULL;

  if (name[0] == '\0' || !reeve_text_is_clean (name, -1, REEVE_SERVICES_MAX_NAME))
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                 "name: not the name of a unit, 1 to %d bytes of text", REEVE_SERVICES_MAX_NAME);
  else if (self->tracker == NULL || !reeve_services_tracker_is_known (self->tracker))
    g_set_error_literal (error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE, "systemd does not answer");
  else if (self->n_details >= REEVE_SERVICES_DETAILS_MAX)
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT, "%d requests are under way already",
                 REEVE_SERVICES_DETAILS_MAX);
  else if ((unit = reeve_services_tracker_find (self->tracker, name)) == NULL)
    g_set_error_literal (error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND, "there is no such unit here");
  return unit;
}

static void
reeve_services_collector_respond_async (ReeveResponder *responder, G_GNUC_UNUSED const char *verb,
                                        GVariant *arguments, GCancellable *cancellable,
                                        GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveServicesCollector *self = REEVE_SERVICES_COLLECTOR (responder);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  ReeveServicesUnit *unit;
  const char *name = "";
  GError *error = NULL;

  g_task_set_source_tag (task, reeve_services_collector_respond_async);
  (void) g_variant_lookup (arguments, "name", "&s", &name);
  unit = reeve_services_collector_find (self, name, &error);
  if (unit == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  self->n_details++;
  reeve_services_details_ask_async (self->context, reeve_services_tracker_get_bus (self->tracker),
                                    unit, cancellable, reeve_services_collector_details_cb,
                                    g_steal_pointer (&task));
}

static GVariant *
reeve_services_collector_respond_finish (ReeveResponder *responder, GAsyncResult *result,
                                         GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, responder), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
reeve_services_collector_responder_init (ReeveResponderInterface *iface)
{
  iface->get_rows = reeve_services_collector_get_rows;
  iface->respond_async = reeve_services_collector_respond_async;
  iface->respond_finish = reeve_services_collector_respond_finish;
}

/* ---- life ---- */

ReeveServicesCollector *
reeve_services_collector_new (ReeveContext *context, const ReeveServicesOptions *options)
{
  ReeveServicesCollector *self = g_object_new (REEVE_TYPE_SERVICES_COLLECTOR, NULL);

  self->context = reeve_context_ref (context);
  self->timer = reeve_context_add_timer (context, "wait", reeve_services_collector_timer_cb, self);
  self->tracker =
      reeve_services_tracker_new (context, options, reeve_services_collector_changed_cb, self);
  return self;
}

void
reeve_services_collector_stop (ReeveServicesCollector *self)
{
  if (self->tracker == NULL)
    return;
  g_object_ref (self);
  reeve_services_tracker_free (g_steal_pointer (&self->tracker));
  reeve_services_collector_settle (self);
  g_clear_pointer (&self->timer, reeve_timer_free);
  g_object_unref (self);
}

static void
reeve_services_collector_finalize (GObject *object)
{
  ReeveServicesCollector *self = REEVE_SERVICES_COLLECTOR (object);

  reeve_services_collector_stop (self);
  g_ptr_array_unref (self->waiting);
  g_clear_pointer (&self->context, reeve_context_unref);
  G_OBJECT_CLASS (reeve_services_collector_parent_class)->finalize (object);
}

static void
reeve_services_collector_class_init (ReeveServicesCollectorClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = reeve_services_collector_finalize;
}

static void
reeve_services_collector_init (ReeveServicesCollector *self)
{
  self->waiting = g_ptr_array_new_with_free_func (reeve_services_waiting_free);
}
