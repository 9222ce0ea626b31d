/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The record of one plugin object, and what others may ask of it. Its life is led elsewhere. */

#include "config.h"

#include "reeve-host-plugin-private.h"

#include <string.h>

static const char *const reeve_host_plugin_states[] = {
  "disabled", "unconfigured", "loaded",  "starting",    "running",
  "failed",   "stopping",     "stopped", "quarantined",
};

G_STATIC_ASSERT (G_N_ELEMENTS (reeve_host_plugin_states) == REEVE_HOST_STATE_QUARANTINED + 1);

const char *
reeve_host_plugin_state_to_string (ReeveHostPluginState state)
{
  return reeve_host_plugin_states[state];
}

ReeveHostPlugin *
reeve_host_plugin_new (ReeveHost *host, const char *id, const char *instance)
{
  ReeveHostPlugin *self = g_new0 (ReeveHostPlugin, 1);

  g_ref_count_init (&self->refs);
  self->host = host;
  self->id = g_strdup (id);
  self->instance = g_strdup (instance);
  self->name = *instance != '\0' ? g_strdup_printf ("%s/%s", id, instance) : g_strdup (id);
  self->waiting = g_new0 (char *, 1);
  return self;
}

ReeveHostPlugin *
reeve_host_plugin_ref (ReeveHostPlugin *self)
{
  g_ref_count_inc (&self->refs);
  return self;
}

void
reeve_host_plugin_unref (ReeveHostPlugin *self)
{
  if (!g_ref_count_dec (&self->refs))
    return;
  g_clear_object (&self->object);
  g_clear_pointer (&self->context, reeve_context_unref);
  g_clear_pointer (&self->declarations, reeve_declarations_free);
  g_clear_pointer (&self->settings, reeve_settings_unref);
  g_clear_pointer (&self->entries, g_ptr_array_unref);
  g_clear_object (&self->cancellable);
  g_strfreev (self->waiting);
  g_free (self->reason);
  g_free (self->path);
  g_free (self->instance);
  g_free (self->id);
  g_free (self->name);
  g_free (self);
}

void
reeve_host_plugin_set_state (ReeveHostPlugin *self, ReeveHostPluginState state, char *reason)
{
  self->state = state;
  g_free (self->reason);
  self->reason = reason;
}

gboolean
reeve_host_plugin_provides (ReeveHostPlugin *self, const char *interface_name)
{
  return self->descriptor != NULL && self->descriptor->provides != NULL &&
         g_strv_contains (self->descriptor->provides, interface_name);
}

const char *
reeve_host_plugin_get_name (ReeveHostPlugin *self)
{
  return self->name;
}

const char *
reeve_host_plugin_get_id (ReeveHostPlugin *self)
{
  return self->id;
}

const char *
reeve_host_plugin_get_instance (ReeveHostPlugin *self)
{
  return self->instance;
}

const char *
reeve_host_plugin_get_path (ReeveHostPlugin *self)
{
  return self->path;
}

const char *
reeve_host_plugin_get_version (ReeveHostPlugin *self)
{
  return self->descriptor != NULL ? self->descriptor->version : NULL;
}

const char *
reeve_host_plugin_get_summary (ReeveHostPlugin *self)
{
  return self->descriptor != NULL ? self->descriptor->summary : NULL;
}

ReeveHostPluginState
reeve_host_plugin_get_state (ReeveHostPlugin *self)
{
  return self->state;
}

const char *
reeve_host_plugin_get_reason (ReeveHostPlugin *self)
{
  return self->reason;
}

gboolean
reeve_host_plugin_is_required (ReeveHostPlugin *self)
{
  return self->required;
}

void
reeve_host_plugin_get_usage (ReeveHostPlugin *self, ReeveOwnerUsage *ret_usage)
{
  memset (ret_usage, 0, sizeof *ret_usage);
  if (self->context != NULL)
    reeve_owner_get_usage (reeve_context_get_owner (self->context), ret_usage);
}

GVariant *
reeve_host_plugin_get_declarations (ReeveHostPlugin *self)
{
  if (self->declarations != NULL)
    return reeve_declarations_to_variant (self->declarations);
  return g_variant_new_array (G_VARIANT_TYPE_VARDICT, NULL, 0);
}

ReeveSettings *
reeve_host_plugin_get_settings (ReeveHostPlugin *self)
{
  return self->settings;
}

const ReeveSettingsRow *
reeve_host_plugin_get_rows (ReeveHostPlugin *self)
{
  return self->descriptor != NULL ? self->descriptor->settings : NULL;
}

char *
reeve_host_plugin_show_value (ReeveHostPlugin *self, const char *key)
{
  const ReeveSettingsRow *row = reeve_settings_rows_find (reeve_host_plugin_get_rows (self), key);
  const char *text = row != NULL ? row->default_text : NULL;

  if (row == NULL || self->settings == NULL || !reeve_settings_is_set (self->settings, key))
    return NULL;
  if (row->flags & REEVE_SETTING_SECRET)
    return g_strdup ("***");
  for (guint i = 0; i < self->entries->len; i++)
    {
      ReeveHostEntry *entry = g_ptr_array_index (self->entries, i);

      if (strcmp (entry->key, key) == 0 && *entry->text != '\0')
        text = entry->text;
    }
  return text != NULL ? reeve_settings_mask_url (text) : g_strdup ("");
}

const char *const *
reeve_host_plugin_get_waiting (ReeveHostPlugin *self)
{
  return (const char *const *) self->waiting;
}
