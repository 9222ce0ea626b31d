/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The settings "filesystems", "disks" and "filesystem-names". */

#include "config.h"

#include "reeve-host-metrics-storage.h"

#include <reeve/monitor.h>
#include <string.h>

/* "/srv=Media" into what and name. */
static gboolean
reeve_host_metrics_storage_add_name (GPtrArray *names, const char *text, GError **error)
{
  const char *equals = strrchr (text, '=');
  g_autofree char *what = NULL;
  g_autofree char *name = NULL;

  if (equals != NULL)
    {
      what = g_strstrip (g_strndup (text, (gsize) (equals - text)));
      name = g_strstrip (reeve_text_clean (equals + 1, -1, REEVE_SAMPLE_MAX_INSTANCE));
    }
  if (equals == NULL || *what == '\0' || *name == '\0' || *name == '/' || strcmp (what, "/") == 0)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "filesystem-names: '%s' is not of the form /mount/point=Name; a name does not "
                   "begin with / and / itself keeps its name",
                   text);
      return FALSE;
    }
  for (guint i = 1; i < names->len; i += 2)
    if (strcmp (g_ptr_array_index (names, i), name) == 0)
      {
        g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                     "filesystem-names: the name '%s' is given twice", name);
        return FALSE;
      }
  g_ptr_array_add (names, g_steal_pointer (&what));
  g_ptr_array_add (names, g_steal_pointer (&name));
  return TRUE;
}

static gboolean
reeve_host_metrics_storage_init_names (ReeveHostMetricsStorage *self, const char *text,
                                       GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) words = NULL;

  if (text == NULL || *text == '\0')
    return TRUE;
  words = g_strsplit (text, ";", -1);
  for (guint i = 0; words[i] != NULL; i++)
    if (*g_strstrip (words[i]) != '\0' &&
        !reeve_host_metrics_storage_add_name (names, words[i], error))
      return FALSE;
  if (names->len > 2 * REEVE_HOST_METRICS_MAX_NAMES)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT,
                   "filesystem-names has %u names, more than %d", names->len / 2,
                   REEVE_HOST_METRICS_MAX_NAMES);
      return FALSE;
    }
  g_ptr_array_add (names, NULL);
  self->names = (char **) g_ptr_array_steal (names, NULL);
  return TRUE;
}

gboolean
reeve_host_metrics_storage_init (ReeveHostMetricsStorage *self, const char *filesystems,
                                 const char *disks, const char *names, GError **error)
{
  *self = (ReeveHostMetricsStorage){ 0 };
  if (reeve_host_metrics_patterns_init (&self->filesystems, filesystems, "filesystems", error) &&
      reeve_host_metrics_patterns_init (&self->disks, disks, "disks", error) &&
      reeve_host_metrics_storage_init_names (self, names, error))
    return TRUE;
  reeve_host_metrics_storage_clear (self);
  return FALSE;
}

void
reeve_host_metrics_storage_clear (ReeveHostMetricsStorage *self)
{
  reeve_host_metrics_patterns_clear (&self->filesystems);
  reeve_host_metrics_patterns_clear (&self->disks);
  g_clear_pointer (&self->names, g_strfreev);
}

const char *
reeve_host_metrics_storage_find_name (const ReeveHostMetricsStorage *self, const char *what)
{
  for (guint i = 0; self->names != NULL && self->names[i] != NULL; i += 2)
    if (strcmp (self->names[i], what) == 0)
      return self->names[i + 1];
  return NULL;
}
