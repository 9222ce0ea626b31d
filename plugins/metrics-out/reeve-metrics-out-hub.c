/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The hub's own families: what others of this process tell of themselves by the operations that
 * everybody may ask, and what this plugin counts. What nobody answered has no lines. */

#include "config.h"

#include "reeve-metrics-out-hub.h"

#include <string.h>
#include <unistd.h>

typedef struct
{
  const char *name;
  const char *type;
  const char *unit;
  const char *help;
  const char *key;   /* of a dictionary; NULL for our own */
  const char *label; /* of the line; NULL for none */
} ReeveMetricsOutFamily;

static const ReeveMetricsOutFamily reeve_metrics_out_process_families[] = {
  { "reeve_hub_memory_bytes", "gauge", "bytes", "Memory of the hub", "memory", NULL },
  { "reeve_hub_memory_peak_bytes", "gauge", "bytes", "Most memory that the hub had", "memory_peak",
    NULL },
  { "reeve_hub_cpu_seconds", "counter", "seconds", "Time of processors", "time", NULL },
  { "reeve_hub_threads", "gauge", "", "Threads", "threads", NULL },
  { "reeve_hub_descriptors", "gauge", "", "Open files and connections", "descriptors", NULL },
  { "reeve_hub_descriptors_limit", "gauge", "", "Most files that may be open", "max_descriptors",
    NULL },
};

static const ReeveMetricsOutFamily reeve_metrics_out_plugin_families[] = {
  { "reeve_hub_plugin_seconds", "counter", "seconds", "Time of the main thread in the plugin",
    "time", "plugin" },
  { "reeve_hub_plugin_calls", "counter", "", "Calls into the plugin", "calls", "plugin" },
};

static const ReeveMetricsOutFamily reeve_metrics_out_sink_families[] = {
  { "reeve_hub_sink_queued", "gauge", "", "Events that wait for delivery", "queued", "sink" },
  { "reeve_hub_sink_delivered", "counter", "", "Events delivered", "delivered", "sink" },
  { "reeve_hub_sink_dropped", "counter", "", "Events dropped from a full queue", "dropped",
    "sink" },
  { "reeve_hub_sink_given_up", "counter", "", "Events given up, too old", "given_up", "sink" },
};

enum
{
  REEVE_METRICS_OUT_SYSTEMS,
  REEVE_METRICS_OUT_LINKS,
  REEVE_METRICS_OUT_SAMPLES,
  REEVE_METRICS_OUT_LOST,
  REEVE_METRICS_OUT_DELAY,
  REEVE_METRICS_OUT_SCRAPES,
  REEVE_METRICS_OUT_EVENTS,
  REEVE_METRICS_OUT_RUNNING,
  REEVE_METRICS_OUT_COMMITS,
  REEVE_METRICS_OUT_COMMITS_FAILED,
  REEVE_METRICS_OUT_SAMPLES_WAITING,
  REEVE_METRICS_OUT_CHANGES_WAITING,
};

static const ReeveMetricsOutFamily reeve_metrics_out_own_families[] = {
  [REEVE_METRICS_OUT_SYSTEMS] = { "reeve_hub_systems", "gauge", "", "Systems in each state", NULL,
                                  "state" },
  [REEVE_METRICS_OUT_LINKS] = { "reeve_hub_links", "gauge", "", "Links with agents", NULL,
                                "transport" },
  [REEVE_METRICS_OUT_SAMPLES] = { "reeve_hub_samples", "counter", "", "Samples stored", NULL,
                                  NULL },
  [REEVE_METRICS_OUT_LOST] = { "reeve_hub_samples_not_stored", "counter", "",
                               "Samples that could not be stored", NULL, NULL },
  [REEVE_METRICS_OUT_DELAY] = { "reeve_hub_commit_delay_seconds", "summary", "seconds",
                                "From a sample's moment to the end of its commit", NULL, NULL },
  [REEVE_METRICS_OUT_SCRAPES] = { "reeve_hub_scrapes", "counter", "", "Scrapes begun", NULL, NULL },
  [REEVE_METRICS_OUT_EVENTS] = { "reeve_hub_events", "counter", "", "Events", NULL, NULL },
  [REEVE_METRICS_OUT_RUNNING] = { "reeve_hub_plugin_running", "gauge", "",
                                  "1 for a plugin that runs", NULL, "plugin" },
  [REEVE_METRICS_OUT_COMMITS] = { "reeve_hub_commit_seconds", "histogram", "seconds",
                                  "Time that commits of the store took", NULL, "le" },
  [REEVE_METRICS_OUT_COMMITS_FAILED] = { "reeve_hub_commits_failed", "counter", "",
                                         "Commits of the store that came to nothing", NULL, NULL },
  [REEVE_METRICS_OUT_SAMPLES_WAITING] = { "reeve_hub_samples_waiting", "gauge", "",
                                          "Samples that wait for a commit", NULL, NULL },
  [REEVE_METRICS_OUT_CHANGES_WAITING] = { "reeve_hub_changes_waiting", "gauge", "",
                                          "Changes of records that wait for a commit", NULL, NULL },
};

static void
reeve_metrics_out_reserve_all (ReeveOpenMetrics *text, const ReeveMetricsOutFamily *families,
                               guint n)
{
  for (guint i = 0; i < n; i++)
    reeve_openmetrics_reserve (text, families[i].name);
}

#define RESERVE(families) reeve_metrics_out_reserve_all (text, families, G_N_ELEMENTS (families))

void
reeve_metrics_out_hub_reserve (ReeveOpenMetrics *text)
{
  RESERVE (reeve_metrics_out_process_families);
  RESERVE (reeve_metrics_out_plugin_families);
  RESERVE (reeve_metrics_out_sink_families);
  RESERVE (reeve_metrics_out_own_families);
}

/* ---- lines ---- */

static void
reeve_metrics_out_begin (GString *out, const ReeveMetricsOutFamily *family)
{
  reeve_openmetrics_append_head (out, family->name, family->type, family->unit, family->help);
}

/* @label: the value of the family's label, or NULL. */
static void
reeve_metrics_out_line (GString *out, const ReeveMetricsOutFamily *family, const char *label,
                        double value)
{
  gboolean counter = strcmp (family->type, "counter") == 0;
  g_autofree char *name = g_strconcat (family->name, counter ? "_total" : NULL, NULL);
  g_autoptr (GString) labels = g_string_new (NULL);

  if (label != NULL)
    reeve_openmetrics_append_label (labels, family->label, label);
  reeve_openmetrics_append_line (out, name, labels->str, value);
}

/* Numbers of any type. */
static gboolean
reeve_metrics_out_get_number (GVariant *dict, const char *key, double *ret_value)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (dict, key, NULL);

  if (value == NULL)
    return FALSE;
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE))
    *ret_value = g_variant_get_double (value);
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT64))
    *ret_value = (double) g_variant_get_uint64 (value);
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32))
    *ret_value = g_variant_get_uint32 (value);
  else
    return FALSE;
  return TRUE;
}

static void
reeve_metrics_out_write_process (GString *out, GVariant *process)
{
  for (guint i = 0; i < G_N_ELEMENTS (reeve_metrics_out_process_families); i++)
    {
      const ReeveMetricsOutFamily *family = &reeve_metrics_out_process_families[i];
      double value;

      if (!reeve_metrics_out_get_number (process, family->key, &value))
        continue;
      reeve_metrics_out_begin (out, family);
      reeve_metrics_out_line (out, family, NULL, value);
    }
}

/* Dictionaries with a name each. */
static void
reeve_metrics_out_write_list (GString *out, GVariant *list, const ReeveMetricsOutFamily *family)
{
  gboolean begun = FALSE;
  GVariantIter iter;
  GVariant *dict;

  g_variant_iter_init (&iter, list);
  while ((dict = g_variant_iter_next_value (&iter)) != NULL)
    {
      const char *name;
      double value;

      if (g_variant_lookup (dict, "name", "&s", &name) &&
          reeve_metrics_out_get_number (dict, family->key, &value))
        {
          if (!begun)
            reeve_metrics_out_begin (out, family);
          begun = TRUE;
          reeve_metrics_out_line (out, family, name, value);
        }
      g_variant_unref (dict);
    }
}

static void
reeve_metrics_out_write_running (GString *out, GVariant *plugins)
{
  const ReeveMetricsOutFamily *family = &reeve_metrics_out_own_families[REEVE_METRICS_OUT_RUNNING];
  GVariantIter iter;
  GVariant *dict;

  reeve_metrics_out_begin (out, family);
  g_variant_iter_init (&iter, plugins);
  while ((dict = g_variant_iter_next_value (&iter)) != NULL)
    {
      const char *name, *state;

      if (g_variant_lookup (dict, "name", "&s", &name) &&
          g_variant_lookup (dict, "state", "&s", &state))
        reeve_metrics_out_line (out, family, name, strcmp (state, "running") == 0);
      g_variant_unref (dict);
    }
}

static void
reeve_metrics_out_write_links (GString *out, GHashTable *links)
{
  const ReeveMetricsOutFamily *family = &reeve_metrics_out_own_families[REEVE_METRICS_OUT_LINKS];
  GHashTableIter iter;
  gpointer transport, n;

  reeve_metrics_out_begin (out, family);
  g_hash_table_iter_init (&iter, links);
  while (g_hash_table_iter_next (&iter, &transport, &n))
    reeve_metrics_out_line (out, family, transport, GPOINTER_TO_UINT (n));
}

static void
reeve_metrics_out_write_single (GString *out, guint which, double value)
{
  reeve_metrics_out_begin (out, &reeve_metrics_out_own_families[which]);
  reeve_metrics_out_line (out, &reeve_metrics_out_own_families[which], NULL, value);
}

static void
reeve_metrics_out_write_store (GString *out, const ReeveHistoryFigures *store)
{
  guint64 commits = 0;

  reeve_metrics_out_begin (out, &reeve_metrics_out_own_families[REEVE_METRICS_OUT_COMMITS]);
  for (guint i = 0; i <= REEVE_HISTORY_N_COMMIT_BOUNDS; i++)
    {
      char bound[G_ASCII_DTOSTR_BUF_SIZE] = "+Inf";
      g_autoptr (GString) labels = g_string_new (NULL);

      if (i < REEVE_HISTORY_N_COMMIT_BOUNDS)
        g_ascii_formatd (bound, sizeof bound, "%g", reeve_history_commit_bounds[i]);
      commits += store->commits[i];
      reeve_openmetrics_append_label (labels, "le", bound);
      reeve_openmetrics_append_line (out, "reeve_hub_commit_seconds_bucket", labels->str,
                                     (double) commits);
    }
  reeve_openmetrics_append_line (out, "reeve_hub_commit_seconds_count", "", (double) commits);
  reeve_openmetrics_append_line (out, "reeve_hub_commit_seconds_sum", "", store->seconds);
  reeve_metrics_out_write_single (out, REEVE_METRICS_OUT_COMMITS_FAILED, (double) store->failed);
  reeve_metrics_out_write_single (out, REEVE_METRICS_OUT_SAMPLES_WAITING, store->samples_waiting);
  reeve_metrics_out_write_single (out, REEVE_METRICS_OUT_CHANGES_WAITING, store->changes_waiting);
}

static void
reeve_metrics_out_write_counts (GString *out, const ReeveMetricsOutCounts *counts,
                                const ReeveMetricsOutSystems *systems)
{
  const ReeveMetricsOutFamily *own = reeve_metrics_out_own_families;

  reeve_metrics_out_begin (out, &own[REEVE_METRICS_OUT_SYSTEMS]);
  for (guint i = 0; i < REEVE_METRICS_OUT_N_STATES; i++)
    reeve_metrics_out_line (out, &own[REEVE_METRICS_OUT_SYSTEMS],
                            reeve_system_state_to_string ((ReeveSystemState) i),
                            systems->states[i]);
  reeve_metrics_out_write_links (out, systems->links);
  reeve_metrics_out_write_single (out, REEVE_METRICS_OUT_SAMPLES, (double) counts->stored);
  reeve_metrics_out_write_single (out, REEVE_METRICS_OUT_LOST, (double) counts->not_stored);
  reeve_metrics_out_write_single (out, REEVE_METRICS_OUT_SCRAPES, (double) counts->scrapes);
  reeve_metrics_out_write_single (out, REEVE_METRICS_OUT_EVENTS, (double) counts->events);
  reeve_metrics_out_begin (out, &own[REEVE_METRICS_OUT_DELAY]);
  reeve_openmetrics_append_line (out, "reeve_hub_commit_delay_seconds_count", "",
                                 (double) counts->stored);
  reeve_openmetrics_append_line (out, "reeve_hub_commit_delay_seconds_sum", "", counts->delay);
}

void
reeve_metrics_out_hub_write (GString *out, const ReeveMetricsOutCounts *counts,
                             const ReeveMetricsOutFigures *figures,
                             const ReeveMetricsOutSystems *systems)
{
  reeve_metrics_out_write_counts (out, counts, systems);
  if (figures->stored)
    reeve_metrics_out_write_store (out, &figures->store);
  if (figures->process != NULL)
    reeve_metrics_out_write_process (out, figures->process);
  if (figures->plugins != NULL)
    {
      reeve_metrics_out_write_running (out, figures->plugins);
      for (guint i = 0; i < G_N_ELEMENTS (reeve_metrics_out_plugin_families); i++)
        reeve_metrics_out_write_list (out, figures->plugins, &reeve_metrics_out_plugin_families[i]);
    }
  for (guint i = 0; figures->sinks != NULL && i < G_N_ELEMENTS (reeve_metrics_out_sink_families);
       i++)
    reeve_metrics_out_write_list (out, figures->sinks, &reeve_metrics_out_sink_families[i]);
}

/* ---- asking ---- */

typedef struct
{
  ReeveMetricsOutFigures figures;
  ReeveMetricsOutFunc func;
  gpointer user_data;
  guint waiting;
} ReeveMetricsOutAsk;

typedef struct
{
  ReeveMetricsOutAsk *ask;
  GVariant **place;
} ReeveMetricsOutQuestion;

void
reeve_metrics_out_figures_clear (ReeveMetricsOutFigures *self)
{
  g_clear_pointer (&self->process, g_variant_unref);
  g_clear_pointer (&self->plugins, g_variant_unref);
  g_clear_pointer (&self->sinks, g_variant_unref);
}

static void
reeve_metrics_out_ask_unref (ReeveMetricsOutAsk *self)
{
  if (--self->waiting > 0)
    return;
  self->func (&self->figures, self->user_data);
  reeve_metrics_out_figures_clear (&self->figures);
  g_free (self);
}

static void
reeve_metrics_out_answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree ReeveMetricsOutQuestion *question = user_data;
  g_autoptr (GVariant) answer =
      reeve_operations_call_finish (REEVE_OPERATIONS (source), result, NULL);

  if (answer != NULL && g_variant_n_children (answer) == 1)
    *question->place = g_variant_get_child_value (answer, 0);
  reeve_metrics_out_ask_unref (question->ask);
}

/* Asked as this very process, which may see what it does itself; whoever reads the answer has shown
 * the token. */
void
reeve_metrics_out_hub_ask (ReeveContext *context, GCancellable *cancellable,
                           ReeveMetricsOutFunc func, gpointer user_data)
{
  ReeveMetricsOutAsk *ask = g_new0 (ReeveMetricsOutAsk, 1);
  const struct
  {
    const char *interface, *method;
    GVariant *arguments;
    GVariant **place;
  } questions[] = {
    { "org.reeve.Host1", "GetProcess", g_variant_ref_sink (g_variant_new ("()")),
      &ask->figures.process },
    { "org.reeve.Host1", "ListPlugins", g_variant_ref_sink (g_variant_new ("()")),
      &ask->figures.plugins },
    { "org.reeve.Events1", "ListSinks", g_variant_ref_sink (g_variant_new ("()")),
      &ask->figures.sinks },
  };
  g_autofree char *uid = g_strdup_printf ("%u", (guint) geteuid ());
  g_autoptr (ReeveSubject) subject = reeve_subject_new (REEVE_SUBJECT_UID, uid);
  g_autoptr (GPtrArray) all = reeve_context_lookup_all (context, REEVE_TYPE_OPERATIONS);
  g_autoptr (ReeveHistory) history = reeve_context_lookup (context, REEVE_TYPE_HISTORY, "");

  ask->figures.stored = history != NULL && reeve_history_get_figures (history, &ask->figures.store);
  ask->func = func;
  ask->user_data = user_data;
  ask->waiting = 1;
  for (guint i = 0; i < G_N_ELEMENTS (questions); i++)
    {
      for (guint j = 0; j < all->len; j++)
        {
          ReeveMetricsOutQuestion *question;

          if (strcmp (reeve_operations_get_info (all->pdata[j])->name, questions[i].interface) != 0)
            continue;
          question = g_new (ReeveMetricsOutQuestion, 1);
          *question = (ReeveMetricsOutQuestion){ ask, questions[i].place };
          ask->waiting++;
          reeve_operations_call_async (all->pdata[j], context, questions[i].method,
                                       questions[i].arguments, subject, cancellable,
                                       reeve_metrics_out_answered_cb, question);
          break;
        }
      g_variant_unref (questions[i].arguments);
    }
  reeve_metrics_out_ask_unref (ask);
}
