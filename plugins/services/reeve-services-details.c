/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * GetAll of the interface Unit, which holds nothing secret, and single properties of Service, whose
 * others (Environment, ExecStart, ...) may. All are asked for at once; the answer is made when the
 * last has come. What one of the eleven says of "infinity" is left out.
 */

#include "config.h"

#include "reeve-services-details.h"

#include "reeve-services-value.h"

typedef struct
{
  const char *property; /* systemd's name */
  const char *key;      /* the hub's */
} ReeveServicesDetail;

static const ReeveServicesDetail reeve_services_details[] = {
  { "MainPID", "MainPID" },
  { "ExecMainPID", "ExecMainPID" },
  { "TasksCurrent", "TasksCurrent" },
  { "TasksMax", "TasksMax" },
  { "MemoryCurrent", "MemoryCurrent" },
  { "MemoryPeak", "MemoryPeak" },
  { "MemoryLimit", "MemoryLimit" },
  { "CPUUsageNSec", "CPUUsageNSec" },
  { "NRestarts", "NRestarts" },
  { "ExecMainStartTimestamp", "ExecMainStartTimestampRealtime" },
  { "Result", "Result" },
};

typedef struct
{
  GHashTable *values; /* key to GVariant */
  gsize bytes;
  guint n_waiting;
  GError *error; /* of GetAll */
  ReeveContext *context;
  gulong cancelled_id;
  gboolean ended; /* the task has returned; what still comes is dropped */
} ReeveServicesAnswer;

typedef struct
{
  GTask *task;
  const char *key;
} ReeveServicesDetailAsk;

static void
reeve_services_answer_free (gpointer data)
{
  ReeveServicesAnswer *self = data;

  g_hash_table_unref (self->values);
  g_clear_error (&self->error);
  reeve_context_unref (self->context);
  g_free (self);
}

/* Takes @value (floating). */
static void
reeve_services_answer_set (ReeveServicesAnswer *self, const char *key, GVariant *value)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (value);
  gsize bytes = strlen (key) + g_variant_get_size (owned) + 32;

  if (self->bytes + bytes > REEVE_SERVICES_DETAILS_MAX_BYTES - REEVE_SERVICES_DETAILS_RESERVE ||
      g_hash_table_size (self->values) >= REEVE_SERVICES_DETAILS_MAX_PROPERTIES)
    return;
  self->bytes += bytes;
  g_hash_table_insert (self->values, g_strdup (key), g_steal_pointer (&owned));
}

static GVariant *
reeve_services_answer_end (ReeveServicesAnswer *self)
{
  GVariantBuilder builder;
  GHashTableIter iter;
  gpointer key, value;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_hash_table_iter_init (&iter, self->values);
  while (g_hash_table_iter_next (&iter, &key, &value))
    g_variant_builder_add (&builder, "{sv}", key, value);
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static void
reeve_services_details_end (GTask *task)
{
  ReeveServicesAnswer *answer = g_task_get_task_data (task);

  if (answer->ended)
    return;
  answer->ended = TRUE;
  g_cancellable_disconnect (g_task_get_cancellable (task), answer->cancelled_id);
  if (g_task_return_error_if_cancelled (task))
    return;
  if (answer->error != NULL)
    g_task_return_error (task, g_steal_pointer (&answer->error));
  else
    g_task_return_pointer (task, reeve_services_answer_end (answer),
                           (GDestroyNotify) g_variant_unref);
}

/* One of the answers has come, or will not. */
static void
reeve_services_details_count_down (GTask *task)
{
  ReeveServicesAnswer *answer = g_task_get_task_data (task);

  if (--answer->n_waiting == 0)
    reeve_services_details_end (task);
}

static void
reeve_services_details_give_up (gpointer user_data)
{
  reeve_services_details_end (user_data);
}

/* Not at once: who cancels is inside of a call of its own. */
static void
reeve_services_details_cancelled_cb (G_GNUC_UNUSED GCancellable *cancellable, gpointer user_data)
{
  ReeveServicesAnswer *answer = g_task_get_task_data (user_data);

  reeve_context_defer (answer->context, reeve_services_details_give_up, g_object_ref (user_data),
                       g_object_unref);
}

/* Below zero: it cannot be read. */
static int
reeve_services_details_read_all (ReeveServicesAnswer *answer, sd_bus_message *reply)
{
  int r = sd_bus_message_enter_container (reply, 'a', "{sv}");

  while (r >= 0)
    {
      g_autofree char *clean = NULL;
      const char *key;
      GVariant *value;

      r = sd_bus_message_enter_container (reply, 'e', "sv");
      if (r <= 0)
        break;
      r = sd_bus_message_read (reply, "s", &key);
      if (r < 0)
        break;
      clean = reeve_text_clean (key, -1, REEVE_SERVICES_DETAILS_MAX_KEY);
      value = reeve_services_value_read (reply, &r);
      if (value != NULL)
        reeve_services_answer_set (answer, clean, value);
      if (r >= 0)
        r = sd_bus_message_exit_container (reply);
    }
  return r;
}

static void
reeve_services_details_all_cb (sd_bus_message *reply, const GError *error, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ReeveServicesAnswer *answer = g_task_get_task_data (task);

  if (reply == NULL)
    answer->error = g_error_copy (error);
  else if (reeve_services_details_read_all (answer, reply) < 0)
    answer->error =
        g_error_new_literal (REEVE_ERROR, REEVE_ERROR_PROTOCOL, "systemd's answer makes no sense");
  reeve_services_details_count_down (task);
}

static void
reeve_services_details_one_cb (sd_bus_message *reply, const GError *error, gpointer user_data)
{
  g_autofree ReeveServicesDetailAsk *ask = user_data;
  g_autoptr (GTask) task = ask->task;
  GVariant *value = NULL;
  int r;

  /* an older systemd does not have all of them */
  if (reply != NULL)
    value = reeve_services_value_read (reply, &r);
  if (value != NULL && !g_variant_is_container (value) && !reeve_services_value_is_infinite (value))
    reeve_services_answer_set (g_task_get_task_data (task), ask->key, value);
  else if (value != NULL)
    g_variant_unref (g_variant_ref_sink (value));
  reeve_services_details_count_down (task);
}

static void
reeve_services_details_ask_one (ReeveServicesBus *bus, ReeveServicesUnit *unit,
                                const ReeveServicesDetail *detail, GTask *task)
{
  ReeveServicesAnswer *answer = g_task_get_task_data (task);
  ReeveServicesDetailAsk *ask = g_new0 (ReeveServicesDetailAsk, 1);

  ask->task = g_object_ref (task);
  ask->key = detail->key;
  if (reeve_services_bus_get_property (bus, unit->object, REEVE_SERVICES_SERVICE_INTERFACE,
                                       detail->property, reeve_services_details_one_cb, ask))
    {
      answer->n_waiting++;
      return;
    }
  g_object_unref (ask->task);
  g_free (ask);
}

static gboolean
reeve_services_details_ask_all (ReeveServicesBus *bus, ReeveServicesUnit *unit, GTask *task)
{
  sd_bus_message *message = NULL;

  if (!reeve_services_bus_is_up (bus) ||
      sd_bus_message_new_method_call (reeve_services_bus_get (bus), &message,
                                      REEVE_SERVICES_SYSTEMD, unit->object,
                                      REEVE_SERVICES_PROPERTIES_INTERFACE, "GetAll") < 0)
    return FALSE;
  if (sd_bus_message_append (message, "s", REEVE_SERVICES_UNIT_INTERFACE) < 0)
    {
      sd_bus_message_unref (message);
      return FALSE;
    }
  return reeve_services_bus_call (bus, message, reeve_services_details_all_cb, task);
}

void
reeve_services_details_ask_async (ReeveContext *context, ReeveServicesBus *bus,
                                  ReeveServicesUnit *unit, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  ReeveServicesAnswer *answer = g_new0 (ReeveServicesAnswer, 1);

  g_task_set_source_tag (task, reeve_services_details_ask_async);
  answer->values =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_variant_unref);
  answer->n_waiting = 1;
  answer->context = reeve_context_ref (context);
  g_task_set_task_data (task, answer, reeve_services_answer_free);
  if (!reeve_services_details_ask_all (bus, unit, task))
    {
      g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE,
                               "systemd cannot be asked now");
      return;
    }
  /* the answer to GetAll has a reference from now on */
  g_object_ref (task);
  if (cancellable != NULL)
    answer->cancelled_id =
        g_cancellable_connect (cancellable, G_CALLBACK (reeve_services_details_cancelled_cb), task,
                               NULL);
  if (g_strcmp0 (unit->interface, REEVE_SERVICES_SERVICE_INTERFACE) == 0)
    for (guint i = 0; i < G_N_ELEMENTS (reeve_services_details); i++)
      reeve_services_details_ask_one (bus, unit, &reeve_services_details[i], task);
}

GVariant *
reeve_services_details_ask_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
