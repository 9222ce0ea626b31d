/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-web-ui-assets.h"

G_BEGIN_DECLS

/* Pages and panels of plugins: DIRECTORY/ID/ui.js, an ES module, and ID/ui.css if there is one.
 * They run in the page with all that the viewer may do, so the files must be as safe as a plugin
 * is: of root or of us, not writable by others. */

#define REEVE_WEB_UI_MODULES_MAX 64
/* Bytes of one file. */
#define REEVE_WEB_UI_MODULE_MAX_SIZE (512 * 1024)
/* The first line of ui.js, up to the number of the interface that it is written for. */
#define REEVE_WEB_UI_MODULE_MARK "/* reeve-ui "
#define REEVE_WEB_UI_MODULE_MAX_INTERFACE 1000

/* Adds the files of all modules to @assets, below /assets/modules/ and the hash of their contents.
 * A module that cannot be taken is listed with its problem and left out. Blocks: for a worker.
 * Returns: (transfer full): aa{sv}, by name of the plugin: plugin (s), and either interface (u),
 * url, style (s, empty without) or problem (s). A @directory that is not there has none. */
GVariant *reeve_web_ui_modules_load (ReeveWebUiAssets *assets, const char *directory);

G_END_DECLS
