/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

G_BEGIN_DECLS

/* /api/v1/live: who looks, and what they are told. */
typedef struct _ReeveWebUiLive ReeveWebUiLive;

#define REEVE_WEB_UI_LIVE_MAX_STREAMS 64
/* Changed rows are told together, at most so often. */
#define REEVE_WEB_UI_LIVE_COALESCE_MS 250
/* A comment, so that both ends know that the other is there. The session is looked at anew. */
#define REEVE_WEB_UI_LIVE_PING_MS 15000
/* Bytes of one event of rows; a larger fleet comes in several. */
#define REEVE_WEB_UI_LIVE_MAX_EVENT (128 * 1024)
/* Bytes that are told to one stream in one go, and what may wait for it beyond. */
#define REEVE_WEB_UI_LIVE_BURST (512 * 1024)
#define REEVE_WEB_UI_LIVE_MAX_BACKLOG (32 * 1024 * 1024)

ReeveWebUiLive *reeve_web_ui_live_new (ReeveContext *context);
/* Ends all streams. */
void reeve_web_ui_live_free (ReeveWebUiLive *self);

/* (transfer full); NULL with REEVE_ERROR_LIMIT, INVALID or UNAVAILABLE. */
ReeveHttpResponse *reeve_web_ui_live_open (ReeveWebUiLive *self, ReeveHttpRequest *request,
                                           GError **error);
/* A session may have ended: looks at all of them anew. */
void reeve_web_ui_live_check_sessions (ReeveWebUiLive *self);

G_END_DECLS
