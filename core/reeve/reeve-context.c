/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The door: every call of a plugin into the rest of the process passes here, and stops here once
 * the context has ended. */

#include "config.h"

#include "reeve-context.h"

#include <string.h>
#include <unistd.h>

#include "reeve-error.h"
#include "reeve-program-private.h"
#include "reeve-runtime-private.h"

/* A log line's text. */
#define REEVE_CONTEXT_MAX_LOG 2000

struct _ReeveContext
{
  grefcount refs;
  ReeveRuntime *runtime;
  char *name;
  const char *instance; /* points into name */
  char *state_dir;
  ReeveSettings *settings;
  ReeveDeclarations *declarations; /* NULL: the host itself, everything is allowed */
  ReeveOwner *owner;
  GArray *event_watches; /* of guint */
  gboolean closed;
};

ReeveContext *
reeve_context_new (ReeveRuntime *runtime, const char *name, ReeveSettings *settings,
                   ReeveDeclarations *declarations)
{
  ReeveContext *self = g_new0 (ReeveContext, 1);
  const char *slash = strchr (name, '/');

  g_ref_count_init (&self->refs);
  self->runtime = runtime;
  self->name = g_strdup (name);
  self->instance = slash != NULL ? self->name + (slash - name) + 1 : "";
  self->state_dir = g_strdup (reeve_runtime_get_state_dir (runtime));
  self->settings = settings != NULL ? reeve_settings_ref (settings) : NULL;
  self->declarations = declarations;
  self->owner = reeve_owner_new (reeve_runtime_get_engine (runtime), name);
  self->event_watches = g_array_new (FALSE, FALSE, sizeof (guint));
  return self;
}

ReeveContext *
reeve_context_ref (ReeveContext *self)
{
  g_ref_count_inc (&self->refs);
  return self;
}

void
reeve_context_unref (ReeveContext *self)
{
  if (!g_ref_count_dec (&self->refs))
    return;
  g_strfreev (reeve_context_close (self));
  g_clear_pointer (&self->settings, reeve_settings_unref);
  reeve_owner_unref (self->owner);
  g_array_unref (self->event_watches);
  g_free (self->state_dir);
  g_free (self->name);
  g_free (self);
}

GStrv
reeve_context_close (ReeveContext *self)
{
  ReeveRegistry *registry;
  g_autoptr (GPtrArray) left = NULL;

  if (self->closed)
    return NULL;
  registry = reeve_runtime_get_registry (self->runtime);
  left = reeve_registry_list_of_context (registry, self);
  for (guint i = 0; i < left->len; i++)
    reeve_registry_withdraw (registry, g_ptr_array_index (left, i),
                             g_task_new (NULL, NULL, NULL, NULL));
  reeve_registry_unwatch_context (registry, self);
  for (guint i = 0; i < self->event_watches->len; i++)
    reeve_event_ring_remove_watch (reeve_runtime_get_events (self->runtime),
                                   g_array_index (self->event_watches, guint, i));
  g_array_set_size (self->event_watches, 0);
  reeve_jobs_end_context (reeve_runtime_get_jobs (self->runtime), self);
  self->closed = TRUE;
  return reeve_owner_close (self->owner);
}

void
reeve_context_set_settings (ReeveContext *self, ReeveSettings *settings)
{
  reeve_settings_ref (settings);
  g_clear_pointer (&self->settings, reeve_settings_unref);
  self->settings = settings;
}

/* ---- who and where ---- */

ReeveRuntime *
reeve_context_get_runtime (ReeveContext *self)
{
  return self->runtime;
}

const char *
reeve_context_get_name (ReeveContext *self)
{
  return self->name;
}

const char *
reeve_context_get_instance (ReeveContext *self)
{
  return self->instance;
}

const char *
reeve_context_get_role (ReeveContext *self)
{
  return reeve_runtime_get_role (self->runtime);
}

const char *
reeve_context_get_state_dir (ReeveContext *self)
{
  return self->state_dir;
}

ReeveKeeper *
reeve_context_get_keeper (ReeveContext *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return reeve_runtime_get_keeper (self->runtime);
}

ReeveSettings *
reeve_context_get_settings (ReeveContext *self)
{
  return self->settings;
}

ReeveClock *
reeve_context_get_clock (ReeveContext *self)
{
  return reeve_runtime_get_clock (self->runtime);
}

ReeveOwner *
reeve_context_get_owner (ReeveContext *self)
{
  return self->owner;
}

gboolean
reeve_context_is_closed (ReeveContext *self)
{
  return self->closed;
}

/* ---- engine ---- */

ReeveWatch *
reeve_context_watch_fd (ReeveContext *self, const char *name, int fd, ReeveIO mask,
                        ReeveWatchFunc func, gpointer user_data)
{
  return self->closed ? NULL : reeve_owner_watch_fd (self->owner, name, fd, mask, func, user_data);
}

ReeveTimer *
reeve_context_add_timer (ReeveContext *self, const char *name, ReeveTimerFunc func,
                         gpointer user_data)
{
  return self->closed ? NULL : reeve_owner_add_timer (self->owner, name, func, user_data);
}

void
reeve_context_defer (ReeveContext *self, ReeveDeferFunc func, gpointer user_data,
                     GDestroyNotify destroy)
{
  if (!self->closed)
    reeve_owner_defer (self->owner, func, user_data, destroy);
  else if (destroy != NULL)
    destroy (user_data);
}

ReeveWorker *
reeve_context_add_worker (ReeveContext *self, const char *name, guint threads, guint max_queue)
{
  return self->closed ? NULL : reeve_owner_add_worker (self->owner, name, threads, max_queue);
}

ReeveStream *
reeve_context_add_stream (ReeveContext *self, int fd)
{
  if (!self->closed)
    return reeve_stream_new (self->owner, fd);
  close (fd);
  return NULL;
}

/* ---- sockets ---- */

static gboolean
reeve_context_check_endpoint (ReeveContext *self, ReeveEndpointDirection direction,
                              const char *endpoint, GError **error)
{
  if (self->closed)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_GONE, "%s has stopped", self->name);
      return FALSE;
    }
  if (self->declarations == NULL ||
      reeve_declarations_has_endpoint (self->declarations, direction, endpoint))
    return TRUE;
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_DENIED,
               "%s did not declare the endpoint '%s' for %s", self->name, endpoint,
               direction == REEVE_ENDPOINT_LISTEN ? "listening" : "dialling");
  return FALSE;
}

ReeveListener *
reeve_context_listen (ReeveContext *self, const char *endpoint, const char *address,
                      const ReeveListenLimits *limits, ReeveAcceptFunc func, gpointer user_data,
                      GError **error)
{
  if (!reeve_context_check_endpoint (self, REEVE_ENDPOINT_LISTEN, endpoint, error))
    return NULL;
  return reeve_owner_listen (self->owner, endpoint, address,
                             reeve_runtime_take_passed_socket (self->runtime, endpoint), limits,
                             func, user_data, error);
}

static void
reeve_context_dial_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  ReeveStream *stream = reeve_owner_dial_finish (result, &error);

  (void) source;
  if (stream != NULL)
    g_task_return_pointer (task, stream, (GDestroyNotify) reeve_stream_unref);
  else
    g_task_return_error (task, error);
}

void
reeve_context_dial_async (ReeveContext *self, const char *endpoint, const char *address,
                          guint timeout_ms, GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer user_data)
{
  const ReeveDialOptions options = { .timeout_ms = timeout_ms };

  reeve_context_dial_with_async (self, endpoint, address, &options, cancellable, callback,
                                 user_data);
}

void
reeve_context_dial_with_async (ReeveContext *self, const char *endpoint, const char *address,
                               const ReeveDialOptions *options, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);
  GError *error = NULL;

  g_task_set_source_tag (task, reeve_context_dial_async);
  if (!reeve_context_check_endpoint (self, REEVE_ENDPOINT_DIAL, endpoint, &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  reeve_owner_dial_with_async (self->owner, reeve_runtime_get_resolver (self->runtime), address,
                               options, cancellable, reeve_context_dial_cb, task);
}

ReeveStream *
reeve_context_dial_finish (G_GNUC_UNUSED ReeveContext *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

ReeveNetwork *
reeve_context_watch_network (ReeveContext *self, ReeveNetworkFunc func, gpointer user_data,
                             GError **error)
{
  if (!self->closed)
    return reeve_owner_watch_network (self->owner, func, user_data, error);
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_GONE, "%s has stopped", self->name);
  return NULL;
}

/* ---- programs ---- */

static gboolean
reeve_context_check_program (ReeveContext *self, const ReeveProgramOptions *options, GError **error)
{
  ReeveOwnerUsage usage;

  if (self->closed)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_GONE, "%s has stopped", self->name);
      return FALSE;
    }
  reeve_owner_get_usage (self->owner, &usage);
  if (self->declarations != NULL &&
      !reeve_declarations_has_program (self->declarations, options->argv[0]))
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_DENIED, "%s did not declare the program %s",
                 self->name, options->argv[0]);
  else if (usage.programs >= REEVE_PROGRAM_MAX_RUNNING)
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT, "%s runs %d programs already", self->name,
                 REEVE_PROGRAM_MAX_RUNNING);
  else if (options->input != NULL && g_bytes_get_size (options->input) > REEVE_PROGRAM_MAX_INPUT)
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT, "the input of %s is over %d bytes",
                 options->argv[0], REEVE_PROGRAM_MAX_INPUT);
  else
    return TRUE;
  return FALSE;
}

static void
reeve_context_run_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  ReeveProgramResult *ended = reeve_owner_run_finish (result, &error);

  (void) source;
  if (ended != NULL)
    g_task_return_pointer (task, ended, (GDestroyNotify) reeve_program_result_free);
  else
    g_task_return_error (task, error);
}

void
reeve_context_run_async (ReeveContext *self, const ReeveProgramOptions *options,
                         GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);
  GError *error = NULL;

  g_return_if_fail (options->argv != NULL && options->argv[0] != NULL && options->timeout_ms > 0);
  g_task_set_source_tag (task, reeve_context_run_async);
  if (reeve_context_check_program (self, options, &error))
    {
      reeve_owner_run_async (self->owner, self->state_dir, options, cancellable,
                             reeve_context_run_cb, task);
      return;
    }
  g_task_return_error (task, error);
  g_object_unref (task);
}

ReeveProgramResult *
reeve_context_run_finish (G_GNUC_UNUSED ReeveContext *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- registry ---- */

gboolean
reeve_context_provide (ReeveContext *self, GType interface, const char *key, gpointer provider,
                       GError **error)
{
  if (self->closed)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_GONE, "%s has stopped", self->name);
      return FALSE;
    }
  return reeve_registry_provide (reeve_runtime_get_registry (self->runtime), self, interface, key,
                                 provider, error);
}

void
reeve_context_withdraw_async (ReeveContext *self, gpointer provider, GAsyncReadyCallback callback,
                              gpointer user_data)
{
  reeve_registry_withdraw (reeve_runtime_get_registry (self->runtime), provider,
                           g_task_new (NULL, NULL, callback, user_data));
}

gboolean
reeve_context_withdraw_finish (G_GNUC_UNUSED ReeveContext *self, GAsyncResult *result,
                               GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
reeve_context_drained_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  guint left = GPOINTER_TO_UINT (g_task_get_task_data (task)) - 1;

  (void) source;
  (void) result;
  g_task_set_task_data (task, GUINT_TO_POINTER (left), NULL);
  if (left == 0)
    g_task_return_boolean (task, TRUE);
}

void
reeve_context_drain_async (ReeveContext *self, GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveRegistry *registry = reeve_runtime_get_registry (self->runtime);
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
  g_autoptr (GPtrArray) providers = reeve_registry_list_of_context (registry, self);

  g_task_set_source_tag (task, reeve_context_drain_async);
  g_task_set_task_data (task, GUINT_TO_POINTER (providers->len), NULL);
  if (providers->len == 0)
    g_task_return_boolean (task, TRUE);
  for (guint i = 0; i < providers->len; i++)
    reeve_registry_withdraw (registry, g_ptr_array_index (providers, i),
                             g_task_new (NULL, NULL, reeve_context_drained_cb,
                                         g_object_ref (task)));
}

gboolean
reeve_context_drain_finish (G_GNUC_UNUSED ReeveContext *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

gpointer
reeve_context_lookup (ReeveContext *self, GType interface, const char *key)
{
  return self->closed
             ? NULL
             : reeve_registry_lookup (reeve_runtime_get_registry (self->runtime), interface, key);
}

GPtrArray *
reeve_context_lookup_all (ReeveContext *self, GType interface)
{
  if (self->closed)
    return g_ptr_array_new_with_free_func (g_object_unref);
  return reeve_registry_lookup_all (reeve_runtime_get_registry (self->runtime), interface);
}

guint
reeve_context_watch (ReeveContext *self, GType interface, ReeveProviderFunc added,
                     ReeveProviderFunc removed, gpointer user_data)
{
  if (self->closed)
    return 0;
  return reeve_registry_watch (reeve_runtime_get_registry (self->runtime), self, interface, added,
                               removed, user_data);
}

void
reeve_context_unwatch (ReeveContext *self, guint id)
{
  if (!self->closed)
    reeve_registry_unwatch (reeve_runtime_get_registry (self->runtime), id);
}

/* ---- events and log ---- */

void
reeve_context_emit (ReeveContext *self, ReeveSeverity severity, const char *category,
                    const char *subject, GVariant *fields, const char *format, ...)
{
  g_autoptr (GVariant) owned = fields != NULL ? g_variant_ref_sink (fields) : NULL;
  g_autofree char *text = NULL;
  va_list args;

  if (self->closed)
    return;
  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  reeve_event_ring_add (reeve_runtime_get_events (self->runtime), severity, category, subject,
                        self->name, owned, text);
}

GPtrArray *
reeve_context_read_events (ReeveContext *self, guint64 after, guint64 *ret_lost)
{
  return reeve_event_ring_read (reeve_runtime_get_events (self->runtime), after, ret_lost);
}

guint
reeve_context_watch_events (ReeveContext *self, ReeveEventFunc func, gpointer user_data)
{
  guint id;

  if (self->closed)
    return 0;
  id = reeve_event_ring_add_watch (reeve_runtime_get_events (self->runtime), func, user_data);
  g_array_append_val (self->event_watches, id);
  return id;
}

void
reeve_context_unwatch_events (ReeveContext *self, guint id)
{
  for (guint i = 0; i < self->event_watches->len; i++)
    if (g_array_index (self->event_watches, guint, i) == id)
      {
        g_array_remove_index (self->event_watches, i);
        reeve_event_ring_remove_watch (reeve_runtime_get_events (self->runtime), id);
        return;
      }
}

static const char *
reeve_context_log_priority (GLogLevelFlags level)
{
  switch (level & G_LOG_LEVEL_MASK)
    {
    case G_LOG_LEVEL_ERROR:
      return "3";
    case G_LOG_LEVEL_CRITICAL:
    case G_LOG_LEVEL_WARNING:
      return "4";
    case G_LOG_LEVEL_MESSAGE:
      return "5";
    case G_LOG_LEVEL_INFO:
      return "6";
    default:
      return "7";
    }
}

void
reeve_context_log (ReeveContext *self, GLogLevelFlags level, const char *domain, const char *peer,
                   const char *object, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;
  GLogField fields[8];
  gsize n = 0;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  if (strlen (text) > REEVE_CONTEXT_MAX_LOG)
    {
      gsize cut = REEVE_CONTEXT_MAX_LOG - 4;

      while (cut > 0 && ((guchar) text[cut] & 0xc0) == 0x80)
        cut--;
      strcpy (text + cut, "...");
    }
  fields[n++] = (GLogField){ "PRIORITY", reeve_context_log_priority (level), -1 };
  fields[n++] = (GLogField){ "MESSAGE", text, -1 };
  fields[n++] = (GLogField){ "GLIB_DOMAIN", domain != NULL ? domain : "reeve", -1 };
  fields[n++] = (GLogField){ "REEVE_ROLE", reeve_context_get_role (self), -1 };
  fields[n++] = (GLogField){ "REEVE_PLUGIN", self->name, -1 };
  if (peer != NULL)
    fields[n++] = (GLogField){ "REEVE_PEER", peer, -1 };
  if (object != NULL)
    fields[n++] = (GLogField){ "REEVE_OBJECT", object, -1 };
  g_log_structured_array (level, fields, n);
}
