/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What changes in the fleet, told to everyone who looks. Rows are written once for all viewers, and
 * together: a fleet of thousands changes many times a second, a page need not. Samples go only to
 * who looks at their system, which the fleet asks each second for as long. */

#include "config.h"

#include "reeve-web-ui-whole.h"

#include <math.h>
#include <string.h>

#include "reeve-web-ui-viewer.h"

struct _ReeveWebUiWhole
{
  ReeveContext *context;
  guint watch;
  ReeveFleet *fleet; /* NULL: nobody knows systems now */
  guint fleet_watch;
  gboolean refused; /* the history takes no samples now */
  GPtrArray *viewers;
  GHashTable *changed; /* set of ids */
  GHashTable *removed; /* set of ids */
  ReeveTimer *flush;
  ReeveTimer *ping;
};

/* ---- events ---- */

typedef struct
{
  GString *text;
  GPtrArray *events; /* of GBytes */
} ReeveWebUiWholeRows;

static void
reeve_web_ui_whole_rows_close (ReeveWebUiWholeRows *self)
{
  if (self->text == NULL)
    return;
  g_string_append (self->text, "]}\n\n");
  g_ptr_array_add (self->events, g_string_free_to_bytes (g_steal_pointer (&self->text)));
}

static void
reeve_web_ui_whole_rows_open (ReeveWebUiWholeRows *self)
{
  self->text = g_string_new ("event: systems\ndata: {\"systems\":[");
}

static void
reeve_web_ui_whole_rows_add_cb (const ReeveSystemView *view, gpointer user_data)
{
  ReeveWebUiWholeRows *self = user_data;
  g_autoptr (GVariant) row = g_variant_ref_sink (reeve_system_view_to_variant (view));

  if (self->text != NULL && self->text->len > REEVE_WEB_UI_LIVE_MAX_EVENT)
    reeve_web_ui_whole_rows_close (self);
  if (self->text == NULL)
    reeve_web_ui_whole_rows_open (self);
  if (self->text->str[self->text->len - 1] != '[')
    g_string_append_c (self->text, ',');
  reeve_json_append_variant (self->text, row);
}

static void
reeve_web_ui_whole_send_all (ReeveWebUiWhole *self, GBytes *bytes)
{
  /* backwards: one that ends leaves the list */
  for (guint i = self->viewers->len; i-- > 0;)
    reeve_web_ui_viewer_send (g_ptr_array_index (self->viewers, i), bytes);
}

static void
reeve_web_ui_whole_send_rows (ReeveWebUiWhole *self)
{
  ReeveWebUiWholeRows rows = { NULL,
                               g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref) };
  GHashTableIter iter;
  gpointer id;

  g_hash_table_iter_init (&iter, self->changed);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    reeve_fleet_foreach (self->fleet, id, reeve_web_ui_whole_rows_add_cb, &rows);
  reeve_web_ui_whole_rows_close (&rows);
  for (guint i = 0; i < rows.events->len; i++)
    reeve_web_ui_whole_send_all (self, g_ptr_array_index (rows.events, i));
  g_ptr_array_unref (rows.events);
}

static void
reeve_web_ui_whole_send_removed (ReeveWebUiWhole *self)
{
  GHashTableIter iter;
  gpointer id;

  g_hash_table_iter_init (&iter, self->removed);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    {
      GString *text = g_string_new ("event: removed\ndata: {\"id\":");
      g_autoptr (GBytes) bytes = NULL;

      reeve_json_append_string (text, id);
      g_string_append (text, "}\n\n");
      bytes = g_string_free_to_bytes (text);
      reeve_web_ui_whole_send_all (self, bytes);
    }
}

/* Runs after everything that is sent, so that what was too much at once is sent too. */
static void
reeve_web_ui_whole_flush_cb (ReeveTimer *timer, gpointer user_data)
{
  ReeveWebUiWhole *self = user_data;
  gboolean more = FALSE;

  for (guint i = self->viewers->len; i-- > 0;)
    reeve_web_ui_viewer_send_waiting (g_ptr_array_index (self->viewers, i));
  if (self->fleet != NULL && self->viewers->len > 0)
    {
      reeve_web_ui_whole_send_rows (self);
      reeve_web_ui_whole_send_removed (self);
    }
  g_hash_table_remove_all (self->changed);
  g_hash_table_remove_all (self->removed);
  for (guint i = 0; i < self->viewers->len; i++)
    more |= reeve_web_ui_viewer_has_waiting (g_ptr_array_index (self->viewers, i));
  if (more)
    reeve_timer_start (self->flush, REEVE_WEB_UI_LIVE_COALESCE_MS);
}

static void
reeve_web_ui_whole_flush_soon (ReeveWebUiWhole *self)
{
  if (!reeve_timer_is_running (self->flush))
    reeve_timer_start (self->flush, REEVE_WEB_UI_LIVE_COALESCE_MS);
}

static void
reeve_web_ui_whole_append_value (GString *text, const ReeveKind *kind, const char *instance,
                                 const char *metric, double value)
{
  if (text->str[text->len - 1] != '[')
    g_string_append_c (text, ',');
  g_string_append (text, "{\"kind\":");
  reeve_json_append_string (text, kind->name);
  g_string_append (text, ",\"instance\":");
  reeve_json_append_string (text, instance);
  g_string_append (text, ",\"metric\":");
  reeve_json_append_string (text, metric);
  g_string_append (text, ",\"value\":");
  reeve_json_append_number (text, value);
  g_string_append_c (text, '}');
}

static void
reeve_web_ui_whole_append_row (GString *text, ReeveSample *sample, guint row)
{
  const char *instance;
  const ReeveKind *kind = reeve_sample_get_row (sample, row, NULL, &instance);

  for (guint i = 0; i < kind->n_metrics && !kind->facts; i++)
    {
      double value;

      if (kind->metrics[i].type == REEVE_METRIC_TEXT || !reeve_sample_has (sample, row, i))
        continue;
      value = reeve_sample_get_number (sample, row, i);
      if (!isnan (value))
        reeve_web_ui_whole_append_value (text, kind, instance, kind->metrics[i].name, value);
    }
}

static GBytes *
reeve_web_ui_whole_make_sample (const ReeveSystemView *view)
{
  GString *text = g_string_new ("event: sample\ndata: {\"system\":");

  reeve_json_append_string (text, view->id);
  g_string_append (text, ",\"time\":");
  reeve_json_append_number (text, reeve_sample_get_time (view->latest) / 1e6);
  g_string_append (text, ",\"series\":[");
  for (guint row = 0; row < reeve_sample_get_n_rows (view->latest); row++)
    reeve_web_ui_whole_append_row (text, view->latest, row);
  g_string_append (text, "]}\n\n");
  return g_string_free_to_bytes (text);
}

static void
reeve_web_ui_whole_send_sample (ReeveWebUiWhole *self, const ReeveSystemView *view)
{
  g_autoptr (GBytes) bytes = NULL;

  for (guint i = self->viewers->len; i-- > 0;)
    {
      ReeveWebUiViewer *viewer = g_ptr_array_index (self->viewers, i);

      if (strcmp (reeve_web_ui_viewer_get_system (viewer), view->id) != 0 ||
          !reeve_web_ui_viewer_is_new_sample (viewer, reeve_sample_get_time (view->latest)))
        continue;
      if (bytes == NULL)
        bytes = reeve_web_ui_whole_make_sample (view);
      reeve_web_ui_viewer_send (viewer, bytes);
    }
}

static GBytes *
reeve_web_ui_whole_make_history (ReeveWebUiWhole *self)
{
  GString *text = g_string_new ("event: history\ndata: {\"refused\":");

  g_string_append (text, self->refused ? "true}\n\n" : "false}\n\n");
  return g_string_free_to_bytes (text);
}

/* Whether samples are kept is told when it changes. */
static void
reeve_web_ui_whole_note_kept (ReeveWebUiWhole *self, const ReeveFleetChange *change)
{
  g_autoptr (GBytes) bytes = NULL;

  if (self->refused ? !change->stored : !change->refused)
    return;
  self->refused = !self->refused;
  bytes = reeve_web_ui_whole_make_history (self);
  reeve_web_ui_whole_send_all (self, bytes);
}

/* ---- the fleet ---- */

static void
reeve_web_ui_whole_change_cb (const ReeveSystemView *view, const ReeveFleetChange *change,
                              gpointer user_data)
{
  ReeveWebUiWhole *self = user_data;

  reeve_web_ui_whole_note_kept (self, change);
  if (self->viewers->len == 0)
    return;
  if (change->removed)
    {
      g_hash_table_remove (self->changed, view->id);
      g_hash_table_add (self->removed, g_strdup (view->id));
    }
  else
    {
      g_hash_table_remove (self->removed, view->id);
      g_hash_table_add (self->changed, g_strdup (view->id));
    }
  if (change->sample && view->latest != NULL)
    reeve_web_ui_whole_send_sample (self, view);
  reeve_web_ui_whole_flush_soon (self);
}

static void
reeve_web_ui_whole_added_cb (gpointer provider, const char *key, gpointer user_data)
{
  ReeveWebUiWhole *self = user_data;

  if (self->fleet != NULL)
    return;
  self->fleet = g_object_ref (provider);
}

/* The follows go with the fleet. */
static void
reeve_web_ui_whole_end_all (ReeveWebUiWhole *self)
{
  while (self->viewers->len > 0)
    {
      ReeveWebUiViewer *viewer = g_ptr_array_index (self->viewers, self->viewers->len - 1);

      if (self->fleet != NULL && *reeve_web_ui_viewer_get_system (viewer) != '\0')
        reeve_fleet_unfollow (self->fleet, reeve_web_ui_viewer_get_system (viewer));
      reeve_web_ui_viewer_end (viewer);
      g_ptr_array_remove_index (self->viewers, self->viewers->len - 1);
    }
  reeve_timer_stop (self->ping);
  reeve_timer_stop (self->flush);
}

static void
reeve_web_ui_whole_removed_cb (gpointer provider, const char *key, gpointer user_data)
{
  ReeveWebUiWhole *self = user_data;

  if (provider != self->fleet)
    return;
  reeve_web_ui_whole_end_all (self);
  if (self->fleet_watch != 0)
    reeve_fleet_unwatch (self->fleet, self->fleet_watch);
  self->fleet_watch = 0;
  g_clear_object (&self->fleet);
}

/* ---- viewers ---- */

void
reeve_web_ui_whole_check_sessions (ReeveWebUiWhole *self)
{
  for (guint i = self->viewers->len; i-- > 0;)
    reeve_web_ui_viewer_check_session (g_ptr_array_index (self->viewers, i));
}

static void
reeve_web_ui_whole_ping_cb (ReeveTimer *timer, gpointer user_data)
{
  ReeveWebUiWhole *self = user_data;
  g_autoptr (GBytes) bytes = g_bytes_new_static (": ping\n\n", 8);

  reeve_web_ui_whole_send_all (self, bytes);
  reeve_web_ui_whole_check_sessions (self);
  if (self->viewers->len == 0)
    return;
  reeve_web_ui_whole_flush_soon (self);
  reeve_timer_start (self->ping, REEVE_WEB_UI_LIVE_PING_MS);
}

static void
reeve_web_ui_whole_ended_cb (gpointer viewer, gpointer user_data)
{
  ReeveWebUiWhole *self = user_data;

  if (self->fleet != NULL && *reeve_web_ui_viewer_get_system (viewer) != '\0')
    reeve_fleet_unfollow (self->fleet, reeve_web_ui_viewer_get_system (viewer));
  g_ptr_array_remove (self->viewers, viewer);
  if (self->viewers->len > 0 || self->fleet_watch == 0)
    return;
  if (self->fleet != NULL)
    reeve_fleet_unwatch (self->fleet, self->fleet_watch);
  self->fleet_watch = 0;
}

static void
reeve_web_ui_whole_found_cb (const ReeveSystemView *view, gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
}

/* The whole fleet first. */
static void
reeve_web_ui_whole_welcome (ReeveWebUiWhole *self, ReeveWebUiViewer *viewer)
{
  ReeveWebUiWholeRows rows = { NULL,
                               g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref) };

  reeve_web_ui_whole_rows_open (&rows);
  reeve_fleet_foreach (self->fleet, NULL, reeve_web_ui_whole_rows_add_cb, &rows);
  reeve_web_ui_whole_rows_close (&rows);
  reeve_web_ui_viewer_ref (viewer);
  for (guint i = 0; i < rows.events->len; i++)
    reeve_web_ui_viewer_send (viewer, g_ptr_array_index (rows.events, i));
  if (self->refused)
    {
      g_autoptr (GBytes) bytes = reeve_web_ui_whole_make_history (self);

      reeve_web_ui_viewer_send (viewer, bytes);
    }
  reeve_web_ui_viewer_unref (viewer);
  g_ptr_array_unref (rows.events);
}

ReeveHttpResponse *
reeve_web_ui_whole_open (ReeveWebUiWhole *self, ReeveHttpRequest *request, GError **error)
{
  const char *system = reeve_http_request_get_query (request, "system");
  ReeveWebUiViewer *viewer;
  ReeveHttpResponse *response;
  gboolean found = FALSE;

  if (self->fleet == NULL)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE, "nobody knows the systems now");
      return NULL;
    }
  if (self->viewers->len >= REEVE_WEB_UI_LIVE_MAX_STREAMS)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT, "%d pages look on already",
                   REEVE_WEB_UI_LIVE_MAX_STREAMS);
      return NULL;
    }
  /* one that was removed meanwhile has no samples, the rest of the fleet goes on */
  if (system != NULL && *system != '\0')
    reeve_fleet_foreach (self->fleet, system, reeve_web_ui_whole_found_cb, &found);
  viewer = reeve_web_ui_viewer_new (self->context, request, found ? system : "",
                                    reeve_web_ui_whole_ended_cb, self);
  g_ptr_array_add (self->viewers, viewer);
  response = reeve_http_response_ref (reeve_web_ui_viewer_get_response (viewer));
  if (found)
    reeve_fleet_follow (self->fleet, system);
  /* a fleet that is too large to be told ends the viewer */
  reeve_web_ui_whole_welcome (self, viewer);
  if (self->fleet_watch == 0)
    self->fleet_watch = reeve_fleet_watch (self->fleet, reeve_web_ui_whole_change_cb, self);
  if (!reeve_timer_is_running (self->ping))
    reeve_timer_start (self->ping, REEVE_WEB_UI_LIVE_PING_MS);
  reeve_web_ui_whole_flush_soon (self);
  return response;
}

/* ---- life ---- */

ReeveWebUiWhole *
reeve_web_ui_whole_new (ReeveContext *context)
{
  ReeveWebUiWhole *self = g_new0 (ReeveWebUiWhole, 1);

  self->context = context;
  self->viewers = g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_web_ui_viewer_unref);
  self->changed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->removed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->flush = reeve_context_add_timer (context, "whole rows", reeve_web_ui_whole_flush_cb, self);
  self->ping = reeve_context_add_timer (context, "whole ping", reeve_web_ui_whole_ping_cb, self);
  self->watch = reeve_context_watch (context, REEVE_TYPE_FLEET, reeve_web_ui_whole_added_cb,
                                     reeve_web_ui_whole_removed_cb, self);
  return self;
}

void
reeve_web_ui_whole_free (ReeveWebUiWhole *self)
{
  if (self == NULL)
    return;
  reeve_context_unwatch (self->context, self->watch);
  reeve_web_ui_whole_end_all (self);
  if (self->fleet != NULL)
    if (self->fleet_watch != 0)
      reeve_fleet_unwatch (self->fleet, self->fleet_watch);
  self->fleet_watch = 0;
  g_clear_object (&self->fleet);
  reeve_timer_free (self->flush);
  reeve_timer_free (self->ping);
  g_ptr_array_unref (self->viewers);
  g_hash_table_unref (self->changed);
  g_hash_table_unref (self->removed);
  g_free (self);
}
