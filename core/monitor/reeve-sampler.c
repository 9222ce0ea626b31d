/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * One reading of the collectors at a time; whoever asks while it is under way shares it. A request
 * that comes before half of its interval has passed gets the last sample again.
 */

#include "config.h"

#include "reeve-sampler.h"

#include "reeve-collector.h"
#include "reeve-kinds.h"
#include "reeve-sampler-buckets.h"

/* Facts that have changed go unasked with samples that are kept, not with those of somebody who
 * looks. */
#define REEVE_SAMPLER_KEPT_MS 10000

typedef struct
{
  ReeveSampler *sampler;
  GTask *task;
  ReeveSamplerRequest request;
  gulong cancelled_id;
  gboolean joined; /* shares the reading under way */
} ReeveSamplerWaiter;

struct _ReeveSampler
{
  grefcount refs; /* the owner, and each call to a collector */
  ReeveContext *context;
  guint watch;
  GPtrArray *collectors; /* of ReeveCollector */
  GHashTable *failing;   /* those of them whose failure the log has */
  ReeveSchema *schema;   /* NULL: to be made anew */
  ReeveSamplerPool pool;
  ReeveSamplerBuckets buckets;
  ReeveSamplerReading *baseline;

  ReeveSamplerReading *reading; /* under way */
  guint left;                   /* collectors that have not answered */
  GCancellable *cancellable;
  gboolean baseline_wanted;
  GPtrArray *waiters; /* of ReeveSamplerWaiter */
  gboolean closed;

  gboolean facts_told; /* to this hub */
  guint64 facts_hash;
  gint64 facts_at;
};

/* One call to a collector. */
typedef struct
{
  ReeveSampler *sampler;
  guint part;
  gint64 started;
} ReeveSamplerCollect;

static void reeve_sampler_read (ReeveSampler *self);

static gint64
reeve_sampler_now (ReeveSampler *self)
{
  return reeve_clock_get_monotonic (reeve_context_get_clock (self->context));
}

static void
reeve_sampler_unref (ReeveSampler *self)
{
  if (!g_ref_count_dec (&self->refs))
    return;
  reeve_sampler_pool_clear (&self->pool);
  g_clear_pointer (&self->schema, reeve_schema_unref);
  g_ptr_array_unref (self->collectors);
  g_hash_table_unref (self->failing);
  g_ptr_array_unref (self->waiters);
  g_object_unref (self->cancellable);
  reeve_context_unref (self->context);
  g_free (self);
}

static void
reeve_sampler_unref_cb (gpointer data)
{
  reeve_sampler_unref (data);
}

static ReeveSampler *
reeve_sampler_ref (ReeveSampler *self)
{
  g_ref_count_inc (&self->refs);
  return self;
}

static gboolean
reeve_sampler_is_fresh (ReeveSampler *self, const ReeveSamplerBucket *bucket)
{
  return bucket->last != NULL &&
         reeve_sampler_now (self) - bucket->last_moment < (gint64) bucket->interval_ms * 1000 / 2;
}

/* ---- answers ---- */

static void
reeve_sampler_add_version (ReeveSample *sample)
{
  int row = reeve_sample_find_row (sample, REEVE_KIND_HOST, NULL);

  if (row >= 0)
    reeve_sample_select (sample, row);
  else
    reeve_sample_add (sample, REEVE_KIND_HOST, NULL);
  reeve_sample_set_text (sample, REEVE_HOST_AGENT_VERSION, reeve_version_string ());
}

/* @reading itself, for those who make their own rates. */
static ReeveMessage *
reeve_sampler_make_counters (ReeveSamplerReading *reading, gboolean facts)
{
  g_autoptr (ReeveSample) sample =
      reeve_sample_new (reeve_sample_get_schema (reading->parts[0].sample));

  reeve_sample_set_time (sample, reading->wall);
  reeve_sampler_reading_copy_to (reading, sample);
  if (facts)
    reeve_sampler_add_version (sample);
  return reeve_message_new_sample (sample);
}

/* The bucket's sample with the facts of @reading. */
static ReeveSample *
reeve_sampler_add_facts (ReeveSamplerBucket *bucket, ReeveSamplerReading *reading)
{
  ReeveSample *sample = reeve_sample_new (reeve_sample_get_schema (bucket->last));

  reeve_sample_set_rates (sample, TRUE);
  reeve_sample_set_time (sample, reeve_sample_get_time (bucket->last));
  reeve_rates_add (sample, bucket->last, NULL, 0, REEVE_RATES_VALUES);
  reeve_sampler_reading_add_to (reading, NULL, REEVE_RATES_FACTS, sample);
  reeve_sampler_add_version (sample);
  return sample;
}

/* Has the hub asked for them, or have they changed since it was told? */
static ReeveSample *
reeve_sampler_maybe_add_facts (ReeveSampler *self, ReeveSamplerBucket *bucket,
                               ReeveSamplerReading *reading, gboolean asked)
{
  ReeveSample *sample;
  guint64 hash;

  if (reading == NULL || !reading->facts || (!asked && bucket->interval_ms < REEVE_SAMPLER_KEPT_MS))
    return reeve_sample_ref (bucket->last);
  sample = reeve_sampler_add_facts (bucket, reading);
  hash = reeve_rates_hash_facts (sample);
  self->facts_at = reading->moment;
  if (!asked && hash == self->facts_hash)
    {
      reeve_sample_unref (sample);
      return reeve_sample_ref (bucket->last);
    }
  self->facts_told = TRUE;
  self->facts_hash = hash;
  return sample;
}

/* @reading: what the bucket's sample was just made of, NULL when it is repeated. */
static ReeveMessage *
reeve_sampler_make_message (ReeveSampler *self, ReeveSamplerBucket *bucket,
                            ReeveSamplerReading *reading, const ReeveSamplerRequest *request)
{
  g_autoptr (ReeveSample) sample =
      reeve_sampler_maybe_add_facts (self, bucket, reading, request->facts);
  ReeveMessage *message = reeve_message_new_sample (sample);

  if (request->extension)
    {
      reeve_message_set_sequence (message, bucket->last_sequence);
      reeve_message_set_age (message, MAX (reeve_sampler_now (self) - bucket->last_moment, 0));
      if (request->schema)
        reeve_message_set_description (message, reeve_schema_get_description (
                                                    reeve_sample_get_schema (sample)));
    }
  return message;
}

/* What @request is answered with after @reading. */
static ReeveMessage *
reeve_sampler_answer (ReeveSampler *self, ReeveSamplerReading *reading,
                      const ReeveSamplerRequest *request)
{
  ReeveSamplerBucket *bucket;

  if (request->counters)
    return reeve_sampler_make_counters (reading, request->facts);
  bucket = reeve_sampler_buckets_get (&self->buckets, request->interval_ms);
  if (bucket->last == NULL || bucket->last_moment != reading->moment)
    reeve_sampler_buckets_fill (&self->buckets, bucket, reading, self->baseline, request);
  return reeve_sampler_make_message (self, bucket, reading, request);
}

/* The last sample once more, if it is fresh; or NULL. */
static ReeveMessage *
reeve_sampler_repeat (ReeveSampler *self, const ReeveSamplerRequest *request)
{
  ReeveSamplerBucket *bucket =
      request->counters ? NULL : reeve_sampler_buckets_get (&self->buckets, request->interval_ms);

  if (bucket == NULL || !reeve_sampler_is_fresh (self, bucket))
    return NULL;
  return reeve_sampler_make_message (self, bucket, NULL, request);
}

static void
reeve_sampler_waiter_free (gpointer data)
{
  ReeveSamplerWaiter *self = data;

  if (self->cancelled_id != 0)
    g_cancellable_disconnect (g_task_get_cancellable (self->task), self->cancelled_id);
  g_object_unref (self->task);
  g_free (self);
}

static void
reeve_sampler_serve (ReeveSampler *self, ReeveSamplerReading *reading)
{
  g_autoptr (GPtrArray) served = NULL;

  if (self->waiters->len == 0)
    return;
  served = g_ptr_array_new_with_free_func (reeve_sampler_waiter_free);
  for (guint i = 0; i < self->waiters->len;)
    if (((ReeveSamplerWaiter *) g_ptr_array_index (self->waiters, i))->joined)
      g_ptr_array_add (served, g_ptr_array_steal_index (self->waiters, i));
    else
      i++;
  for (guint i = 0; i < served->len; i++)
    {
      ReeveSamplerWaiter *waiter = g_ptr_array_index (served, i);

      if (g_task_return_error_if_cancelled (waiter->task))
        continue;
      if (reading == NULL)
        g_task_return_new_error (waiter->task, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE,
                                 "no collector has answered: see the log of the agent");
      else
        g_task_return_pointer (waiter->task, reeve_sampler_answer (self, reading, &waiter->request),
                               (GDestroyNotify) reeve_message_unref);
    }
}

/* ---- the reading ---- */

/* When the collector's own clock says that it read, as a monotonic moment. The wall clock may have
 * jumped meanwhile, so it is believed within the call only. */
static gint64
reeve_sampler_moment (ReeveSampler *self, ReeveSample *sample, gint64 started)
{
  ReeveClock *clock = reeve_context_get_clock (self->context);
  gint64 now = reeve_clock_get_monotonic (clock);
  gint64 wall = reeve_clock_get_wall (clock);

  if (reeve_sample_get_time (sample) == 0)
    {
      reeve_sample_set_time (sample, wall - (now - started));
      return started;
    }
  return CLAMP (now - (wall - reeve_sample_get_time (sample)), started, now);
}

/* FALSE: no collector has answered. */
static gboolean
reeve_sampler_end_reading (ReeveSampler *self)
{
  ReeveSamplerReading *reading = g_steal_pointer (&self->reading);
  gboolean ok = reeve_sampler_reading_close (reading);

  if (ok && self->baseline_wanted)
    {
      reeve_sampler_pool_release (&self->pool, self->baseline);
      self->baseline = reeve_sampler_reading_ref (reading);
    }
  self->baseline_wanted = FALSE;
  reeve_sampler_serve (self, ok ? reading : NULL);
  reeve_sampler_pool_release (&self->pool, reading);
  if (!self->closed && self->reading == NULL && self->waiters->len > 0)
    reeve_sampler_read (self);
  return ok;
}

/* A failure is said once: samples come each second while somebody looks. */
static void
reeve_sampler_fails (ReeveSampler *self, gpointer collector, const GError *error)
{
  if (self->closed || g_error_matches (error, REEVE_ERROR, REEVE_ERROR_GONE) ||
      !g_hash_table_add (self->failing, collector))
    return;
  reeve_log_warning (self->context, "%s; samples go without it", error->message);
}

static void
reeve_sampler_works (ReeveSampler *self, gpointer collector)
{
  if (g_hash_table_size (self->failing) > 0 && g_hash_table_remove (self->failing, collector))
    reeve_log_message (self->context, "%s: samples have it again",
                       reeve_provider_get_name (collector));
}

static void
reeve_sampler_collected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree ReeveSamplerCollect *collect = user_data;
  ReeveSampler *self = collect->sampler;
  ReeveSamplerPart *part = &self->reading->parts[collect->part];
  g_autoptr (GError) error = NULL;

  part->ok = reeve_collector_collect_finish (REEVE_COLLECTOR (source), result, &error);
  if (part->ok)
    {
      part->moment = reeve_sampler_moment (self, part->sample, collect->started);
      reeve_sampler_works (self, source);
    }
  else
    reeve_sampler_fails (self, source, error);
  if (--self->left == 0)
    reeve_sampler_end_reading (self);
  reeve_sampler_unref (self);
}

/* The standard kinds and those of all collectors; of a collector whose kinds do not fit only the
 * standard ones. */
static ReeveSchema *
reeve_sampler_make_schema (ReeveSampler *self)
{
  g_autoptr (GPtrArray) kinds = g_ptr_array_new ();
  ReeveSchema *schema = reeve_schema_ref (reeve_schema_get_standard ());

  for (guint i = 0; i < self->collectors->len; i++)
    {
      ReeveCollector *collector = g_ptr_array_index (self->collectors, i);
      const ReeveKind *const *more = reeve_collector_get_kinds (collector);
      g_autoptr (GError) error = NULL;
      guint before = kinds->len;
      ReeveSchema *larger;

      if (more == NULL || *more == NULL)
        continue;
      for (; *more != NULL; more++)
        g_ptr_array_add (kinds, (gpointer) *more);
      larger = reeve_schema_new ((const ReeveKind *const *) kinds->pdata, kinds->len, &error);
      if (larger == NULL)
        {
          reeve_log_warning (self->context, "%s: its kinds are left out: %s",
                             reeve_provider_get_name (collector), error->message);
          g_ptr_array_set_size (kinds, (int) before);
          continue;
        }
      reeve_schema_unref (schema);
      schema = larger;
    }
  return schema;
}

static void
reeve_sampler_ask (ReeveSampler *self, ReeveCollector *collector, ReeveCollectFlags flags)
{
  ReeveSamplerPart *part = reeve_sampler_reading_add (self->reading, collector, self->schema);
  gint64 started = reeve_sampler_now (self);
  ReeveSamplerCollect *collect;

  if (part == NULL)
    return;
  part->ok = reeve_collector_collect (collector, part->sample, flags);
  if (part->ok)
    {
      part->moment = reeve_sampler_moment (self, part->sample, started);
      reeve_sampler_works (self, collector);
      return;
    }
  collect = g_new0 (ReeveSamplerCollect, 1);
  collect->sampler = reeve_sampler_ref (self);
  collect->part = self->reading->n - 1;
  collect->started = started;
  self->left++;
  reeve_collector_collect_async (collector, part->sample, flags, self->cancellable,
                                 reeve_sampler_collected_cb, collect);
}

/* Begins a reading for all that wait, and for one with @facts that does not. TRUE: it is complete,
 * end it. */
static gboolean
reeve_sampler_begin_reading (ReeveSampler *self, gboolean facts)
{
  ReeveCollectFlags flags = REEVE_COLLECT_VALUES;
  gint64 now = reeve_sampler_now (self);

  if (self->facts_told && now - self->facts_at >= REEVE_SAMPLER_FACTS_US)
    facts = TRUE;
  for (guint i = 0; i < self->waiters->len; i++)
    {
      ReeveSamplerWaiter *waiter = g_ptr_array_index (self->waiters, i);

      waiter->joined = TRUE;
      facts = facts || waiter->request.facts;
    }
  if (facts)
    flags |= REEVE_COLLECT_FACTS;
  if (self->schema == NULL)
    self->schema = reeve_sampler_make_schema (self);
  self->reading = reeve_sampler_pool_take (&self->pool);
  self->reading->facts = facts;
  self->left = 1; /* until all are asked */
  for (guint i = 0; i < self->collectors->len; i++)
    reeve_sampler_ask (self, g_ptr_array_index (self->collectors, i), flags);
  return --self->left == 0;
}

static void
reeve_sampler_read (ReeveSampler *self)
{
  if (reeve_sampler_begin_reading (self, FALSE))
    reeve_sampler_end_reading (self);
}

/* ---- requests ---- */

static void
reeve_sampler_drop_cancelled (gpointer user_data)
{
  ReeveSampler *self = user_data;

  for (guint i = 0; i < self->waiters->len;)
    {
      ReeveSamplerWaiter *waiter = g_ptr_array_index (self->waiters, i);

      if (!g_cancellable_is_cancelled (g_task_get_cancellable (waiter->task)))
        {
          i++;
          continue;
        }
      g_ptr_array_steal_index (self->waiters, i);
      g_task_return_error_if_cancelled (waiter->task);
      reeve_sampler_waiter_free (waiter);
      i = 0;
    }
}

/* Not at once: a cancellable may not be disconnected from inside its own signal. */
static void
reeve_sampler_cancelled_cb (GCancellable *cancellable, gpointer user_data)
{
  ReeveSamplerWaiter *waiter = user_data;

  reeve_context_defer (waiter->sampler->context, reeve_sampler_drop_cancelled,
                       reeve_sampler_ref (waiter->sampler), reeve_sampler_unref_cb);
}

static void
reeve_sampler_wait (ReeveSampler *self, const ReeveSamplerRequest *request, GTask *task)
{
  ReeveSamplerWaiter *waiter = g_new0 (ReeveSamplerWaiter, 1);
  GCancellable *cancellable = g_task_get_cancellable (task);

  waiter->sampler = self;
  waiter->task = g_object_ref (task);
  waiter->request = *request;
  waiter->joined = self->reading != NULL && (!request->facts || self->reading->facts);
  g_ptr_array_add (self->waiters, waiter);
  if (cancellable != NULL && !g_cancellable_is_cancelled (cancellable))
    waiter->cancelled_id =
        g_cancellable_connect (cancellable, G_CALLBACK (reeve_sampler_cancelled_cb), waiter, NULL);
  if (self->reading == NULL)
    reeve_sampler_read (self);
}

ReeveMessage *
reeve_sampler_sample (ReeveSampler *self, const ReeveSamplerRequest *request)
{
  ReeveMessage *message = reeve_sampler_repeat (self, request);
  ReeveSamplerReading *reading;

  if (message != NULL || self->reading != NULL || self->waiters->len > 0 ||
      !reeve_sampler_begin_reading (self, request->facts))
    return message;
  reading = reeve_sampler_reading_ref (self->reading);
  if (reeve_sampler_end_reading (self))
    message = reeve_sampler_answer (self, reading, request);
  reeve_sampler_pool_release (&self->pool, reading);
  return message;
}

void
reeve_sampler_sample_async (ReeveSampler *self, const ReeveSamplerRequest *request,
                            GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  ReeveMessage *message = reeve_sampler_repeat (self, request);

  g_task_set_source_tag (task, reeve_sampler_sample_async);
  if (message != NULL)
    g_task_return_pointer (task, message, (GDestroyNotify) reeve_message_unref);
  else if (self->waiters->len >= REEVE_SAMPLER_MAX_WAITING)
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_LIMIT,
                             "%d requests wait already: ask again later",
                             REEVE_SAMPLER_MAX_WAITING);
  else
    reeve_sampler_wait (self, request, task);
}

ReeveMessage *
reeve_sampler_sample_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, reeve_sampler_sample_async), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- baseline ---- */

static gint64
reeve_sampler_newest (ReeveSampler *self)
{
  gint64 newest = self->baseline != NULL ? self->baseline->moment : G_MININT64;

  for (guint i = 0; i < REEVE_SAMPLER_MAX_BUCKETS; i++)
    if (self->buckets.all[i].base != NULL)
      newest = MAX (newest, self->buckets.all[i].base->moment);
  return newest;
}

static void
reeve_sampler_take_baseline (gpointer user_data)
{
  ReeveSampler *self = user_data;

  if (self->closed || self->baseline_wanted || self->collectors->len == 0)
    return;
  self->baseline_wanted = TRUE;
  if (self->reading == NULL)
    reeve_sampler_read (self);
}

void
reeve_sampler_link_up (ReeveSampler *self)
{
  gint64 newest = reeve_sampler_newest (self);

  self->facts_told = FALSE;
  for (guint i = 0; i < REEVE_SAMPLER_MAX_BUCKETS; i++)
    g_clear_pointer (&self->buckets.all[i].last, reeve_sample_unref);
  if (newest == G_MININT64 || reeve_sampler_now (self) - newest >= REEVE_SAMPLER_BASELINE_US)
    reeve_sampler_take_baseline (self);
}

/* ---- collectors come and go ---- */

static void
reeve_sampler_kinds_changed_cb (ReeveCollector *collector, gpointer user_data)
{
  ReeveSampler *self = user_data;

  g_clear_pointer (&self->schema, reeve_schema_unref);
}

static void
reeve_sampler_added_cb (gpointer provider, const char *key, gpointer user_data)
{
  ReeveSampler *self = user_data;

  if (self->collectors->len == REEVE_SAMPLER_MAX_COLLECTORS)
    {
      reeve_log_warning (self->context, "%s: more than %d collectors, it is not asked",
                         reeve_provider_get_name (provider), REEVE_SAMPLER_MAX_COLLECTORS);
      return;
    }
  g_ptr_array_add (self->collectors, g_object_ref (provider));
  g_signal_connect (provider, "kinds-changed", G_CALLBACK (reeve_sampler_kinds_changed_cb), self);
  g_clear_pointer (&self->schema, reeve_schema_unref);
  /* in the next turn, so that those that come together are read together */
  reeve_context_defer (self->context, reeve_sampler_take_baseline, reeve_sampler_ref (self),
                       reeve_sampler_unref_cb);
}

static void
reeve_sampler_removed_cb (gpointer provider, const char *key, gpointer user_data)
{
  ReeveSampler *self = user_data;

  if (!g_ptr_array_find (self->collectors, provider, NULL))
    return;
  g_signal_handlers_disconnect_by_data (provider, self);
  if (self->baseline != NULL)
    reeve_sampler_reading_forget (self->baseline, provider);
  for (guint i = 0; i < REEVE_SAMPLER_MAX_BUCKETS; i++)
    if (self->buckets.all[i].base != NULL)
      reeve_sampler_reading_forget (self->buckets.all[i].base, provider);
  if (self->reading != NULL)
    reeve_sampler_reading_forget (self->reading, provider);
  g_clear_pointer (&self->schema, reeve_schema_unref);
  g_hash_table_remove (self->failing, provider);
  g_ptr_array_remove (self->collectors, provider);
}

/* ---- life ---- */

ReeveSampler *
reeve_sampler_new (ReeveContext *context)
{
  ReeveSampler *self = g_new0 (ReeveSampler, 1);

  g_ref_count_init (&self->refs);
  self->buckets.pool = &self->pool;
  self->context = reeve_context_ref (context);
  self->collectors = g_ptr_array_new_with_free_func (g_object_unref);
  self->failing = g_hash_table_new (NULL, NULL);
  self->waiters = g_ptr_array_new_with_free_func (reeve_sampler_waiter_free);
  self->cancellable = g_cancellable_new ();
  self->watch = reeve_context_watch (context, REEVE_TYPE_COLLECTOR, reeve_sampler_added_cb,
                                     reeve_sampler_removed_cb, self);
  return self;
}

void
reeve_sampler_free (ReeveSampler *self)
{
  self->closed = TRUE;
  reeve_context_unwatch (self->context, self->watch);
  while (self->collectors->len > 0)
    reeve_sampler_removed_cb (g_ptr_array_index (self->collectors, 0), "", self);
  while (self->waiters->len > 0)
    {
      ReeveSamplerWaiter *waiter = g_ptr_array_steal_index (self->waiters, 0);

      g_task_return_new_error (waiter->task, REEVE_ERROR, REEVE_ERROR_GONE, "stopped");
      reeve_sampler_waiter_free (waiter);
    }
  reeve_sampler_buckets_clear (&self->buckets);
  reeve_sampler_pool_release (&self->pool, g_steal_pointer (&self->baseline));
  g_cancellable_cancel (self->cancellable);
  reeve_sampler_unref (self);
}
