/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The floor of a link, in a small file that is read at start and written when a link proves more
 * than any before it. */

#include "config.h"

#include "reeve-reporter-floor.h"

#define REEVE_REPORTER_FLOOR_DEFAULT "default"

/* The keys as one word: a change of hub-key is a local act, and begins anew. */
static char *
reeve_reporter_floor_hash_keys (GArray *keys)
{
  return g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) keys->data,
                                      (gsize) keys->len * sizeof (ReevePublicKey));
}

static GKeyFile *
reeve_reporter_floor_read (const char *path, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) own = NULL;

  if (g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, &own) ||
      g_error_matches (own, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    return g_steal_pointer (&file);
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
               "%s is damaged: %s; remove it if links may begin anew", path, own->message);
  return NULL;
}

gboolean
reeve_reporter_floor_load (const char *state_dir, const char *name, GArray *keys,
                           ReeveReporterFloor *ret_floor, GError **error)
{
  g_autofree char *path = g_build_filename (state_dir, REEVE_REPORTER_FLOOR_FILE, NULL);
  g_autoptr (GKeyFile) file = reeve_reporter_floor_read (path, error);
  const char *group = *name != '\0' ? name : REEVE_REPORTER_FLOOR_DEFAULT;
  g_autofree char *hash = reeve_reporter_floor_hash_keys (keys);
  g_autofree char *kept = NULL;

  if (file == NULL)
    return FALSE;
  *ret_floor = (ReeveReporterFloor){ REEVE_SECURITY_PLAIN, REEVE_LINK_LEVEL_STOCK };
  kept = g_key_file_get_string (file, group, "keys", NULL);
  if (g_strcmp0 (kept, hash) != 0)
    return TRUE;
  ret_floor->security = (guint) MAX (0, g_key_file_get_integer (file, group, "security", NULL));
  ret_floor->level = (guint) MAX (0, g_key_file_get_integer (file, group, "level", NULL));
  return TRUE;
}

gboolean
reeve_reporter_floor_save (const char *state_dir, const char *name, GArray *keys,
                           const ReeveReporterFloor *floor, GError **error)
{
  g_autofree char *path = g_build_filename (state_dir, REEVE_REPORTER_FLOOR_FILE, NULL);
  g_autoptr (GKeyFile) file = reeve_reporter_floor_read (path, error);
  const char *group = *name != '\0' ? name : REEVE_REPORTER_FLOOR_DEFAULT;
  g_autofree char *hash = reeve_reporter_floor_hash_keys (keys);
  g_autofree char *text = NULL;
  gsize length;

  if (file == NULL)
    return FALSE;
  g_key_file_set_string (file, group, "keys", hash);
  g_key_file_set_integer (file, group, "security", (int) floor->security);
  g_key_file_set_integer (file, group, "level", (int) floor->level);
  text = g_key_file_to_data (file, &length, NULL);
  if (g_file_set_contents_full (path, text, (gssize) length, G_FILE_SET_CONTENTS_CONSISTENT, 0600,
                                error))
    return TRUE;
  reeve_error_convert (error);
  return FALSE;
}

gboolean
reeve_reporter_floor_check (const ReeveReporterFloor *floor, const char *state_dir,
                            const ReeveLinkOffer *offer, GError **error)
{
  gboolean less_secure = offer->security != REEVE_SECURITY_SSH && offer->security < floor->security;

  if (!less_secure && offer->level >= floor->level)
    return TRUE;
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_DENIED,
               "this hub has proven a better link before (%s): somebody in between may be taking "
               "it away. If it "
               "really offers less now, remove %s/" REEVE_REPORTER_FLOOR_FILE
               " and restart the agent",
               less_secure ? "its transport's security" : "its protocol level", state_dir);
  return FALSE;
}
