/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The check after opening. SQLite's own looks at pages and trees, not at what lies in them; the
 * sums of the blocks say the rest. */

#include "config.h"

#include "reeve-sqlite-store-check.h"

#include <string.h>

#include "reeve-sqlite-store-block.h"
#include "reeve-sqlite-store-seal.h"

#define REEVE_SQLITE_STORE_CHECK_TEXT 200
/* Each page is read once. */
#define REEVE_SQLITE_STORE_CHECK_CACHE (256 * 1024)

struct _ReeveSqliteStoreCheck
{
  grefcount refs; /* whoever started it, and the job */
  ReeveSqliteStoreCore *core;
  ReeveWorker *worker; /* NULL: ended, or to be ended */
  GCancellable *cancellable;
  char *path;
  gboolean done;
  /* the thread's */
  GPtrArray *troubles; /* of char * */
};

static void
reeve_sqlite_store_check_unref (gpointer data)
{
  ReeveSqliteStoreCheck *self = data;

  if (!g_ref_count_dec (&self->refs))
    return;
  g_ptr_array_unref (self->troubles);
  g_object_unref (self->cancellable);
  g_free (self->path);
  g_free (self);
}

/* ---- thread ---- */

static void
reeve_sqlite_store_check_note (ReeveSqliteStoreCheck *self, char *text)
{
  if (self->troubles->len < REEVE_SQLITE_STORE_CHECK_TROUBLES)
    g_ptr_array_add (self->troubles, text);
  else
    g_free (text);
}

static gboolean
reeve_sqlite_store_check_structure (ReeveSqliteStoreCheck *self, ReeveSqliteStoreDatabase *database,
                                    GError **error)
{
  sqlite3_stmt *statement =
      reeve_sqlite_store_database_query (database, "PRAGMA quick_check", error);
  gboolean row = TRUE;

  if (statement == NULL)
    return FALSE;
  while (row)
    {
      const char *text;

      if (!reeve_sqlite_store_database_step (database, statement, &row, error))
        return FALSE;
      text = row ? (const char *) sqlite3_column_text (statement, 0) : NULL;
      if (text != NULL && strcmp (text, "ok") != 0)
        {
          g_autofree char *line = g_strdelimit (g_strdup (text), "\n", ' ');

          reeve_sqlite_store_check_note (self, reeve_text_clean (line, -1,
                                                                 REEVE_SQLITE_STORE_CHECK_TEXT));
        }
    }
  return TRUE;
}

/* What SQLite cannot read it has said already. */
static gboolean
reeve_sqlite_store_check_blocks (ReeveSqliteStoreCheck *self, ReeveSqliteStoreDatabase *database,
                                 GError **error)
{
  sqlite3_stmt *statement =
      reeve_sqlite_store_database_query (database,
                                         "SELECT block.id, block.body, system.name FROM block"
                                         " LEFT JOIN system ON system.id = block.id >> 26",
                                         error);
  gboolean row = TRUE;

  if (statement == NULL)
    return FALSE;
  while (row)
    {
      gboolean rows[REEVE_SQLITE_STORE_MAX_ROWS];
      ReeveSqliteStoreBlock block;
      guint damaged, tier;
      gint64 id;

      if (!reeve_sqlite_store_database_step (database, statement, &row, error))
        return FALSE;
      if (!row)
        break;
      id = sqlite3_column_int64 (statement, 0);
      tier = reeve_sqlite_store_seal_get_tier (id);
      block = reeve_sqlite_store_block_open (sqlite3_column_blob (statement, 1),
                                             (gsize) sqlite3_column_bytes (statement, 1),
                                             reeve_sqlite_store_tiers[tier].block_rows);
      reeve_sqlite_store_block_list_rows (&block, rows, &damaged);
      if (damaged > 0)
        {
          g_autofree char *begin =
              reeve_sqlite_store_seal_format_minute (reeve_sqlite_store_seal_get_begin (id));

          reeve_sqlite_store_check_note (
              self, g_strdup_printf ("a part of the history of system %s in the block from %s on",
                                     (const char *) sqlite3_column_text (statement, 2), begin));
        }
    }
  return TRUE;
}

static gpointer
reeve_sqlite_store_check_thread (gpointer data, GCancellable *cancellable, GError **error)
{
  ReeveSqliteStoreCheck *self = data;
  g_autoptr (ReeveSqliteStoreDatabase) database =
      reeve_sqlite_store_database_open_reader (self->path, REEVE_SQLITE_STORE_CHECK_CACHE, error);

  if (database == NULL)
    return NULL;
  reeve_sqlite_store_database_set_cancellable (database, cancellable);
  if (reeve_sqlite_store_check_structure (self, database, error) && self->troubles->len == 0)
    reeve_sqlite_store_check_blocks (self, database, error);
  reeve_sqlite_store_database_set_cancellable (database, NULL);
  return NULL;
}

/* ---- main thread ---- */

/* @error: what ended it early, or NULL. */
static void
reeve_sqlite_store_check_say (ReeveSqliteStoreCheck *self, const GError *error)
{
  ReeveContext *context = reeve_sqlite_store_core_get_context (self->core);

  for (guint i = 0; i < self->troubles->len; i++)
    {
      const char *trouble = g_ptr_array_index (self->troubles, i);

      reeve_log_warning (
          context,
          "the database %s is damaged (%s): what it holds besides is served; restore a "
          "backup, or stop the hub and try \"sqlite3 %s .recover\"",
          self->path, trouble, self->path);
      reeve_context_emit (context, REEVE_SEVERITY_CRITICAL, "store", "", NULL,
                          "the database %s is damaged: %s", self->path, trouble);
    }
  if (error == NULL || self->troubles->len > 0)
    return;
  reeve_log_warning (context, "looking through the file: %s", error->message);
  reeve_context_emit (context, REEVE_SEVERITY_CRITICAL, "store", "", NULL,
                      "looking through the file: %s", error->message);
}

static void
reeve_sqlite_store_check_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result,
                             gpointer user_data)
{
  ReeveSqliteStoreCheck *self = user_data;
  g_autoptr (GError) error = NULL;

  reeve_worker_run_finish (result, &error);
  self->done = TRUE;
  if (self->worker == NULL)
    {
      reeve_sqlite_store_check_unref (self);
      return;
    }
  if (g_error_matches (error, REEVE_ERROR, REEVE_ERROR_TIMEOUT))
    reeve_log_info (reeve_sqlite_store_core_get_context (self->core),
                    "%s is too large to be checked within %d s at the start", self->path,
                    REEVE_SQLITE_STORE_CHECK_MS / 1000);
  else
    reeve_sqlite_store_check_say (self, error);
  reeve_sqlite_store_check_unref (self);
}

ReeveSqliteStoreCheck *
reeve_sqlite_store_check_start (ReeveSqliteStoreCore *core)
{
  ReeveSqliteStoreCheck *self = g_new0 (ReeveSqliteStoreCheck, 1);

  g_ref_count_init (&self->refs);
  self->core = core;
  self->path = g_strdup (reeve_sqlite_store_core_get_path (core));
  self->cancellable = g_cancellable_new ();
  self->troubles = g_ptr_array_new_with_free_func (g_free);
  self->worker =
      reeve_context_add_worker (reeve_sqlite_store_core_get_context (core), "check", 1, 1);
  g_ref_count_inc (&self->refs); /* the thread's */
  g_ref_count_inc (&self->refs); /* the callback's */
  reeve_worker_run_async (self->worker, reeve_sqlite_store_check_thread, self,
                          reeve_sqlite_store_check_unref, NULL, REEVE_SQLITE_STORE_CHECK_MS,
                          self->cancellable, reeve_sqlite_store_check_cb, self);
  return self;
}

gboolean
reeve_sqlite_store_check_is_done (ReeveSqliteStoreCheck *self)
{
  return self->done;
}

void
reeve_sqlite_store_check_free (ReeveSqliteStoreCheck *self)
{
  ReeveWorker *worker = g_steal_pointer (&self->worker);

  g_cancellable_cancel (self->cancellable);
  reeve_worker_free (worker, REEVE_SQLITE_STORE_GRACE_MS);
  reeve_sqlite_store_check_unref (self);
}
