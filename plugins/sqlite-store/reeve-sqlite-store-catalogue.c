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

/* ---- sets ---- */

static guint
reeve_sqlite_store_shape_hash (gconstpointer data)
{
  const ReeveSqliteStoreShape *shape = data;

  return g_str_hash (shape->kind) * 31 + g_str_hash (shape->metrics);
}

static gboolean
reeve_sqlite_store_shape_equal (gconstpointer a, gconstpointer b)
{
  const ReeveSqliteStoreShape *one = a, *other = b;

  return strcmp (one->kind, other->kind) == 0 && strcmp (one->metrics, other->metrics) == 0;
}

static void
reeve_sqlite_store_shape_free (gpointer data)
{
  ReeveSqliteStoreShape *shape = data;

  g_free (shape->kind);
  g_free (shape->metrics);
  g_free (shape);
}

/* The shape's address, which no peer knows, keeps made-up names from falling together. */
static guint
reeve_sqlite_store_series_hash (gconstpointer data)
{
  const ReeveSqliteStoreSeries *series = data;
  guint64 seed = (guint64) (guintptr) series->shape | 1;
  guint64 hash = seed;

  for (const char *p = series->instance; *p != '\0'; p++)
    {
      hash = (hash + (guint8) *p) * (seed ^ G_GUINT64_CONSTANT (0x9e3779b97f4a7c14));
      hash ^= hash >> 29;
    }
  return (guint) (hash ^ hash >> 32);
}

static gboolean
reeve_sqlite_store_series_equal (gconstpointer a, gconstpointer b)
{
  const ReeveSqliteStoreSeries *one = a, *other = b;

  return one->shape == other->shape && strcmp (one->instance, other->instance) == 0;
}

static void
reeve_sqlite_store_series_free (gpointer data)
{
  ReeveSqliteStoreSeries *series = data;

  g_free (series->instance);
  g_free (series);
}

static void
reeve_sqlite_store_system_free (gpointer data)
{
  ReeveSqliteStoreSystem *system = data;

  g_free (system->name);
  g_hash_table_unref (system->series);
  g_hash_table_unref (system->kinds);
  g_ptr_array_unref (system->hints);
  g_free (system);
}

/* ---- life ---- */

ReeveSqliteStoreCatalogue *
reeve_sqlite_store_catalogue_new (void)
{
  ReeveSqliteStoreCatalogue *self = g_new0 (ReeveSqliteStoreCatalogue, 1);

  self->systems =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, reeve_sqlite_store_system_free);
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
  g_hash_table_remove_all (self->systems);
  reeve_sqlite_store_catalogue_drop_foreign (self);
  g_clear_pointer (&self->standard, g_array_unref);
  g_clear_pointer (&self->shapes_byid, g_hash_table_unref);
  g_clear_pointer (&self->shapes, g_hash_table_unref);
}

void
reeve_sqlite_store_catalogue_free (ReeveSqliteStoreCatalogue *self)
{
  reeve_sqlite_store_catalogue_drop_all (self);
  g_hash_table_unref (self->systems);
  g_array_unref (self->items);
  g_byte_array_unref (self->body);
  g_free (self);
}

void
reeve_sqlite_store_catalogue_drop_system (ReeveSqliteStoreCatalogue *self, gint64 id)
{
  GHashTableIter iter;
  gpointer system;

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
                                             const char *kind, const char *metrics)
{
  ReeveSqliteStoreShape *shape = g_new0 (ReeveSqliteStoreShape, 1);

  shape->id = id;
  shape->kind = g_strdup (kind);
  shape->metrics = g_strdup (metrics);
  g_hash_table_add (self->shapes, shape);
  g_hash_table_insert (self->shapes_byid, &shape->id, shape);
  return shape;
}

static gboolean
reeve_sqlite_store_catalogue_read_shapes (ReeveSqliteStoreCatalogue *self,
                                          ReeveSqliteStoreDatabase *database, GError **error)
{
  sqlite3_stmt *statement =
      reeve_sqlite_store_database_query (database, "SELECT id, kind, metrics FROM shape", error);
  gboolean row;

  if (statement == NULL)
    return FALSE;
  self->shapes =
      g_hash_table_new_full (reeve_sqlite_store_shape_hash, reeve_sqlite_store_shape_equal,
                             reeve_sqlite_store_shape_free, NULL);
  self->shapes_byid = g_hash_table_new (g_int64_hash, g_int64_equal);
  do
    {
      if (!reeve_sqlite_store_database_step (database, statement, &row, error))
        {
          reeve_sqlite_store_catalogue_drop_all (self);
          return FALSE;
        }
      if (row)
        reeve_sqlite_store_catalogue_remember_shape (self, sqlite3_column_int64 (statement, 0),
                                                     (const char *) sqlite3_column_text (statement,
                                                                                         1),
                                                     (const char *) sqlite3_column_text (statement,
                                                                                         2));
    }
  while (row);
  return TRUE;
}

/* Gives @plan its shape, unless there are too many. */
gboolean
reeve_sqlite_store_catalogue_ensure_shape (ReeveSqliteStoreCatalogue *self,
                                           ReeveSqliteStoreDatabase *database,
                                           ReeveSqliteStorePlan *plan, GError **error)
{
  ReeveSqliteStoreShape wanted = { .kind = plan->kind, .metrics = plan->text };
  sqlite3_stmt *statement;
  gboolean row;

  plan->shape = g_hash_table_lookup (self->shapes, &wanted);
  if (plan->shape != NULL || g_hash_table_size (self->shapes) >= REEVE_SQLITE_STORE_MAX_SHAPES)
    return TRUE;
  statement = reeve_sqlite_store_database_query (
      database, "INSERT INTO shape (kind, metrics) VALUES (?1, ?2) RETURNING id", error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_text (statement, 1, plan->kind, -1, SQLITE_STATIC);
  sqlite3_bind_text (statement, 2, plan->text, -1, SQLITE_STATIC);
  if (!reeve_sqlite_store_database_step (database, statement, &row, error))
    return FALSE;
  plan->shape =
      reeve_sqlite_store_catalogue_remember_shape (self, sqlite3_column_int64 (statement, 0),
                                                   plan->kind, plan->text);
  sqlite3_reset (statement);
  return TRUE;
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
reeve_sqlite_store_catalogue_make_plans (ReeveSqliteStoreCatalogue *self,
                                         ReeveSqliteStoreDatabase *database, ReeveSchema *schema,
                                         GError **error)
{
  guint n = reeve_schema_get_n_kinds (schema);
  g_autoptr (GArray) plans = NULL;

  if (self->shapes == NULL && !reeve_sqlite_store_catalogue_read_shapes (self, database, error))
    return NULL;
  plans = g_array_sized_new (FALSE, TRUE, sizeof (ReeveSqliteStorePlan), n);
  g_array_set_clear_func (plans, reeve_sqlite_store_plan_clear);
  g_array_set_size (plans, n);
  for (guint i = 0; i < n; i++)
    {
      ReeveSqliteStorePlan *plan = &g_array_index (plans, ReeveSqliteStorePlan, i);
      const ReeveKind *kind = reeve_schema_get_kind (schema, i);

      plan->kind = g_strdup (kind->name);
      plan->text = reeve_sqlite_store_shape_describe (kind, plan->metrics, &plan->n);
    }
  return g_steal_pointer (&plans);
}

GArray *
reeve_sqlite_store_catalogue_get_plans (ReeveSqliteStoreCatalogue *self,
                                        ReeveSqliteStoreDatabase *database, ReeveSchema *schema,
                                        GError **error)
{
  if (schema == reeve_schema_get_standard ())
    {
      if (self->standard == NULL)
        self->standard = reeve_sqlite_store_catalogue_make_plans (self, database, schema, error);
      return self->standard;
    }
  if (self->foreign_schema != schema)
    {
      reeve_sqlite_store_catalogue_drop_foreign (self);
      self->foreign = reeve_sqlite_store_catalogue_make_plans (self, database, schema, error);
      self->foreign_schema = self->foreign != NULL ? schema : NULL;
    }
  return self->foreign;
}

/* ---- systems and series ---- */

static ReeveSqliteStoreSeries *
reeve_sqlite_store_system_remember (ReeveSqliteStoreSystem *self, ReeveSqliteStoreShape *shape,
                                    const char *instance, guint number, gint64 day)
{
  ReeveSqliteStoreSeries *series = g_new0 (ReeveSqliteStoreSeries, 1);

  series->shape = shape;
  series->instance = g_strdup (instance);
  series->number = number;
  series->day = day;
  self->used[number / 64] |= G_GUINT64_CONSTANT (1) << number % 64;
  g_hash_table_add (self->series, series);
  g_hash_table_insert (self->kinds, shape->kind,
                       GUINT_TO_POINTER (
                           GPOINTER_TO_UINT (g_hash_table_lookup (self->kinds, shape->kind)) + 1));
  return series;
}

static gboolean
reeve_sqlite_store_catalogue_read_series (ReeveSqliteStoreCatalogue *self,
                                          ReeveSqliteStoreDatabase *database,
                                          ReeveSqliteStoreSystem *system, GError **error)
{
  sqlite3_stmt *statement = reeve_sqlite_store_database_query (
      database, "SELECT number, shape, instance, day, columns FROM series WHERE system = ?1",
      error);
  gboolean row;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, system->id);
  do
    {
      ReeveSqliteStoreShape *shape;
      gint64 number, id;

      if (!reeve_sqlite_store_database_step (database, statement, &row, error))
        return FALSE;
      if (!row)
        continue;
      number = sqlite3_column_int64 (statement, 0);
      id = sqlite3_column_int64 (statement, 1);
      shape = g_hash_table_lookup (self->shapes_byid, &id);
      if (shape != NULL && number >= 0 && number < REEVE_SQLITE_STORE_MAX_SERIES)
        reeve_sqlite_store_system_remember (system, shape,
                                            (const char *) sqlite3_column_text (statement, 2),
                                            (guint) number, sqlite3_column_int64 (statement, 3))
            ->columns = (guint64) sqlite3_column_int64 (statement, 4);
    }
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

  if (system != NULL)
    return system;
  system = g_new0 (ReeveSqliteStoreSystem, 1);
  system->name = g_strdup (name);
  system->series =
      g_hash_table_new_full (reeve_sqlite_store_series_hash, reeve_sqlite_store_series_equal,
                             reeve_sqlite_store_series_free, NULL);
  system->kinds = g_hash_table_new (g_str_hash, g_str_equal);
  system->hints = g_ptr_array_new ();
  if (!reeve_sqlite_store_catalogue_ensure_id (database, name, &system->id, error) ||
      !reeve_sqlite_store_catalogue_read_series (self, database, system, error))
    {
      reeve_sqlite_store_system_free (system);
      return NULL;
    }
  g_hash_table_insert (self->systems, system->name, system);
  return system;
}

/* -1 when all are taken. */
static int
reeve_sqlite_store_system_find_number (ReeveSqliteStoreSystem *self)
{
  for (guint i = 0; i < REEVE_SQLITE_STORE_SERIES_WORDS; i++)
    if (self->used[i] != G_MAXUINT64)
      return (int) (i * 64) + __builtin_ctzll (~self->used[i]);
  return -1;
}

gboolean
reeve_sqlite_store_catalogue_write_series (ReeveSqliteStoreSystem *self,
                                           ReeveSqliteStoreDatabase *database,
                                           const ReeveSqliteStoreSeries *series, GError **error)
{
  sqlite3_stmt *statement = reeve_sqlite_store_database_query (
      database,
      "INSERT INTO series (system, number, shape, instance, day, columns)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (system, number)"
      " DO UPDATE SET day = excluded.day, columns = excluded.columns",
      error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, self->id);
  sqlite3_bind_int64 (statement, 2, series->number);
  sqlite3_bind_int64 (statement, 3, series->shape->id);
  sqlite3_bind_text (statement, 4, series->instance, -1, SQLITE_STATIC);
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

/* A number for a series of @kind, -1 when the system has too many. */
static int
reeve_sqlite_store_catalogue_find_number (ReeveSqliteStoreCatalogue *self,
                                          ReeveSqliteStoreSystem *system, const char *kind)
{
  guint instances = GPOINTER_TO_UINT (g_hash_table_lookup (system->kinds, kind));
  int number = -1;

  if (instances >= self->limits.instances)
    reeve_sqlite_store_catalogue_note_limit (self, REEVE_SQLITE_STORE_LIMIT_INSTANCES, kind);
  else if (instances == 0 && g_hash_table_size (system->kinds) >= self->limits.kinds)
    reeve_sqlite_store_catalogue_note_limit (self, REEVE_SQLITE_STORE_LIMIT_KINDS, kind);
  else
    {
      number = reeve_sqlite_store_system_find_number (system);
      if (number < 0)
        reeve_sqlite_store_catalogue_note_limit (self, REEVE_SQLITE_STORE_LIMIT_SERIES, kind);
    }
  return number;
}

gboolean
reeve_sqlite_store_catalogue_ensure_series (ReeveSqliteStoreCatalogue *self,
                                            ReeveSqliteStoreDatabase *database,
                                            ReeveSqliteStoreSystem *system,
                                            ReeveSqliteStoreSeries *wanted,
                                            ReeveSqliteStoreSeries **ret_series, GError **error)
{
  ReeveSqliteStoreSeries *series = *ret_series;
  int number;

  if (series == NULL || !reeve_sqlite_store_series_equal (series, wanted))
    series = g_hash_table_lookup (system->series, wanted);
  *ret_series = series;
  if (series != NULL)
    {
      if (series->day >= wanted->day)
        return TRUE;
      series->day = wanted->day;
      return reeve_sqlite_store_catalogue_write_series (system, database, series, error);
    }
  number = reeve_sqlite_store_catalogue_find_number (self, system, wanted->shape->kind);
  if (number < 0)
    return TRUE;
  *ret_series = reeve_sqlite_store_system_remember (system, wanted->shape, wanted->instance,
                                                    (guint) number, wanted->day);
  return reeve_sqlite_store_catalogue_write_series (system, database, *ret_series, error);
}
