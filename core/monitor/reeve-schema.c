/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * ReeveSchema: the standard kinds and those that collectors describe, checked once when the schema
 * is made. Afterwards nothing changes, so a schema may be read from any thread; store, codec and
 * page all number kinds and metrics by their index here.
 */

#include "config.h"

#include "reeve-schema.h"

#include "reeve-sample.h"
#include "reeve-schema-private.h"

#include <math.h>
#include <string.h>

struct _ReeveSchema
{
  gatomicrefcount ref_count;
  GPtrArray *kinds;    /* of const ReeveKind *, the standard ones first */
  GHashTable *by_name; /* const char * to index + 1 */
  guint32 seed;
  ReeveSchemaExtent extent; /* each by atomic access; they need not belong together */
  guint *firsts;            /* by kind: where its metrics begin in the next two */
  guint8 *types;            /* ReeveMetricType of all metrics */
  ReeveMetricRate *rates;
  ReeveSchemaDescription own; /* what the kinds beyond the standard ones are made of */
  GBytes *description;
  guint8 digest[REEVE_SCHEMA_DIGEST];
};

G_DEFINE_BOXED_TYPE (ReeveSchema, reeve_schema, reeve_schema_ref, reeve_schema_unref)

/* ---- checks ---- */

static gboolean
reeve_schema_name_is_valid (const char *name, gsize length)
{
  if (length < 1 || length > REEVE_SCHEMA_MAX_NAME || !g_ascii_islower (name[0]))
    return FALSE;
  for (gsize i = 1; i < length; i++)
    if (!g_ascii_islower (name[i]) && !g_ascii_isdigit (name[i]) && name[i] != '-')
      return FALSE;
  return TRUE;
}

static gboolean
reeve_schema_text_is_valid (const char *text)
{
  return reeve_text_is_clean (text, -1, G_MAXSIZE) &&
         g_utf8_strlen (text, -1) <= REEVE_SCHEMA_MAX_TEXT;
}

static gboolean
reeve_schema_check_title (const char *what, const char *name, const char *title, const char *text,
                          GError **error)
{
  if (title && *title && reeve_schema_text_is_valid (title) &&
      (!text || reeve_schema_text_is_valid (text)))
    return TRUE;
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
               "%s %s needs a title, and title and text of at most %d characters without controls",
               what, name, REEVE_SCHEMA_MAX_TEXT);
  return FALSE;
}

static gboolean
reeve_schema_check_states (const ReeveKind *kind, const ReeveMetric *metric, GError **error)
{
  guint n = 0;

  if (metric->type != REEVE_METRIC_STATE && metric->states == NULL)
    return TRUE;

  for (; metric->states && metric->states[n].name; n++)
    {
      const ReeveState *state = &metric->states[n];

      if (n >= REEVE_SCHEMA_MAX_STATES || state->severity > REEVE_STATE_UNKNOWN ||
          !reeve_schema_name_is_valid (state->name, strlen (state->name)))
        {
          n = 0;
          break;
        }
      for (guint i = 0; i < n; i++)
        if (metric->states[i].value == state->value ||
            g_str_equal (metric->states[i].name, state->name))
          {
            g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                         "metric %s.%s has state %s or its value twice", kind->name, metric->name,
                         state->name);
            return FALSE;
          }
    }
  if (n > 0 && metric->type == REEVE_METRIC_STATE)
    return TRUE;

  g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
               "metric %s.%s: a state metric, and only that, has 1 to %d states with names of "
               "lower-case letters, digits and dashes",
               kind->name, metric->name, REEVE_SCHEMA_MAX_STATES);
  return FALSE;
}

static gboolean
reeve_schema_check_counter (const ReeveKind *kind, const ReeveMetric *metric, GError **error)
{
  if (metric->type != REEVE_METRIC_COUNTER && metric->over == NULL && metric->scale == 0)
    return TRUE;

  if (metric->type == REEVE_METRIC_COUNTER && isfinite (metric->scale) && metric->scale >= 0)
    {
      int over;

      if (metric->over == NULL)
        return TRUE;
      over = reeve_kind_find_metric (kind, metric->over);
      if (over >= 0 && &kind->metrics[over] != metric &&
          kind->metrics[over].type == REEVE_METRIC_COUNTER && !kind->metrics[over].over)
        return TRUE;
    }

  g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
               "metric %s.%s: only a counter has a positive scale and lies over another plain "
               "counter of its kind",
               kind->name, metric->name);
  return FALSE;
}

static gboolean
reeve_schema_check_metric (const ReeveKind *kind, guint index, GError **error)
{
  const ReeveMetric *metric = &kind->metrics[index];

  if (!metric->name || !reeve_schema_name_is_valid (metric->name, strlen (metric->name)) ||
      reeve_kind_find_metric (kind, metric->name) != (int) index)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "metric %u of kind %s needs a name of its own, [a-z][a-z0-9-]{0,31}", index,
                   kind->name);
      return FALSE;
    }
  if (metric->type > REEVE_METRIC_TEXT || metric->unit > REEVE_UNIT_LOAD ||
      metric->aggregation > REEVE_AGGREGATION_LAST || metric->chart > REEVE_CHART_STACK ||
      !isfinite (metric->range) || metric->range < 0)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "metric %s.%s has a type, unit, aggregation, chart or range that is not known "
                   "here",
                   kind->name, metric->name);
      return FALSE;
    }
  return reeve_schema_check_title ("metric", metric->name, metric->title, metric->text, error) &&
         reeve_schema_check_states (kind, metric, error) &&
         reeve_schema_check_counter (kind, metric, error);
}

/* An extra kind is "<plugin>.<kind>", so it can never be taken for a standard one. */
static gboolean
reeve_schema_check_kind (const ReeveKind *kind, GError **error)
{
  const char *dot = kind->name ? strchr (kind->name, '.') : NULL;

  if (!dot || !reeve_schema_name_is_valid (kind->name, dot - kind->name) ||
      !reeve_schema_name_is_valid (dot + 1, strlen (dot + 1)))
    {
      g_autofree char *shown = kind->name ? reeve_text_clean (kind->name, -1, 100) : NULL;

      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "kind \"%s\" must be named <plugin>.<kind>, each part [a-z][a-z0-9-]{0,31}",
                   shown ? shown : "");
      return FALSE;
    }
  if (kind->n_metrics < 1 || kind->n_metrics > REEVE_SCHEMA_MAX_METRICS || !kind->metrics)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT, "kind %s needs 1 to %d metrics",
                   kind->name, REEVE_SCHEMA_MAX_METRICS);
      return FALSE;
    }
  if (!reeve_schema_check_title ("kind", kind->name, kind->title, kind->text, error))
    return FALSE;
  for (guint i = 0; i < kind->n_metrics; i++)
    if (!reeve_schema_check_metric (kind, i, error))
      return FALSE;
  return TRUE;
}

/* ---- making ---- */

static void
reeve_schema_add_kind (ReeveSchema *self, const ReeveKind *kind)
{
  g_ptr_array_add (self->kinds, (gpointer) kind);
  g_hash_table_insert (self->by_name, (gpointer) kind->name, GUINT_TO_POINTER (self->kinds->len));
}

static void
reeve_schema_pack_metric (const ReeveKind *kind, guint index, guint8 *type, ReeveMetricRate *rate)
{
  const ReeveMetric *metric = &kind->metrics[index];

  *type = (guint8) metric->type;
  rate->scale = metric->scale;
  rate->range = metric->range;
  rate->over = metric->over ? (gint8) reeve_kind_find_metric (kind, metric->over) : -1;
  rate->shown = metric->aggregation != REEVE_AGGREGATION_NONE;
}

static void
reeve_schema_pack (ReeveSchema *self)
{
  guint n = 0;

  self->firsts = g_new (guint, self->kinds->len);
  for (guint i = 0; i < self->kinds->len; i++)
    {
      self->firsts[i] = n;
      n += reeve_schema_get_kind (self, i)->n_metrics;
    }
  self->types = g_new (guint8, n);
  self->rates = g_new (ReeveMetricRate, n);
  n = 0;
  for (guint i = 0; i < self->kinds->len; i++)
    {
      const ReeveKind *kind = reeve_schema_get_kind (self, i);

      for (guint metric = 0; metric < kind->n_metrics; metric++, n++)
        reeve_schema_pack_metric (kind, metric, &self->types[n], &self->rates[n]);
    }
}

/* Takes @description; its kinds are checked here. */
static ReeveSchema *
reeve_schema_make (GBytes *description, GError **error)
{
  g_autoptr (ReeveSchema) self = g_new0 (ReeveSchema, 1);
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize digest_length = REEVE_SCHEMA_DIGEST;

  g_atomic_ref_count_init (&self->ref_count);
  self->seed = g_random_int ();
  self->kinds = g_ptr_array_new ();
  self->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  self->description = g_bytes_ref (description);
  g_checksum_update (checksum, g_bytes_get_data (description, NULL),
                     g_bytes_get_size (description));
  g_checksum_get_digest (checksum, self->digest, &digest_length);

  if (!reeve_schema_description_read (description, &self->own, error))
    return NULL;
  for (guint i = 0; i < REEVE_N_KINDS; i++)
    reeve_schema_add_kind (self, &reeve_kinds_standard[i]);
  for (guint i = 0; i < self->own.kinds->len; i++)
    {
      const ReeveKind *kind = g_ptr_array_index (self->own.kinds, i);

      if (!reeve_schema_check_kind (kind, error))
        return NULL;
      if (g_hash_table_contains (self->by_name, kind->name))
        {
          g_set_error (error, REEVE_ERROR, REEVE_ERROR_EXISTS,
                       "kind %s is described twice; one of the plugins must rename its own",
                       kind->name);
          return NULL;
        }
      reeve_schema_add_kind (self, kind);
    }
  reeve_schema_pack (self);
  return g_steal_pointer (&self);
}

static gpointer
reeve_schema_make_standard (gpointer data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) description = reeve_schema_description_write (REEVE_KINDS_REVISION, NULL, 0);

  /* What is compiled in is held valid by a test; nothing of a peer is read here. */
  return reeve_schema_make (description, NULL);
}

/**
 * reeve_schema_get_standard:
 *
 * Returns: (transfer none): the schema of the standard kinds alone, for ever, from any thread.
 */
ReeveSchema *
reeve_schema_get_standard (void)
{
  static GOnce once = G_ONCE_INIT;

  return g_once (&once, reeve_schema_make_standard, NULL);
}

/**
 * reeve_schema_new:
 * @extra: (array length=n_extra): kinds beyond the standard ones; copied
 *
 * Returns: (transfer full): the standard kinds and then @extra in its order, or %NULL with
 *   %REEVE_ERROR_INVALID, %REEVE_ERROR_LIMIT or %REEVE_ERROR_EXISTS that names kind and metric.
 */
ReeveSchema *
reeve_schema_new (const ReeveKind *const *extra, gsize n_extra, GError **error)
{
  g_autoptr (GBytes) description = NULL;

  if (n_extra > REEVE_SCHEMA_MAX_KINDS - REEVE_N_KINDS)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT,
                   "%" G_GSIZE_FORMAT " kinds beyond the standard ones are too many, at most %d",
                   n_extra, REEVE_SCHEMA_MAX_KINDS - REEVE_N_KINDS);
      return NULL;
    }
  /* Before writing: a kind that breaks a limit may not even have a description. */
  for (gsize i = 0; i < n_extra; i++)
    if (!reeve_schema_check_kind (extra[i], error))
      return NULL;
  description = reeve_schema_description_write (REEVE_KINDS_REVISION, extra, n_extra);
  return reeve_schema_make (description, error);
}

/**
 * reeve_schema_new_from_description:
 * @description: a peer's canonical bytes, see docs/protocol.md
 *
 * The peer may be of a newer revision: standard kinds and metrics that are not known here are then
 * not in the schema, and the codec leaves them out. The digest is that of @description.
 *
 * Returns: (transfer full): the schema, or %NULL when the bytes break a limit or a rule.
 */
ReeveSchema *
reeve_schema_new_from_description (GBytes *description, GError **error)
{
  return reeve_schema_make (description, error);
}

ReeveSchema *
reeve_schema_ref (ReeveSchema *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
reeve_schema_unref (ReeveSchema *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_ptr_array_unref (self->kinds);
  g_hash_table_unref (self->by_name);
  g_free (self->firsts);
  g_free (self->types);
  g_free (self->rates);
  reeve_schema_description_clear (&self->own);
  g_bytes_unref (self->description);
  g_free (self);
}

/* ---- reading ---- */

guint
reeve_schema_get_n_kinds (ReeveSchema *self)
{
  return self->kinds->len;
}

/* %NULL beyond the last. */
const ReeveKind *
reeve_schema_get_kind (ReeveSchema *self, guint index)
{
  return index < self->kinds->len ? g_ptr_array_index (self->kinds, index) : NULL;
}

void
reeve_schema_set_extent (ReeveSchema *schema, const ReeveSchemaExtent *extent)
{
  g_atomic_int_set (&schema->extent.rows, extent->rows);
  g_atomic_int_set (&schema->extent.values, extent->values);
  g_atomic_int_set (&schema->extent.texts, extent->texts);
}

void
reeve_schema_get_extent (ReeveSchema *schema, ReeveSchemaExtent *ret_extent)
{
  ret_extent->rows = (guint) g_atomic_int_get (&schema->extent.rows);
  ret_extent->values = (guint) g_atomic_int_get (&schema->extent.values);
  ret_extent->texts = (guint) g_atomic_int_get (&schema->extent.texts);
}

guint32
reeve_schema_get_seed (ReeveSchema *schema)
{
  return schema->seed;
}

const guint8 *
reeve_schema_peek_types (ReeveSchema *schema, guint kind)
{
  return schema->types + schema->firsts[kind];
}

const ReeveMetricRate *
reeve_schema_peek_rates (ReeveSchema *schema, guint kind)
{
  return schema->rates + schema->firsts[kind];
}

const ReeveKind *
reeve_schema_find_kind (ReeveSchema *self, const char *name, guint *ret_index)
{
  guint place = GPOINTER_TO_UINT (g_hash_table_lookup (self->by_name, name));

  if (place == 0)
    return NULL;
  if (ret_index)
    *ret_index = place - 1;
  return g_ptr_array_index (self->kinds, place - 1);
}

int
reeve_kind_find_metric (const ReeveKind *kind, const char *name)
{
  for (guint i = 0; i < kind->n_metrics; i++)
    if (g_strcmp0 (kind->metrics[i].name, name) == 0)
      return (int) i;
  return -1;
}

GBytes *
reeve_schema_get_description (ReeveSchema *self)
{
  return self->description;
}

const guint8 *
reeve_schema_get_digest (ReeveSchema *self)
{
  return self->digest;
}

/* ---- metrics ---- */

/**
 * reeve_metric_get_rate_unit:
 * @metric: any
 *
 * A counter that nothing divides is shown and kept as its growth per second.
 *
 * Returns: the unit of what is shown and kept
 */
ReeveUnit
reeve_metric_get_rate_unit (const ReeveMetric *metric)
{
  if (metric->type != REEVE_METRIC_COUNTER || metric->over != NULL)
    return metric->unit;
  if (metric->unit == REEVE_UNIT_BYTES)
    return REEVE_UNIT_BYTES_PER_SECOND;
  /* a scale is there where time is counted: a mean number of things */
  if (metric->unit == REEVE_UNIT_COUNT && metric->scale == 0)
    return REEVE_UNIT_PER_SECOND;
  return metric->unit;
}

/**
 * reeve_metric_get_state_name:
 * @metric: any
 * @value: of it
 *
 * Returns: (nullable): NULL when the value is no state that has a name
 */
const char *
reeve_metric_get_state_name (const ReeveMetric *metric, double value)
{
  const ReeveState *state = metric->states;

  for (; state != NULL && state->name != NULL; state++)
    if (state->value == value)
      return state->name;
  return NULL;
}

/* ---- names ---- */

const char *
reeve_unit_to_string (ReeveUnit unit)
{
  static const char *const names[] = { "none", "ratio", "bytes", "bytes/s",    "seconds", "celsius",
                                       "rpm",  "watts", "count", "per-second", "load" };

  return (guint) unit < G_N_ELEMENTS (names) ? names[unit] : "none";
}

const char *
reeve_metric_type_to_string (ReeveMetricType type)
{
  static const char *const names[] = { "number", "counter", "state", "text" };

  return (guint) type < G_N_ELEMENTS (names) ? names[type] : "number";
}

const char *
reeve_aggregation_to_string (ReeveAggregation aggregation)
{
  static const char *const names[] = { "none", "average", "maximum", "last" };

  return (guint) aggregation < G_N_ELEMENTS (names) ? names[aggregation] : "none";
}

const char *
reeve_chart_to_string (ReeveChart chart)
{
  static const char *const names[] = { "none", "line", "area", "stack" };

  return (guint) chart < G_N_ELEMENTS (names) ? names[chart] : "none";
}

const char *
reeve_state_severity_to_string (ReeveStateSeverity severity)
{
  static const char *const names[] = { "ok", "warning", "critical", "unknown" };

  return (guint) severity < G_N_ELEMENTS (names) ? names[severity] : "unknown";
}
