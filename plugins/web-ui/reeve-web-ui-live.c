/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What changes in the fleet, told to everyone who looks, and of it what each sees. A row is written
 * once for all who watch it, together with others and at most once a second: a fleet of thousands
 * changes many times a second, a page need not. Samples go only to who looks at their system, which
 * the fleet asks each second for as long.
 *
 * Each system has the fleet's revision of its last change, so that a page that comes again after a
 * break needs nothing to be remembered here: it says up to where it was told. */

#include "config.h"

#include "reeve-web-ui-live-private.h"

#include <math.h>
#include <string.h>

/* ---- what is told to all ---- */

/* Backwards: one that ends leaves the list. */
static void
reeve_web_ui_live_send_all (ReeveWebUiLive *self, const char *event, const char *data)
{
  for (guint i = self->streams->len; i-- > 0;)
    reeve_web_ui_live_stream_send (g_ptr_array_index (self->streams, i), event, data, TRUE);
}

static char *
reeve_web_ui_live_make_counts (ReeveWebUiLive *self)
{
  guint counts[REEVE_SYSTEM_N_STATES] = { 0 }, total = 0;
  GString *data = g_string_new ("{\"states\":{");

  self->revision = MAX (self->revision, reeve_fleet_count (self->fleet, counts));
  for (guint i = 0; i < REEVE_SYSTEM_N_STATES; i++)
    {
      total += counts[i];
      if (counts[i] > 0)
        g_string_append_printf (data, "%s\"%s\":%u", total > counts[i] ? "," : "",
                                reeve_system_state_to_string (i), counts[i]);
    }
  g_string_append_printf (data, "},\"total\":%u,\"revision\":%" G_GUINT64_FORMAT "}", total,
                          self->list_revision);
  return g_string_free (data, FALSE);
}

/* Of the rows whose turn it is; the others stay. */
static void
reeve_web_ui_live_tell_rows (ReeveWebUiLive *self, gint64 now)
{
  for (guint i = self->dirty->len; i-- > 0;)
    {
      ReeveWebUiLiveRow *row = g_ptr_array_index (self->dirty, i);
      g_autoptr (GString) text = NULL;

      if (now - row->told < REEVE_WEB_UI_LIVE_ROW_MS * 1000)
        continue;
      row->dirty = FALSE;
      row->told = now;
      g_ptr_array_remove_index_fast (self->dirty, i);
      reeve_fleet_foreach (self->fleet, row->id, reeve_web_ui_live_write_row_cb, &text);
      for (guint j = 0; text != NULL && j < row->streams->len; j++)
        reeve_web_ui_live_stream_add_row (g_ptr_array_index (row->streams, j), text->str);
    }
  for (guint i = self->streams->len; i-- > 0;)
    reeve_web_ui_live_stream_send_rows (g_ptr_array_index (self->streams, i));
}

static void
reeve_web_ui_live_tell_counts (ReeveWebUiLive *self, gint64 now)
{
  g_autofree char *counts = NULL;

  if (!self->counting || now - self->counted < REEVE_WEB_UI_LIVE_ROW_MS * 1000)
    return;
  self->counting = FALSE;
  self->counted = now;
  counts = reeve_web_ui_live_make_counts (self);
  reeve_web_ui_live_send_all (self, "fleet", counts);
}

gint64
reeve_web_ui_live_now (ReeveWebUiLive *self)
{
  return reeve_clock_get_monotonic (reeve_context_get_clock (self->context));
}

void
reeve_web_ui_live_flush_soon (ReeveWebUiLive *self)
{
  if (self->streams->len > 0 && !reeve_timer_is_running (self->flush))
    reeve_timer_start (self->flush, REEVE_WEB_UI_LIVE_COALESCE_MS);
}

/* Runs after everything that is sent, so that what was too much at once is sent too. */
static void
reeve_web_ui_live_flush_cb (G_GNUC_UNUSED ReeveTimer *timer, gpointer user_data)
{
  ReeveWebUiLive *self = user_data;
  gint64 now = reeve_web_ui_live_now (self);
  gboolean more;

  for (guint i = self->streams->len; i-- > 0;)
    reeve_web_ui_viewer_send_waiting (
        ((ReeveWebUiLiveStream *) g_ptr_array_index (self->streams, i))->viewer);
  reeve_web_ui_live_tell_rows (self, now);
  reeve_web_ui_live_tell_counts (self, now);
  more = self->dirty->len > 0 || self->counting;
  for (guint i = 0; i < self->streams->len; i++)
    more |= reeve_web_ui_viewer_has_waiting (
        ((ReeveWebUiLiveStream *) g_ptr_array_index (self->streams, i))->viewer);
  if (more)
    reeve_web_ui_live_flush_soon (self);
}

/* ---- samples ---- */

static void
reeve_web_ui_live_append_value (GString *text, const ReeveKind *kind, const char *instance,
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
reeve_web_ui_live_append_row (GString *text, ReeveSample *sample, guint row)
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
        reeve_web_ui_live_append_value (text, kind, instance, kind->metrics[i].name, value);
    }
}

static GString *
reeve_web_ui_live_make_sample (const ReeveSystemView *view)
{
  GString *text = g_string_new ("{\"system\":");

  reeve_json_append_string (text, view->id);
  g_string_append (text, ",\"time\":");
  reeve_json_append_number (text, reeve_sample_get_time (view->latest) / 1e6);
  g_string_append (text, ",\"series\":[");
  for (guint row = 0; row < reeve_sample_get_n_rows (view->latest); row++)
    reeve_web_ui_live_append_row (text, view->latest, row);
  g_string_append (text, "]}");
  return text;
}

static void
reeve_web_ui_live_send_sample (ReeveWebUiLive *self, const ReeveSystemView *view)
{
  g_autoptr (GString) text = NULL;

  for (guint i = self->streams->len; i-- > 0;)
    {
      ReeveWebUiLiveStream *stream = g_ptr_array_index (self->streams, i);
      ReeveWebUiLiveFollowed *followed = reeve_web_ui_live_stream_get_followed (stream, view->id);
      gint64 time = reeve_sample_get_time (view->latest);

      /* one that is told twice is sent once */
      if (followed == NULL || followed->last == time)
        continue;
      followed->last = time;
      if (text == NULL)
        text = reeve_web_ui_live_make_sample (view);
      reeve_web_ui_live_stream_send (stream, "sample", text->str, TRUE);
    }
}

/* ---- the fleet ---- */

/* Whether samples are kept is told when it changes. */
static void
reeve_web_ui_live_note_kept (ReeveWebUiLive *self, const ReeveFleetChange *change)
{
  if (self->refused ? !change->stored : !change->refused)
    return;
  self->refused = !self->refused;
  reeve_web_ui_live_send_all (self, "history",
                              self->refused ? "{\"refused\":true}" : "{\"refused\":false}");
}

static void
reeve_web_ui_live_note_removed (ReeveWebUiLive *self, const char *id)
{
  for (guint i = self->streams->len; i-- > 0;)
    {
      ReeveWebUiLiveStream *stream = g_ptr_array_index (self->streams, i);
      ReeveWebUiLiveRow *row = g_hash_table_lookup (self->rows, id);
      gboolean watched = row != NULL && g_hash_table_contains (stream->rows, row);
      ReeveWebUiLiveFollowed *followed = reeve_web_ui_live_stream_get_followed (stream, id);

      if (watched)
        reeve_web_ui_live_stream_unwatch (stream, row);
      if (followed != NULL)
        reeve_web_ui_live_stream_unfollow (stream, followed);
      if (watched || followed != NULL)
        reeve_web_ui_live_stream_send_removed (stream, id);
    }
}

static void
reeve_web_ui_live_change_cb (const ReeveSystemView *view, const ReeveFleetChange *change,
                             gpointer user_data)
{
  ReeveWebUiLive *self = user_data;
  ReeveWebUiLiveRow *row;

  self->revision = view->revision;
  if (!change->sample)
    {
      self->list_revision = view->revision;
      self->counting = TRUE;
    }
  if (change->removed)
    reeve_web_ui_live_note_removed (self, view->id);
  row = g_hash_table_lookup (self->rows, view->id);
  if (row != NULL)
    {
      row->revision = view->revision;
      if (!row->dirty)
        g_ptr_array_add (self->dirty, row);
      row->dirty = TRUE;
    }
  reeve_web_ui_live_note_kept (self, change);
  if (change->sample && view->latest != NULL)
    reeve_web_ui_live_send_sample (self, view);
  if (self->dirty->len > 0 || self->counting)
    reeve_web_ui_live_flush_soon (self);
}

/* ---- who looks ---- */

static void
reeve_web_ui_live_begin (ReeveWebUiLive *self)
{
  guint counts[REEVE_SYSTEM_N_STATES];

  if (self->fleet_watch != 0)
    return;
  self->revision = self->list_revision = reeve_fleet_count (self->fleet, counts);
  self->fleet_watch = reeve_fleet_watch (self->fleet, reeve_web_ui_live_change_cb, self);
  reeve_timer_start (self->ping, REEVE_WEB_UI_LIVE_PING_MS);
}

static void
reeve_web_ui_live_rest (ReeveWebUiLive *self)
{
  if (self->fleet_watch != 0)
    reeve_fleet_unwatch (self->fleet, self->fleet_watch);
  self->fleet_watch = 0;
  self->refused = FALSE;
  self->counting = FALSE;
  reeve_timer_stop (self->ping);
  reeve_timer_stop (self->flush);
}

static void
reeve_web_ui_live_drop (ReeveWebUiLive *self, guint index)
{
  reeve_web_ui_live_stream_detach (g_ptr_array_index (self->streams, index));
  g_ptr_array_remove_index (self->streams, index);
}

static void
reeve_web_ui_live_ended_cb (gpointer viewer, gpointer user_data)
{
  ReeveWebUiLive *self = user_data;

  for (guint i = self->streams->len; i-- > 0;)
    if (((ReeveWebUiLiveStream *) g_ptr_array_index (self->streams, i))->viewer == viewer)
      reeve_web_ui_live_drop (self, i);
  if (self->streams->len == 0)
    reeve_web_ui_live_rest (self);
}

static void
reeve_web_ui_live_end_all (ReeveWebUiLive *self)
{
  while (self->streams->len > 0)
    {
      ReeveWebUiLiveStream *stream = g_ptr_array_index (self->streams, self->streams->len - 1);

      reeve_web_ui_viewer_end (stream->viewer);
      reeve_web_ui_live_drop (self, self->streams->len - 1);
    }
  reeve_web_ui_live_rest (self);
}

void
reeve_web_ui_live_check_sessions (ReeveWebUiLive *self)
{
  for (guint i = self->streams->len; i-- > 0;)
    reeve_web_ui_viewer_check_session (
        ((ReeveWebUiLiveStream *) g_ptr_array_index (self->streams, i))->viewer);
}

static void
reeve_web_ui_live_ping_cb (G_GNUC_UNUSED ReeveTimer *timer, gpointer user_data)
{
  ReeveWebUiLive *self = user_data;
  g_autoptr (GBytes) bytes = g_bytes_new_static (": ping\n\n", 8);

  for (guint i = self->streams->len; i-- > 0;)
    if (reeve_web_ui_viewer_send (
            ((ReeveWebUiLiveStream *) g_ptr_array_index (self->streams, i))->viewer, bytes))
      reeve_web_ui_live_flush_soon (self);
  reeve_web_ui_live_check_sessions (self);
  if (self->streams->len > 0)
    reeve_timer_start (self->ping, REEVE_WEB_UI_LIVE_PING_MS);
}

guint64
reeve_web_ui_live_parse_id (const char *text, const char *boot)
{
  gsize length = strlen (boot);
  guint64 revision;

  if (text == NULL || strncmp (text, boot, length) != 0 || text[length] != '-' ||
      !g_ascii_string_to_unsigned (text + length + 1, 10, 0, G_MAXUINT64, &revision, NULL))
    return 0;
  return revision;
}

static void
reeve_web_ui_live_welcome (ReeveWebUiLive *self, ReeveWebUiLiveStream *stream)
{
  g_autofree char *counts = reeve_web_ui_live_make_counts (self);
  g_autofree char *hello =
      g_strdup_printf ("{\"stream\":\"%s\",\"revision\":%" G_GUINT64_FORMAT "}", stream->id,
                       self->revision);

  reeve_web_ui_live_stream_send (stream, "hello", hello, TRUE);
  reeve_web_ui_live_stream_send (stream, "fleet", counts, TRUE);
  if (self->refused)
    reeve_web_ui_live_stream_send (stream, "history", "{\"refused\":true}", TRUE);
}

ReeveHttpResponse *
reeve_web_ui_live_open (ReeveWebUiLive *self, ReeveHttpRequest *request, GError **error)
{
  g_autoptr (ReeveWebUiLiveStream) stream = NULL;

  if (self->fleet == NULL)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE, "nobody knows the systems now");
      return NULL;
    }
  if (self->streams->len >= REEVE_WEB_UI_LIVE_MAX_STREAMS)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT, "%d pages look on already",
                   REEVE_WEB_UI_LIVE_MAX_STREAMS);
      return NULL;
    }
  reeve_web_ui_live_begin (self);
  stream = reeve_web_ui_live_stream_new (self, request, reeve_web_ui_live_ended_cb);
  g_ptr_array_add (self->streams, reeve_web_ui_live_stream_ref (stream));
  reeve_web_ui_live_welcome (self, stream);
  return reeve_http_response_ref (reeve_web_ui_viewer_get_response (stream->viewer));
}

/* ---- what they look at ---- */

static ReeveWebUiLiveStream *
reeve_web_ui_live_find_stream (ReeveWebUiLive *self, const char *id, ReeveSubject *subject)
{
  for (guint i = 0; i < self->streams->len; i++)
    {
      ReeveWebUiLiveStream *stream = g_ptr_array_index (self->streams, i);

      if (strcmp (stream->id, id) == 0 && reeve_web_ui_viewer_is_of (stream->viewer, subject))
        return stream;
    }
  return NULL;
}

static void
reeve_web_ui_live_found_cb (G_GNUC_UNUSED const ReeveSystemView *view, gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
}

gboolean
reeve_web_ui_live_watch (ReeveWebUiLive *self, const char *stream_id, ReeveSubject *subject,
                         const char *const *systems, const char *const *followed, GError **error)
{
  ReeveWebUiLiveStream *stream = reeve_web_ui_live_find_stream (self, stream_id, subject);
  g_autoptr (GPtrArray) there = g_ptr_array_new ();
  g_autoptr (GPtrArray) gone = g_ptr_array_new ();

  if (stream == NULL)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND,
                   "there is no such stream; open /api/v1/live again");
      return FALSE;
    }
  if (g_strv_length ((GStrv) systems) > REEVE_WEB_UI_LIVE_MAX_ROWS)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID, "at most %d systems can be watched",
                   REEVE_WEB_UI_LIVE_MAX_ROWS);
      return FALSE;
    }
  if (g_strv_length ((GStrv) followed) > REEVE_WEB_UI_LIVE_MAX_FOLLOWED)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "the samples of at most %d systems can be had", REEVE_WEB_UI_LIVE_MAX_FOLLOWED);
      return FALSE;
    }
  for (; *followed != NULL; followed++)
    {
      gboolean found = FALSE;

      reeve_fleet_foreach (self->fleet, *followed, reeve_web_ui_live_found_cb, &found);
      if (found)
        g_ptr_array_add (there, (gpointer) *followed);
      else if (!g_strv_contains (systems, *followed))
        g_ptr_array_add (gone, (gpointer) *followed);
    }
  g_ptr_array_add (there, NULL);
  reeve_web_ui_live_stream_ref (stream);
  reeve_web_ui_live_stream_follow (stream, (const char *const *) there->pdata);
  reeve_web_ui_live_stream_set_rows (stream, systems);
  for (guint i = 0; i < gone->len; i++)
    reeve_web_ui_live_stream_send_removed (stream, g_ptr_array_index (gone, i));
  reeve_web_ui_live_stream_unref (stream);
  reeve_web_ui_live_flush_soon (self);
  return TRUE;
}

/* ---- life ---- */

static void
reeve_web_ui_live_added_cb (gpointer provider, G_GNUC_UNUSED const char *key, gpointer user_data)
{
  ReeveWebUiLive *self = user_data;

  if (self->fleet != NULL)
    return;
  self->fleet = g_object_ref (provider);
  self->revision = 0;
  g_free (self->boot);
  self->boot = g_uuid_string_random ();
}

static void
reeve_web_ui_live_removed_cb (gpointer provider, G_GNUC_UNUSED const char *key, gpointer user_data)
{
  ReeveWebUiLive *self = user_data;

  if (provider != self->fleet)
    return;
  reeve_web_ui_live_end_all (self);
  g_clear_object (&self->fleet);
}

ReeveWebUiLive *
reeve_web_ui_live_new (ReeveContext *context)
{
  ReeveWebUiLive *self = g_new0 (ReeveWebUiLive, 1);

  self->context = context;
  self->streams = g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_web_ui_live_stream_unref);
  self->rows = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                      (GDestroyNotify) reeve_web_ui_live_row_free);
  self->dirty = g_ptr_array_new ();
  self->flush = reeve_context_add_timer (context, "live rows", reeve_web_ui_live_flush_cb, self);
  self->ping = reeve_context_add_timer (context, "live ping", reeve_web_ui_live_ping_cb, self);
  self->watch = reeve_context_watch (context, REEVE_TYPE_FLEET, reeve_web_ui_live_added_cb,
                                     reeve_web_ui_live_removed_cb, self);
  return self;
}

void
reeve_web_ui_live_free (ReeveWebUiLive *self)
{
  if (self == NULL)
    return;
  reeve_context_unwatch (self->context, self->watch);
  reeve_web_ui_live_end_all (self);
  g_clear_object (&self->fleet);
  reeve_timer_free (self->flush);
  reeve_timer_free (self->ping);
  g_ptr_array_unref (self->streams);
  g_hash_table_unref (self->rows);
  g_ptr_array_unref (self->dirty);
  g_free (self->boot);
  g_free (self);
}
