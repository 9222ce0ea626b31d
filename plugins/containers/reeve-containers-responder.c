/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Answers what hubs ask of one container: its last lines, and what the engine knows of it. */

#include "config.h"

#include "reeve-containers-responder.h"

#include <string.h>

#include "probe/reeve-containers-json.h"
#include "reeve-containers-parse.h"
#include "reeve-containers-text.h"

struct _ReeveContainersResponder
{
  GObject parent;

  ReeveContainersClient *client; /* NULL once stopped */
};

static void reeve_containers_responder_iface_init (ReeveResponderInterface *iface);

G_DEFINE_TYPE_WITH_CODE (ReeveContainersResponder, reeve_containers_responder, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_RESPONDER,
                                                reeve_containers_responder_iface_init))

static const ReeveResponderArgument reeve_containers_responder_arguments[] = {
  { "id", "s", TRUE },
  { NULL, NULL, FALSE },
};

/* What a program writes and how it was started may say more than its owner thinks: not for whoever
 * may only look. */
static const ReeveResponderRow reeve_containers_responder_rows[] = {
  { REEVE_VERB_CONTAINER_LOGS, REEVE_POWER_OPERATE, REEVE_SECURITY_TLS_VERIFIED,
    REEVE_RESPONDER_TIMEOUT_MS, REEVE_CONTAINERS_MAX_ANSWER, "s",
    reeve_containers_responder_arguments, "The last lines that a container wrote" },
  { REEVE_VERB_CONTAINER_INFO, REEVE_POWER_OPERATE, REEVE_SECURITY_TLS_VERIFIED,
    REEVE_RESPONDER_TIMEOUT_MS, REEVE_CONTAINERS_MAX_ANSWER, "s",
    reeve_containers_responder_arguments,
    "How a container was made, without the values of its environment" },
  { .verb = NULL },
};

static gpointer
reeve_containers_responder_decode_logs (const ReeveContainersAnswer *answer)
{
  return reeve_containers_text_logs (answer->bytes, answer->length,
                                     strcmp (answer->kind, "multiplexed") == 0,
                                     REEVE_CONTAINERS_MAX_ANSWER - 1);
}

static gpointer
reeve_containers_responder_decode_info (const ReeveContainersAnswer *answer)
{
  if (answer->bytes[0] != '{' || answer->length >= REEVE_CONTAINERS_MAX_ANSWER ||
      !reeve_containers_json_check (answer->bytes, answer->length, REEVE_CONTAINERS_MAX_VALUES))
    return NULL;
  return reeve_text_clean (answer->bytes, (gssize) answer->length, REEVE_CONTAINERS_MAX_ANSWER - 1);
}

static const ReeveContainersQuestion reeve_containers_responder_logs = {
  "logs", REEVE_RESPONDER_TIMEOUT_MS, 1024 * 1024, TRUE, reeve_containers_responder_decode_logs,
  g_free
};
static const ReeveContainersQuestion reeve_containers_responder_info = {
  "inspect",
  REEVE_RESPONDER_TIMEOUT_MS,
  2 * 1024 * 1024,
  TRUE,
  reeve_containers_responder_decode_info,
  g_free
};

static const ReeveResponderRow *
reeve_containers_responder_get_rows (G_GNUC_UNUSED ReeveResponder *responder)
{
  return reeve_containers_responder_rows;
}

static void
reeve_containers_responder_answered_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result,
                                        gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  char *text = reeve_containers_client_ask_finish (result, &error);

  if (text != NULL)
    g_task_return_pointer (task, g_variant_ref_sink (g_variant_new_take_string (text)),
                           (GDestroyNotify) g_variant_unref);
  else
    g_task_return_error (task, error);
}

/* The same as a hub must ask for, and the probe once more. */
static gboolean
reeve_containers_responder_is_id (const char *id)
{
  gsize length = strspn (id, "0123456789abcdefABCDEF");

  return length >= REEVE_CONTAINERS_ID && length <= 64 && id[length] == '\0';
}

static void
reeve_containers_responder_respond_async (ReeveResponder *responder, const char *verb,
                                          GVariant *arguments, GCancellable *cancellable,
                                          GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveContainersResponder *self = REEVE_CONTAINERS_RESPONDER (responder);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  const char *id = "";

  g_task_set_source_tag (task, reeve_containers_responder_respond_async);
  g_variant_lookup (arguments, "id", "&s", &id);
  if (self->client == NULL)
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_GONE, "stopped");
  else if (!reeve_containers_responder_is_id (id))
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_INVALID,
                             "a container's id is 12 to 64 hex digits");
  else
    reeve_containers_client_ask_async (self->client,
                                       strcmp (verb, REEVE_VERB_CONTAINER_LOGS) == 0
                                           ? &reeve_containers_responder_logs
                                           : &reeve_containers_responder_info,
                                       id, cancellable, reeve_containers_responder_answered_cb,
                                       g_steal_pointer (&task));
}

static GVariant *
reeve_containers_responder_respond_finish (ReeveResponder *responder, GAsyncResult *result,
                                           GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, responder), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
reeve_containers_responder_iface_init (ReeveResponderInterface *iface)
{
  iface->get_rows = reeve_containers_responder_get_rows;
  iface->respond_async = reeve_containers_responder_respond_async;
  iface->respond_finish = reeve_containers_responder_respond_finish;
}

static void
reeve_containers_responder_class_init (G_GNUC_UNUSED ReeveContainersResponderClass *klass)
{
}

static void
reeve_containers_responder_init (G_GNUC_UNUSED ReeveContainersResponder *self)
{
}

ReeveContainersResponder *
reeve_containers_responder_new (ReeveContainersClient *client)
{
  ReeveContainersResponder *self = g_object_new (REEVE_CONTAINERS_TYPE_RESPONDER, NULL);

  self->client = client;
  return self;
}

void
reeve_containers_responder_stop (ReeveContainersResponder *self)
{
  self->client = NULL;
}
