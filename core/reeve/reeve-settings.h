/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-types.h"

G_BEGIN_DECLS

/* One table of rows per plugin drives parsing, --check-config, unknown-key reports, man page and
 * D-Bus. */

typedef enum
{
  REEVE_SETTING_BOOLEAN, /* yes, no */
  REEVE_SETTING_INTEGER,
  REEVE_SETTING_DURATION, /* "250ms", "30s", "5min", "2h", "7d": kept in milliseconds */
  REEVE_SETTING_SIZE,     /* "64K", "16M", "2G": bytes, powers of 1024 */
  REEVE_SETTING_STRING,
  REEVE_SETTING_STRINGS,  /* separated by ";" as in other key files */
  REEVE_SETTING_ENUM,     /* one of the row's choices */
  REEVE_SETTING_PATH,     /* absolute file or directory name */
  REEVE_SETTING_ENDPOINT, /* "address:port" or "unix:/path" to listen on */
  REEVE_SETTING_ADDRESS,  /* URL or host:port of a peer */
} ReeveSettingType;

typedef enum
{
  REEVE_SETTING_FLAGS_NONE = 0,
  REEVE_SETTING_REQUIRED = 1 << 0, /* without it the plugin is unconfigured */
  REEVE_SETTING_SECRET = 1 << 1,   /* its value is never shown */
  REEVE_SETTING_LIVE = 1 << 2,     /* reload() takes it; otherwise it waits for a restart */
  REEVE_SETTING_OVERLAY = 1 << 3,  /* people may set it at run time; a row of type PATH, ENDPOINT or
                                      with  FILE_ONLY that says so is refused with its plugin */
  REEVE_SETTING_FILE_ONLY = 1 << 4,
  /* With LIVE: names files whose content counts, so check() and reload() follow each reload of the
   * host, whether the value has changed or not. */
  REEVE_SETTING_CONTENT = 1 << 5,
} ReeveSettingFlags;

struct _ReeveSettingsRow
{
  const char *key; /* lower-case-dashed; a row with NULL ends the table */
  ReeveSettingType type;
  ReeveSettingFlags flags;
  const char *default_text;   /* as it would stand in a file; NULL: unset */
  gint64 minimum, maximum;    /* of numbers, milliseconds and bytes; both 0: no range */
  const char *const *choices; /* ENUM: NULL-terminated */
  const char *text;           /* what it does, one or two sentences */
  const char *since;          /* NULL: 0.1.0 */
};

typedef enum
{
  REEVE_ORIGIN_DEFAULT,
  REEVE_ORIGIN_FILE,
  REEVE_ORIGIN_OVERLAY,
} ReeveSettingOrigin;

/* One object's values: immutable, refcounted, any thread. Asking for a key that the table does not
 * have, or by the wrong type, is a programming error (critical). */
#define REEVE_TYPE_SETTINGS (reeve_settings_get_type ())
REEVE_API GType reeve_settings_get_type (void);
REEVE_API ReeveSettings *reeve_settings_ref (ReeveSettings *self);
REEVE_API void reeve_settings_unref (ReeveSettings *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveSettings, reeve_settings_unref)

REEVE_API gboolean reeve_settings_is_set (ReeveSettings *self,
                                          const char *key); /* or has a default */
REEVE_API gboolean reeve_settings_get_boolean (ReeveSettings *self, const char *key);
/* INTEGER, DURATION in milliseconds, SIZE in bytes; 0 when unset. */
REEVE_API gint64 reeve_settings_get_integer (ReeveSettings *self, const char *key);
/* STRING, ENUM, PATH, ENDPOINT, ADDRESS; NULL when unset. */
REEVE_API const char *reeve_settings_get_string (ReeveSettings *self, const char *key);
/* STRINGS: never NULL. */
REEVE_API const char *const *reeve_settings_get_strings (ReeveSettings *self, const char *key);
REEVE_API ReeveSettingOrigin reeve_settings_get_origin (ReeveSettings *self, const char *key);
/* "hub.conf:12" style place of a key that a file sets, for messages; NULL otherwise. */
REEVE_API const char *reeve_settings_get_place (ReeveSettings *self, const char *key);
REEVE_API const ReeveSettingsRow *reeve_settings_get_rows (ReeveSettings *self);
/* TRUE when both have the same value for @key. */
REEVE_API gboolean reeve_settings_same (ReeveSettings *self, ReeveSettings *other, const char *key);

/* Parses one value by its row; the error names neither file nor group (the caller does) and never a
 * secret's value. */
REEVE_API gboolean reeve_settings_row_check (const ReeveSettingsRow *row, const char *text,
                                             GError **error);

/* One value for reeve_settings_new(). @text: as it stands in a file, escapes and all. */
typedef struct
{
  const char *key;
  const char *text;
  ReeveSettingOrigin origin;
  const char *place; /* "hub.conf:12", or NULL */
} ReeveSettingsValue;

/* For the host: the last value of a key holds; an empty text stands for the row's default. The
 * error names the key, not the place. @rows must outlive the result. (transfer full) */
REEVE_API ReeveSettings *reeve_settings_new (const ReeveSettingsRow *rows,
                                             const ReeveSettingsValue *values, gsize n_values,
                                             GError **error);
/* The first REQUIRED key that has no value, NULL when there is none. */
REEVE_API const char *reeve_settings_get_missing (ReeveSettings *self);
/* Is the table itself sound? The error names the key and what is wrong with its row. */
REEVE_API gboolean reeve_settings_rows_check (const ReeveSettingsRow *rows, GError **error);
/* NULL when the table has no such key. @rows may be NULL. */
REEVE_API const ReeveSettingsRow *reeve_settings_rows_find (const ReeveSettingsRow *rows,
                                                            const char *key);

/* For tests and the host: values from pairs "key", "text", ..., NULL. (transfer full) */
REEVE_API ReeveSettings *reeve_settings_new_for_pairs (const ReeveSettingsRow *rows, GError **error,
                                                       ...) G_GNUC_NULL_TERMINATED;

/* A URL or text fit for a log: userinfo masked. (transfer full) */
REEVE_API char *reeve_settings_mask_url (const char *url);

G_END_DECLS
