/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Names become numbers here: systems, shapes, series. What the file knows of a system is read when
 * its first sample comes and then kept.
 */

#include "config.h"

#include "reeve-sqlite-store-catalogue.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reeve-sqlite-store-catalogue-private.h"
#include "reeve-sqlite-store-shape.h"
#include "reeve-sqlite-store-text.h"

/* ---- labels ---- */

/* The shape's address, which no peer knows, keeps made-up names from falling together. */
static guint
reeve_sqlite_store_label_hash (gconstpointer data)
{
  const ReeveSqliteStoreLabel *label = data;
  guint64 seed = (guint64) (guintptr) label->shape | 1;
  guint64 hash = seed;

  for (const char *p = label->instance; *p != '\0'; p++)
    {
      hash = (hash + (guint8) *p) * (seed ^ G_GUINT64_CONSTANT (0x9e3779b97f4a7c14));
      hash ^= hash >> 29;
    }
  return (guint) (hash ^ hash >> 32);
}

static gboolean
reeve_sqlite_store_label_equal (gconstpointer a, gconstpointer b)
{
  const ReeveSqliteStoreLabel *one = a, *other = b;

  return one->shape == other->shape && strcmp (one->instance, other->instance) == 0;
}

/* (transfer full) */
static ReeveSqliteStoreLabel *
reeve_sqlite_store_label_get (ReeveSqliteStoreShape *shape, const char *instance)
{
  const ReeveSqliteStoreLabel key = { .shape = shape, .instance = instance };
  ReeveSqliteStoreLabel *label = g_hash_table_lookup (shape->labels, &key);
  gsize size = strlen (instance) + 1;

  if (label == NULL)
    {
      label = g_malloc (sizeof *label + size);
      *label = key;
      label->instance = memcpy (label + 1, instance, size);
      g_hash_table_add (shape->labels, label);
    }
  label->refs++;
  return label;
}

static void
reeve_sqlite_store_label_unref (ReeveSqliteStoreLabel *label)
{
  if (--label->refs > 0)
    return;
  g_hash_table_remove (label->shape->labels, label);
  g_free (label);
}

static void
reeve_sqlite_store_shape_free (gpointer data)
{
  ReeveSqliteStoreShape *shape = data;

  g_hash_table_unref (shape->labels);
  g_free (shape->kind);
  g_free (shape);
}

static void
reeve_sqlite_store_system_free (gpointer data)
{
  ReeveSqliteStoreSystem *system = data;

  for (guint i = 0; i < system->n_series; i++)
    g_clear_pointer (&system->series[i].label, reeve_sqlite_store_label_unref);
  g_free (system->series);
  g_free (system->hints);
  g_free (system);
}

/* ---- the index of the system at hand ---- */

static void
reeve_sqlite_store_index_add (ReeveSqliteStoreIndex *self, guint number)
{
  ReeveSqliteStoreLabel *label = self->system->series[number].label;
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (self->shapes, label->shape));

  g_hash_table_insert (self->numbers, label, GUINT_TO_POINTER (number + 1));
  g_hash_table_add (self->kinds, label->shape->kind);
  g_hash_table_insert (self->shapes, label->shape, GUINT_TO_POINTER (n + 1));
}

static void
reeve_sqlite_store_index_clear (ReeveSqliteStoreIndex *self)
{
  self->system = NULL;
  self->next = 0;
  g_hash_table_remove_all (self->numbers);
  g_hash_table_remove_all (self->kinds);
  g_hash_table_remove_all (self->shapes);
}

static void
reeve_sqlite_store_index_set (ReeveSqliteStoreIndex *self, ReeveSqliteStoreSystem *system)
{
  if (self->system == system)
    return;
  reeve_sqlite_store_index_clear (self);
  self->system = system;
  for (guint i = 0; i < system->n_series; i++)
    if (system->series[i].label != NULL)
      reeve_sqlite_store_index_add (self, i);
}

/* The smallest free number, -1 when all are taken. */
static int
reeve_sqlite_store_index_find_number (ReeveSqliteStoreIndex *self)
{
  while (self->next < self->system->n_series && self->system->series[self->next].label != NULL)
    self->next++;
  return self->next < REEVE_SQLITE_STORE_MAX_SERIES ? (int) self->next : -1;
}

/* ---- life ---- */

ReeveSqliteStoreCatalogue *
reeve_sqlite_store_catalogue_new (void)
{
  ReeveSqliteStoreCatalogue *self = g_new0 (ReeveSqliteStoreCatalogue, 1);

  self->systems =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, reeve_sqlite_store_system_free);
  self->shapes =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, reeve_sqlite_store_shape_free);
  self->index.numbers = g_hash_table_new (NULL, NULL);
  self->index.kinds = g_hash_table_new (g_str_hash, g_str_equal);
  self->index.shapes = g_hash_table_new (NULL, NULL);
  self->items = g_array_new (FALSE, FALSE, sizeof (ReeveSqliteStoreItem));
  self->body = g_byte_array_new ();
  return self;
}

static void
reeve_sqlite_store_catalogue_drop_foreign (ReeveSqliteStoreCatalogue *self)
{
  g_clear_pointer (&self->foreign, g_array_unref);
  self->foreign_schema = NULL;
}

void
reeve_sqlite_store_catalogue_drop_all (ReeveSqliteStoreCatalogue *self)
{
  reeve_sqlite_store_index_clear (&self->index);
  g_hash_table_remove_all (self->systems);
  reeve_sqlite_store_catalogue_drop_foreign (self);
  g_clear_pointer (&self->standard, g_array_unref);
  g_hash_table_remove_all (self->shapes);
}

void
reeve_sqlite_store_catalogue_free (ReeveSqliteStoreCatalogue *self)
{
  reeve_sqlite_store_catalogue_drop_all (self);
  g_hash_table_unref (self->systems);
  g_hash_table_unref (self->shapes);
  g_hash_table_unref (self->index.numbers);
  g_hash_table_unref (self->index.kinds);
  g_hash_table_unref (self->index.shapes);
  g_array_unref (self->items);
  g_byte_array_unref (self->body);
  g_free (self);
}

void
reeve_sqlite_store_catalogue_drop_system (ReeveSqliteStoreCatalogue *self, gint64 id)
{
  GHashTableIter iter;
  gpointer system;

  reeve_sqlite_store_index_clear (&self->index);
  g_hash_table_iter_init (&iter, self->systems);
  while (g_hash_table_iter_next (&iter, NULL, &system))
    if (((ReeveSqliteStoreSystem *) system)->id == id)
      {
        g_hash_table_iter_remove (&iter);
        return;
      }
}

void
reeve_sqlite_store_catalogue_begin (ReeveSqliteStoreCatalogue *self,
                                    ReeveSqliteStoreDatabase *database,
                                    const ReeveSqliteStoreLimits *limits)
{
  guint64 generation = reeve_sqlite_store_database_get_generation (database);

  reeve_sqlite_store_catalogue_drop_foreign (self);
  if (self->generation != generation ||
      g_hash_table_size (self->systems) > REEVE_SQLITE_STORE_MAX_CACHED)
    reeve_sqlite_store_catalogue_drop_all (self);
  self->generation = generation;
  if (limits != NULL)
    self->limits = *limits;
}

/* ---- shapes ---- */

static ReeveSqliteStoreShape *
reeve_sqlite_store_catalogue_remember_shape (ReeveSqliteStoreCatalogue *self, gint64 id,
                                             const char *kind)
{
  ReeveSqliteStoreShape *shape = g_hash_table_lookup (self->shapes, &id);

  if (shape != NULL)
    return shape;
  shape = g_new0 (ReeveSqliteStoreShape, 1);
  shape->id = id;
  shape->kind = g_strdup (kind);
  shape->labels = g_hash_table_new (reeve_sqlite_store_label_hash, reeve_sqlite_store_label_equal);
  g_hash_table_insert (self->shapes, &shape->id, shape);
  return shape;
}

/* Runs @sql, which answers with the id of @plan's shape, if it has one. */
static gboolean
reeve_sqlite_store_catalogue_ask_shape (ReeveSqliteStoreCatalogue *self,
                                        ReeveSqliteStoreDatabase *database, const char *sql,
                                        ReeveSqliteStorePlan *plan, GError **error)
{
  sqlite3_stmt *statement = reeve_sqlite_store_database_query (database, sql, error);
  gboolean row;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_text (statement, 1, plan->kind, -1, SQLITE_STATIC);
  sqlite3_bind_text (statement, 2, plan->text, -1, SQLITE_STATIC);
  if (!reeve_sqlite_store_database_step (database, statement, &row, error))
    return FALSE;
  if (row)
    plan->shape =
        reeve_sqlite_store_catalogue_remember_shape (self, sqlite3_column_int64 (statement, 0),
                                                     plan->kind);
  sqlite3_reset (statement);
  return TRUE;
}

/* Gives @plan its shape, if the file has it. */
static gboolean
reeve_sqlite_store_catalogue_find_shape (ReeveSqliteStoreCatalogue *self,
                                         ReeveSqliteStoreDatabase *database,
                                         ReeveSqliteStorePlan *plan, GError **error)
{
  if (plan->shape != NULL || plan->sought == self->n_samples)
    return TRUE;
  plan->sought = self->n_samples;
  return reeve_sqlite_store_catalogue_ask_shape (
      self, database, "SELECT id FROM shape WHERE kind = ?1 AND metrics = ?2", plan, error);
}

static gboolean
reeve_sqlite_store_catalogue_make_shape (ReeveSqliteStoreCatalogue *self,
                                         ReeveSqliteStoreDatabase *database,
                                         ReeveSqliteStorePlan *plan, GError **error)
{
  return reeve_sqlite_store_catalogue_ask_shape (
      self, database, "INSERT INTO shape (kind, metrics) VALUES (?1, ?2) RETURNING id", plan,
      error);
}

static void
reeve_sqlite_store_plan_clear (gpointer data)
{
  ReeveSqliteStorePlan *plan = data;

  g_free (plan->kind);
  g_free (plan->text);
}

/* (transfer full) array of ReeveSqliteStorePlan, one per kind of @schema. */
static GArray *
reeve_sqlite_store_catalogue_make_plans (ReeveSchema *schema)
{
  guint n = reeve_schema_get_n_kinds (schema);
  GArray *plans = g_array_sized_new (FALSE, TRUE, sizeof (ReeveSqliteStorePlan), n);

  g_array_set_clear_func (plans, reeve_sqlite_store_plan_clear);
  g_array_set_size (plans, n);
  for (guint i = 0; i < n; i++)
    {
      ReeveSqliteStorePlan *plan = &g_array_index (plans, ReeveSqliteStorePlan, i);
      const ReeveKind *kind = reeve_schema_get_kind (schema, i);

      plan->kind = g_strdup (kind->name);
      plan->text = reeve_sqlite_store_shape_describe (kind, plan->metrics, &plan->n);
    }
  return plans;
}

GArray *
reeve_sqlite_store_catalogue_get_plans (ReeveSqliteStoreCatalogue *self, ReeveSchema *schema)
{
  if (schema == reeve_schema_get_standard ())
    {
      if (self->standard == NULL)
        self->standard = reeve_sqlite_store_catalogue_make_plans (schema);
      return self->standard;
    }
  if (self->foreign_schema != schema)
    {
      reeve_sqlite_store_catalogue_drop_foreign (self);
      self->foreign = reeve_sqlite_store_catalogue_make_plans (schema);
      self->foreign_schema = schema;
    }
  return self->foreign;
}

/* ---- systems and series ---- */

/* Gives @number, which is free, to a series. */
static ReeveSqliteStoreSeries *
reeve_sqlite_store_system_remember (ReeveSqliteStoreSystem *self, ReeveSqliteStoreShape *shape,
                                    const char *instance, guint number, gint64 day)
{
  ReeveSqliteStoreSeries *series;

  if (number >= self->n_series)
    {
      /* those beyond it are free; few systems have so many that it matters */
      guint n = MIN (number + 1 + number / 8, REEVE_SQLITE_STORE_MAX_SERIES);

      self->series = g_renew (ReeveSqliteStoreSeries, self->series, n);
      memset (self->series + self->n_series, 0, (n - self->n_series) * sizeof *self->series);
      self->n_series = (guint16) n;
    }
  series = &self->series[number];
  series->label = reeve_sqlite_store_label_get (shape, instance);
  series->columns = 0;
  series->day = (gint32) day;
  return series;
}

/* The row at hand of the series of @system. */
static gboolean
reeve_sqlite_store_catalogue_take_series (ReeveSqliteStoreCatalogue *self,
                                          ReeveSqliteStoreDatabase *database,
                                          ReeveSqliteStoreSystem *system, sqlite3_stmt *statement,
                                          GError **error)
{
  const gint64 number = sqlite3_column_int64 (statement, 0);
  const char *instance = reeve_sqlite_store_text_get (database, statement, 2, error);
  const char *kind =
      instance != NULL ? reeve_sqlite_store_text_get (database, statement, 5, error) : NULL;
  ReeveSqliteStoreShape *shape;

  if (kind == NULL)
    return FALSE;
  shape =
      reeve_sqlite_store_catalogue_remember_shape (self, sqlite3_column_int64 (statement, 1), kind);
  if (number >= 0 && number < REEVE_SQLITE_STORE_MAX_SERIES &&
      (number >= system->n_series || system->series[number].label == NULL))
    reeve_sqlite_store_system_remember (system, shape, instance, (guint) number,
                                        sqlite3_column_int64 (statement, 3))
        ->columns = (guint64) sqlite3_column_int64 (statement, 4);
  return TRUE;
}

static gboolean
reeve_sqlite_store_catalogue_read_series (ReeveSqliteStoreCatalogue *self,
                                          ReeveSqliteStoreDatabase *database,
                                          ReeveSqliteStoreSystem *system, GError **error)
{
  sqlite3_stmt *statement = reeve_sqlite_store_database_query (
      database,
      "SELECT number, shape, instance, day, columns, kind FROM series JOIN shape"
      " ON shape.id = series.shape WHERE system = ?1",
      error);
  gboolean row;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, system->id);
  do
    if (!reeve_sqlite_store_database_step (database, statement, &row, error) ||
        (row &&
         !reeve_sqlite_store_catalogue_take_series (self, database, system, statement, error)))
      return FALSE;
  while (row);
  return TRUE;
}

/* The small number of @name, made when there is none. */
static gboolean
reeve_sqlite_store_catalogue_ensure_id (ReeveSqliteStoreDatabase *database, const char *name,
                                        gint64 *ret_id, GError **error)
{
  sqlite3_stmt *statement =
      reeve_sqlite_store_database_query (database, "SELECT id FROM system WHERE name = ?1", error);
  gboolean row;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_text (statement, 1, name, -1, SQLITE_STATIC);
  if (!reeve_sqlite_store_database_step (database, statement, &row, error))
    return FALSE;
  if (!row)
    {
      statement =
          reeve_sqlite_store_database_query (database,
                                             "INSERT INTO system (name) VALUES (?1) RETURNING id",
                                             error);
      if (statement == NULL)
        return FALSE;
      sqlite3_bind_text (statement, 1, name, -1, SQLITE_STATIC);
      if (!reeve_sqlite_store_database_step (database, statement, &row, error))
        return FALSE;
    }
  *ret_id = sqlite3_column_int64 (statement, 0);
  sqlite3_reset (statement);
  return TRUE;
}

ReeveSqliteStoreSystem *
reeve_sqlite_store_catalogue_get_system (ReeveSqliteStoreCatalogue *self,
                                         ReeveSqliteStoreDatabase *database, const char *name,
                                         GError **error)
{
  ReeveSqliteStoreSystem *system = g_hash_table_lookup (self->systems, name);
  gsize size = strlen (name) + 1;

  if (system != NULL)
    return system;
  system = g_malloc0 (sizeof *system + size);
  memcpy (system->name, name, size);
  if (!reeve_sqlite_store_catalogue_ensure_id (database, name, &system->id, error) ||
      !reeve_sqlite_store_catalogue_read_series (self, database, system, error))
    {
      reeve_sqlite_store_system_free (system);
      return NULL;
    }
  g_hash_table_insert (self->systems, system->name, system);
  return system;
}

gboolean
reeve_sqlite_store_catalogue_write_series (ReeveSqliteStoreSystem *self,
                                           ReeveSqliteStoreDatabase *database, guint number,
                                           GError **error)
{
  const ReeveSqliteStoreSeries *series = &self->series[number];
  sqlite3_stmt *statement = reeve_sqlite_store_database_query (
      database,
      "INSERT INTO series (system, number, shape, instance, day, columns)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (system, number)"
      " DO UPDATE SET day = excluded.day, columns = excluded.columns",
      error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, self->id);
  sqlite3_bind_int64 (statement, 2, number);
  sqlite3_bind_int64 (statement, 3, series->label->shape->id);
  sqlite3_bind_text (statement, 4, series->label->instance, -1, SQLITE_STATIC);
  sqlite3_bind_int64 (statement, 5, series->day);
  sqlite3_bind_int64 (statement, 6, (gint64) series->columns);
  return reeve_sqlite_store_database_run (database, statement, error);
}

void
reeve_sqlite_store_catalogue_note_limit (ReeveSqliteStoreCatalogue *self,
                                         ReeveSqliteStoreLimit limit, const char *kind)
{
  if (self->limit != REEVE_SQLITE_STORE_LIMIT_NONE)
    return;
  self->limit = limit;
  self->limit_kind = kind;
}

/* A number for a series of @plan, -1 when the system at hand has too much. */
static int
reeve_sqlite_store_catalogue_find_number (ReeveSqliteStoreCatalogue *self,
                                          const ReeveSqliteStorePlan *plan)
{
  const ReeveSqliteStoreIndex *index = &self->index;
  /* of this shape: those of an older one may still be kept, but come no more */
  guint instances =
      plan->shape != NULL ? GPOINTER_TO_UINT (g_hash_table_lookup (index->shapes, plan->shape)) : 0;
  gboolean known = g_hash_table_contains (index->kinds, plan->kind);
  int number = -1;

  if (instances >= self->limits.instances)
    reeve_sqlite_store_catalogue_note_limit (self, REEVE_SQLITE_STORE_LIMIT_INSTANCES, plan->kind);
  else if (!known && g_hash_table_size (index->kinds) >= self->limits.kinds)
    reeve_sqlite_store_catalogue_note_limit (self, REEVE_SQLITE_STORE_LIMIT_KINDS, plan->kind);
  else if (instances == 0 &&
           g_hash_table_size (index->shapes) >= self->limits.kinds * REEVE_SQLITE_STORE_KIND_SHAPES)
    reeve_sqlite_store_catalogue_note_limit (self, REEVE_SQLITE_STORE_LIMIT_SHAPES, plan->kind);
  else
    {
      number = reeve_sqlite_store_index_find_number (&self->index);
      if (number < 0)
        reeve_sqlite_store_catalogue_note_limit (self, REEVE_SQLITE_STORE_LIMIT_SERIES, plan->kind);
    }
  return number;
}

/* The number of a series that there is, or NO_HINT. */
static guint16
reeve_sqlite_store_catalogue_find_series (ReeveSqliteStoreCatalogue *self,
                                          ReeveSqliteStoreSystem *system,
                                          const ReeveSqliteStoreWanted *wanted, guint16 guess)
{
  const ReeveSqliteStoreLabel key = { .shape = wanted->plan->shape, .instance = wanted->instance };
  const ReeveSqliteStoreLabel *label = NULL;
  guint number;

  if (key.shape == NULL)
    return REEVE_SQLITE_STORE_NO_HINT;
  if (guess < system->n_series)
    label = system->series[guess].label;
  if (label != NULL && reeve_sqlite_store_label_equal (label, &key))
    return guess;
  label = g_hash_table_lookup (key.shape->labels, &key);
  if (label == NULL)
    return REEVE_SQLITE_STORE_NO_HINT;
  reeve_sqlite_store_index_set (&self->index, system);
  number = GPOINTER_TO_UINT (g_hash_table_lookup (self->index.numbers, label));
  return number > 0 ? (guint16) (number - 1) : REEVE_SQLITE_STORE_NO_HINT;
}

gboolean
reeve_sqlite_store_catalogue_ensure_series (ReeveSqliteStoreCatalogue *self,
                                            ReeveSqliteStoreDatabase *database,
                                            ReeveSqliteStoreSystem *system,
                                            const ReeveSqliteStoreWanted *wanted,
                                            guint16 *ret_number, GError **error)
{
  ReeveSqliteStorePlan *plan = wanted->plan;
  int number;

  if (!reeve_sqlite_store_catalogue_find_shape (self, database, plan, error))
    return FALSE;
  *ret_number = reeve_sqlite_store_catalogue_find_series (self, system, wanted, *ret_number);
  if (*ret_number != REEVE_SQLITE_STORE_NO_HINT)
    {
      ReeveSqliteStoreSeries *series = &system->series[*ret_number];

      if (series->day >= wanted->day)
        return TRUE;
      series->day = (gint32) wanted->day;
      return reeve_sqlite_store_catalogue_write_series (system, database, *ret_number, error);
    }
  reeve_sqlite_store_index_set (&self->index, system);
  number = reeve_sqlite_store_catalogue_find_number (self, plan);
  if (number < 0)
    return TRUE;
  if (plan->shape == NULL && !reeve_sqlite_store_catalogue_make_shape (self, database, plan, error))
    return FALSE;
  reeve_sqlite_store_system_remember (system, plan->shape, wanted->instance, (guint) number,
                                      wanted->day);
  reeve_sqlite_store_index_add (&self->index, (guint) number);
  *ret_number = (guint16) number;
  return reeve_sqlite_store_catalogue_write_series (system, database, (guint) number, error);
}
