/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What people and programs may ask about universal tokens and the systems that came with them. */

#include "config.h"

#include "reeve-fleet-token-operations.h"

#include <math.h>
#include <string.h>

#include "reeve-fleet-tokens-interface.h"

#define REEVE_FLEET_DEFAULT_LIFETIME_S 3600.0

struct _ReeveFleetTokenOperations
{
  GObject parent;

  ReeveFleetHub *hub; /* NULL once stopped, as the next ones */
  ReeveFleetTokens *tokens;
  ReeveFleetEnrol *enrol;
  char *key;
};

static void reeve_fleet_token_operations_iface_init (ReeveOperationsInterface *iface);

G_DEFINE_TYPE_WITH_CODE (ReeveFleetTokenOperations, reeve_fleet_token_operations, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_OPERATIONS,
                                                reeve_fleet_token_operations_iface_init))

void
reeve_fleet_token_operations_clear (ReeveFleetTokenOperations *self)
{
  self->hub = NULL;
  self->tokens = NULL;
  self->enrol = NULL;
}

static void
reeve_fleet_token_operations_finalize (GObject *object)
{
  g_free (REEVE_FLEET_TOKEN_OPERATIONS (object)->key);
  G_OBJECT_CLASS (reeve_fleet_token_operations_parent_class)->finalize (object);
}

static void
reeve_fleet_token_operations_class_init (ReeveFleetTokenOperationsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = reeve_fleet_token_operations_finalize;
}

static void
reeve_fleet_token_operations_init (G_GNUC_UNUSED ReeveFleetTokenOperations *self)
{
}

ReeveFleetTokenOperations *
reeve_fleet_token_operations_new (ReeveFleetHub *hub, ReeveFleetTokens *tokens,
                                  ReeveFleetEnrol *enrol, const char *key)
{
  ReeveFleetTokenOperations *self = g_object_new (REEVE_TYPE_FLEET_TOKEN_OPERATIONS, NULL);

  self->hub = hub;
  self->tokens = tokens;
  self->enrol = enrol;
  self->key = g_strdup (key);
  return self;
}

/* ---- list ---- */

typedef struct
{
  GVariantBuilder rows;
  gint64 now;
} ReeveFleetTokenRows;

static void
reeve_fleet_token_operations_add_row (ReeveFleetToken *token, gpointer user_data)
{
  ReeveFleetTokenRows *rows = user_data;
  GVariantDict row;

  g_variant_dict_init (&row, NULL);
  g_variant_dict_insert (&row, "id", "s", token->id);
  g_variant_dict_insert (&row, "label", "s", token->label);
  g_variant_dict_insert (&row, "state", "s", reeve_fleet_token_get_state (token, rows->now));
  g_variant_dict_insert (&row, "created", "d", token->created / 1e6);
  g_variant_dict_insert (&row, "uses", "u", token->uses);
  g_variant_dict_insert (&row, "confirm", "b", token->confirm);
  if (token->expires != 0)
    g_variant_dict_insert (&row, "expires", "d", token->expires / 1e6);
  if (token->limit != 0)
    g_variant_dict_insert (&row, "limit", "u", token->limit);
  if (token->last != 0)
    g_variant_dict_insert (&row, "last", "d", token->last / 1e6);
  g_variant_builder_add_value (&rows->rows, g_variant_dict_end (&row));
}

static void
reeve_fleet_token_operations_list (ReeveFleetTokenOperations *self,
                                   G_GNUC_UNUSED GVariant *arguments, GTask *task)
{
  ReeveContext *context = reeve_fleet_hub_get_context (self->hub);
  ReeveFleetTokenRows rows = { .now = reeve_clock_get_wall (reeve_context_get_clock (context)) };

  g_variant_builder_init (&rows.rows, G_VARIANT_TYPE ("aa{sv}"));
  reeve_fleet_tokens_foreach (self->tokens, reeve_fleet_token_operations_add_row, &rows);
  reeve_operations_return (task, g_variant_new ("(aa{sv})", &rows.rows));
}

/* ---- add ---- */

static void
reeve_fleet_token_operations_added_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result,
                                       gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ReeveFleetTokenOperations *self = g_task_get_source_object (task);
  double *expires = g_task_get_task_data (task);
  g_autofree char *id = NULL;
  GError *error = NULL;
  g_autofree char *token = reeve_fleet_tokens_add_finish (self->tokens, result, &id, &error);

  if (token != NULL)
    reeve_operations_return (task, g_variant_new ("(sssd)", id, token, self->key, *expires));
  else
    g_task_return_error (task, error);
}

static void
reeve_fleet_token_operations_add (ReeveFleetTokenOperations *self, GVariant *arguments, GTask *task)
{
  ReeveContext *context = reeve_fleet_hub_get_context (self->hub);
  ReeveFleetTokenOptions options = { 0 };
  double lifetime, *expires;
  const char *confirm;

  g_variant_get (arguments, "(&sdu&s)", &options.label, &lifetime, &options.limit, &confirm);
  if (!isfinite (lifetime) || lifetime > REEVE_FLEET_MAX_LIFETIME_S ||
      (lifetime > 0 && lifetime < 1))
    {
      g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_INVALID,
                               "a token lives for a second to ten years; 0 means an hour, less "
                               "than 0 for ever");
      return;
    }
  if (*confirm != '\0' && strcmp (confirm, "yes") != 0 && strcmp (confirm, "no") != 0)
    {
      g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_INVALID,
                               "confirm is 'yes', 'no' or empty");
      return;
    }
  if (lifetime == 0)
    lifetime = REEVE_FLEET_DEFAULT_LIFETIME_S;
  options.lifetime = lifetime > 0 ? (gint64) (lifetime * 1e6) : 0;
  options.confirm = *confirm != '\0' ? strcmp (confirm, "yes") == 0 : options.lifetime == 0;
  expires = g_new (double, 1);
  *expires =
      options.lifetime != 0
          ? (reeve_clock_get_wall (reeve_context_get_clock (context)) + options.lifetime) / 1e6
          : 0;
  g_task_set_task_data (task, expires, g_free);
  reeve_fleet_tokens_add_async (self->tokens, &options, reeve_fleet_token_operations_added_cb,
                                g_object_ref (task));
}

/* ---- remove, confirm ---- */

static void
reeve_fleet_token_operations_removed_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result,
                                         gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ReeveFleetTokenOperations *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (reeve_fleet_tokens_remove_finish (self->tokens, result, &error))
    reeve_operations_return (task, g_variant_new ("()"));
  else
    g_task_return_error (task, error);
}

static void
reeve_fleet_token_operations_remove (ReeveFleetTokenOperations *self, GVariant *arguments,
                                     GTask *task)
{
  const char *id;

  g_variant_get (arguments, "(&s)", &id);
  reeve_fleet_tokens_remove_async (self->tokens, id, reeve_fleet_token_operations_removed_cb,
                                   g_object_ref (task));
}

static void
reeve_fleet_token_operations_confirmed_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result,
                                           gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ReeveFleetTokenOperations *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (reeve_fleet_enrol_confirm_finish (self->enrol, result, &error))
    reeve_operations_return (task, g_variant_new ("()"));
  else
    g_task_return_error (task, error);
}

static void
reeve_fleet_token_operations_confirm (ReeveFleetTokenOperations *self, GVariant *arguments,
                                      GTask *task)
{
  ReeveSubject *subject = g_task_get_task_data (task);
  g_autofree char *who = g_strdup_printf ("%s '%s'", reeve_subject_get_kind (subject),
                                          reeve_subject_get_name (subject));
  const char *id;
  ReeveFleetSystem *system;
  g_autofree char *shown = NULL;

  g_variant_get (arguments, "(&s)", &id);
  system = reeve_fleet_hub_find (self->hub, id);
  if (system != NULL)
    {
      reeve_fleet_enrol_confirm_async (self->enrol, system, who,
                                       reeve_fleet_token_operations_confirmed_cb,
                                       g_object_ref (task));
      return;
    }
  shown = reeve_text_clean (id, -1, 64);
  g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_NOT_FOUND, "there is no system '%s'",
                           shown);
}

/* ---- ReeveOperations ---- */

static const ReeveOperationRow reeve_fleet_token_rows[] = {
  { .method = "ListTokens",
    .power = REEVE_POWER_OPERATE,
    .http_verb = "GET",
    .http_path = "/api/v1/tokens",
    .handler = REEVE_OPERATION_HANDLER (reeve_fleet_token_operations_list) },
  { .method = "AddToken",
    .power = REEVE_POWER_OPERATE,
    .http_verb = "POST",
    .http_path = "/api/v1/tokens",
    .handler = REEVE_OPERATION_HANDLER (reeve_fleet_token_operations_add) },
  { .method = "RemoveToken",
    .power = REEVE_POWER_OPERATE,
    .http_verb = "DELETE",
    .http_path = "/api/v1/tokens/{id}",
    .handler = REEVE_OPERATION_HANDLER (reeve_fleet_token_operations_remove) },
  { .method = "ConfirmSystem",
    .power = REEVE_POWER_OPERATE,
    .http_verb = "POST",
    .http_path = "/api/v1/systems/{system}/confirmed",
    .object_argument = "system",
    .handler = REEVE_OPERATION_HANDLER (reeve_fleet_token_operations_confirm) },
  { .method = NULL },
};

static void
reeve_fleet_token_operations_iface_init (ReeveOperationsInterface *iface)
{
  iface->info = (GDBusInterfaceInfo *) &org_reeve_tokens1_interface;
  iface->rows = reeve_fleet_token_rows;
}
