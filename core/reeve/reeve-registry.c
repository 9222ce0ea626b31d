/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who provides what. Providers come and go while the process runs; whoever watches an interface
 * hears of each exactly once, and of its end exactly once. */

#include "config.h"

#include "reeve-registry-private.h"

#include <string.h>

#include "reeve-error.h"

typedef struct
{
  GType interface;
  char *key;
  GObject *object;
  ReeveContext *context; /* not owned: a context withdraws its providers before it ends */
} ReeveProvision;

typedef struct
{
  grefcount refs;
  guint id;
  ReeveContext *context;
  GType interface;
  ReeveProviderFunc added;
  ReeveProviderFunc removed;
  gpointer user_data;
  GPtrArray *announced; /* of GObject: those that added() was called for */
} ReeveRegistryWatch;

struct _ReeveRegistry
{
  GPtrArray *provisions; /* in the order of provision */
  GPtrArray *watches;
  GStrv trusted; /* NULL: everybody */
  guint last_watch;
};

typedef struct
{
  ReeveRegistryWatch *watch;
  GObject *object;
  char *key;
} ReeveAnnouncement;

/* Each call over a border asks for it. */
static GQuark
reeve_registry_info_quark (void)
{
  static GQuark quark;

  if (G_UNLIKELY (quark == 0))
    quark = g_quark_from_static_string ("reeve-provider-info");
  return quark;
}

static GQuark
reeve_registry_interface_quark (void)
{
  return g_quark_from_static_string ("reeve-interface-declaration");
}

void
reeve_interface_declare (GType interface, ReeveCardinality cardinality, gboolean guarded)
{
  /* one bit for each, and one that says "declared" */
  g_type_set_qdata (interface, reeve_registry_interface_quark (),
                    GUINT_TO_POINTER (4u | (guarded ? 2u : 0u) |
                                      (cardinality == REEVE_CARDINALITY_ONE)));
}

static guint
reeve_registry_get_declaration (GType interface)
{
  g_type_default_interface_unref (g_type_default_interface_ref (interface));
  return GPOINTER_TO_UINT (g_type_get_qdata (interface, reeve_registry_interface_quark ()));
}

/* ---- what is kept beside a provider ---- */

ReeveProviderInfo *
reeve_provider_info_get (gpointer provider)
{
  return g_object_get_qdata (G_OBJECT (provider), reeve_registry_info_quark ());
}

ReeveProviderInfo *
reeve_provider_info_ref (ReeveProviderInfo *self)
{
  g_ref_count_inc (&self->refs);
  return self;
}

void
reeve_provider_info_unref (ReeveProviderInfo *self)
{
  if (!g_ref_count_dec (&self->refs))
    return;
  g_free (self->name);
  reeve_owner_unref (self->owner);
  g_ptr_array_unref (self->calls);
  g_ptr_array_unref (self->drains);
  g_free (self);
}

static ReeveProviderInfo *
reeve_provider_info_new (ReeveContext *context)
{
  ReeveProviderInfo *self = g_new0 (ReeveProviderInfo, 1);

  g_ref_count_init (&self->refs);
  self->name = g_strdup (reeve_context_get_name (context));
  self->owner = reeve_owner_ref (reeve_context_get_owner (context));
  self->calls = g_ptr_array_new ();
  self->drains = g_ptr_array_new_with_free_func (g_object_unref);
  return self;
}

static void
reeve_provider_info_check_drained (ReeveProviderInfo *self)
{
  if (!self->gone || self->calls->len > 0)
    return;
  while (self->drains->len > 0)
    {
      g_autoptr (GTask) task = g_ptr_array_steal_index (self->drains, 0);

      g_task_return_boolean (task, TRUE);
    }
}

void
reeve_provider_info_ended (ReeveProviderInfo *self, ReeveCall *call)
{
  g_ptr_array_remove_fast (self->calls, call);
  reeve_provider_info_check_drained (self);
}

const char *
reeve_provider_get_name (gpointer provider)
{
  ReeveProviderInfo *info = reeve_provider_info_get (provider);

  return info != NULL ? info->name : NULL;
}

/* ---- the registry ---- */

static void
reeve_provision_free (ReeveProvision *self)
{
  g_free (self->key);
  g_object_unref (self->object);
  g_free (self);
}

static void
reeve_registry_watch_unref (ReeveRegistryWatch *self)
{
  if (!g_ref_count_dec (&self->refs))
    return;
  g_ptr_array_unref (self->announced);
  g_free (self);
}

ReeveRegistry *
reeve_registry_new (void)
{
  ReeveRegistry *self = g_new0 (ReeveRegistry, 1);

  self->provisions = g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_provision_free);
  self->watches = g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_registry_watch_unref);
  return self;
}

void
reeve_registry_free (ReeveRegistry *self)
{
  g_ptr_array_unref (self->watches);
  g_ptr_array_unref (self->provisions);
  g_strfreev (self->trusted);
  g_free (self);
}

void
reeve_registry_set_trusted (ReeveRegistry *self, const char *const *plugins)
{
  g_strfreev (self->trusted);
  self->trusted = g_strdupv ((GStrv) plugins);
}

static gboolean
reeve_registry_is_trusted (ReeveRegistry *self, ReeveContext *context)
{
  const char *name = reeve_context_get_name (context);
  g_autofree char *id = g_strndup (name, strcspn (name, "/"));

  return self->trusted == NULL || strcmp (id, "host") == 0 ||
         g_strv_contains ((const char *const *) self->trusted, id);
}

static void
reeve_announcement_free (ReeveAnnouncement *self)
{
  reeve_registry_watch_unref (self->watch);
  g_object_unref (self->object);
  g_free (self->key);
  g_free (self);
}

static void
reeve_registry_announce_cb (gpointer user_data)
{
  ReeveAnnouncement *announcement = user_data;
  ReeveRegistryWatch *watch = announcement->watch;
  ReeveProviderInfo *info = reeve_provider_info_get (announcement->object);

  if (watch->id == 0 || info == NULL || info->gone ||
      g_ptr_array_find (watch->announced, announcement->object, NULL))
    return;
  g_ptr_array_add (watch->announced, announcement->object);
  if (watch->added != NULL)
    watch->added (announcement->object, announcement->key, watch->user_data);
}

static void
reeve_registry_announce (ReeveRegistryWatch *watch, ReeveProvision *provision)
{
  ReeveAnnouncement *announcement = g_new0 (ReeveAnnouncement, 1);

  g_ref_count_inc (&watch->refs);
  announcement->watch = watch;
  announcement->object = g_object_ref (provision->object);
  announcement->key = g_strdup (provision->key);
  reeve_context_defer (watch->context, reeve_registry_announce_cb, announcement,
                       (GDestroyNotify) reeve_announcement_free);
}

static gboolean
reeve_registry_check_provide (ReeveRegistry *self, ReeveContext *context, GType interface,
                              const char *key, gpointer provider, GError **error)
{
  guint declaration = reeve_registry_get_declaration (interface);

  if (!g_type_is_a (G_OBJECT_TYPE (provider), interface))
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID, "%s is no %s",
                   G_OBJECT_TYPE_NAME (provider), g_type_name (interface));
      return FALSE;
    }
  if ((declaration & 2) != 0 && !reeve_registry_is_trusted (self, context))
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_DENIED,
                   "%s may not provide %s: name it in trusted-plugins of group [host] to allow it",
                   reeve_context_get_name (context), g_type_name (interface));
      return FALSE;
    }
  for (guint i = 0; i < self->provisions->len; i++)
    {
      ReeveProvision *other = g_ptr_array_index (self->provisions, i);

      if (other->interface != interface)
        continue;
      if (((declaration & 1) != 0 && strcmp (other->key, key) == 0) || other->object == provider)
        {
          g_set_error (error, REEVE_ERROR, REEVE_ERROR_EXISTS, "%s is provided by %s already%s%s",
                       g_type_name (interface), reeve_context_get_name (other->context),
                       *key != '\0' ? " for " : "", key);
          return FALSE;
        }
    }
  return TRUE;
}

gboolean
reeve_registry_provide (ReeveRegistry *self, ReeveContext *context, GType interface,
                        const char *key, gpointer provider, GError **error)
{
  ReeveProvision *provision;
  ReeveProviderInfo *info;

  key = key != NULL ? key : "";
  if (!reeve_registry_check_provide (self, context, interface, key, provider, error))
    return FALSE;
  info = reeve_provider_info_get (provider);
  if (info == NULL || info->gone)
    g_object_set_qdata_full (provider, reeve_registry_info_quark (),
                             reeve_provider_info_new (context),
                             (GDestroyNotify) reeve_provider_info_unref);
  provision = g_new0 (ReeveProvision, 1);
  provision->interface = interface;
  provision->key = g_strdup (key);
  provision->object = g_object_ref (provider);
  provision->context = context;
  g_ptr_array_add (self->provisions, provision);
  for (guint i = 0; i < self->watches->len; i++)
    {
      ReeveRegistryWatch *watch = g_ptr_array_index (self->watches, i);

      if (watch->interface == interface)
        reeve_registry_announce (watch, provision);
    }
  return TRUE;
}

static void
reeve_registry_tell_removed (ReeveRegistry *self, ReeveProvision *provision)
{
  g_autoptr (GPtrArray) watches =
      g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_registry_watch_unref);

  for (guint i = 0; i < self->watches->len; i++)
    {
      ReeveRegistryWatch *watch = g_ptr_array_index (self->watches, i);

      g_ref_count_inc (&watch->refs);
      g_ptr_array_add (watches, watch);
    }
  for (guint i = 0; i < watches->len; i++)
    {
      ReeveRegistryWatch *watch = g_ptr_array_index (watches, i);

      if (watch->id != 0 && watch->interface == provision->interface &&
          g_ptr_array_remove (watch->announced, provision->object) && watch->removed != NULL)
        watch->removed (provision->object, provision->key, watch->user_data);
    }
}

void
reeve_registry_withdraw (ReeveRegistry *self, gpointer provider, GTask *task)
{
  ReeveProviderInfo *info = reeve_provider_info_get (provider);
  g_autoptr (GPtrArray) calls = NULL;

  if (info == NULL)
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      return;
    }
  reeve_provider_info_ref (info);
  g_object_ref (provider);
  info->gone = TRUE;
  for (guint i = 0; i < self->provisions->len;)
    {
      ReeveProvision *provision = g_ptr_array_index (self->provisions, i);

      if (provision->object != provider)
        {
          i++;
          continue;
        }
      provision = g_ptr_array_steal_index (self->provisions, i);
      reeve_registry_tell_removed (self, provision);
      reeve_provision_free (provision);
      i = 0;
    }
  g_ptr_array_add (info->drains, task);
  calls = g_ptr_array_copy (info->calls, NULL, NULL);
  for (guint i = 0; i < calls->len; i++)
    if (g_ptr_array_find (info->calls, g_ptr_array_index (calls, i), NULL))
      reeve_call_gone (g_ptr_array_index (calls, i));
  reeve_provider_info_check_drained (info);
  g_object_unref (provider);
  reeve_provider_info_unref (info);
}

GPtrArray *
reeve_registry_list_of_context (ReeveRegistry *self, ReeveContext *context)
{
  GPtrArray *list = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < self->provisions->len; i++)
    {
      ReeveProvision *provision = g_ptr_array_index (self->provisions, i);

      if (provision->context == context && !g_ptr_array_find (list, provision->object, NULL))
        g_ptr_array_add (list, g_object_ref (provision->object));
    }
  return list;
}

gpointer
reeve_registry_lookup (ReeveRegistry *self, GType interface, const char *key)
{
  for (guint i = 0; i < self->provisions->len; i++)
    {
      ReeveProvision *provision = g_ptr_array_index (self->provisions, i);

      if (provision->interface == interface && strcmp (provision->key, key != NULL ? key : "") == 0)
        return g_object_ref (provision->object);
    }
  return NULL;
}

GPtrArray *
reeve_registry_lookup_all (ReeveRegistry *self, GType interface)
{
  GPtrArray *list = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < self->provisions->len; i++)
    {
      ReeveProvision *provision = g_ptr_array_index (self->provisions, i);

      if (provision->interface == interface)
        g_ptr_array_add (list, g_object_ref (provision->object));
    }
  return list;
}

guint
reeve_registry_watch (ReeveRegistry *self, ReeveContext *context, GType interface,
                      ReeveProviderFunc added, ReeveProviderFunc removed, gpointer user_data)
{
  ReeveRegistryWatch *watch = g_new0 (ReeveRegistryWatch, 1);

  g_ref_count_init (&watch->refs);
  watch->id = ++self->last_watch;
  watch->context = context;
  watch->interface = interface;
  watch->added = added;
  watch->removed = removed;
  watch->user_data = user_data;
  watch->announced = g_ptr_array_new ();
  g_ptr_array_add (self->watches, watch);
  for (guint i = 0; i < self->provisions->len; i++)
    {
      ReeveProvision *provision = g_ptr_array_index (self->provisions, i);

      if (provision->interface == interface)
        reeve_registry_announce (watch, provision);
    }
  return watch->id;
}

static void
reeve_registry_drop_watch (ReeveRegistry *self, guint index)
{
  ReeveRegistryWatch *watch = g_ptr_array_index (self->watches, index);

  watch->id = 0;
  g_ptr_array_set_size (watch->announced, 0);
  g_ptr_array_remove_index (self->watches, index);
}

void
reeve_registry_unwatch (ReeveRegistry *self, guint id)
{
  for (guint i = 0; i < self->watches->len; i++)
    if (((ReeveRegistryWatch *) g_ptr_array_index (self->watches, i))->id == id)
      {
        reeve_registry_drop_watch (self, i);
        return;
      }
}

void
reeve_registry_unwatch_context (ReeveRegistry *self, ReeveContext *context)
{
  for (guint i = self->watches->len; i-- > 0;)
    if (((ReeveRegistryWatch *) g_ptr_array_index (self->watches, i))->context == context)
      reeve_registry_drop_watch (self, i);
}

const char *
reeve_registry_find_provider (ReeveRegistry *self, const char *interface_name)
{
  for (guint i = 0; i < self->provisions->len; i++)
    {
      ReeveProvision *provision = g_ptr_array_index (self->provisions, i);

      if (strcmp (g_type_name (provision->interface), interface_name) == 0)
        return reeve_context_get_name (provision->context);
    }
  return NULL;
}
