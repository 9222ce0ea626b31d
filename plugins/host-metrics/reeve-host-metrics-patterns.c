/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Lists of names with wildcards. */

#include "config.h"

#include "reeve-host-metrics-patterns.h"

#include <fnmatch.h>
#include <string.h>

gboolean
reeve_host_metrics_patterns_init (ReeveHostMetricsPatterns *self, const char *text, const char *key,
                                  GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) words = NULL;

  *self = (ReeveHostMetricsPatterns){ 0 };
  if (text == NULL || *text == '\0')
    return TRUE;
  self->set = TRUE;
  self->deny = *text == '-';
  words = g_strsplit_set (self->deny ? text + 1 : text, ",;", -1);
  for (guint i = 0; words[i] != NULL; i++)
    if (*g_strstrip (words[i]) != '\0')
      g_ptr_array_add (names, g_strdup (words[i]));
  if (names->len > REEVE_HOST_METRICS_MAX_PATTERNS)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT,
                   "%s has %u patterns, more than %d: join some with *", key, names->len,
                   REEVE_HOST_METRICS_MAX_PATTERNS);
      return FALSE;
    }
  g_ptr_array_add (names, NULL);
  self->names = (char **) g_ptr_array_steal (names, NULL);
  return TRUE;
}

void
reeve_host_metrics_patterns_clear (ReeveHostMetricsPatterns *self)
{
  g_clear_pointer (&self->names, g_strfreev);
}

gboolean
reeve_host_metrics_patterns_match (const ReeveHostMetricsPatterns *self, const char *name)
{
  for (char **pattern = self->names; pattern != NULL && *pattern != NULL; pattern++)
    /* without a * a pattern is a plain name */
    if (strchr (*pattern, '*') == NULL ? strcmp (*pattern, name) == 0
                                       : fnmatch (*pattern, name, FNM_PATHNAME) == 0)
      return TRUE;
  return FALSE;
}

gboolean
reeve_host_metrics_patterns_allow (const ReeveHostMetricsPatterns *self, const char *name)
{
  return !self->set || reeve_host_metrics_patterns_match (self, name) != self->deny;
}
