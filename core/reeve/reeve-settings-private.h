/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-settings.h"

G_BEGIN_DECLS

/* One parsed value: numbers (boolean, integer, duration, size), a text, or a list. */
typedef struct
{
  gboolean is_set;
  gint64 number;
  char *text;
  GStrv list; /* of STRINGS, never NULL there */
  ReeveSettingOrigin origin;
  char *place;
} ReeveSettingsItem;

void reeve_settings_item_clear (ReeveSettingsItem *self);
/* Parses @text, as it stands in a file, by @row. The error names no key. @ret_item is untouched on
 * failure. */
gboolean reeve_settings_row_parse (const ReeveSettingsRow *row, const char *text,
                                   ReeveSettingsItem *ret_item, GError **error);

G_END_DECLS
