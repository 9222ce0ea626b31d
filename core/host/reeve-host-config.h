/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

G_BEGIN_DECLS

/*
 * One reading of the configuration: the main file, then the drop-ins of "<main file>.d/" (those
 * that end in ".conf", by name), later lines over earlier ones, and the overlay of the state
 * directory below them all. Immutable. Main thread only.
 *
 * Groups are [host], [plugin ID] and [plugin ID NAME]. No message ever holds a value that may be a
 * secret: neither one of a secret's row, nor of an unknown key, nor of a malformed line.
 */

typedef struct _ReeveHostConfig ReeveHostConfig;

/* Drop-ins beyond this are refused. */
#define REEVE_HOST_CONFIG_MAX_FILES 256

/* One value that holds. */
typedef struct
{
  char *key;
  char *text; /* as it stands in the file */
  char *place;
  ReeveSettingOrigin origin;
  gboolean exposed; /* others may read the file */
} ReeveHostEntry;

/* @main_file: need not exist, unless @must_exist; NULL: none. @overlay_file: may be missing or
 * NULL. Never NULL: what went wrong is in the lists below. (transfer full) */
ReeveHostConfig *reeve_host_config_load (const char *main_file, gboolean must_exist,
                                         const char *overlay_file);
void reeve_host_config_free (ReeveHostConfig *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveHostConfig, reeve_host_config_free)

/* Faults that concern no plugin in particular (unreadable file, line outside of a group): with one
 * of these nothing starts and no reload is taken. Of char *, (transfer none). */
GPtrArray *reeve_host_config_get_errors (ReeveHostConfig *self);
/* What is worth saying and stops nothing. Of char *, (transfer none). */
GPtrArray *reeve_host_config_get_warnings (ReeveHostConfig *self);

/* The host's own key of a plugin's group, from files only. @fallback: what holds without it.
 * @ret_place: (transfer none) (nullable), may be NULL. A malformed value is an error. */
gboolean reeve_host_config_get_enabled (ReeveHostConfig *self, const char *id, const char *instance,
                                        gboolean fallback, gboolean *ret_enabled,
                                        const char **ret_place, GError **error);
/* The names of "[plugin ID NAME]" in the order of the files; "" stands for "[plugin ID]" if that
 * sets more than "enabled". (transfer full), of char *. */
GPtrArray *reeve_host_config_list_instances (ReeveHostConfig *self, const char *id);
/* The ids that have groups, with their first place: (transfer full) id -> place. */
GHashTable *reeve_host_config_list_ids (ReeveHostConfig *self);

/* The values that hold for one object: files over overlay, every value checked by its row.
 * @warnings: of char *, gets unknown keys and the like; may be NULL. (transfer full) of
 * ReeveHostEntry, NULL with the first error, which names file, line, group and key. */
GPtrArray *reeve_host_config_collect (ReeveHostConfig *self, const char *id, const char *instance,
                                      const ReeveSettingsRow *rows, GPtrArray *warnings,
                                      GError **error);
/* (transfer full) NULL only if @entries do not match @rows. */
ReeveSettings *reeve_host_config_build (const ReeveSettingsRow *rows, GPtrArray *entries,
                                        GError **error);
ReeveHostEntry *reeve_host_entry_copy (const ReeveHostEntry *self);
void reeve_host_entry_free (ReeveHostEntry *self);

/* The overlay file as it would be with @key set to @text (NULL: taken out). Refuses what rows or
 * files forbid. When an address changes, the secrets of that object are taken out. (transfer full)
 */
char *reeve_host_config_edit_overlay (ReeveHostConfig *self, const char *id, const char *instance,
                                      const ReeveSettingsRow *rows, const char *key,
                                      const char *text, GError **error);
/* The overlay file as it is now. (transfer full) */
char *reeve_host_config_get_overlay (ReeveHostConfig *self);

G_END_DECLS
