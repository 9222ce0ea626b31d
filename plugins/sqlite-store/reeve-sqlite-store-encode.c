/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Samples become bodies here. Nearly every sample of a system has the rows of the one before, so
 * each row is first compared with the series that stood at its place last time; only what is new or
 * moved is looked up by name.
 *
 * A sample counts for the minute it lies in. As a system is asked once a minute at its own second,
 * a few milliseconds decide about the minute when that second is near the turn: two samples would
 * fall into one minute and none into the next, and the chart would have a hole. So a system's
 * second is followed, and near the turn its samples count one minute after the other.
 */

#include "config.h"

#include <string.h>

#include "reeve-sqlite-store-catalogue-private.h"

static gint64
reeve_sqlite_store_system_place (ReeveSqliteStoreSystem *self, gint64 time)
{
  const gint64 half = REEVE_SQLITE_STORE_MINUTE_US / 2;
  gint64 minute = time / REEVE_SQLITE_STORE_MINUTE_US;
  gint64 offset = time % REEVE_SQLITE_STORE_MINUTE_US;
  gint64 slot = (time - self->phase) / REEVE_SQLITE_STORE_MINUTE_US;

  if (self->last > 0 && time < self->last + half)
    {
      self->last = MAX (self->last, time);
      return minute;
    }
  if (self->last > 0 && (slot == minute ||
                         (slot == minute + 1 &&
                          offset >= REEVE_SQLITE_STORE_MINUTE_US - REEVE_SQLITE_STORE_SHIFT_US) ||
                         (slot == minute - 1 && offset < REEVE_SQLITE_STORE_SHIFT_US)))
    self->phase += ((time - self->phase) % REEVE_SQLITE_STORE_MINUTE_US - half) / 4;
  else
    {
      slot = minute;
      self->phase = offset - half;
    }
  self->last = time;
  return slot;
}

static int
reeve_sqlite_store_item_compare (gconstpointer a, gconstpointer b)
{
  const ReeveSqliteStoreItem *one = a, *other = b;

  return (int) one->number - (int) other->number;
}

static void
reeve_sqlite_store_system_reserve_hints (ReeveSqliteStoreSystem *self, guint n)
{
  if (n <= self->n_hints)
    return;
  self->hints = g_renew (guint16, self->hints, n);
  while (self->n_hints < n)
    self->hints[self->n_hints++] = REEVE_SQLITE_STORE_NO_HINT;
}

/* Gives each kept row of @sample its series' number, ascending in self->items. */
static gboolean
reeve_sqlite_store_catalogue_number_rows (ReeveSqliteStoreCatalogue *self,
                                          ReeveSqliteStoreDatabase *database,
                                          ReeveSqliteStoreSystem *system, ReeveSample *sample,
                                          GError **error)
{
  GArray *plans = reeve_sqlite_store_catalogue_get_plans (self, reeve_sample_get_schema (sample));
  gint64 day = reeve_sample_get_time (sample) / REEVE_SQLITE_STORE_MINUTE_US /
               REEVE_SQLITE_STORE_DAY_MINUTES;
  guint n = reeve_sample_get_n_rows (sample);
  gboolean sorted = TRUE;
  int last = -1;

  g_array_set_size (self->items, 0);
  reeve_sqlite_store_system_reserve_hints (system, n);
  for (guint i = 0; i < n; i++)
    {
      ReeveSqliteStoreWanted wanted = { .day = day };
      guint16 *hint = &system->hints[i];
      ReeveSqliteStoreItem item = { .row = i };
      guint kind;

      reeve_sample_get_row (sample, i, &kind, &wanted.instance);
      item.plan = wanted.plan = &g_array_index (plans, ReeveSqliteStorePlan, kind);
      if (item.plan->text == NULL)
        continue;
      if (!reeve_sqlite_store_catalogue_ensure_series (self, database, system, &wanted, hint,
                                                       error))
        return FALSE;
      if (*hint == REEVE_SQLITE_STORE_NO_HINT)
        continue;
      item.number = *hint;
      sorted &= (int) item.number > last;
      last = (int) item.number;
      g_array_append_val (self->items, item);
    }
  if (!sorted)
    g_array_sort (self->items, reeve_sqlite_store_item_compare);
  return TRUE;
}

static gboolean
reeve_sqlite_store_catalogue_write_body (ReeveSqliteStoreCatalogue *self,
                                         ReeveSqliteStoreDatabase *database,
                                         ReeveSqliteStoreSystem *system, ReeveSample *sample,
                                         GError **error)
{
  int last = -1;

  reeve_sqlite_store_codec_begin (self->body);
  for (guint i = 0; i < self->items->len; i++)
    {
      const ReeveSqliteStoreItem *item = &g_array_index (self->items, ReeveSqliteStoreItem, i);
      ReeveSqliteStoreSeries *series = &system->series[item->number];
      double values[REEVE_SCHEMA_MAX_METRICS];
      guint64 present;

      if ((int) item->number <= last)
        continue;
      present =
          reeve_sample_get_numbers (sample, item->row, item->plan->metrics, item->plan->n, values);
      if (!reeve_sqlite_store_codec_add (self->body, &last, item->number, values, item->plan->n))
        {
          reeve_sqlite_store_catalogue_note_limit (self, REEVE_SQLITE_STORE_LIMIT_BODY,
                                                   item->plan->kind);
          continue;
        }
      if ((present & ~series->columns) == 0)
        continue;
      series->columns |= present;
      if (!reeve_sqlite_store_catalogue_write_series (system, database, item->number, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
reeve_sqlite_store_catalogue_encode (ReeveSqliteStoreCatalogue *self,
                                     ReeveSqliteStoreDatabase *database, const char *name,
                                     ReeveSample *sample, ReeveSqliteStorePlace *ret_place,
                                     GError **error)
{
  ReeveSqliteStoreSystem *system;

  self->limit = REEVE_SQLITE_STORE_LIMIT_NONE;
  self->n_samples++;
  system = reeve_sqlite_store_catalogue_get_system (self, database, name, error);
  if (system == NULL ||
      !reeve_sqlite_store_catalogue_number_rows (self, database, system, sample, error) ||
      !reeve_sqlite_store_catalogue_write_body (self, database, system, sample, error))
    return FALSE;
  ret_place->system = system->id;
  ret_place->minute = reeve_sqlite_store_system_place (system, reeve_sample_get_time (sample));
  ret_place->limit = self->limit;
  ret_place->limit_kind = self->limit_kind;
  ret_place->body = self->body;
  return TRUE;
}
