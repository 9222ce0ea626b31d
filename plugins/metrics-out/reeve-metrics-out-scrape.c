/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A scrape. What is to be told is taken in one moment, values by reference and facts as a copy, so
 * that the text is of one moment however slowly it is read; the text is made in pieces, each in a
 * turn of its own, and only when the client has taken most of those before. */

#include "config.h"

#include "reeve-metrics-out-scrape.h"

#include <string.h>

#define REEVE_METRICS_OUT_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"

typedef struct
{
  char *labels;
  ReeveSystemState state;
  gint64 last; /* 0: none */
} ReeveMetricsOutSystem;

typedef enum
{
  REEVE_METRICS_OUT_HUB,
  REEVE_METRICS_OUT_UP,
  REEVE_METRICS_OUT_STATE,
  REEVE_METRICS_OUT_LAST,
  REEVE_METRICS_OUT_VALUES,
  REEVE_METRICS_OUT_END,
} ReeveMetricsOutPhase;

static const struct
{
  const char *name, *type, *unit, *help;
} reeve_metrics_out_systems[] = {
  [REEVE_METRICS_OUT_UP] = { "reeve_up", "gauge", "", "1 for a system whose agent answers" },
  [REEVE_METRICS_OUT_STATE] = { "reeve_system_state", "stateset", "", "State of the system" },
  [REEVE_METRICS_OUT_LAST] = { "reeve_system_last_sample_timestamp_seconds", "gauge", "seconds",
                               "When the newest sample was taken" },
};

struct _ReeveMetricsOutScrape
{
  ReeveContext *context;
  const ReeveMetricsOutCounts *counts;
  GFunc ended;
  gpointer user_data;

  ReeveHttpResponse *response;
  GCancellable *cancellable;
  ReeveTimer *timer;
  gint64 began; /* monotonic */
  guint64 size;

  ReeveMetricsOutFigures figures;
  GArray *systems; /* of ReeveMetricsOutSystem */
  ReeveMetricsOutSystems counted;
  ReeveSchema *facts; /* the standard kinds: see reeve_metrics_out_scrape_copy_facts() */
  ReeveOpenMetrics *text;
  ReeveMetricsOutPhase phase;
  guint at; /* of the systems */
};

/* ---- what is told ---- */

static void
reeve_metrics_out_system_clear (gpointer data)
{
  g_free (((ReeveMetricsOutSystem *) data)->labels);
}

static void
reeve_metrics_out_copy_row (ReeveSample *facts, guint row, const ReeveKind *kind, ReeveSample *copy)
{
  for (guint i = 0; i < kind->n_metrics; i++)
    {
      if (!reeve_sample_has (facts, row, i))
        continue;
      if (kind->metrics[i].type == REEVE_METRIC_TEXT)
        reeve_sample_set_text (copy, i, reeve_sample_get_text (facts, row, i));
      else if (kind->metrics[i].type == REEVE_METRIC_STATE)
        reeve_sample_set_state (copy, i, (guint) reeve_sample_get_number (facts, row, i));
      else
        reeve_sample_set_number (copy, i, reeve_sample_get_number (facts, row, i));
    }
}

/* The fleet fills one sample for all systems, valid during a system's call alone. The copy has the
 * rows of facts and no spare room; of the standard kinds, it is of a schema of the scrape's own,
 * since a trimmed sample tells its schema how much room the next one takes. (transfer full) */
static ReeveSample *
reeve_metrics_out_scrape_copy_facts (ReeveMetricsOutScrape *self, ReeveSample *facts)
{
  ReeveSchema *schema = reeve_sample_get_schema (facts);
  ReeveSample *copy;

  if (schema == reeve_schema_get_standard ())
    schema = self->facts;
  copy = reeve_sample_new (schema);
  reeve_sample_set_rates (copy, TRUE);
  for (guint i = 0; i < reeve_sample_get_n_rows (facts); i++)
    {
      guint index;
      const char *instance;
      const ReeveKind *kind = reeve_sample_get_row (facts, i, &index, &instance);

      if (kind->facts && reeve_sample_add (copy, index, instance))
        reeve_metrics_out_copy_row (facts, i, kind, copy);
    }
  reeve_sample_trim (copy);
  return copy;
}

static void
reeve_metrics_out_scrape_add (const ReeveSystemView *view, gpointer user_data)
{
  ReeveMetricsOutScrape *self = user_data;
  ReeveMetricsOutSystem system = { NULL, view->state, view->last };
  g_autoptr (GString) labels = NULL;

  self->counted.states[view->state]++;
  if (view->linked != 0)
    g_hash_table_insert (
        self->counted.links, g_strdup (view->transport),
        GUINT_TO_POINTER (
            GPOINTER_TO_UINT (g_hash_table_lookup (self->counted.links, view->transport)) + 1));
  if (self->systems->len >= REEVE_METRICS_OUT_MAX_SYSTEMS)
    return;
  labels = g_string_new (NULL);
  reeve_openmetrics_append_label (labels, "system", view->name);
  reeve_openmetrics_append_label (labels, "system_id", view->id);
  if (view->facts != NULL)
    {
      g_autoptr (ReeveSample) facts = reeve_metrics_out_scrape_copy_facts (self, view->facts);

      reeve_openmetrics_add (self->text, labels->str, facts, REEVE_OPENMETRICS_FACTS);
    }
  if (view->latest != NULL && view->state == REEVE_SYSTEM_UP)
    reeve_openmetrics_add (self->text, labels->str, view->latest, REEVE_OPENMETRICS_VALUES);
  system.labels = g_string_free (g_steal_pointer (&labels), FALSE);
  g_array_append_val (self->systems, system);
}

static void
reeve_metrics_out_scrape_take_systems (ReeveMetricsOutScrape *self)
{
  g_autoptr (ReeveFleet) fleet = reeve_context_lookup (self->context, REEVE_TYPE_FLEET, "");

  self->facts = reeve_schema_new (NULL, 0, NULL);
  self->text = reeve_openmetrics_new (TRUE);
  reeve_metrics_out_hub_reserve (self->text);
  for (guint i = REEVE_METRICS_OUT_UP; i <= REEVE_METRICS_OUT_LAST; i++)
    reeve_openmetrics_reserve (self->text, reeve_metrics_out_systems[i].name);
  if (fleet != NULL)
    reeve_fleet_foreach (fleet, NULL, reeve_metrics_out_scrape_add, self);
}

/* ---- the text ---- */

static void
reeve_metrics_out_scrape_write_system (ReeveMetricsOutScrape *self,
                                       const ReeveMetricsOutSystem *system, GString *out)
{
  const char *name = reeve_metrics_out_systems[self->phase].name;

  switch (self->phase)
    {
    case REEVE_METRICS_OUT_UP:
      reeve_openmetrics_append_line (out, name, system->labels, system->state == REEVE_SYSTEM_UP);
      break;
    case REEVE_METRICS_OUT_STATE:
      for (guint i = 0; i < REEVE_METRICS_OUT_N_STATES; i++)
        {
          g_autoptr (GString) labels = g_string_new (system->labels);

          reeve_openmetrics_append_label (labels, name,
                                          reeve_system_state_to_string ((ReeveSystemState) i));
          reeve_openmetrics_append_line (out, name, labels->str, system->state == i);
        }
      break;
    case REEVE_METRICS_OUT_LAST:
      if (system->last != 0)
        reeve_openmetrics_append_line (out, name, system->labels,
                                       (double) system->last / G_USEC_PER_SEC);
      break;
    default:
      break;
    }
}

/* FALSE: the phase is over. */
static gboolean
reeve_metrics_out_scrape_write_systems (ReeveMetricsOutScrape *self, GString *out)
{
  if (self->at == 0)
    reeve_openmetrics_append_head (out, reeve_metrics_out_systems[self->phase].name,
                                   reeve_metrics_out_systems[self->phase].type,
                                   reeve_metrics_out_systems[self->phase].unit,
                                   reeve_metrics_out_systems[self->phase].help);
  while (self->at < self->systems->len && out->len < REEVE_METRICS_OUT_PIECE)
    reeve_metrics_out_scrape_write_system (
        self, &g_array_index (self->systems, ReeveMetricsOutSystem, self->at++), out);
  if (self->at < self->systems->len)
    return TRUE;
  self->at = 0;
  return FALSE;
}

static void
reeve_metrics_out_scrape_step (ReeveMetricsOutScrape *self, GString *out)
{
  gboolean more = FALSE;

  if (self->phase == REEVE_METRICS_OUT_HUB)
    reeve_metrics_out_hub_write (out, self->counts, &self->figures, &self->counted);
  else if (self->phase < REEVE_METRICS_OUT_VALUES)
    more = reeve_metrics_out_scrape_write_systems (self, out);
  else
    more = reeve_openmetrics_step (self->text, out, REEVE_METRICS_OUT_PIECE);
  if (more)
    return;
  self->phase++;
  if (self->phase != REEVE_METRICS_OUT_END)
    return;
  g_string_append (out, "# EOF\n");
  if (reeve_openmetrics_get_n_dropped (self->text) > 0)
    reeve_log_warning (self->context,
                       "%u kinds and samples were left out of the metrics: there "
                       "are too many",
                       reeve_openmetrics_get_n_dropped (self->text));
}

/* ---- on its way ---- */

static void
reeve_metrics_out_scrape_end (ReeveMetricsOutScrape *self)
{
  GFunc ended = self->ended;
  gpointer user_data = self->user_data;

  reeve_metrics_out_scrape_free (self);
  ended (self, user_data);
}

/* The client sees that the text has no end. */
static void
reeve_metrics_out_scrape_fail (ReeveMetricsOutScrape *self, const char *reason)
{
  reeve_log_message (self->context, "metrics are not told to their end: %s", reason);
  reeve_metrics_out_scrape_end (self);
}

static void
reeve_metrics_out_scrape_timer_cb (ReeveTimer *timer, gpointer user_data)
{
  ReeveMetricsOutScrape *self = user_data;
  gint64 now = reeve_clock_get_monotonic (reeve_context_get_clock (self->context));
  g_autoptr (GString) out = NULL;
  g_autoptr (GBytes) bytes = NULL;

  if (now - self->began > REEVE_METRICS_OUT_MAX_MS * G_GINT64_CONSTANT (1000))
    {
      reeve_metrics_out_scrape_fail (self, "whoever asked takes them too slowly");
      return;
    }
  if (reeve_http_response_get_pending (self->response) > REEVE_METRICS_OUT_WAITING)
    {
      reeve_timer_start (self->timer, REEVE_METRICS_OUT_WAIT_MS);
      return;
    }
  out = g_string_sized_new (REEVE_METRICS_OUT_PIECE + 4096);
  reeve_metrics_out_scrape_step (self, out);
  self->size += out->len;
  if (self->size > REEVE_METRICS_OUT_MAX_SIZE)
    {
      reeve_metrics_out_scrape_fail (self, "they are too large");
      return;
    }
  bytes = g_string_free_to_bytes (g_steal_pointer (&out));
  if (g_bytes_get_size (bytes) > 0 && !reeve_http_response_push (self->response, bytes))
    {
      reeve_metrics_out_scrape_end (self);
      return;
    }
  if (self->phase < REEVE_METRICS_OUT_END)
    {
      reeve_timer_start (self->timer, 0);
      return;
    }
  reeve_metrics_out_scrape_end (self);
}

static void
reeve_metrics_out_scrape_figures_cb (ReeveMetricsOutFigures *figures, gpointer user_data)
{
  g_autoptr (GCancellable) cancellable = user_data;
  ReeveMetricsOutScrape *self = g_object_get_data (G_OBJECT (cancellable), "reeve-scrape");

  if (self == NULL)
    return;
  self->figures = *figures;
  *figures = (ReeveMetricsOutFigures){ 0 };
  reeve_timer_start (self->timer, 0);
}

static void
reeve_metrics_out_scrape_closed_cb (gpointer response, gpointer user_data)
{
  reeve_metrics_out_scrape_end (user_data);
}

ReeveMetricsOutScrape *
reeve_metrics_out_scrape_new (ReeveContext *context, const ReeveMetricsOutCounts *counts,
                              GFunc ended, gpointer user_data)
{
  ReeveMetricsOutScrape *self = g_new0 (ReeveMetricsOutScrape, 1);

  self->context = context;
  self->counts = counts;
  self->ended = ended;
  self->user_data = user_data;
  self->systems = g_array_new (FALSE, FALSE, sizeof (ReeveMetricsOutSystem));
  g_array_set_clear_func (self->systems, reeve_metrics_out_system_clear);
  self->counted.links = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->response = reeve_http_response_new_stream (200, REEVE_METRICS_OUT_TYPE);
  reeve_http_response_set_closed_func (self->response, reeve_metrics_out_scrape_closed_cb, self);
  self->timer =
      reeve_context_add_timer (context, "scrape", reeve_metrics_out_scrape_timer_cb, self);
  self->began = reeve_clock_get_monotonic (reeve_context_get_clock (context));
  reeve_metrics_out_scrape_take_systems (self);
  /* who answers late finds by it whether anybody still waits */
  self->cancellable = g_cancellable_new ();
  g_object_set_data (G_OBJECT (self->cancellable), "reeve-scrape", self);
  reeve_metrics_out_hub_ask (context, self->cancellable, reeve_metrics_out_scrape_figures_cb,
                             g_object_ref (self->cancellable));
  return self;
}

void
reeve_metrics_out_scrape_free (ReeveMetricsOutScrape *self)
{
  /* without its last line, unless that was said before: whoever reads sees that something is
   * missing */
  reeve_http_response_set_closed_func (self->response, NULL, NULL);
  reeve_http_response_finish (self->response);
  g_object_set_data (G_OBJECT (self->cancellable), "reeve-scrape", NULL);
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  reeve_timer_free (self->timer);
  reeve_metrics_out_figures_clear (&self->figures);
  g_array_unref (self->systems);
  g_hash_table_unref (self->counted.links);
  reeve_openmetrics_free (self->text);
  reeve_schema_unref (self->facts);
  reeve_http_response_unref (self->response);
  g_free (self);
}

ReeveHttpResponse *
reeve_metrics_out_scrape_get_response (ReeveMetricsOutScrape *self)
{
  return self->response;
}
