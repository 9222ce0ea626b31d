/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What one page sees of the fleet, and its events. */

#include "config.h"

#include "reeve-web-ui-live-private.h"

#include <string.h>

/* ---- life ---- */

static void
reeve_web_ui_live_followed_free (gpointer data)
{
  ReeveWebUiLiveFollowed *self = data;

  g_free (self->id);
  g_free (self);
}

ReeveWebUiLiveStream *
reeve_web_ui_live_stream_new (ReeveWebUiLive *live, ReeveHttpRequest *request, GFunc ended)
{
  const char *last = reeve_http_request_get_header (request, "last-event-id");
  ReeveWebUiLiveStream *self = g_rc_box_new0 (ReeveWebUiLiveStream);

  self->live = live;
  self->viewer = reeve_web_ui_viewer_new (live->context, request, ended, live);
  self->id = g_uuid_string_random ();
  self->followed = g_ptr_array_new_with_free_func (reeve_web_ui_live_followed_free);
  self->rows = g_hash_table_new (NULL, NULL);
  self->since = reeve_web_ui_live_parse_id (last, live->boot);
  /* of a revision that is not there yet nobody was told */
  if (self->since > live->revision)
    self->since = 0;
  self->mark = self->since;
  self->events = g_ptr_array_new_with_free_func (g_free);
  return self;
}

ReeveWebUiLiveStream *
reeve_web_ui_live_stream_ref (ReeveWebUiLiveStream *self)
{
  return g_rc_box_acquire (self);
}

static void
reeve_web_ui_live_stream_clear (gpointer data)
{
  ReeveWebUiLiveStream *self = data;

  g_hash_table_unref (self->rows);
  if (self->event != NULL)
    g_string_free (self->event, TRUE);
  g_ptr_array_unref (self->events);
  reeve_web_ui_viewer_unref (self->viewer);
  g_ptr_array_unref (self->followed);
  g_free (self->id);
}

void
reeve_web_ui_live_stream_unref (ReeveWebUiLiveStream *self)
{
  g_rc_box_release_full (self, reeve_web_ui_live_stream_clear);
}

void
reeve_web_ui_live_stream_detach (ReeveWebUiLiveStream *self)
{
  g_autoptr (GList) rows = g_hash_table_get_keys (self->rows);

  for (GList *l = rows; l != NULL; l = l->next)
    reeve_web_ui_live_stream_unwatch (self, l->data);
  while (self->followed->len > 0)
    reeve_web_ui_live_stream_unfollow (self, g_ptr_array_index (self->followed, 0));
  self->live = NULL;
}

/* ---- events ---- */

/* Before it watches, it knows what it knew. */
static guint64
reeve_web_ui_live_stream_get_mark (ReeveWebUiLiveStream *self)
{
  guint64 mark = self->live->revision;

  if (!self->watching)
    return self->mark;
  for (guint i = 0; i < self->live->dirty->len; i++)
    {
      ReeveWebUiLiveRow *row = g_ptr_array_index (self->live->dirty, i);

      if (g_hash_table_contains (self->rows, row))
        mark = MIN (mark, row->revision - 1);
    }
  return mark;
}

void
reeve_web_ui_live_stream_send (ReeveWebUiLiveStream *self, const char *event, const char *data,
                               gboolean mark)
{
  ReeveWebUiLive *live = self->live;
  g_autoptr (GBytes) bytes = NULL;
  char *text;

  if (live == NULL)
    return;
  if (mark)
    self->mark = reeve_web_ui_live_stream_get_mark (self);
  text = g_strdup_printf ("id: %s-%" G_GUINT64_FORMAT "\nevent: %s\ndata: %s\n\n", live->boot,
                          self->mark, event, data);
  bytes = g_bytes_new_take (text, strlen (text));
  if (reeve_web_ui_viewer_send (self->viewer, bytes))
    reeve_web_ui_live_flush_soon (live);
}

void
reeve_web_ui_live_stream_send_removed (ReeveWebUiLiveStream *self, const char *id)
{
  g_autoptr (GString) data = g_string_new ("{\"id\":");

  reeve_json_append_string (data, id);
  g_string_append_c (data, '}');
  reeve_web_ui_live_stream_send (self, "removed", data->str, TRUE);
}

static void
reeve_web_ui_live_stream_close_event (ReeveWebUiLiveStream *self)
{
  if (self->event == NULL)
    return;
  g_string_append (self->event, "]}");
  g_ptr_array_add (self->events, g_string_free (g_steal_pointer (&self->event), FALSE));
}

void
reeve_web_ui_live_stream_add_row (ReeveWebUiLiveStream *self, const char *row)
{
  if (self->event == NULL)
    self->event = g_string_new ("{\"systems\":[");
  else
    g_string_append_c (self->event, ',');
  g_string_append (self->event, row);
  if (self->event->len > REEVE_WEB_UI_LIVE_MAX_EVENT)
    reeve_web_ui_live_stream_close_event (self);
}

/* Only with the last event it knows all. */
void
reeve_web_ui_live_stream_send_rows (ReeveWebUiLiveStream *self)
{
  g_autoptr (ReeveWebUiLiveStream) held = reeve_web_ui_live_stream_ref (self);

  reeve_web_ui_live_stream_close_event (self);
  for (guint i = 0; i < self->events->len; i++)
    reeve_web_ui_live_stream_send (self, "systems", g_ptr_array_index (self->events, i),
                                   i + 1 == self->events->len);
  g_ptr_array_set_size (self->events, 0);
}

/* ---- what it sees ---- */

void
reeve_web_ui_live_row_free (ReeveWebUiLiveRow *self)
{
  g_ptr_array_unref (self->streams);
  g_free (self->id);
  g_free (self);
}

void
reeve_web_ui_live_write_row_cb (const ReeveSystemView *view, gpointer user_data)
{
  g_autoptr (GVariant) row = g_variant_ref_sink (reeve_system_view_to_variant (view));
  GString **ret = user_data;

  *ret = g_string_new (NULL);
  reeve_json_append_variant (*ret, row);
}

ReeveWebUiLiveFollowed *
reeve_web_ui_live_stream_get_followed (ReeveWebUiLiveStream *self, const char *id)
{
  for (guint i = 0; i < self->followed->len; i++)
    {
      ReeveWebUiLiveFollowed *followed = g_ptr_array_index (self->followed, i);

      if (strcmp (followed->id, id) == 0)
        return followed;
    }
  return NULL;
}

void
reeve_web_ui_live_stream_unfollow (ReeveWebUiLiveStream *self, ReeveWebUiLiveFollowed *followed)
{
  if (self->live->fleet != NULL)
    reeve_fleet_unfollow (self->live->fleet, followed->id);
  g_ptr_array_remove (self->followed, followed);
}

void
reeve_web_ui_live_stream_follow (ReeveWebUiLiveStream *self, const char *const *systems)
{
  for (guint i = self->followed->len; i-- > 0;)
    {
      ReeveWebUiLiveFollowed *followed = g_ptr_array_index (self->followed, i);

      if (!g_strv_contains (systems, followed->id))
        reeve_web_ui_live_stream_unfollow (self, followed);
    }
  for (; *systems != NULL; systems++)
    if (reeve_web_ui_live_stream_get_followed (self, *systems) == NULL)
      {
        ReeveWebUiLiveFollowed *followed = g_new0 (ReeveWebUiLiveFollowed, 1);

        followed->id = g_strdup (*systems);
        g_ptr_array_add (self->followed, followed);
        reeve_fleet_follow (self->live->fleet, followed->id);
      }
}

static ReeveWebUiLiveRow *
reeve_web_ui_live_ensure_row (ReeveWebUiLive *self, const char *id)
{
  ReeveWebUiLiveRow *row = g_hash_table_lookup (self->rows, id);

  if (row != NULL)
    return row;
  row = g_new0 (ReeveWebUiLiveRow, 1);
  row->id = g_strdup (id);
  row->streams = g_ptr_array_new ();
  row->told = reeve_web_ui_live_now (self);
  g_hash_table_insert (self->rows, row->id, row);
  return row;
}

void
reeve_web_ui_live_stream_unwatch (ReeveWebUiLiveStream *self, ReeveWebUiLiveRow *row)
{
  g_hash_table_remove (self->rows, row);
  g_ptr_array_remove_fast (row->streams, self);
  if (row->streams->len > 0)
    return;
  if (row->dirty)
    g_ptr_array_remove_fast (self->live->dirty, row);
  g_hash_table_remove (self->live->rows, row->id);
}

typedef struct
{
  GString *text; /* NULL: there is no such system */
  guint64 revision;
} ReeveWebUiLiveLook;

static void
reeve_web_ui_live_look_cb (const ReeveSystemView *view, gpointer user_data)
{
  ReeveWebUiLiveLook *look = user_data;

  look->revision = view->revision;
  reeve_web_ui_live_write_row_cb (view, &look->text);
}

/* FALSE: there is no such system. */
static gboolean
reeve_web_ui_live_stream_watch (ReeveWebUiLiveStream *self, const char *id)
{
  ReeveWebUiLive *live = self->live;
  ReeveWebUiLiveLook look = { NULL, 0 };
  ReeveWebUiLiveRow *row = g_hash_table_lookup (live->rows, id);

  if (row != NULL && g_hash_table_contains (self->rows, row))
    return TRUE;
  reeve_fleet_foreach (live->fleet, id, reeve_web_ui_live_look_cb, &look);
  if (look.text == NULL)
    return FALSE;
  row = reeve_web_ui_live_ensure_row (live, id);
  g_hash_table_add (self->rows, row);
  g_ptr_array_add (row->streams, self);
  if (self->since == 0 || look.revision > self->since)
    reeve_web_ui_live_stream_add_row (self, look.text->str);
  g_string_free (look.text, TRUE);
  return TRUE;
}

void
reeve_web_ui_live_stream_set_rows (ReeveWebUiLiveStream *self, const char *const *systems)
{
  g_autoptr (ReeveWebUiLiveStream) held = reeve_web_ui_live_stream_ref (self);
  g_autoptr (GList) rows = g_hash_table_get_keys (self->rows);
  g_autoptr (GHashTable) wanted = g_hash_table_new (g_str_hash, g_str_equal);
  GHashTableIter iter;
  gpointer id;

  for (guint i = 0; systems[i] != NULL; i++)
    g_hash_table_add (wanted, (gpointer) systems[i]);
  for (GList *l = rows; l != NULL; l = l->next)
    if (!g_hash_table_contains (wanted, ((ReeveWebUiLiveRow *) l->data)->id))
      reeve_web_ui_live_stream_unwatch (self, l->data);
  for (guint i = 0; systems[i] != NULL; i++)
    if (g_hash_table_contains (wanted, systems[i]) &&
        reeve_web_ui_live_stream_watch (self, systems[i]))
      g_hash_table_remove (wanted, systems[i]);
  self->watching = TRUE;
  self->since = 0;
  reeve_web_ui_live_stream_send_rows (self);
  /* those that were not found are left */
  g_hash_table_iter_init (&iter, wanted);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    reeve_web_ui_live_stream_send_removed (self, id);
}
