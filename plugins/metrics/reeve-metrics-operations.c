/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What the collectors measure, for whoever may look at this machine. Those who ask again and again
 * share one sampler, where rates are over their own interval; who asks once gets a sampler of its
 * own for as long as two readings take, so that it neither waits for nor moves the others' rates.
 */

#include "config.h"

#include "reeve-metrics-operations.h"

#include "reeve-metrics-interface.h"
#include "reeve-metrics-json.h"
#include "reeve-metrics-variant.h"

/* The answer of a method, made of a sample. Floating. */
typedef GVariant *(*ReeveMetricsAnswer) (ReeveSample *sample, gboolean facts);

/* One call. */
typedef struct
{
  ReeveMetricsAnswer answer;
  gboolean facts;
  gboolean whole;        /* waits for a second reading */
  ReeveSampler *sampler; /* its own; NULL: the shared one */
  ReeveTimer *timer;
  GCancellable *cancellable;
  gulong cancelled_id;
} ReeveMetricsCall;

struct _ReeveMetricsOperations
{
  GObject parent;

  ReeveContext *context; /* NULL once stopped */
  ReeveSampler *sampler;
  GPtrArray *waiting; /* of GTask, whose data is a ReeveMetricsCall */
};

static void reeve_metrics_operations_iface_init (ReeveOperationsInterface *iface);

G_DEFINE_TYPE_WITH_CODE (ReeveMetricsOperations, reeve_metrics_operations, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_OPERATIONS,
                                                reeve_metrics_operations_iface_init))

/* What a wait for a second reading has made. */
static void
reeve_metrics_call_clear (ReeveMetricsCall *self)
{
  if (self->cancelled_id != 0)
    g_cancellable_disconnect (self->cancellable, self->cancelled_id);
  self->cancelled_id = 0;
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->timer, reeve_timer_free);
  g_clear_pointer (&self->sampler, reeve_sampler_free);
}

static void
reeve_metrics_call_free (gpointer data)
{
  reeve_metrics_call_clear (data);
  g_free (data);
}

void
reeve_metrics_operations_stop (ReeveMetricsOperations *self)
{
  while (self->waiting->len > 0)
    {
      g_autoptr (GTask) task = g_ptr_array_steal_index (self->waiting, 0);

      reeve_metrics_call_clear (g_task_get_task_data (task));
      g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_GONE, "stopped");
    }
  g_clear_pointer (&self->sampler, reeve_sampler_free);
  g_clear_pointer (&self->context, reeve_context_unref);
}

static void
reeve_metrics_operations_finalize (GObject *object)
{
  ReeveMetricsOperations *self = REEVE_METRICS_OPERATIONS (object);

  reeve_metrics_operations_stop (self);
  g_ptr_array_unref (self->waiting);
  G_OBJECT_CLASS (reeve_metrics_operations_parent_class)->finalize (object);
}

static void
reeve_metrics_operations_class_init (ReeveMetricsOperationsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = reeve_metrics_operations_finalize;
}

static void
reeve_metrics_operations_init (ReeveMetricsOperations *self)
{
  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
}

ReeveMetricsOperations *
reeve_metrics_operations_new (ReeveContext *context)
{
  ReeveMetricsOperations *self = g_object_new (REEVE_TYPE_METRICS_OPERATIONS, NULL);

  self->context = reeve_context_ref (context);
  self->sampler = reeve_sampler_new (context);
  return self;
}

/* ---- answers ---- */

static GVariant *
reeve_metrics_answer_kinds (ReeveSample *sample, gboolean facts)
{
  return g_variant_new ("(@aa{sv})", reeve_schema_to_variant (reeve_sample_get_schema (sample)));
}

static GVariant *
reeve_metrics_answer_sample (ReeveSample *sample, gboolean facts)
{
  return g_variant_new ("(d@a(ssa{sv}))", (double) reeve_sample_get_time (sample) / G_USEC_PER_SEC,
                        reeve_metrics_rows_to_variant (sample, facts));
}

static GVariant *
reeve_metrics_answer_openmetrics (ReeveSample *sample, gboolean facts)
{
  return g_variant_new ("(@s)", g_variant_new_take_string (reeve_openmetrics_from_sample (sample)));
}

static GVariant *
reeve_metrics_answer_json (ReeveSample *sample, gboolean facts)
{
  return g_variant_new ("(@s)",
                        g_variant_new_take_string (reeve_metrics_json_from_sample (sample)));
}

/* ---- calls ---- */

static void
reeve_metrics_sampled_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ReeveMetricsCall *call = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (ReeveMessage) message = reeve_sampler_sample_finish (result, &error);

  (void) source;
  if (call->whole)
    {
      ReeveMetricsOperations *self = g_task_get_source_object (task);

      if (!g_ptr_array_remove (self->waiting, task))
        {
          g_clear_error (&error);
          return; /* it was ended by stop() */
        }
    }
  if (message != NULL)
    reeve_operations_return (task, call->answer (reeve_message_get_sample (message), call->facts));
  else
    g_task_return_error (task, error);
}

static void
reeve_metrics_timer_cb (G_GNUC_UNUSED ReeveTimer *timer, gpointer user_data)
{
  GTask *task = user_data;
  ReeveMetricsOperations *self = g_task_get_source_object (task);
  ReeveMetricsCall *call = g_task_get_task_data (task);
  /* with facts the second reading is never the first one, should that still be under way */
  const ReeveSamplerRequest request = { .facts = TRUE };

  if (g_task_return_error_if_cancelled (task))
    {
      reeve_metrics_call_clear (call);
      g_ptr_array_remove (self->waiting, task);
      return;
    }
  reeve_sampler_sample_async (call->sampler, &request, g_task_get_cancellable (task),
                              reeve_metrics_sampled_cb, g_object_ref (task));
}

/* Not at once: a cancellable may not be disconnected from inside its own signal. */
static void
reeve_metrics_cancelled_cb (GCancellable *cancellable, gpointer user_data)
{
  ReeveMetricsCall *call = user_data;

  if (reeve_timer_is_running (call->timer))
    reeve_timer_start (call->timer, 0);
}

/* Two readings, by a sampler that makes the first one by itself. */
static void
reeve_metrics_call_whole (ReeveMetricsOperations *self, GTask *task)
{
  ReeveMetricsCall *call = g_task_get_task_data (task);

  if (self->waiting->len >= REEVE_METRICS_MAX_WAITING)
    {
      g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_LIMIT,
                               "%d callers wait for a sample already: ask again later",
                               REEVE_METRICS_MAX_WAITING);
      return;
    }
  call->whole = TRUE;
  call->sampler = reeve_sampler_new (self->context);
  call->timer = reeve_context_add_timer (self->context, "second", reeve_metrics_timer_cb, task);
  g_ptr_array_add (self->waiting, g_object_ref (task));
  reeve_timer_start (call->timer, REEVE_METRICS_WAIT_MS);
  g_set_object (&call->cancellable, g_task_get_cancellable (task));
  if (call->cancellable != NULL)
    call->cancelled_id =
        g_cancellable_connect (call->cancellable, G_CALLBACK (reeve_metrics_cancelled_cb), call,
                               NULL);
}

static void
reeve_metrics_call_shared (ReeveMetricsOperations *self, const ReeveSamplerRequest *request,
                           GTask *task)
{
  reeve_sampler_sample_async (self->sampler, request, g_task_get_cancellable (task),
                              reeve_metrics_sampled_cb, g_object_ref (task));
}

/* ---- methods ---- */

/* @answer: makes the answer of what will be measured. */
static ReeveMetricsCall *
reeve_metrics_call_begin (GTask *task, ReeveMetricsAnswer answer)
{
  ReeveMetricsCall *self = g_new0 (ReeveMetricsCall, 1);

  self->answer = answer;
  g_task_set_task_data (task, self, reeve_metrics_call_free);
  return self;
}

static void
reeve_metrics_operations_kinds (ReeveMetricsOperations *self, G_GNUC_UNUSED GVariant *arguments,
                                GTask *task)
{
  const ReeveSamplerRequest request = { .counters = TRUE };

  reeve_metrics_call_begin (task, reeve_metrics_answer_kinds);
  reeve_metrics_call_shared (self, &request, task);
}

static void
reeve_metrics_operations_sample (ReeveMetricsOperations *self, GVariant *arguments, GTask *task)
{
  ReeveMetricsCall *call = reeve_metrics_call_begin (task, reeve_metrics_answer_sample);
  ReeveSamplerRequest request = { 0 };

  g_variant_get (arguments, "(ub)", &request.interval_ms, &request.facts);
  call->facts = request.facts;
  if (request.interval_ms == 0)
    reeve_metrics_call_whole (self, task);
  else
    reeve_metrics_call_shared (self, &request, task);
}

static void
reeve_metrics_operations_openmetrics (ReeveMetricsOperations *self,
                                      G_GNUC_UNUSED GVariant *arguments, GTask *task)
{
  const ReeveSamplerRequest request = { .counters = TRUE, .facts = TRUE };

  reeve_metrics_call_begin (task, reeve_metrics_answer_openmetrics);
  reeve_metrics_call_shared (self, &request, task);
}

static void
reeve_metrics_operations_dump (ReeveMetricsOperations *self, G_GNUC_UNUSED GVariant *arguments,
                               GTask *task)
{
  reeve_metrics_call_begin (task, reeve_metrics_answer_json);
  reeve_metrics_call_whole (self, task);
}

/* ---- ReeveOperations ---- */

static const ReeveOperationRow reeve_metrics_rows[] = {
  { .method = "GetKinds",
    .power = REEVE_POWER_VIEW,
    .handler = REEVE_OPERATION_HANDLER (reeve_metrics_operations_kinds) },
  { .method = "GetSample",
    .power = REEVE_POWER_VIEW,
    .handler = REEVE_OPERATION_HANDLER (reeve_metrics_operations_sample) },
  { .method = "GetOpenMetrics",
    .power = REEVE_POWER_VIEW,
    .handler = REEVE_OPERATION_HANDLER (reeve_metrics_operations_openmetrics) },
  { .method = "Dump",
    .power = REEVE_POWER_VIEW,
    .handler = REEVE_OPERATION_HANDLER (reeve_metrics_operations_dump) },
  { .method = NULL },
};

static void
reeve_metrics_operations_iface_init (ReeveOperationsInterface *iface)
{
  iface->info = (GDBusInterfaceInfo *) &org_reeve_metrics1_interface;
  iface->rows = reeve_metrics_rows;
}
