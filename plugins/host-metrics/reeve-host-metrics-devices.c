/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Some sensors answer after seconds (a memory's over I2C, an ACPI battery, a radio that sleeps) and
 * some never. So a worker's thread reads them, one question at a time, and the table of devices
 * travels with the question. What the last answer said is kept here and goes with the samples until
 * it is too old. Where nothing was found no question is asked but that for a new search.
 *
 * A question that gets no answer knows in which directory its thread is. That one is left out until
 * the thread has come back, and another thread asks the others.
 */

#include "config.h"

#include "reeve-host-metrics-devices.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "reeve-host-metrics-device-table.h"

/* What a question takes along, of g_rc_box: its thread has it, its callback, and the owner while it
 * waits. */
typedef struct
{
  ReeveHostMetricsDevices *devices;
  ReeveHostMetricsDeviceOptions *options; /* of g_atomic_rc_box */
  ReeveHostMetricsDeviceTable *table;     /* NULL: search */
  ReeveHostMetricsReading *readings;      /* of the table; the thread's until the answer */
  ReeveHostMetricsRound round;
  char *hanging; /* where its thread was when it was given up; NULL: it was not */
} ReeveHostMetricsDeviceQuestion;

typedef struct
{
  ReeveHostMetricsDeviceTable *table;
  ReeveHostMetricsReading *readings;
  gboolean gone;
} ReeveHostMetricsDeviceAnswer;

struct _ReeveHostMetricsDevices
{
  grefcount refs;        /* the owner, and questions whose threads are out */
  ReeveContext *context; /* NULL: the owner is gone */
  ReeveWorker *worker;
  ReeveHostMetricsDeviceOptions *options;
  char *primary;
  GCancellable *cancellable;
  void (*ready) (gpointer user_data);
  gpointer ready_data;

  ReeveHostMetricsDeviceTable *table; /* NULL: not yet searched */
  ReeveHostMetricsReading *readings;  /* the last answer's, one for each of the table's devices */
  ReeveHostMetricsDeviceQuestion *question; /* that is out; NULL: none */
  GHashTable *hanging;                      /* set of places that hold a thread each */
  gboolean gone;                            /* something may be there no more, or again */
  gint64 asked_at;                          /* monotonic, as the next */
  gint64 scanned_at;
  gboolean told_stale;
  gboolean told_more;
  GHashTable *told; /* names whose faults stand in the log already */
};

static void reeve_host_metrics_device_question_unref (ReeveHostMetricsDeviceQuestion *self);

/* ---- settings ---- */

gboolean
reeve_host_metrics_sensors_init (ReeveHostMetricsSensors *self, gboolean set, const char *text,
                                 const char *primary, GError **error)
{
  *self = (ReeveHostMetricsSensors){ 0 };
  if (!reeve_host_metrics_patterns_init (&self->patterns, text, "sensors", error))
    return FALSE;
  self->none = set && !self->patterns.set;
  self->primary = primary != NULL && *primary != '\0' ? g_strdup (primary) : NULL;
  return TRUE;
}

void
reeve_host_metrics_sensors_clear (ReeveHostMetricsSensors *self)
{
  reeve_host_metrics_patterns_clear (&self->patterns);
  g_clear_pointer (&self->primary, g_free);
}

static void
reeve_host_metrics_devices_clear_options (gpointer data)
{
  ReeveHostMetricsDeviceOptions *options = data;

  g_free (options->root);
  reeve_host_metrics_patterns_clear (&options->sensors);
}

/* ---- life ---- */

ReeveHostMetricsDevices *
reeve_host_metrics_devices_new (ReeveContext *context, const char *root, ReeveWorker *worker,
                                ReeveHostMetricsSensors *sensors)
{
  ReeveHostMetricsDevices *self = g_new0 (ReeveHostMetricsDevices, 1);

  g_ref_count_init (&self->refs);
  self->context = context;
  self->worker = worker;
  self->options = g_atomic_rc_box_new0 (ReeveHostMetricsDeviceOptions);
  self->options->root = g_strdup (root);
  self->options->no_sensors = sensors->none;
  self->options->sensors = sensors->patterns;
  self->primary = sensors->primary;
  *sensors = (ReeveHostMetricsSensors){ 0 };
  self->cancellable = g_cancellable_new ();
  self->told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->hanging = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

static void
reeve_host_metrics_devices_unref (ReeveHostMetricsDevices *self)
{
  if (!g_ref_count_dec (&self->refs))
    return;
  g_atomic_rc_box_release_full (self->options, reeve_host_metrics_devices_clear_options);
  g_clear_pointer (&self->table, reeve_host_metrics_device_table_unref);
  g_free (self->readings);
  g_free (self->primary);
  g_hash_table_unref (self->told);
  g_hash_table_unref (self->hanging);
  g_object_unref (self->cancellable);
  g_free (self);
}

void
reeve_host_metrics_devices_free (ReeveHostMetricsDevices *self)
{
  self->context = NULL;
  self->ready = NULL;
  g_clear_pointer (&self->question, reeve_host_metrics_device_question_unref);
  g_cancellable_cancel (self->cancellable);
  reeve_host_metrics_devices_unref (self);
}

/* ---- the worker's side ---- */

static void
reeve_host_metrics_device_question_clear (gpointer data)
{
  ReeveHostMetricsDeviceQuestion *self = data;

  g_atomic_rc_box_release_full (self->options, reeve_host_metrics_devices_clear_options);
  g_clear_pointer (&self->table, reeve_host_metrics_device_table_unref);
  reeve_host_metrics_round_clear (&self->round);
  g_free (self->readings);
  g_free (self->hanging);
  reeve_host_metrics_devices_unref (self->devices);
}

static void
reeve_host_metrics_device_question_unref (ReeveHostMetricsDeviceQuestion *self)
{
  g_rc_box_release_full (self, reeve_host_metrics_device_question_clear);
}

static void
reeve_host_metrics_device_answer_free (ReeveHostMetricsDeviceAnswer *self)
{
  reeve_host_metrics_device_table_unref (self->table);
  g_free (self->readings);
  g_free (self);
}

static gpointer
reeve_host_metrics_devices_thread (gpointer data, G_GNUC_UNUSED GCancellable *cancellable,
                                   G_GNUC_UNUSED GError **error)
{
  ReeveHostMetricsDeviceQuestion *question = data;
  ReeveHostMetricsDeviceAnswer *answer = g_new0 (ReeveHostMetricsDeviceAnswer, 1);

  if (question->table == NULL)
    {
      answer->table = reeve_host_metrics_device_table_scan (question->options, &question->round);
      answer->readings = g_steal_pointer (&answer->table->readings);
      return answer;
    }
  answer->table = reeve_host_metrics_device_table_ref (question->table);
  answer->gone =
      reeve_host_metrics_device_table_read (question->table, question->readings, &question->round);
  answer->readings = g_steal_pointer (&question->readings);
  return answer;
}

/* ---- faults ---- */

static const char *
reeve_host_metrics_devices_describe (ReeveHostMetricsDeviceType type)
{
  switch (type)
    {
    case REEVE_HOST_METRICS_SENSOR:
      return "sensor";
    case REEVE_HOST_METRICS_FAN:
      return "fan";
    case REEVE_HOST_METRICS_BATTERY:
      return "battery";
    default:
      return "power supply";
    }
}

/* A device's first fault; many of them are usual (a radio that is off has no temperature). */
static void
reeve_host_metrics_devices_complain (ReeveHostMetricsDevices *self,
                                     const ReeveHostMetricsDevice *device,
                                     const ReeveHostMetricsReading *reading)
{
  if (g_hash_table_size (self->told) >= REEVE_HOST_METRICS_MAX_TOLD ||
      !g_hash_table_add (self->told, g_strdup (device->name)))
    return;
  reeve_log_message (self->context, "%s %s: %s; its value is left out while this lasts",
                     reeve_host_metrics_devices_describe (device->type), device->name,
                     reading->bad ? "not a number" : g_strerror (reading->error));
}

static void
reeve_host_metrics_devices_check (ReeveHostMetricsDevices *self)
{
  for (guint i = 0; i < self->table->devices->len; i++)
    if (self->readings[i].bad ||
        (self->readings[i].error != 0 && self->readings[i].error != ETIMEDOUT))
      reeve_host_metrics_devices_complain (self,
                                           reeve_host_metrics_device_table_get (self->table, i),
                                           &self->readings[i]);
  if (self->table->more && !self->told_more)
    {
      self->told_more = TRUE;
      reeve_log_warning (self->context,
                         "more sensors, fans or power supplies than are counted (%d, %d, %d)",
                         REEVE_HOST_METRICS_MAX_SENSORS, REEVE_HOST_METRICS_MAX_FANS,
                         REEVE_HOST_METRICS_MAX_SUPPLIES);
    }
}

/* ---- asking ---- */

static gint64
reeve_host_metrics_devices_now (ReeveHostMetricsDevices *self)
{
  return reeve_clock_get_monotonic (reeve_context_get_clock (self->context));
}

static void
reeve_host_metrics_devices_take (ReeveHostMetricsDevices *self,
                                 ReeveHostMetricsDeviceAnswer *answer)
{
  /* of a search: all was found anew */
  self->gone = answer->gone || (self->gone && answer->table == self->table);
  if (answer->table != self->table)
    {
      g_clear_pointer (&self->table, reeve_host_metrics_device_table_unref);
      self->table = reeve_host_metrics_device_table_ref (answer->table);
    }
  g_free (self->readings);
  self->readings = g_steal_pointer (&answer->readings);
  reeve_host_metrics_devices_check (self);
}

static void
reeve_host_metrics_device_answer_clear (ReeveHostMetricsDeviceAnswer **answer)
{
  g_clear_pointer (answer, reeve_host_metrics_device_answer_free);
}

static void
reeve_host_metrics_devices_asked_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result,
                                     gpointer user_data)
{
  ReeveHostMetricsDeviceQuestion *question = user_data;
  ReeveHostMetricsDevices *self = question->devices;
  ReeveHostMetricsDeviceAnswer *answer = reeve_worker_run_finish (result, NULL);

  /* that of one that was given up is old */
  if (self->question == question)
    {
      g_clear_pointer (&self->question, reeve_host_metrics_device_question_unref);
      if (answer != NULL && self->context != NULL)
        reeve_host_metrics_devices_take (self, answer);
      if (self->ready != NULL)
        self->ready (self->ready_data);
    }
  reeve_host_metrics_device_answer_clear (&answer);
  reeve_host_metrics_device_question_unref (question);
}

/* Its thread is back. */
static void
reeve_host_metrics_devices_returned (gpointer data)
{
  ReeveHostMetricsDeviceQuestion *question = data;
  ReeveHostMetricsDevices *self = question->devices;

  if (question->hanging != NULL)
    {
      g_hash_table_remove (self->hanging, question->hanging);
      self->gone = TRUE;
      if (self->context != NULL)
        reeve_log_message (self->context, "%s answers again", question->hanging);
    }
  reeve_host_metrics_device_question_unref (question);
}

/* Is it time to search anew? */
static gboolean
reeve_host_metrics_devices_is_due (ReeveHostMetricsDevices *self, gint64 now)
{
  return self->table == NULL || now - self->scanned_at >= REEVE_HOST_METRICS_SCAN_AGE_US ||
         (self->gone && now - self->scanned_at >= REEVE_HOST_METRICS_SCAN_GONE_US);
}

/* Has nobody answered for so long that what is known is worth nothing? */
static gboolean
reeve_host_metrics_devices_is_stale (ReeveHostMetricsDevices *self)
{
  return self->question != NULL && reeve_host_metrics_devices_now (self) - self->asked_at >=
                                       REEVE_HOST_METRICS_DEVICES_STALE_US;
}

static void
reeve_host_metrics_devices_tell_stale (ReeveHostMetricsDevices *self)
{
  if (self->told_stale)
    return;
  self->told_stale = TRUE;
  reeve_log_warning (self->context,
                     "sensors and power supplies below %s/sys/class have not answered in %d s; all "
                     "of them are left out while this lasts: the key sensors of group [plugin "
                     "host-metrics] can leave out the one that hangs",
                     g_str_has_suffix (self->options->root, "/") ? "" : self->options->root,
                     (int) (REEVE_HOST_METRICS_DEVICES_STALE_US / G_USEC_PER_SEC));
}

/* What is in @place is known no more. */
static void
reeve_host_metrics_devices_drop (ReeveHostMetricsDevices *self, const char *place)
{
  for (guint i = 0; self->table != NULL && i < self->table->devices->len; i++)
    if (g_strcmp0 (reeve_host_metrics_device_table_get (self->table, i)->place, place) == 0)
      self->readings[i] =
          (ReeveHostMetricsReading){ .value = NAN, .power = NAN, .error = ETIMEDOUT };
}

/* The question that is out has got no answer: FALSE when nobody can be asked in its place. */
static gboolean
reeve_host_metrics_devices_give_up (ReeveHostMetricsDevices *self)
{
  char *place = g_hash_table_size (self->hanging) < REEVE_HOST_METRICS_DEVICES_MAX_HANGING
                    ? reeve_host_metrics_round_give_up (&self->question->round,
                                                        reeve_host_metrics_devices_now (self))
                    : NULL;

  if (place == NULL)
    return FALSE;
  reeve_log_warning (self->context,
                     "%s has not answered in %d s; what it measures is left out while this lasts",
                     place, (int) (REEVE_HOST_METRICS_DEVICES_STALE_US / G_USEC_PER_SEC));
  reeve_host_metrics_devices_drop (self, place);
  g_hash_table_add (self->hanging, g_strdup (place));
  self->question->hanging = place;
  g_clear_pointer (&self->question, reeve_host_metrics_device_question_unref);
  return TRUE;
}

static GStrv
reeve_host_metrics_devices_list_hanging (ReeveHostMetricsDevices *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  GHashTableIter iter;
  gpointer place;

  g_hash_table_iter_init (&iter, self->hanging);
  while (g_hash_table_iter_next (&iter, &place, NULL))
    g_strv_builder_add (builder, place);
  return g_strv_builder_end (builder);
}

static void
reeve_host_metrics_devices_ask (ReeveHostMetricsDevices *self, gboolean search)
{
  ReeveHostMetricsDeviceQuestion *question = g_rc_box_new0 (ReeveHostMetricsDeviceQuestion);

  question->devices = self;
  question->options = g_atomic_rc_box_acquire (self->options);
  reeve_host_metrics_round_init (&question->round, reeve_host_metrics_devices_list_hanging (self));
  if (!search)
    {
      question->table = reeve_host_metrics_device_table_ref (self->table);
      question->readings =
          g_memdup2 (self->readings, self->table->devices->len * sizeof *self->readings);
    }
  self->question = g_rc_box_acquire (question);
  g_ref_count_inc (&self->refs);
  /* without a deadline: it is given up where one is known that it hangs in */
  reeve_worker_run_async (self->worker, reeve_host_metrics_devices_thread, question,
                          reeve_host_metrics_devices_returned,
                          (GDestroyNotify) reeve_host_metrics_device_answer_free, 0,
                          self->cancellable, reeve_host_metrics_devices_asked_cb,
                          g_rc_box_acquire (question));
}

void
reeve_host_metrics_devices_refresh (ReeveHostMetricsDevices *self,
                                    void (*ready) (gpointer user_data), gpointer user_data)
{
  gint64 now = reeve_host_metrics_devices_now (self);
  gboolean due;

  self->ready = ready;
  self->ready_data = user_data;
  if (self->question != NULL)
    {
      if (!reeve_host_metrics_devices_is_stale (self))
        return;
      if (!reeve_host_metrics_devices_give_up (self))
        {
          reeve_host_metrics_devices_tell_stale (self);
          return;
        }
    }
  due = reeve_host_metrics_devices_is_due (self, now);
  if (!due && self->table->devices->len == 0)
    return;
  if (due)
    self->scanned_at = now;
  self->asked_at = now;
  reeve_host_metrics_devices_ask (self, due);
}

gboolean
reeve_host_metrics_devices_is_asking (ReeveHostMetricsDevices *self)
{
  return self->question != NULL && reeve_host_metrics_devices_now (self) - self->asked_at <
                                       (self->table == NULL ? REEVE_HOST_METRICS_DEVICES_FIRST_US
                                                            : REEVE_HOST_METRICS_DEVICES_AWAIT_US);
}

gboolean
reeve_host_metrics_devices_is_first (ReeveHostMetricsDevices *self)
{
  return self->table == NULL && reeve_host_metrics_devices_is_asking (self);
}

/* ---- rows ---- */

static void
reeve_host_metrics_devices_add_battery (const ReeveHostMetricsDevice *device,
                                        const ReeveHostMetricsReading *reading, ReeveSample *sample)
{
  if (!reeve_sample_add (sample, REEVE_KIND_BATTERY, device->name))
    return;
  reeve_sample_set_number (sample, REEVE_BATTERY_CHARGE, reading->value);
  reeve_sample_set_state (sample, REEVE_BATTERY_STATE, reading->state);
  reeve_sample_set_state (sample, REEVE_BATTERY_PRIMARY, device->primary ? 1 : 0);
  reeve_sample_set_number (sample, REEVE_BATTERY_POWER, reading->power);
  reeve_sample_set_number (sample, REEVE_BATTERY_HEALTH, device->health);
  reeve_sample_set_number (sample, REEVE_BATTERY_CYCLES, device->cycles);
}

static void
reeve_host_metrics_devices_add_supply (const ReeveHostMetricsDevice *device,
                                       const ReeveHostMetricsReading *reading, ReeveSample *sample)
{
  if (!reeve_sample_add (sample, REEVE_KIND_SUPPLY, device->name))
    return;
  if (!isnan (reading->value))
    reeve_sample_set_state (sample, REEVE_SUPPLY_ONLINE, reading->value > 0 ? 1 : 0);
  reeve_sample_set_text (sample, REEVE_SUPPLY_TYPE, device->text);
  reeve_sample_set_number (sample, REEVE_SUPPLY_POWER, reading->power);
}

static void
reeve_host_metrics_devices_add_row (const ReeveHostMetricsDevice *device,
                                    const ReeveHostMetricsReading *reading, ReeveSample *sample)
{
  switch (device->type)
    {
    case REEVE_HOST_METRICS_SENSOR:
      if (!isnan (reading->value) && reeve_sample_add (sample, REEVE_KIND_SENSOR, device->name))
        {
          reeve_sample_set_number (sample, REEVE_SENSOR_TEMPERATURE, reading->value);
          reeve_sample_set_number (sample, REEVE_SENSOR_CRITICAL, device->critical);
        }
      break;
    case REEVE_HOST_METRICS_FAN:
      if (!isnan (reading->value) && reeve_sample_add (sample, REEVE_KIND_FAN, device->name))
        reeve_sample_set_number (sample, REEVE_FAN_SPEED, reading->value);
      break;
    case REEVE_HOST_METRICS_BATTERY:
      /* one that was taken out has a state no more either */
      if (reading->error == 0)
        reeve_host_metrics_devices_add_battery (device, reading, sample);
      break;
    case REEVE_HOST_METRICS_SUPPLY:
      if (reading->error == 0)
        reeve_host_metrics_devices_add_supply (device, reading, sample);
      break;
    }
}

/* The temperature that stands for the system, NaN: none. */
static double
reeve_host_metrics_devices_get_temperature (ReeveHostMetricsDevices *self)
{
  double hottest = NAN;

  for (guint i = 0; i < self->table->devices->len; i++)
    {
      const ReeveHostMetricsDevice *device = reeve_host_metrics_device_table_get (self->table, i);
      double value = self->readings[i].value;

      if (device->type == REEVE_HOST_METRICS_SENSOR && !isnan (value) &&
          (self->primary == NULL || strcmp (self->primary, device->name) == 0))
        hottest = isnan (hottest) ? value : MAX (hottest, value);
    }
  return hottest;
}

void
reeve_host_metrics_devices_add (ReeveHostMetricsDevices *self, ReeveSample *sample)
{
  double temperature;
  int row;

  if (self->question != NULL)
    reeve_host_metrics_round_look (&self->question->round, reeve_host_metrics_devices_now (self));
  if (self->table == NULL || reeve_host_metrics_devices_is_stale (self))
    return;
  for (guint i = 0; i < self->table->devices->len; i++)
    reeve_host_metrics_devices_add_row (reeve_host_metrics_device_table_get (self->table, i),
                                        &self->readings[i], sample);
  temperature = reeve_host_metrics_devices_get_temperature (self);
  if (isnan (temperature))
    return;
  row = reeve_sample_find_row (sample, REEVE_KIND_SYSTEM, NULL);
  if (row >= 0)
    reeve_sample_select (sample, row);
  else if (!reeve_sample_add (sample, REEVE_KIND_SYSTEM, NULL))
    return;
  reeve_sample_set_number (sample, REEVE_SYSTEM_TEMPERATURE, temperature);
}
