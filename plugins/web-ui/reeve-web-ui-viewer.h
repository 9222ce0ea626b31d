/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

G_BEGIN_DECLS

/* One open live stream and the session that it belongs to. Refcounted: its user and the look at its
 * session under way hold it. */
typedef struct _ReeveWebUiViewer ReeveWebUiViewer;

/* @ended: once, when the stream has ended by itself: the client left, was too slow, or its session
 * is over; not called by reeve_web_ui_viewer_end(). */
ReeveWebUiViewer *reeve_web_ui_viewer_new (ReeveContext *context, ReeveHttpRequest *request,
                                           GFunc ended, gpointer user_data);
ReeveWebUiViewer *reeve_web_ui_viewer_ref (ReeveWebUiViewer *self);
void reeve_web_ui_viewer_unref (ReeveWebUiViewer *self);

ReeveHttpResponse *reeve_web_ui_viewer_get_response (ReeveWebUiViewer *self);
/* Is it the session of @subject that opened it? */
gboolean reeve_web_ui_viewer_is_of (ReeveWebUiViewer *self, ReeveSubject *subject);

/* Sends, or keeps for later what would be too much at once: then TRUE, and
 * reeve_web_ui_viewer_send_waiting() is due. May end the stream. */
gboolean reeve_web_ui_viewer_send (ReeveWebUiViewer *self, GBytes *bytes);
/* Now and then: sends of what waits. May end the stream. */
void reeve_web_ui_viewer_send_waiting (ReeveWebUiViewer *self);
gboolean reeve_web_ui_viewer_has_waiting (ReeveWebUiViewer *self);
/* Ends the stream unless the session still stands. */
void reeve_web_ui_viewer_check_session (ReeveWebUiViewer *self);
void reeve_web_ui_viewer_end (ReeveWebUiViewer *self);

G_END_DECLS
