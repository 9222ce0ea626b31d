/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One open live stream. It lives as long as its client reads and its session stands; whoever looks
 * too slowly is sent away and may come again, which costs less than to remember for them. */

#include "config.h"

#include "reeve-web-ui-viewer.h"

#include <string.h>

#include "reeve-web-ui-live.h"

struct _ReeveWebUiViewer
{
  grefcount refs;
  ReeveContext *context;
  ReeveHttpResponse *response;
  ReeveSubject *subject;
  char *bearer;
  GFunc ended; /* NULL: over */
  gpointer user_data;
  GQueue waiting; /* of GBytes */
  gsize n_waiting;
  gsize burst; /* bytes that may go out before the next reeve_web_ui_viewer_send_waiting() */
  gboolean checking;
  GCancellable *cancellable;
};

static void
reeve_web_ui_viewer_finish (ReeveWebUiViewer *self)
{
  GFunc ended = g_steal_pointer (&self->ended);

  if (ended == NULL)
    return;
  g_cancellable_cancel (self->cancellable);
  reeve_http_response_finish (self->response);
  ended (self, self->user_data);
}

static void
reeve_web_ui_viewer_closed_cb (gpointer response, gpointer user_data)
{
  reeve_web_ui_viewer_finish (user_data);
}

static char *
reeve_web_ui_viewer_get_bearer (ReeveHttpRequest *request)
{
  const char *value = reeve_http_request_get_header (request, "authorization");

  if (value == NULL || g_ascii_strncasecmp (value, "Bearer ", 7) != 0)
    return NULL;
  return g_strstrip (g_strdup (value + 7));
}

ReeveWebUiViewer *
reeve_web_ui_viewer_new (ReeveContext *context, ReeveHttpRequest *request, GFunc ended,
                         gpointer user_data)
{
  ReeveWebUiViewer *self = g_new0 (ReeveWebUiViewer, 1);

  g_ref_count_init (&self->refs);
  self->context = context;
  self->response = reeve_http_response_new_stream (200, "text/event-stream");
  reeve_http_response_add_header (self->response, "Cache-Control", "no-store");
  reeve_http_response_set_closed_func (self->response, reeve_web_ui_viewer_closed_cb, self);
  self->subject = reeve_subject_ref (reeve_http_request_get_subject (request));
  self->bearer = reeve_web_ui_viewer_get_bearer (request);
  self->ended = ended;
  self->user_data = user_data;
  self->cancellable = g_cancellable_new ();
  g_queue_init (&self->waiting);
  self->burst = REEVE_WEB_UI_LIVE_BURST;
  return self;
}

ReeveWebUiViewer *
reeve_web_ui_viewer_ref (ReeveWebUiViewer *self)
{
  g_ref_count_inc (&self->refs);
  return self;
}

void
reeve_web_ui_viewer_unref (ReeveWebUiViewer *self)
{
  if (!g_ref_count_dec (&self->refs))
    return;
  reeve_http_response_set_closed_func (self->response, NULL, NULL);
  reeve_http_response_unref (self->response);
  reeve_subject_unref (self->subject);
  g_queue_clear_full (&self->waiting, (GDestroyNotify) g_bytes_unref);
  g_object_unref (self->cancellable);
  g_free (self->bearer);
  g_free (self);
}

ReeveHttpResponse *
reeve_web_ui_viewer_get_response (ReeveWebUiViewer *self)
{
  return self->response;
}

gboolean
reeve_web_ui_viewer_is_of (ReeveWebUiViewer *self, ReeveSubject *subject)
{
  return strcmp (reeve_subject_get_kind (subject), reeve_subject_get_kind (self->subject)) == 0 &&
         strcmp (reeve_subject_get_name (subject), reeve_subject_get_name (self->subject)) == 0;
}

/* ---- sending ---- */

static void
reeve_web_ui_viewer_push (ReeveWebUiViewer *self, GBytes *bytes)
{
  gsize length = g_bytes_get_size (bytes);

  self->burst -= MIN (self->burst, length);
  if (!reeve_http_response_push (self->response, bytes))
    reeve_web_ui_viewer_finish (self);
}

gboolean
reeve_web_ui_viewer_send (ReeveWebUiViewer *self, GBytes *bytes)
{
  if (self->ended == NULL)
    return FALSE;
  if (g_queue_is_empty (&self->waiting) && self->burst > 0)
    {
      reeve_web_ui_viewer_push (self, bytes);
      return FALSE;
    }
  self->n_waiting += g_bytes_get_size (bytes);
  g_queue_push_tail (&self->waiting, g_bytes_ref (bytes));
  if (self->n_waiting <= REEVE_WEB_UI_LIVE_MAX_BACKLOG)
    return TRUE;
  reeve_web_ui_viewer_finish (self);
  return FALSE;
}

void
reeve_web_ui_viewer_send_waiting (ReeveWebUiViewer *self)
{
  reeve_web_ui_viewer_ref (self);
  self->burst = REEVE_WEB_UI_LIVE_BURST;
  while (self->ended != NULL && self->burst > 0 && !g_queue_is_empty (&self->waiting))
    {
      g_autoptr (GBytes) bytes = g_queue_pop_head (&self->waiting);

      self->n_waiting -= g_bytes_get_size (bytes);
      reeve_web_ui_viewer_push (self, bytes);
    }
  reeve_web_ui_viewer_unref (self);
}

gboolean
reeve_web_ui_viewer_has_waiting (ReeveWebUiViewer *self)
{
  return !g_queue_is_empty (&self->waiting);
}

void
reeve_web_ui_viewer_end (ReeveWebUiViewer *self)
{
  self->ended = NULL;
  g_cancellable_cancel (self->cancellable);
  reeve_http_response_finish (self->response);
}

/* ---- the session ---- */

static void
reeve_web_ui_viewer_authorized_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ReeveWebUiViewer *self = user_data;
  g_autoptr (GError) error = NULL;

  self->checking = FALSE;
  if (!reeve_context_authorize_finish (self->context, result, &error))
    reeve_web_ui_viewer_finish (self);
  reeve_web_ui_viewer_unref (self);
}

/* Takes the reference. */
static void
reeve_web_ui_viewer_authorize (ReeveWebUiViewer *self)
{
  reeve_context_authorize_async (self->context, self->subject, REEVE_POWER_VIEW, "",
                                 self->cancellable, reeve_web_ui_viewer_authorized_cb, self);
}

static void
reeve_web_ui_viewer_authenticated_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ReeveWebUiViewer *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ReeveSubject) subject =
      reeve_context_authenticate_finish (self->context, result, &error);

  if (self->ended != NULL && subject != NULL && reeve_web_ui_viewer_is_of (self, subject))
    {
      reeve_web_ui_viewer_authorize (self);
      return;
    }
  self->checking = FALSE;
  reeve_web_ui_viewer_finish (self);
  reeve_web_ui_viewer_unref (self);
}

void
reeve_web_ui_viewer_check_session (ReeveWebUiViewer *self)
{
  GVariantDict credentials;

  if (self->checking || self->ended == NULL)
    return;
  self->checking = TRUE;
  reeve_web_ui_viewer_ref (self);
  if (self->bearer == NULL)
    {
      reeve_web_ui_viewer_authorize (self);
      return;
    }
  g_variant_dict_init (&credentials, NULL);
  g_variant_dict_insert (&credentials, "bearer", "s", self->bearer);
  reeve_context_authenticate_async (self->context, g_variant_dict_end (&credentials),
                                    self->cancellable, reeve_web_ui_viewer_authenticated_cb, self);
}
