/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The base of all plugin objects: it carries the context and nothing else. */

#include "config.h"

#include "reeve-plugin.h"

#include "reeve-runtime.h"

typedef struct
{
  ReeveContext *context;
} ReevePluginPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (ReevePlugin, reeve_plugin, G_TYPE_OBJECT)

enum
{
  PROP_CONTEXT = 1,
};

static void
reeve_plugin_set_property (GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
  ReevePluginPrivate *priv = reeve_plugin_get_instance_private (REEVE_PLUGIN (object));

  if (id == PROP_CONTEXT)
    priv->context = reeve_context_ref (g_value_get_pointer (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
}

static void
reeve_plugin_finalize (GObject *object)
{
  ReevePluginPrivate *priv = reeve_plugin_get_instance_private (REEVE_PLUGIN (object));

  g_clear_pointer (&priv->context, reeve_context_unref);
  G_OBJECT_CLASS (reeve_plugin_parent_class)->finalize (object);
}

static void
reeve_plugin_class_init (ReevePluginClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = reeve_plugin_set_property;
  object_class->finalize = reeve_plugin_finalize;
  g_object_class_install_property (object_class, PROP_CONTEXT,
                                   g_param_spec_pointer ("context", NULL, NULL,
                                                         G_PARAM_WRITABLE | G_PARAM_CONSTRUCT_ONLY |
                                                             G_PARAM_STATIC_STRINGS));
}

static void
reeve_plugin_init (G_GNUC_UNUSED ReevePlugin *self)
{
}

ReevePlugin *
reeve_plugin_new (GType type, ReeveContext *context)
{
  g_return_val_if_fail (g_type_is_a (type, REEVE_TYPE_PLUGIN), NULL);
  return g_object_new (type, "context", context, NULL);
}

ReeveContext *
reeve_plugin_get_context (ReevePlugin *self)
{
  ReevePluginPrivate *priv = reeve_plugin_get_instance_private (self);

  return priv->context;
}

void
reeve_plugin_return (ReevePlugin *self, GAsyncReadyCallback callback, gpointer user_data,
                     GError *error)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, reeve_plugin_return);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

gboolean
reeve_plugin_return_finish (ReevePlugin *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}
