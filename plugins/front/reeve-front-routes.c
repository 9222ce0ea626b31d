/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which provider answers a path. The longest row that fits wins; among equals the one that came
 * first. */

#include "config.h"

#include "reeve-front-routes.h"

#include <string.h>

typedef struct
{
  ReeveRoutes *provider;
  const ReeveRoute *route;
} ReeveFrontRoutesEntry;

struct _ReeveFrontRoutes
{
  ReeveContext *context;
  GArray *entries; /* of ReeveFrontRoutesEntry */
  guint watch;
};

static void
reeve_front_routes_added_cb (gpointer provider, const char *key, gpointer user_data)
{
  ReeveFrontRoutes *self = user_data;
  const ReeveRoute *rows;
  g_autoptr (GError) error = NULL;

  if (!reeve_routes_check (provider, &error))
    {
      reeve_log_warning (self->context, "the routes of %s are not served: %s",
                         reeve_provider_get_name (provider), error->message);
      return;
    }
  rows = reeve_routes_get_routes (provider);
  for (guint i = 0; rows != NULL && rows[i].path != NULL; i++)
    {
      ReeveFrontRoutesEntry entry = { provider, &rows[i] };

      if (self->entries->len == REEVE_FRONT_ROUTES_MAX)
        {
          reeve_log_warning (self->context,
                             "the route %s of %s is not served: there are %d already", rows[i].path,
                             reeve_provider_get_name (provider), REEVE_FRONT_ROUTES_MAX);
          return;
        }
      g_array_append_val (self->entries, entry);
    }
}

static void
reeve_front_routes_removed_cb (gpointer provider, const char *key, gpointer user_data)
{
  ReeveFrontRoutes *self = user_data;

  for (guint i = self->entries->len; i-- > 0;)
    if (g_array_index (self->entries, ReeveFrontRoutesEntry, i).provider == provider)
      g_array_remove_index (self->entries, i);
}

/**
 * reeve_front_routes_new:
 * @context: the plugin's
 *
 * Returns: (transfer full): a table that follows the providers
 */
ReeveFrontRoutes *
reeve_front_routes_new (ReeveContext *context)
{
  ReeveFrontRoutes *self = g_new0 (ReeveFrontRoutes, 1);

  self->context = context;
  self->entries = g_array_new (FALSE, FALSE, sizeof (ReeveFrontRoutesEntry));
  self->watch = reeve_context_watch (context, REEVE_TYPE_ROUTES, reeve_front_routes_added_cb,
                                     reeve_front_routes_removed_cb, self);
  return self;
}

void
reeve_front_routes_free (ReeveFrontRoutes *self)
{
  if (self == NULL)
    return;
  reeve_context_unwatch (self->context, self->watch);
  g_array_unref (self->entries);
  g_free (self);
}

/* "/" has everything below it; of "/api" that is what goes on with a slash. */
static gboolean
reeve_front_routes_fits (const ReeveRoute *route, const char *path)
{
  gsize length = strlen (route->path);

  if (strncmp (path, route->path, length) != 0)
    return FALSE;
  if (path[length] == '\0')
    return TRUE;
  return (route->flags & REEVE_ROUTE_EXACT) == 0 &&
         (path[length] == '/' || route->path[length - 1] == '/');
}

/**
 * reeve_front_routes_find:
 * @self: the table
 * @path: canonical
 * @ret_provider: (out) (transfer none): whose row it is
 *
 * Returns: (transfer none) (nullable): the row, valid as long as the provider
 */
const ReeveRoute *
reeve_front_routes_find (ReeveFrontRoutes *self, const char *path, ReeveRoutes **ret_provider)
{
  const ReeveFrontRoutesEntry *best = NULL;

  for (guint i = 0; i < self->entries->len; i++)
    {
      const ReeveFrontRoutesEntry *entry = &g_array_index (self->entries, ReeveFrontRoutesEntry, i);

      if (reeve_front_routes_fits (entry->route, path) &&
          (best == NULL || strlen (entry->route->path) > strlen (best->route->path)))
        best = entry;
    }
  if (best == NULL)
    return NULL;
  *ret_provider = best->provider;
  return best->route;
}

/**
 * reeve_front_routes_allows:
 * @route: a row
 * @method: of a request
 *
 * Returns: %TRUE if the row names the method
 */
gboolean
reeve_front_routes_allows (const ReeveRoute *route, const char *method)
{
  g_auto (GStrv) methods = g_strsplit (route->methods, " ", -1);

  return g_strv_contains ((const char *const *) methods, method);
}
