/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* First contact with a universal token. A machine is what its fingerprint says: the same one finds
 * its system again, any other gets a new system with a name of its own. What the agent calls itself
 * never leads to a system that is there already.
 *
 * A token that is used up, expired or removed still lets in the machines that came with it before,
 * and those alone. */

#include "config.h"

#include "reeve-fleet-enrol.h"

#include <string.h>

#include "reeve-fleet-doubts.h"

/* Beyond this the id tells systems of one name apart. */
#define REEVE_FLEET_MAX_NAMESAKES 9

struct _ReeveFleetEnrol
{
  ReeveFleetHub *hub;
  ReeveContext *context;
  ReeveFleetTokens *tokens;
  ReeveFleetPoll *poll;
  GHashTable *coming; /* "HASH FINGERPRINT" of machines whose system is on its way to the store */
  guint to_confirm;   /* of those, that will wait for somebody */
};

/* A system that was removed must not be there again a minute later. */
static void
reeve_fleet_enrol_removed (G_GNUC_UNUSED ReeveFleetHub *hub, ReeveFleetSystem *system,
                           gpointer user_data)
{
  ReeveFleetEnrol *self = user_data;
  ReeveFleetToken *token =
      system->shared ? reeve_fleet_tokens_find (self->tokens, system->token_hash) : NULL;

  if (token != NULL)
    reeve_fleet_tokens_refuse (self->tokens, token, system->fingerprint);
}

ReeveFleetEnrol *
reeve_fleet_enrol_new (ReeveFleetHub *hub, ReeveFleetTokens *tokens, ReeveFleetPoll *poll)
{
  ReeveFleetEnrol *self = g_new0 (ReeveFleetEnrol, 1);

  self->hub = hub;
  self->context = reeve_fleet_hub_get_context (hub);
  self->tokens = tokens;
  self->poll = poll;
  self->coming = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  reeve_fleet_hub_set_removed_func (hub, reeve_fleet_enrol_removed, self);
  return self;
}

void
reeve_fleet_enrol_free (ReeveFleetEnrol *self)
{
  reeve_fleet_hub_set_removed_func (self->hub, NULL, NULL);
  g_hash_table_unref (self->coming);
  g_free (self);
}

gboolean
reeve_fleet_enrol_knows (ReeveFleetEnrol *self, const char *hash)
{
  return reeve_fleet_index_is_shared (reeve_fleet_hub_get_index (self->hub), hash) ||
         reeve_fleet_tokens_find (self->tokens, hash) != NULL;
}

/* ---- refusals ---- */

/* As an event, once a minute for each token: whoever has it could write the log full. */
G_GNUC_PRINTF (3, 4)
static void
reeve_fleet_enrol_say (ReeveFleetEnrol *self, ReeveFleetToken *token, const char *format, ...)
{
  gint64 now = reeve_clock_get_monotonic (reeve_context_get_clock (self->context));
  g_autofree char *text = NULL;
  va_list args;

  if (token->said != 0 && now - token->said < REEVE_FLEET_SAY_AGAIN_US)
    return;
  token->said = now;
  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  reeve_context_emit (self->context, REEVE_SEVERITY_WARNING, "link", token->id, NULL,
                      "a machine was refused that came with the token %s '%s': %s", token->id,
                      token->label, text);
}

static void
reeve_fleet_enrol_count_unconfirmed (G_GNUC_UNUSED ReeveFleetHub *hub, ReeveFleetSystem *system,
                                     gpointer user_data)
{
  *(guint *) user_data += system->unconfirmed;
}

/* May one more machine come? */
static gboolean
reeve_fleet_enrol_check (ReeveFleetEnrol *self, ReeveFleetToken *token, const ReeveLinkOffer *offer,
                         GError **error)
{
  gint64 now = reeve_clock_get_wall (reeve_context_get_clock (self->context));
  const char *state = reeve_fleet_token_get_state (token, now);
  guint waiting = self->to_confirm;

  if (reeve_fleet_token_refuses (token, offer->fingerprint))
    {
      g_set_error_literal (error, REEVE_ERROR, REEVE_ERROR_DENIED,
                           "this machine was removed from the hub");
      return FALSE;
    }
  if (strcmp (state, "usable") != 0)
    {
      reeve_fleet_enrol_say (self, token, "it is %s, from %s", state, offer->remote);
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_DENIED, "the token is %s", state);
      return FALSE;
    }
  if (token->confirm)
    reeve_fleet_hub_foreach (self->hub, reeve_fleet_enrol_count_unconfirmed, &waiting);
  if (token->confirm && waiting >= REEVE_FLEET_MAX_UNCONFIRMED)
    {
      reeve_fleet_enrol_say (self, token, "%u systems wait to be confirmed already, from %s",
                             waiting, offer->remote);
      g_set_error_literal (error, REEVE_ERROR, REEVE_ERROR_DENIED,
                           "too many systems wait to be confirmed");
      return FALSE;
    }
  if (g_hash_table_size (self->coming) >= REEVE_FLEET_MAX_COMING)
    {
      reeve_fleet_enrol_say (self, token, "%d machines are being taken in already, from %s",
                             REEVE_FLEET_MAX_COMING, offer->remote);
      g_set_error_literal (error, REEVE_ERROR, REEVE_ERROR_DENIED,
                           "too many machines are being taken in, come again");
      return FALSE;
    }
  return TRUE;
}

/* ---- a new system ---- */

/* (transfer full) what the agent calls itself, with a number where a system has that name. */
static char *
reeve_fleet_enrol_make_name (ReeveFleetEnrol *self, const ReeveLinkOffer *offer, const char *id)
{
  const char *wanted = offer->name != NULL && *offer->name != '\0' ? offer->name : offer->hostname;
  g_autofree char *clean = NULL;
  g_autofree char *base = NULL;

  if (wanted == NULL || *wanted == '\0')
    wanted = offer->remote;
  clean = reeve_text_clean (wanted, -1, 4 * REEVE_FLEET_MAX_NAME);
  g_strstrip (clean);
  /* with room for what tells it apart */
  base = g_utf8_strlen (clean, -1) > REEVE_FLEET_MAX_NAME - 20
             ? g_utf8_substring (clean, 0, REEVE_FLEET_MAX_NAME - 20)
             : g_strdup (*clean != '\0' ? clean : "system");
  if (reeve_fleet_hub_is_free_name (self->hub, base))
    return g_steal_pointer (&base);
  for (guint i = 2; i <= REEVE_FLEET_MAX_NAMESAKES; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s (%u)", base, i);

      if (reeve_fleet_hub_is_free_name (self->hub, name))
        return g_steal_pointer (&name);
    }
  return g_strdup_printf ("%s (%s)", base, id);
}

typedef struct
{
  ReeveFleetEnrol *enrol;
  char *machine; /* of the set "coming" */
  char *token_hash;
  char *id;
  char *name;
  char *remote;
  gboolean unconfirmed;
} ReeveFleetComing;

static void
reeve_fleet_coming_free (ReeveFleetComing *self)
{
  g_free (self->machine);
  g_free (self->token_hash);
  g_free (self->id);
  g_free (self->name);
  g_free (self->remote);
  g_free (self);
}

static void
reeve_fleet_enrol_made_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ReeveFleetComing *coming = g_task_get_task_data (task);
  ReeveFleetEnrol *self = coming->enrol;
  ReeveFleetToken *token = reeve_fleet_tokens_find (self->tokens, coming->token_hash);
  ReeveFleetSystem *system;
  GError *error = NULL;

  g_hash_table_remove (self->coming, coming->machine);
  self->to_confirm -= coming->unconfirmed;
  if (!reeve_fleet_hub_take_finish (REEVE_FLEET_HUB (source), result, &error))
    {
      if (token != NULL)
        {
          token->uses--;
          reeve_fleet_tokens_took_back (self->tokens, token, error);
        }
      g_task_return_error (task, error);
      return;
    }
  system = reeve_fleet_hub_find (self->hub, coming->id);
  if (system != NULL)
    reeve_fleet_hub_emit (
        self->hub, system, REEVE_SEVERITY_NOTICE, "link",
        "system '%s' made itself from %s with the token %.*s '%s', machine %u with "
        "that token%s",
        coming->name, coming->remote, REEVE_FLEET_ID_LENGTH, coming->token_hash,
        token != NULL ? token->label : "", token != NULL ? token->uses : 0,
        coming->unconfirmed ? ", and waits to be confirmed" : "");
  g_task_return_pointer (task, g_strdup (coming->id), g_free);
}

/* The use is counted in the same commit that makes the system. */
static void
reeve_fleet_enrol_make (ReeveFleetEnrol *self, ReeveFleetToken *token, const ReeveLinkOffer *offer,
                        char *machine, GTask *task)
{
  gint64 now = reeve_clock_get_wall (reeve_context_get_clock (self->context));
  ReeveFleetSystem *system =
      reeve_fleet_system_new_enrolled (now, token->hash, offer->fingerprint, token->confirm);
  ReeveFleetComing *coming = g_new0 (ReeveFleetComing, 1);

  system->name = reeve_fleet_enrol_make_name (self, offer, system->id);
  if (offer->hostname != NULL && *offer->hostname != '\0')
    {
      g_autofree char *hostname = reeve_text_clean (offer->hostname, -1, 4 * REEVE_FLEET_MAX_NAME);

      reeve_fleet_system_set_text (&system->hostname, hostname);
    }
  coming->enrol = self;
  coming->machine = machine;
  coming->token_hash = g_strdup (token->hash);
  coming->id = g_strdup (system->id);
  coming->name = g_strdup (system->name);
  coming->remote = g_strdup (offer->remote);
  coming->unconfirmed = token->confirm;
  g_task_set_task_data (task, coming, (GDestroyNotify) reeve_fleet_coming_free);
  g_hash_table_add (self->coming, g_strdup (machine));
  self->to_confirm += coming->unconfirmed;
  token->uses++;
  token->last = now;
  reeve_fleet_hub_take_async (self->hub, system, reeve_fleet_token_to_record (token),
                              reeve_fleet_enrol_made_cb, g_object_ref (task));
}

void
reeve_fleet_enrol_find_async (ReeveFleetEnrol *self, const ReeveLinkOffer *offer,
                              GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self->hub, NULL, callback, user_data);
  g_autofree char *hash = reeve_fleet_hash_token (offer->token);
  ReeveFleetSystem *system = reeve_fleet_index_find_machine (reeve_fleet_hub_get_index (self->hub),
                                                             hash, offer->fingerprint);
  ReeveFleetToken *token = reeve_fleet_tokens_find (self->tokens, hash);
  g_autofree char *machine = g_strdup_printf ("%s %s", hash, offer->fingerprint);
  GError *error = NULL;

  g_task_set_source_tag (task, reeve_fleet_enrol_find_async);
  if (system != NULL)
    g_task_return_pointer (task, g_strdup (system->id), g_free);
  else if (token == NULL)
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_DENIED, "no matching fingerprints");
  else if (g_hash_table_contains (self->coming, machine))
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_DENIED,
                             "another connection of this machine is being taken in");
  else if (!reeve_fleet_enrol_check (self, token, offer, &error))
    g_task_return_error (task, error);
  else
    reeve_fleet_enrol_make (self, token, offer, g_steal_pointer (&machine), task);
}

char *
reeve_fleet_enrol_find_finish (G_GNUC_UNUSED ReeveFleetEnrol *self, GAsyncResult *result,
                               GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- confirmed ---- */

typedef struct
{
  ReeveFleetEnrol *enrol;
  char *id;
  char *who;
  guint writes;
} ReeveFleetConfirm;

static void
reeve_fleet_confirm_free (ReeveFleetConfirm *self)
{
  g_free (self->id);
  g_free (self->who);
  g_free (self);
}

static void
reeve_fleet_enrol_confirmed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ReeveFleetConfirm *confirm = g_task_get_task_data (task);
  ReeveFleetEnrol *self = confirm->enrol;
  ReeveFleetSystem *system = reeve_fleet_hub_find (self->hub, confirm->id);
  GError *error = NULL;

  if (!reeve_fleet_hub_save_finish (REEVE_FLEET_HUB (source), result, &error))
    {
      if (system != NULL)
        {
          system->unconfirmed = TRUE;
          reeve_fleet_hub_took_back (self->hub, system, confirm->writes, error);
        }
      g_task_return_error (task, error);
      return;
    }
  if (system != NULL)
    {
      reeve_fleet_hub_emit (self->hub, system, REEVE_SEVERITY_NOTICE, "setting",
                            "system '%s' was confirmed by %s", system->name, confirm->who);
      reeve_fleet_poll_paused (self->poll, system);
    }
  g_task_return_boolean (task, TRUE);
}

void
reeve_fleet_enrol_confirm_async (ReeveFleetEnrol *self, ReeveFleetSystem *system, const char *who,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self->hub, NULL, callback, user_data);
  ReeveFleetConfirm *confirm;

  g_task_set_source_tag (task, reeve_fleet_enrol_confirm_async);
  if (!system->unconfirmed)
    {
      g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_EXISTS, "'%s' is confirmed already",
                               system->name);
      return;
    }
  confirm = g_new0 (ReeveFleetConfirm, 1);
  confirm->enrol = self;
  confirm->id = g_strdup (system->id);
  confirm->who = g_strdup (who);
  g_task_set_task_data (task, confirm, (GDestroyNotify) reeve_fleet_confirm_free);
  system->unconfirmed = FALSE;
  confirm->writes = system->writes + 1;
  reeve_fleet_hub_save_async (self->hub, system, reeve_fleet_enrol_confirmed_cb,
                              g_object_ref (task));
}

gboolean
reeve_fleet_enrol_confirm_finish (G_GNUC_UNUSED ReeveFleetEnrol *self, GAsyncResult *result,
                                  GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
