/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The collector: everything in /proc is read at once when it is asked, which is the sample's
 * moment. How full the filesystem is and the facts come from a worker's thread; the sample waits
 * for them, but not long, and then goes with what was known before.
 */

#include "config.h"

#include "reeve-host-metrics-collector.h"

#include "reeve-host-metrics-cpu.h"
#include "reeve-host-metrics-devices.h"
#include "reeve-host-metrics-facts.h"
#include "reeve-host-metrics-filesystem.h"
#include "reeve-host-metrics-memory.h"
#include "reeve-host-metrics-pressure.h"

/* For the facts; the filesystems have workers of their own. */
#define REEVE_HOST_METRICS_COLLECTOR_THREADS 1
#define REEVE_HOST_METRICS_COLLECTOR_QUEUE 4

/* A sample that waits for the worker. */
typedef struct
{
  GTask *task;
  ReeveSample *sample;
  gboolean facts;
  gint64 deadline; /* monotonic */
} ReeveHostMetricsWaiting;

/* A question to the worker outlives the collector that asked, if it must. */
typedef struct
{
  ReeveHostMetricsCollector *collector; /* NULL: nobody is interested any more */
} ReeveHostMetricsQuestion;

struct _ReeveHostMetricsCollector
{
  GObject parent;

  ReeveContext *context;
  char *root;
  ReeveHostMetricsProc *proc;
  ReeveHostMetricsCpu cpu;
  ReeveHostMetricsMemoryReader memory;
  ReeveHostMetricsNetwork network;
  ReeveHostMetricsPressure pressure;
  ReeveHostMetricsDevices *devices;
  ReeveWorker *devices_worker; /* its own: what hangs there holds up nothing else */
  ReeveHostMetricsFilesystem *filesystem;
  ReeveWorker *worker;
  ReeveTimer *timer;
  GPtrArray *waiting;           /* of ReeveHostMetricsWaiting */
  gboolean refreshed;           /* by the synchronous slot, whose caller asks again at once */
  ReeveHostMetricsFacts *facts; /* NULL: not yet read */
  ReeveHostMetricsQuestion *question;
  GCancellable *cancellable;
};

static void reeve_host_metrics_collector_iface_init (ReeveCollectorInterface *iface);

G_DEFINE_TYPE_WITH_CODE (ReeveHostMetricsCollector, reeve_host_metrics_collector, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_COLLECTOR,
                                                reeve_host_metrics_collector_iface_init))

static void
reeve_host_metrics_waiting_free (gpointer data)
{
  ReeveHostMetricsWaiting *self = data;

  g_object_unref (self->task);
  reeve_sample_unref (self->sample);
  g_free (self);
}

static gint64
reeve_host_metrics_collector_now (ReeveHostMetricsCollector *self)
{
  return reeve_clock_get_monotonic (reeve_context_get_clock (self->context));
}

/* ---- waiting for the worker ---- */

/* Is there a question out that a sample should wait for? */
static gboolean
reeve_host_metrics_collector_is_asking (ReeveHostMetricsCollector *self, gboolean facts)
{
  return reeve_host_metrics_filesystem_is_asking (self->filesystem) ||
         reeve_host_metrics_devices_is_asking (self->devices) || (facts && self->question != NULL);
}

static gboolean
reeve_host_metrics_collector_is_settled (ReeveHostMetricsCollector *self,
                                         const ReeveHostMetricsWaiting *waiting, gint64 now)
{
  return now >= waiting->deadline ||
         g_cancellable_is_cancelled (g_task_get_cancellable (waiting->task)) ||
         !reeve_host_metrics_collector_is_asking (self, waiting->facts);
}

/* Adds what is asked for beside /proc, as far as it is known. */
static void
reeve_host_metrics_collector_add_known (ReeveHostMetricsCollector *self, ReeveSample *sample,
                                        gboolean facts)
{
  reeve_host_metrics_filesystem_add_usage (self->filesystem, sample);
  reeve_host_metrics_devices_add (self->devices, sample);
  if (facts && self->facts != NULL)
    reeve_host_metrics_facts_add (self->facts, sample);
}

static void
reeve_host_metrics_collector_end (ReeveHostMetricsCollector *self, ReeveHostMetricsWaiting *waiting)
{
  if (g_task_return_error_if_cancelled (waiting->task))
    return;
  reeve_host_metrics_collector_add_known (self, waiting->sample, waiting->facts);
  if (reeve_sample_get_n_rows (waiting->sample) > 0)
    g_task_return_boolean (waiting->task, TRUE);
  else
    g_task_return_new_error (waiting->task, REEVE_ERROR, REEVE_ERROR_IO,
                             "nothing below %s could be read: look at the key root of group "
                             "[plugin host-metrics]",
                             self->root);
}

/* Ends those whose wait is over, and looks again when the next one's will be. */
static void
reeve_host_metrics_collector_settle (ReeveHostMetricsCollector *self)
{
  gint64 now = reeve_host_metrics_collector_now (self);
  gint64 next = G_MAXINT64;

  g_object_ref (self);
  for (guint i = 0; i < self->waiting->len;)
    {
      ReeveHostMetricsWaiting *waiting = g_ptr_array_index (self->waiting, i);

      if (reeve_host_metrics_collector_is_settled (self, waiting, now))
        {
          g_ptr_array_steal_index (self->waiting, i);
          reeve_host_metrics_collector_end (self, waiting);
          reeve_host_metrics_waiting_free (waiting);
          i = 0;
          continue;
        }
      next = MIN (next, waiting->deadline);
      i++;
    }
  if (self->timer != NULL && self->waiting->len > 0)
    reeve_timer_start (self->timer, (guint64) (next - now) / 1000 + 1);
  else if (self->timer != NULL && reeve_timer_is_running (self->timer))
    reeve_timer_stop (self->timer);
  g_object_unref (self);
}

static void
reeve_host_metrics_collector_timer_cb (G_GNUC_UNUSED ReeveTimer *timer, gpointer user_data)
{
  reeve_host_metrics_collector_settle (user_data);
}

static void
reeve_host_metrics_collector_ready_cb (gpointer user_data)
{
  reeve_host_metrics_collector_settle (user_data);
}

/* ---- facts ---- */

static gpointer
reeve_host_metrics_collector_facts_thread (gpointer data, G_GNUC_UNUSED GCancellable *cancellable,
                                           G_GNUC_UNUSED GError **error)
{
  ReeveHostMetricsFacts *facts = g_new0 (ReeveHostMetricsFacts, 1);

  reeve_host_metrics_facts_read (data, facts);
  return facts;
}

static void
reeve_host_metrics_collector_facts_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result,
                                       gpointer user_data)
{
  g_autofree ReeveHostMetricsQuestion *question = user_data;
  g_autofree ReeveHostMetricsFacts *facts = reeve_worker_run_finish (result, NULL);
  ReeveHostMetricsCollector *self = question->collector;

  if (self == NULL)
    return;
  self->question = NULL;
  if (facts != NULL)
    {
      g_free (self->facts);
      self->facts = g_steal_pointer (&facts);
    }
  reeve_host_metrics_collector_settle (self);
}

static void
reeve_host_metrics_collector_ask_facts (ReeveHostMetricsCollector *self)
{
  if (self->question != NULL)
    return;
  self->question = g_new0 (ReeveHostMetricsQuestion, 1);
  self->question->collector = self;
  reeve_worker_run_async (self->worker, reeve_host_metrics_collector_facts_thread,
                          g_strdup (self->root), g_free, g_free, 0, self->cancellable,
                          reeve_host_metrics_collector_facts_cb, self->question);
}

/* ---- the slot ---- */

static void
reeve_host_metrics_collector_wait (ReeveHostMetricsCollector *self, GTask *task,
                                   ReeveSample *sample, gboolean facts)
{
  ReeveHostMetricsWaiting *waiting = g_new0 (ReeveHostMetricsWaiting, 1);
  gboolean first = !reeve_host_metrics_filesystem_is_known (self->filesystem) ||
                   reeve_host_metrics_devices_is_first (self->devices) ||
                   (facts && self->facts == NULL);

  waiting->task = g_object_ref (task);
  waiting->sample = reeve_sample_ref (sample);
  waiting->facts = facts;
  waiting->deadline =
      reeve_host_metrics_collector_now (self) +
      1000 * (first ? REEVE_HOST_METRICS_FIRST_WAIT_MS : REEVE_HOST_METRICS_WAIT_MS);
  g_ptr_array_add (self->waiting, waiting);
  reeve_host_metrics_collector_settle (self);
}

/* Asks for what does not stand in /proc, as far as it is not known, or too old. */
static void
reeve_host_metrics_collector_refresh (ReeveHostMetricsCollector *self)
{
  reeve_host_metrics_filesystem_refresh (self->filesystem, reeve_host_metrics_collector_ready_cb,
                                         self);
  reeve_host_metrics_devices_refresh (self->devices, reeve_host_metrics_collector_ready_cb, self);
}

static void
reeve_host_metrics_collector_read (ReeveHostMetricsCollector *self, ReeveSample *sample)
{
  reeve_sample_set_time (sample, reeve_clock_get_wall (reeve_context_get_clock (self->context)));
  reeve_host_metrics_cpu_collect (&self->cpu, self->proc, sample);
  reeve_host_metrics_memory_collect (&self->memory, self->proc, sample);
  reeve_host_metrics_network_collect (&self->network, self->proc, sample);
  reeve_host_metrics_pressure_collect (&self->pressure, self->proc, sample);
  reeve_host_metrics_filesystem_collect (self->filesystem, sample);
}

static void
reeve_host_metrics_collector_collect_async (ReeveCollector *collector, ReeveSample *sample,
                                            ReeveCollectFlags flags, GCancellable *cancellable,
                                            GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveHostMetricsCollector *self = REEVE_HOST_METRICS_COLLECTOR (collector);
  gboolean facts = (flags & REEVE_COLLECT_FACTS) != 0;
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, reeve_host_metrics_collector_collect_async);
  if (self->worker == NULL || self->waiting->len >= REEVE_HOST_METRICS_MAX_WAITING)
    {
      if (self->worker == NULL)
        g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_GONE, "stopped");
      else
        g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_LIMIT,
                                 "%d collections wait for the filesystem already",
                                 REEVE_HOST_METRICS_MAX_WAITING);
      return;
    }
  /* asked first, so that the answer is there when /proc is read */
  if (!self->refreshed)
    reeve_host_metrics_collector_refresh (self);
  self->refreshed = FALSE;
  if (facts)
    reeve_host_metrics_collector_ask_facts (self);
  reeve_host_metrics_collector_read (self, sample);
  reeve_host_metrics_collector_wait (self, task, sample, facts);
}

static gboolean
reeve_host_metrics_collector_collect (ReeveCollector *collector, ReeveSample *sample,
                                      ReeveCollectFlags flags)
{
  ReeveHostMetricsCollector *self = REEVE_HOST_METRICS_COLLECTOR (collector);

  if (self->worker == NULL || (flags & REEVE_COLLECT_FACTS) != 0)
    return FALSE;
  reeve_host_metrics_collector_refresh (self);
  self->refreshed = reeve_host_metrics_collector_is_asking (self, FALSE);
  if (self->refreshed)
    return FALSE;
  reeve_host_metrics_collector_read (self, sample);
  reeve_host_metrics_collector_add_known (self, sample, FALSE);
  return reeve_sample_get_n_rows (sample) > 0;
}

static gboolean
reeve_host_metrics_collector_collect_finish (ReeveCollector *collector, GAsyncResult *result,
                                             GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, collector), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
reeve_host_metrics_collector_iface_init (ReeveCollectorInterface *iface)
{
  iface->collect_async = reeve_host_metrics_collector_collect_async;
  iface->collect_finish = reeve_host_metrics_collector_collect_finish;
  iface->collect = reeve_host_metrics_collector_collect;
}

/* ---- life ---- */

void
reeve_host_metrics_collector_stop (ReeveHostMetricsCollector *self)
{
  if (self->worker == NULL)
    return;
  g_cancellable_cancel (self->cancellable);
  for (guint i = 0; i < self->waiting->len; i++)
    {
      ReeveHostMetricsWaiting *waiting = g_ptr_array_index (self->waiting, i);

      g_task_return_new_error (waiting->task, REEVE_ERROR, REEVE_ERROR_GONE, "stopped");
    }
  g_ptr_array_set_size (self->waiting, 0);
  g_clear_pointer (&self->timer, reeve_timer_free);
  g_clear_pointer (&self->filesystem, reeve_host_metrics_filesystem_free);
  g_clear_pointer (&self->devices, reeve_host_metrics_devices_free);
  if (self->question != NULL)
    self->question->collector = NULL;
  self->question = NULL;
  reeve_worker_free (g_steal_pointer (&self->worker), 0);
  reeve_worker_free (g_steal_pointer (&self->devices_worker), 0);
  reeve_host_metrics_cpu_clear (&self->cpu);
  reeve_host_metrics_memory_clear (&self->memory);
  reeve_host_metrics_network_clear (&self->network);
  reeve_host_metrics_pressure_clear (&self->pressure);
  g_clear_pointer (&self->proc, reeve_host_metrics_proc_free);
}

static void
reeve_host_metrics_collector_finalize (GObject *object)
{
  ReeveHostMetricsCollector *self = REEVE_HOST_METRICS_COLLECTOR (object);

  reeve_host_metrics_collector_stop (self);
  g_clear_pointer (&self->waiting, g_ptr_array_unref);
  g_clear_object (&self->cancellable);
  g_free (self->facts);
  g_free (self->root);
  reeve_context_unref (self->context);
  G_OBJECT_CLASS (reeve_host_metrics_collector_parent_class)->finalize (object);
}

static void
reeve_host_metrics_collector_class_init (ReeveHostMetricsCollectorClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = reeve_host_metrics_collector_finalize;
}

static void
reeve_host_metrics_collector_init (ReeveHostMetricsCollector *self)
{
  self->waiting = g_ptr_array_new_with_free_func (reeve_host_metrics_waiting_free);
  self->cancellable = g_cancellable_new ();
}

void
reeve_host_metrics_collector_set_storage (ReeveHostMetricsCollector *self,
                                          ReeveHostMetricsStorage *storage)
{
  reeve_host_metrics_filesystem_set_storage (self->filesystem, storage);
}

/**
 * reeve_host_metrics_collector_new:
 * @root: what stands before "proc", "sys" and "etc"; also the filesystem whose usage is told
 * @filter: which interfaces count; what is in it is taken
 *
 * Returns: (transfer full): a collector that has not read anything yet
 */
ReeveHostMetricsCollector *
reeve_host_metrics_collector_new (ReeveContext *context, const char *root,
                                  ReeveHostMetricsNicFilter *filter)
{
  ReeveHostMetricsCollector *self = g_object_new (REEVE_HOST_METRICS_TYPE_COLLECTOR, NULL);
  ReeveHostMetricsSensors sensors = { 0 };

  self->context = reeve_context_ref (context);
  self->root = g_strdup (root);
  self->proc = reeve_host_metrics_proc_new (context, root);
  self->worker = reeve_context_add_worker (context, "facts", REEVE_HOST_METRICS_COLLECTOR_THREADS,
                                           REEVE_HOST_METRICS_COLLECTOR_QUEUE);
  self->timer =
      reeve_context_add_timer (context, "wait", reeve_host_metrics_collector_timer_cb, self);
  reeve_host_metrics_cpu_init (&self->cpu);
  reeve_host_metrics_memory_init (&self->memory);
  reeve_host_metrics_network_init (&self->network, filter);
  reeve_host_metrics_pressure_init (&self->pressure);
  self->devices_worker =
      reeve_context_add_worker (context, "sensors", REEVE_HOST_METRICS_DEVICES_MAX_HANGING + 1,
                                REEVE_HOST_METRICS_DEVICES_MAX_HANGING + 1);
  self->devices =
      reeve_host_metrics_devices_new (self->context, root, self->devices_worker, &sensors);
  self->filesystem = reeve_host_metrics_filesystem_new (self->proc);
  return self;
}

void
reeve_host_metrics_collector_set_sensors (ReeveHostMetricsCollector *self,
                                          ReeveHostMetricsSensors *sensors)
{
  reeve_host_metrics_devices_free (self->devices);
  self->devices =
      reeve_host_metrics_devices_new (self->context, self->root, self->devices_worker, sensors);
}

void
reeve_host_metrics_collector_set_memory_htop (ReeveHostMetricsCollector *self, gboolean htop)
{
  self->memory.htop = htop;
}

ReeveWorker *
reeve_host_metrics_collector_get_sensors_worker (ReeveHostMetricsCollector *self)
{
  return self->devices_worker;
}
