/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

G_BEGIN_DECLS

/* The page's files, all in memory. Immutable once loaded. */
typedef struct _ReeveWebUiAssets ReeveWebUiAssets;

#define REEVE_WEB_UI_ASSETS_MAX 256
/* Bytes of one file, and of all with their packed forms. */
#define REEVE_WEB_UI_ASSET_MAX_SIZE (4 * 1024 * 1024)
#define REEVE_WEB_UI_ASSETS_MAX_SIZE (16 * 1024 * 1024)

/* Reads what @directory's manifest.json lists. Blocks: for a worker. */
ReeveWebUiAssets *reeve_web_ui_assets_load (const char *directory, GError **error);
void reeve_web_ui_assets_free (ReeveWebUiAssets *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveWebUiAssets, reeve_web_ui_assets_free)

/* One more file, whose @path holds the hash of its contents; packed by gzip. Before any answer
 * only; blocks as loading does. FALSE: LIMIT. */
gboolean reeve_web_ui_assets_add (ReeveWebUiAssets *self, const char *path, const char *type,
                                  GBytes *bytes, GError **error);

/* What plugins add to the page, aa{sv}; takes @modules. */
void reeve_web_ui_assets_take_modules (ReeveWebUiAssets *self, GVariant *modules);
/* (transfer none); not NULL. */
GVariant *reeve_web_ui_assets_get_modules (ReeveWebUiAssets *self);

/* (transfer full) */
ReeveHttpResponse *reeve_web_ui_assets_answer (ReeveWebUiAssets *self, ReeveHttpRequest *request);

/* Does an If-None-Match (NULL: none) name @etag, weak or not? */
gboolean reeve_web_ui_assets_matches (const char *if_none_match, const char *etag);

/* Does an Accept-Encoding (NULL: none) take @encoding? */
gboolean reeve_web_ui_assets_accepts (const char *accept, const char *encoding);

G_END_DECLS
