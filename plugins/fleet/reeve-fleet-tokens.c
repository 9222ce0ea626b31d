/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Universal tokens. They are made here, of 192 random bits, and nobody chooses their text: the hub
 * signs what is presented. Only the hash is kept, so a token is shown when it is made and never
 * again. What it does at an agent's first contact is in reeve-fleet-enrol.c. */

#include "config.h"

#include "reeve-fleet-tokens.h"

#include <string.h>

#include "reeve-fleet-doubts.h"

#define REEVE_FLEET_TOKENS "fleet.tokens"

struct _ReeveFleetTokens
{
  ReeveFleetHub *hub;
  GPtrArray *tokens; /* by the time they were made */
  guint adding;
};

static void
reeve_fleet_token_free (ReeveFleetToken *self)
{
  g_free (self->id);
  g_free (self->hash);
  g_free (self->label);
  g_clear_pointer (&self->refused, g_ptr_array_unref);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveFleetToken, reeve_fleet_token_free)

ReeveFleetTokens *
reeve_fleet_tokens_new (ReeveFleetHub *hub)
{
  ReeveFleetTokens *self = g_new0 (ReeveFleetTokens, 1);

  self->hub = hub;
  self->tokens = g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_fleet_token_free);
  return self;
}

void
reeve_fleet_tokens_free (ReeveFleetTokens *self)
{
  g_ptr_array_unref (self->tokens);
  g_free (self);
}

ReeveFleetToken *
reeve_fleet_tokens_find (ReeveFleetTokens *self, const char *hash)
{
  for (guint i = 0; i < self->tokens->len; i++)
    {
      ReeveFleetToken *token = g_ptr_array_index (self->tokens, i);

      if (!token->removing && strcmp (token->hash, hash) == 0)
        return token;
    }
  return NULL;
}

void
reeve_fleet_tokens_foreach (ReeveFleetTokens *self, ReeveFleetTokenFunc func, gpointer user_data)
{
  for (guint i = 0; i < self->tokens->len; i++)
    func (g_ptr_array_index (self->tokens, i), user_data);
}

const char *
reeve_fleet_token_get_state (const ReeveFleetToken *token, gint64 now)
{
  if (token->expires != 0 && token->expires <= now)
    return "expired";
  return token->limit != 0 && token->uses >= token->limit ? "used up" : "usable";
}

gboolean
reeve_fleet_token_refuses (const ReeveFleetToken *token, const char *fingerprint)
{
  return g_ptr_array_find_with_equal_func (token->refused, fingerprint, g_str_equal, NULL);
}

/* ---- record ---- */

ReeveRecord *
reeve_fleet_token_to_record (const ReeveFleetToken *token)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "hash", "s", token->hash);
  g_variant_dict_insert (&dict, "label", "s", token->label);
  g_variant_dict_insert (&dict, "created", "x", token->created);
  g_variant_dict_insert (&dict, "expires", "x", token->expires);
  g_variant_dict_insert (&dict, "last", "x", token->last);
  g_variant_dict_insert (&dict, "limit", "u", token->limit);
  g_variant_dict_insert (&dict, "uses", "u", token->uses);
  g_variant_dict_insert (&dict, "confirm", "b", token->confirm);
  g_variant_dict_insert_value (&dict, "refused",
                               g_variant_new_strv ((const char *const *) token->refused->pdata,
                                                   token->refused->len));
  return reeve_record_new (REEVE_FLEET_TOKENS, token->id, -1, g_variant_dict_end (&dict), NULL);
}

/* NULL: it lacks what makes it a token. */
static ReeveFleetToken *
reeve_fleet_token_new_from_record (ReeveRecord *record)
{
  g_autoptr (GVariantDict) dict = g_variant_dict_new (reeve_record_get_value (record));
  g_autoptr (ReeveFleetToken) self = g_new0 (ReeveFleetToken, 1);
  g_auto (GStrv) refused = NULL;

  self->id = g_strdup (reeve_record_get_id (record));
  self->refused = g_ptr_array_new_with_free_func (g_free);
  if (!g_variant_dict_lookup (dict, "hash", "s", &self->hash) ||
      !g_variant_dict_lookup (dict, "expires", "x", &self->expires) ||
      !g_variant_dict_lookup (dict, "confirm", "b", &self->confirm) ||
      !g_variant_dict_lookup (dict, "limit", "u", &self->limit) ||
      !g_variant_dict_lookup (dict, "uses", "u", &self->uses))
    return NULL;
  if (!g_variant_dict_lookup (dict, "label", "s", &self->label))
    self->label = g_strdup ("");
  g_variant_dict_lookup (dict, "created", "x", &self->created);
  g_variant_dict_lookup (dict, "last", "x", &self->last);
  g_variant_dict_lookup (dict, "refused", "^as", &refused);
  for (guint i = 0; refused != NULL && refused[i] != NULL; i++)
    g_ptr_array_add (self->refused, g_strdup (refused[i]));
  return g_steal_pointer (&self);
}

/* ---- load ---- */

static int
reeve_fleet_compare_tokens (gconstpointer a, gconstpointer b)
{
  const ReeveFleetToken *one = *(ReeveFleetToken *const *) a;
  const ReeveFleetToken *two = *(ReeveFleetToken *const *) b;

  if (one->created != two->created)
    return one->created < two->created ? -1 : 1;
  return strcmp (one->id, two->id);
}

static gboolean
reeve_fleet_tokens_read (ReeveRecord *record, gpointer user_data)
{
  ReeveFleetTokens *self = user_data;
  ReeveFleetToken *token = reeve_fleet_token_new_from_record (record);

  if (token != NULL)
    g_ptr_array_add (self->tokens, token);
  else
    reeve_log_warning (reeve_fleet_hub_get_context (self->hub),
                       "left out: the record of the token '%s' is incomplete",
                       reeve_record_get_id (record));
  return self->tokens->len < REEVE_FLEET_MAX_TOKENS;
}

static void
reeve_fleet_tokens_loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ReeveFleetTokens *self = g_task_get_task_data (task);
  GError *error = NULL;

  if (!reeve_records_load_finish (REEVE_RECORDS (source), result, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  g_ptr_array_sort (self->tokens, reeve_fleet_compare_tokens);
  g_task_return_boolean (task, TRUE);
}

void
reeve_fleet_tokens_load_async (ReeveFleetTokens *self, GAsyncReadyCallback callback,
                               gpointer user_data)
{
  static const ReeveCollection collection = { REEVE_FLEET_TOKENS, 1, NULL };
  g_autoptr (GTask) task = g_task_new (self->hub, NULL, callback, user_data);
  g_autoptr (ReeveRecords) records =
      reeve_context_lookup (reeve_fleet_hub_get_context (self->hub), REEVE_TYPE_RECORDS, NULL);

  g_task_set_source_tag (task, reeve_fleet_tokens_load_async);
  g_task_set_task_data (task, self, NULL);
  if (records != NULL)
    reeve_records_load_async (records, &collection, REEVE_RECORDS_MAX_PAGE, reeve_fleet_tokens_read,
                              self, NULL, reeve_fleet_tokens_loaded_cb, g_object_ref (task));
  else
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE, "nobody keeps records");
}

gboolean
reeve_fleet_tokens_load_finish (G_GNUC_UNUSED ReeveFleetTokens *self, GAsyncResult *result,
                                GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* ---- what was not answered in time ---- */

static void
reeve_fleet_tokens_repaired_cb (GObject *source, GAsyncResult *result,
                                G_GNUC_UNUSED gpointer user_data)
{
  ReeveFleetHub *hub = REEVE_FLEET_HUB (source);
  g_autoptr (GError) error = NULL;

  if (!reeve_fleet_hub_apply_finish (hub, result, &error))
    reeve_log_warning (reeve_fleet_hub_get_context (hub),
                       "the record of a universal token may not be as the hub has it: %s",
                       error->message);
}

/* The store may commit what failed with @error: @record (transfer full) comes after it. */
static void
reeve_fleet_tokens_repair (ReeveFleetTokens *self, ReeveRecord *record, const GError *error)
{
  if (reeve_fleet_hub_is_undecided (error))
    reeve_fleet_hub_apply_async (self->hub, record, reeve_fleet_tokens_repaired_cb, NULL);
  else
    reeve_record_unref (record);
}

void
reeve_fleet_tokens_took_back (ReeveFleetTokens *self, ReeveFleetToken *token, const GError *error)
{
  reeve_fleet_tokens_repair (self, reeve_fleet_token_to_record (token), error);
}

/* ---- add ---- */

typedef struct
{
  ReeveFleetTokens *tokens;
  ReeveFleetToken *token; /* until it is one of them */
  char *text;
  char *id;
} ReeveFleetTokenAdd;

static void
reeve_fleet_token_add_free (ReeveFleetTokenAdd *self)
{
  g_clear_pointer (&self->token, reeve_fleet_token_free);
  g_free (self->text);
  g_free (self->id);
  g_free (self);
}

static void
reeve_fleet_tokens_added_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ReeveFleetHub *hub = REEVE_FLEET_HUB (source);
  g_autoptr (GTask) task = user_data;
  ReeveFleetTokenAdd *add = g_task_get_task_data (task);
  ReeveFleetToken *token;
  GError *error = NULL;

  add->tokens->adding--;
  if (!reeve_fleet_hub_apply_finish (hub, result, &error))
    {
      reeve_fleet_tokens_repair (add->tokens,
                                 reeve_record_new (REEVE_FLEET_TOKENS, add->id, -1, NULL, NULL),
                                 error);
      g_task_return_error (task, error);
      return;
    }
  token = g_steal_pointer (&add->token);
  g_ptr_array_add (add->tokens->tokens, token);
  reeve_context_emit (reeve_fleet_hub_get_context (hub), REEVE_SEVERITY_NOTICE, "setting",
                      token->id, NULL, "the %s token %s '%s' was made",
                      token->expires != 0 ? "expiring" : "permanent", token->id, token->label);
  g_task_return_boolean (task, TRUE);
}

static gboolean
reeve_fleet_tokens_check (ReeveFleetTokens *self, const ReeveFleetTokenOptions *options,
                          GError **error)
{
  if (g_utf8_strlen (options->label, -1) > REEVE_FLEET_MAX_LABEL ||
      !reeve_text_is_clean (options->label, -1, 4 * REEVE_FLEET_MAX_LABEL))
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                 "a token's label has at most %d characters and no control characters",
                 REEVE_FLEET_MAX_LABEL);
  else if (options->limit > REEVE_FLEET_MAX_SYSTEMS)
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                 "uses lies between 1 and %d; 0 means any number", REEVE_FLEET_MAX_SYSTEMS);
  else if (self->tokens->len + self->adding >= REEVE_FLEET_MAX_TOKENS)
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT,
                 "a hub holds at most %d universal tokens: remove one that nobody needs",
                 REEVE_FLEET_MAX_TOKENS);
  else
    return TRUE;
  return FALSE;
}

void
reeve_fleet_tokens_add_async (ReeveFleetTokens *self, const ReeveFleetTokenOptions *options,
                              GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self->hub, NULL, callback, user_data);
  ReeveFleetTokenAdd *add;
  ReeveFleetToken *token;
  GError *error = NULL;

  g_task_set_source_tag (task, reeve_fleet_tokens_add_async);
  if (!reeve_fleet_tokens_check (self, options, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  add = g_new0 (ReeveFleetTokenAdd, 1);
  add->tokens = self;
  add->text = reeve_fleet_make_token ();
  token = add->token = g_new0 (ReeveFleetToken, 1);
  token->hash = reeve_fleet_hash_token (add->text);
  token->id = g_strndup (token->hash, REEVE_FLEET_ID_LENGTH);
  token->label = g_strdup (options->label);
  token->created =
      reeve_clock_get_wall (reeve_context_get_clock (reeve_fleet_hub_get_context (self->hub)));
  token->expires = options->lifetime != 0 ? token->created + options->lifetime : 0;
  token->limit = options->limit;
  token->confirm = options->confirm;
  token->refused = g_ptr_array_new_with_free_func (g_free);
  add->id = g_strdup (token->id);
  g_task_set_task_data (task, add, (GDestroyNotify) reeve_fleet_token_add_free);
  self->adding++;
  reeve_fleet_hub_apply_async (self->hub, reeve_fleet_token_to_record (token),
                               reeve_fleet_tokens_added_cb, g_object_ref (task));
}

char *
reeve_fleet_tokens_add_finish (G_GNUC_UNUSED ReeveFleetTokens *self, GAsyncResult *result,
                               char **ret_id, GError **error)
{
  ReeveFleetTokenAdd *add = g_task_get_task_data (G_TASK (result));

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return NULL;
  *ret_id = g_steal_pointer (&add->id);
  return g_steal_pointer (&add->text);
}

/* ---- remove ---- */

typedef struct
{
  ReeveFleetTokens *tokens;
  char *id;
} ReeveFleetTokenRemove;

static void
reeve_fleet_token_remove_free (ReeveFleetTokenRemove *self)
{
  g_free (self->id);
  g_free (self);
}

static ReeveFleetToken *
reeve_fleet_tokens_find_id (ReeveFleetTokens *self, const char *id)
{
  for (guint i = 0; i < self->tokens->len; i++)
    if (strcmp (((ReeveFleetToken *) g_ptr_array_index (self->tokens, i))->id, id) == 0)
      return g_ptr_array_index (self->tokens, i);
  return NULL;
}

static void
reeve_fleet_tokens_removed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ReeveFleetHub *hub = REEVE_FLEET_HUB (source);
  g_autoptr (GTask) task = user_data;
  ReeveFleetTokenRemove *remove = g_task_get_task_data (task);
  ReeveFleetToken *token = reeve_fleet_tokens_find_id (remove->tokens, remove->id);
  GError *error = NULL;

  if (!reeve_fleet_hub_apply_finish (hub, result, &error))
    {
      if (token != NULL)
        {
          token->removing = FALSE;
          reeve_fleet_tokens_took_back (remove->tokens, token, error);
        }
      g_task_return_error (task, error);
      return;
    }
  if (token != NULL)
    {
      reeve_context_emit (reeve_fleet_hub_get_context (hub), REEVE_SEVERITY_NOTICE, "setting",
                          token->id, NULL, "the token %s '%s' was removed", token->id,
                          token->label);
      g_ptr_array_remove (remove->tokens->tokens, token);
    }
  g_task_return_boolean (task, TRUE);
}

void
reeve_fleet_tokens_remove_async (ReeveFleetTokens *self, const char *id,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self->hub, NULL, callback, user_data);
  ReeveFleetToken *token = reeve_fleet_tokens_find_id (self, id);
  ReeveFleetTokenRemove *remove;
  g_autofree char *shown = NULL;

  g_task_set_source_tag (task, reeve_fleet_tokens_remove_async);
  if (token == NULL)
    {
      shown = reeve_text_clean (id, -1, 64);
      g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_NOT_FOUND,
                               "there is no universal token '%s'", shown);
      return;
    }
  token->removing = TRUE;
  remove = g_new0 (ReeveFleetTokenRemove, 1);
  remove->tokens = self;
  remove->id = g_strdup (id);
  g_task_set_task_data (task, remove, (GDestroyNotify) reeve_fleet_token_remove_free);
  reeve_fleet_hub_apply_async (self->hub, reeve_record_new (REEVE_FLEET_TOKENS, id, -1, NULL, NULL),
                               reeve_fleet_tokens_removed_cb, g_object_ref (task));
}

gboolean
reeve_fleet_tokens_remove_finish (G_GNUC_UNUSED ReeveFleetTokens *self, GAsyncResult *result,
                                  GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* ---- refused machines ---- */

static void
reeve_fleet_tokens_refused_cb (GObject *source, GAsyncResult *result,
                               G_GNUC_UNUSED gpointer user_data)
{
  ReeveFleetHub *hub = REEVE_FLEET_HUB (source);
  g_autoptr (GError) error = NULL;

  if (!reeve_fleet_hub_apply_finish (hub, result, &error))
    reeve_log_warning (reeve_fleet_hub_get_context (hub),
                       "a removed system may come back with its universal token: %s",
                       error->message);
}

void
reeve_fleet_tokens_refuse (ReeveFleetTokens *self, ReeveFleetToken *token, const char *fingerprint)
{
  if (*fingerprint == '\0' || reeve_fleet_token_refuses (token, fingerprint))
    return;
  if (token->refused->len >= REEVE_FLEET_MAX_REFUSED)
    g_ptr_array_remove_index (token->refused, 0);
  g_ptr_array_add (token->refused, g_strdup (fingerprint));
  reeve_fleet_hub_apply_async (self->hub, reeve_fleet_token_to_record (token),
                               reeve_fleet_tokens_refused_cb, NULL);
}
