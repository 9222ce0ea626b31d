/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A round: the list (and those that run, when it is full of others), then the statistics of what
 * runs and some inspections, side by side. Who collects meanwhile shares it. What has not come by
 * its end is missing. Without an engine the kernel's control groups are read instead.
 */

#include "config.h"

#include "reeve-containers-collector.h"

#include <fnmatch.h>
#include <string.h>
#include <unistd.h>

#include "reeve-containers-cgroup.h"
#include "reeve-containers-known.h"
#include "reeve-containers-questions.h"

typedef struct
{
  GTask *task;
  ReeveSample *sample;
  gboolean facts;
} ReeveContainersWaiting;

typedef enum
{
  REEVE_CONTAINERS_IDLE,
  REEVE_CONTAINERS_LISTING,
  REEVE_CONTAINERS_ASKING, /* statistics and inspections */
  REEVE_CONTAINERS_READING /* control groups */
} ReeveContainersStep;

struct _ReeveContainersCollector
{
  GObject parent;

  ReeveContext *context;
  ReeveContainersClient *client; /* NULL once stopped */
  ReeveWorker *worker;           /* for control groups */
  ReeveTimer *timer;
  char *cgroup_root;
  char **exclude;
  GPtrArray *waiting; /* of ReeveContainersWaiting */
  GHashTable *known;  /* id: ReeveContainersKnown */
  GPtrArray *row;     /* of this round, in its order; borrowed from @known */
  GPtrArray *listed;  /* of ReeveContainersEntry, while those that run are asked for; else NULL */
  GCancellable *cancellable;
  ReeveContainersStep step;
  ReeveContainersRound round;
  guint pending;     /* answers of this round */
  gint64 away_until; /* monotonic; the engine is not asked before */
  gint64 none_until; /* likewise the control groups, which had no container */
  gboolean has_version, podman;
  gboolean told_away; /* the log has it */
  gboolean told_empty;
  gboolean told_full;
};

/* One question of a round. */
typedef struct
{
  ReeveContainersCollector *collector; /* a reference */
  guint round;
  char id[REEVE_CONTAINERS_ID + 1];
} ReeveContainersAsk;

static void reeve_containers_collector_iface_init (ReeveCollectorInterface *iface);
static void reeve_containers_collector_end_round (ReeveContainersCollector *self);

G_DEFINE_TYPE_WITH_CODE (ReeveContainersCollector, reeve_containers_collector, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_COLLECTOR,
                                                reeve_containers_collector_iface_init))

/* ---- questions ---- */

static gint64
reeve_containers_collector_now (ReeveContainersCollector *self)
{
  return reeve_clock_get_monotonic (reeve_context_get_clock (self->context));
}

static void
reeve_containers_collector_ask (ReeveContainersCollector *self,
                                const ReeveContainersQuestion *question, const char *id,
                                GAsyncReadyCallback callback)
{
  ReeveContainersAsk *ask = g_new0 (ReeveContainersAsk, 1);

  ask->collector = g_object_ref (self);
  ask->round = self->round.number;
  g_strlcpy (ask->id, id != NULL ? id : "", sizeof ask->id);
  self->pending++;
  reeve_containers_client_ask_async (self->client, question, id, self->cancellable, callback, ask);
}

static void
reeve_containers_ask_free (ReeveContainersAsk *ask)
{
  g_object_unref (ask->collector);
  g_free (ask);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveContainersAsk, reeve_containers_ask_free)

/* Whether its round is still under way. */
static gboolean
reeve_containers_ask_counts (const ReeveContainersAsk *ask)
{
  return ask->collector->step != REEVE_CONTAINERS_IDLE &&
         ask->collector->round.number == ask->round;
}

static void
reeve_containers_ask_done (const ReeveContainersAsk *ask)
{
  if (reeve_containers_ask_counts (ask) && --ask->collector->pending == 0)
    reeve_containers_collector_end_round (ask->collector);
}

/* ---- the end of a round ---- */

static void
reeve_containers_waiting_free (gpointer data)
{
  ReeveContainersWaiting *self = data;

  g_object_unref (self->task);
  reeve_sample_unref (self->sample);
  g_free (self);
}

static void
reeve_containers_collector_fill (ReeveContainersCollector *self, ReeveContainersWaiting *waiting)
{
  ReeveSample *sample = waiting->sample;

  for (guint i = 0; i < self->row->len; i++)
    reeve_containers_known_collect (g_ptr_array_index (self->row, i), sample);
  if (waiting->facts && self->has_version && reeve_sample_add (sample, REEVE_KIND_HOST, NULL))
    reeve_sample_set_state (sample, REEVE_HOST_PODMAN, self->podman ? 1 : 0);
}

/* Gives all that wait what there is. */
static void
reeve_containers_collector_end_round (ReeveContainersCollector *self)
{
  g_autoptr (GPtrArray) waiting = self->waiting;

  g_object_ref (self);
  self->waiting = g_ptr_array_new_with_free_func (reeve_containers_waiting_free);
  self->step = REEVE_CONTAINERS_IDLE;
  self->pending = 0;
  g_clear_pointer (&self->listed, g_ptr_array_unref);
  if (self->timer != NULL)
    reeve_timer_stop (self->timer);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  for (guint i = 0; i < waiting->len; i++)
    {
      ReeveContainersWaiting *one = g_ptr_array_index (waiting, i);

      if (!g_cancellable_is_cancelled (g_task_get_cancellable (one->task)))
        reeve_containers_collector_fill (self, one);
    }
  for (guint i = 0; i < waiting->len; i++)
    {
      ReeveContainersWaiting *one = g_ptr_array_index (waiting, i);

      if (self->client == NULL)
        g_task_return_new_error (one->task, REEVE_ERROR, REEVE_ERROR_GONE, "stopped");
      else
        g_task_return_boolean (one->task, TRUE);
    }
  g_object_unref (self);
}

/* ---- control groups ---- */

static ReeveContainersKnown *
reeve_containers_collector_know (ReeveContainersCollector *self, const char *id)
{
  ReeveContainersKnown *known = g_hash_table_lookup (self->known, id);

  if (known != NULL)
    return known;
  known = g_new0 (ReeveContainersKnown, 1);
  known->details.limit = -1;
  known->read_at = -1;
  g_hash_table_insert (self->known, g_strdup (id), known);
  return known;
}

static gboolean
reeve_containers_collector_excludes (ReeveContainersCollector *self, const char *name)
{
  for (guint i = 0; self->exclude[i] != NULL; i++)
    if (fnmatch (self->exclude[i], name, 0) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
reeve_containers_collector_is_old (G_GNUC_UNUSED gpointer key, gpointer value, gpointer user_data)
{
  ReeveContainersKnown *known = value;
  ReeveContainersCollector *self = user_data;

  return known->round != self->round.number;
}

static gpointer
reeve_containers_collector_cgroup_thread (gpointer data, G_GNUC_UNUSED GCancellable *cancellable,
                                          G_GNUC_UNUSED GError **error)
{
  return reeve_containers_cgroup_read (data);
}

static void
reeve_containers_collector_cgroup_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result,
                                      gpointer user_data)
{
  g_autoptr (ReeveContainersAsk) ask = user_data;
  ReeveContainersCollector *self = ask->collector;
  g_autoptr (GPtrArray) found = reeve_worker_run_finish (result, NULL);

  if (!reeve_containers_ask_counts (ask))
    return;
  for (guint i = 0; found != NULL && i < found->len; i++)
    {
      const ReeveContainersCgroup *cgroup = g_ptr_array_index (found, i);
      ReeveContainersKnown *known = reeve_containers_collector_know (self, cgroup->id);

      reeve_containers_known_set_cgroup (known, cgroup, &self->round);
      if (!reeve_containers_collector_excludes (self, known->entry.name))
        g_ptr_array_add (self->row, known);
    }
  g_hash_table_foreach_remove (self->known, reeve_containers_collector_is_old, self);
  if (found == NULL || found->len == 0)
    self->none_until = reeve_containers_collector_now (self) +
                       (found == NULL ? REEVE_CONTAINERS_NO_GROUPS_US : REEVE_CONTAINERS_NONE_US);
  if (found == NULL && !self->told_empty)
    {
      self->told_empty = TRUE;
      reeve_log_info (
          self->context,
          "no control groups (version 2) either: there is nothing to tell of containers");
    }
  reeve_containers_ask_done (ask);
}

/* Neither is there an engine, nor does the kernel know of any container. */
static gboolean
reeve_containers_collector_has_none (ReeveContainersCollector *self)
{
  return self->cgroup_root == NULL || reeve_containers_collector_now (self) < self->none_until;
}

/* The engine cannot be asked: what does the kernel say? */
static void
reeve_containers_collector_read_cgroups (ReeveContainersCollector *self)
{
  ReeveContainersAsk *ask;

  self->step = REEVE_CONTAINERS_READING;
  if (reeve_containers_collector_has_none (self))
    {
      g_hash_table_remove_all (self->known);
      reeve_containers_collector_end_round (self);
      return;
    }
  ask = g_new0 (ReeveContainersAsk, 1);
  ask->collector = g_object_ref (self);
  ask->round = self->round.number;
  self->pending++;
  reeve_worker_run_async (self->worker, reeve_containers_collector_cgroup_thread,
                          g_strdup (self->cgroup_root), g_free, (GDestroyNotify) g_ptr_array_unref,
                          REEVE_CONTAINERS_ASK_MS, self->cancellable,
                          reeve_containers_collector_cgroup_cb, ask);
}

/* ---- the engine ---- */

static void
reeve_containers_collector_stats_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result,
                                     gpointer user_data)
{
  g_autoptr (ReeveContainersAsk) ask = user_data;
  ReeveContainersCollector *self = ask->collector;
  g_autoptr (GError) error = NULL;
  g_autofree ReeveContainersStats *stats = reeve_containers_client_ask_finish (result, &error);
  ReeveContainersKnown *known =
      reeve_containers_ask_counts (ask) ? g_hash_table_lookup (self->known, ask->id) : NULL;

  if (known != NULL && stats != NULL)
    reeve_containers_known_set_stats (known, stats, &self->round);
  else if (known != NULL && g_error_matches (error, REEVE_ERROR, REEVE_ERROR_TIMEOUT))
    {
      known->stuck_until = reeve_containers_collector_now (self) + REEVE_CONTAINERS_STUCK_US;
      reeve_log_info (self->context, "container %s: %s; asked again in %d s", ask->id,
                      error->message, (int) (REEVE_CONTAINERS_STUCK_US / G_USEC_PER_SEC));
    }
  reeve_containers_ask_done (ask);
}

static void
reeve_containers_collector_details_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result,
                                       gpointer user_data)
{
  g_autoptr (ReeveContainersAsk) ask = user_data;
  ReeveContainersCollector *self = ask->collector;
  g_autofree ReeveContainersDetails *details = reeve_containers_client_ask_finish (result, NULL);
  ReeveContainersKnown *known =
      reeve_containers_ask_counts (ask) ? g_hash_table_lookup (self->known, ask->id) : NULL;

  if (known != NULL)
    {
      ReeveContainersDetails nothing = { -1, -1, -1 };

      known->details = details != NULL ? *details : nothing;
      known->inspected = TRUE;
      known->details_at = reeve_containers_collector_now (self);
    }
  reeve_containers_ask_done (ask);
}

static void
reeve_containers_collector_version_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result,
                                       gpointer user_data)
{
  g_autoptr (ReeveContainersAsk) ask = user_data;
  ReeveContainersCollector *self = ask->collector;
  g_autofree ReeveContainersVersion *version = reeve_containers_client_ask_finish (result, NULL);

  if (version != NULL && reeve_containers_ask_counts (ask))
    {
      self->has_version = TRUE;
      self->podman = version->podman;
    }
  reeve_containers_ask_done (ask);
}

/* The list is there: what is known of each becomes what it says. */
static void
reeve_containers_collector_take_list (ReeveContainersCollector *self, GPtrArray *list)
{
  for (guint i = 0; i < list->len && self->row->len < REEVE_CONTAINERS_MAX; i++)
    {
      const ReeveContainersEntry *entry = g_ptr_array_index (list, i);
      ReeveContainersKnown *known;

      if (reeve_containers_collector_excludes (self, entry->name))
        continue;
      known = reeve_containers_collector_know (self, entry->id);
      /* it runs, and is among the newest; or an engine that names one twice */
      if (known->round == self->round.number)
        continue;
      reeve_containers_known_update (known, entry, self->round.number);
      g_ptr_array_add (self->row, known);
    }
}

static void
reeve_containers_collector_ask_each (ReeveContainersCollector *self)
{
  gint64 now = reeve_containers_collector_now (self);
  guint inspecting = 0;

  self->step = REEVE_CONTAINERS_ASKING;
  g_hash_table_foreach_remove (self->known, reeve_containers_collector_is_old, self);
  if (!self->has_version)
    reeve_containers_collector_ask (self, &reeve_containers_questions_version, NULL,
                                    reeve_containers_collector_version_cb);
  for (guint i = 0; i < self->row->len; i++)
    {
      ReeveContainersKnown *known = g_ptr_array_index (self->row, i);

      if (known->entry.running && now >= known->stuck_until)
        reeve_containers_collector_ask (self, &reeve_containers_questions_stats, known->entry.id,
                                        reeve_containers_collector_stats_cb);
    }
  for (guint i = 0; i < self->row->len && inspecting < REEVE_CONTAINERS_MAX_INSPECTING; i++)
    {
      ReeveContainersKnown *known = g_ptr_array_index (self->row, i);

      if (!reeve_containers_known_wants_details (known, self->podman, now))
        continue;
      inspecting++;
      reeve_containers_collector_ask (self, &reeve_containers_questions_details, known->entry.id,
                                      reeve_containers_collector_details_cb);
    }
}

static void
reeve_containers_collector_fail (ReeveContainersCollector *self, const GError *error)
{
  gboolean away = g_error_matches (error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE);

  self->has_version = FALSE;
  self->away_until = reeve_containers_collector_now (self) +
                     (away ? REEVE_CONTAINERS_AWAY_US : REEVE_CONTAINERS_FAILED_US);
  if (self->told_away)
    return;
  self->told_away = TRUE;
  if (away)
    reeve_log_info (self->context, "%s; %s", error->message,
                    self->cgroup_root != NULL ? "running containers are told from control groups"
                                              : "nothing is told of containers");
  else
    reeve_log_warning (self->context, "%s; asked again in %d s", error->message,
                       (int) (REEVE_CONTAINERS_FAILED_US / G_USEC_PER_SEC));
}

static void
reeve_containers_collector_running_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result,
                                       gpointer user_data)
{
  g_autoptr (ReeveContainersAsk) ask = user_data;
  ReeveContainersCollector *self = ask->collector;
  g_autoptr (GPtrArray) running = reeve_containers_client_ask_finish (result, NULL);

  if (!reeve_containers_ask_counts (ask))
    return;
  if (running != NULL)
    reeve_containers_collector_take_list (self, running);
  reeve_containers_collector_take_list (self, self->listed);
  reeve_containers_collector_ask_each (self);
  reeve_containers_ask_done (ask);
}

/* The newest are in the list, whether they run or not: those that run go before them. */
static void
reeve_containers_collector_ask_running (ReeveContainersCollector *self, GPtrArray *list)
{
  if (!self->told_full)
    reeve_log_warning (self->context,
                       "%d containers or more: those that run are told of, and of the others the "
                       "newest",
                       REEVE_CONTAINERS_MAX);
  self->told_full = TRUE;
  self->listed = g_ptr_array_ref (list);
  reeve_containers_collector_ask (self, &reeve_containers_questions_running, NULL,
                                  reeve_containers_collector_running_cb);
}

static void
reeve_containers_collector_list_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result,
                                    gpointer user_data)
{
  g_autoptr (ReeveContainersAsk) ask = user_data;
  ReeveContainersCollector *self = ask->collector;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = reeve_containers_client_ask_finish (result, &error);

  if (!reeve_containers_ask_counts (ask))
    return;
  if (list == NULL)
    {
      reeve_containers_collector_fail (self, error);
      reeve_containers_collector_read_cgroups (self);
    }
  else
    {
      if (self->told_away)
        reeve_log_message (self->context, "the container engine answers again");
      self->told_away = FALSE;
      if (list->len >= REEVE_CONTAINERS_MAX)
        {
          reeve_containers_collector_ask_running (self, list);
        }
      else
        {
          reeve_containers_collector_take_list (self, list);
          reeve_containers_collector_ask_each (self);
        }
    }
  reeve_containers_ask_done (ask);
}

/* ---- the slot ---- */

static void
reeve_containers_collector_begin_round (ReeveContainersCollector *self)
{
  self->round.number++;
  self->round.processors = (guint) MAX (sysconf (_SC_NPROCESSORS_ONLN), 1);
  self->round.wall = reeve_clock_get_wall (reeve_context_get_clock (self->context));
  self->pending = 0;
  g_ptr_array_set_size (self->row, 0);
  self->cancellable = g_cancellable_new ();
  reeve_timer_start (self->timer, REEVE_CONTAINERS_ROUND_MS);
  if (reeve_containers_collector_now (self) < self->away_until ||
      reeve_containers_client_is_away (self->client))
    {
      reeve_containers_collector_read_cgroups (self);
      return;
    }
  self->step = REEVE_CONTAINERS_LISTING;
  reeve_containers_collector_ask (self, &reeve_containers_questions_list, NULL,
                                  reeve_containers_collector_list_cb);
}

static void
reeve_containers_collector_timer_cb (G_GNUC_UNUSED ReeveTimer *timer, gpointer user_data)
{
  ReeveContainersCollector *self = user_data;

  reeve_log_debug (self->context, "%u answers of the container engine did not come in time",
                   self->pending);
  reeve_containers_collector_end_round (self);
}

static void
reeve_containers_collector_collect_async (ReeveCollector *collector, ReeveSample *sample,
                                          ReeveCollectFlags flags, GCancellable *cancellable,
                                          GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveContainersCollector *self = REEVE_CONTAINERS_COLLECTOR (collector);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  ReeveContainersWaiting *waiting;

  g_task_set_source_tag (task, reeve_containers_collector_collect_async);
  if (self->client == NULL)
    {
      g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_GONE, "stopped");
      return;
    }
  if (self->waiting->len >= REEVE_CONTAINERS_MAX_COLLECTING)
    {
      g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_LIMIT,
                               "%d collections wait for the container engine already",
                               REEVE_CONTAINERS_MAX_COLLECTING);
      return;
    }
  reeve_sample_set_time (sample, reeve_clock_get_wall (reeve_context_get_clock (self->context)));
  waiting = g_new0 (ReeveContainersWaiting, 1);
  waiting->task = g_object_ref (task);
  waiting->sample = reeve_sample_ref (sample);
  waiting->facts = (flags & REEVE_COLLECT_FACTS) != 0;
  g_ptr_array_add (self->waiting, waiting);
  if (self->step == REEVE_CONTAINERS_IDLE)
    reeve_containers_collector_begin_round (self);
}

static gboolean
reeve_containers_collector_collect_finish (ReeveCollector *collector, GAsyncResult *result,
                                           GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, collector), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* Most machines have neither engine nor containers. */
static gboolean
reeve_containers_collector_collect (ReeveCollector *collector, ReeveSample *sample,
                                    ReeveCollectFlags flags)
{
  ReeveContainersCollector *self = REEVE_CONTAINERS_COLLECTOR (collector);

  if (self->client == NULL || self->step != REEVE_CONTAINERS_IDLE ||
      (flags & REEVE_COLLECT_FACTS) != 0 || g_hash_table_size (self->known) > 0 ||
      reeve_containers_collector_now (self) >= self->away_until ||
      !reeve_containers_collector_has_none (self))
    return FALSE;
  reeve_sample_set_time (sample, reeve_clock_get_wall (reeve_context_get_clock (self->context)));
  return TRUE;
}

static void
reeve_containers_collector_iface_init (ReeveCollectorInterface *iface)
{
  iface->collect_async = reeve_containers_collector_collect_async;
  iface->collect_finish = reeve_containers_collector_collect_finish;
  iface->collect = reeve_containers_collector_collect;
}

/* ---- life ---- */

char **
reeve_containers_collector_split (const char *text, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text != NULL ? text : "", ",", -1);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  guint n = 0;

  for (guint i = 0; parts[i] != NULL; i++)
    {
      g_strstrip (parts[i]);
      if (parts[i][0] == '\0')
        continue;
      if (n++ == REEVE_CONTAINERS_MAX_PATTERNS)
        {
          g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT, "exclude: more than %d patterns",
                       REEVE_CONTAINERS_MAX_PATTERNS);
          return NULL;
        }
      g_strv_builder_add (builder, parts[i]);
    }
  return g_strv_builder_end (builder);
}

void
reeve_containers_collector_stop (ReeveContainersCollector *self)
{
  if (self->client == NULL)
    return;
  self->client = NULL;
  g_ptr_array_set_size (self->row, 0);
  reeve_containers_collector_end_round (self);
  g_clear_pointer (&self->timer, reeve_timer_free);
  reeve_worker_free (g_steal_pointer (&self->worker), 0);
}

static void
reeve_containers_collector_finalize (GObject *object)
{
  ReeveContainersCollector *self = REEVE_CONTAINERS_COLLECTOR (object);

  g_ptr_array_unref (self->waiting);
  g_ptr_array_unref (self->row);
  g_hash_table_unref (self->known);
  g_clear_object (&self->cancellable);
  g_free (self->cgroup_root);
  g_strfreev (self->exclude);
  reeve_context_unref (self->context);
  G_OBJECT_CLASS (reeve_containers_collector_parent_class)->finalize (object);
}

static void
reeve_containers_collector_class_init (ReeveContainersCollectorClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = reeve_containers_collector_finalize;
}

static void
reeve_containers_collector_init (ReeveContainersCollector *self)
{
  self->waiting = g_ptr_array_new_with_free_func (reeve_containers_waiting_free);
  self->row = g_ptr_array_new ();
  self->known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

ReeveContainersCollector *
reeve_containers_collector_new (ReeveContext *context, ReeveContainersClient *client,
                                const char *cgroup_root, const char *const *exclude)
{
  ReeveContainersCollector *self = g_object_new (REEVE_CONTAINERS_TYPE_COLLECTOR, NULL);

  self->context = reeve_context_ref (context);
  self->client = client;
  self->cgroup_root = g_strdup (cgroup_root);
  self->exclude = g_strdupv ((char **) exclude);
  self->worker = reeve_context_add_worker (context, "cgroups", 1, 2);
  self->timer =
      reeve_context_add_timer (context, "round", reeve_containers_collector_timer_cb, self);
  return self;
}
