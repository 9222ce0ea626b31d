/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

G_BEGIN_DECLS

/* /api/v1/live: who looks, at what, and what they are told. Without anybody it does nothing. */
typedef struct _ReeveWebUiLive ReeveWebUiLive;

#define REEVE_WEB_UI_LIVE_MAX_STREAMS 64
/* Of rows that one stream watches. */
#define REEVE_WEB_UI_LIVE_MAX_ROWS 200
/* Of systems whose samples it gets. */
#define REEVE_WEB_UI_LIVE_MAX_FOLLOWED 16
/* What changed is told together, at most so often, and each row and the counts at most so often. */
#define REEVE_WEB_UI_LIVE_COALESCE_MS 250
#define REEVE_WEB_UI_LIVE_ROW_MS 1000
/* A comment, so that both ends know that the other is there. The session is looked at anew. */
#define REEVE_WEB_UI_LIVE_PING_MS 15000
/* Bytes of one event of rows; more come in several. */
#define REEVE_WEB_UI_LIVE_MAX_EVENT (128 * 1024)
/* Bytes that are told to one stream in one go, and what may wait for it beyond. */
#define REEVE_WEB_UI_LIVE_BURST (512 * 1024)
#define REEVE_WEB_UI_LIVE_MAX_BACKLOG (32 * 1024 * 1024)

ReeveWebUiLive *reeve_web_ui_live_new (ReeveContext *context);
/* Ends all streams. */
void reeve_web_ui_live_free (ReeveWebUiLive *self);

/* (transfer full); NULL with REEVE_ERROR_LIMIT or UNAVAILABLE. */
ReeveHttpResponse *reeve_web_ui_live_open (ReeveWebUiLive *self, ReeveHttpRequest *request,
                                           GError **error);
/* What @stream sees from now on: rows of @systems, samples of @followed.
 * REEVE_ERROR_NOT_FOUND for a stream that is not @subject's, INVALID for too many systems. */
gboolean reeve_web_ui_live_watch (ReeveWebUiLive *self, const char *stream, ReeveSubject *subject,
                                  const char *const *systems, const char *const *followed,
                                  GError **error);
/* A session may have ended: looks at all of them anew. */
void reeve_web_ui_live_check_sessions (ReeveWebUiLive *self);

/* The revision in an event's id that a client sent back; 0: unknown, or not of @boot. @text may be
 * NULL. */
guint64 reeve_web_ui_live_parse_id (const char *text, const char *boot);

G_END_DECLS
