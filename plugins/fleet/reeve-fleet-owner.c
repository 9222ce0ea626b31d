/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who may link, proven how. A token is known by its hash; the first agent that comes with a
 * system's own is pinned by its fingerprint, and with a universal one the fingerprint says whose
 * link it is. What a pair has once proven is its floor, and less is refused from then on. Of two
 * links of one system the older one stays as long as it answers. */

#include "config.h"

#include "reeve-fleet-owner.h"

#include <string.h>

#include "reeve-fleet-doubts.h"

#define REEVE_FLEET_MAX_TOKEN 64
/* How long a link has to answer when another one comes for its system. */
#define REEVE_FLEET_PROBE_MS 5000
/* The same is an event again after this; in between it is a line in the log. */
#define REEVE_FLEET_SECOND_LINK_US (600 * G_USEC_PER_SEC)
/* What an admission begins with that stands for a universal token. */
#define REEVE_FLEET_TOKEN_PREFIX "token-"

struct _ReeveFleetOwner
{
  GObject parent;

  ReeveFleetHub *hub; /* NULL once stopped */
  ReeveFleetPoll *poll;
  ReeveFleetEnrol *enrol;
  ReeveIdentity *identity;
};

static void reeve_fleet_owner_iface_init (ReeveLinkOwnerInterface *iface);

G_DEFINE_TYPE_WITH_CODE (ReeveFleetOwner, reeve_fleet_owner, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_LINK_OWNER,
                                                reeve_fleet_owner_iface_init))

void
reeve_fleet_owner_clear (ReeveFleetOwner *self)
{
  self->hub = NULL;
  self->poll = NULL;
  self->enrol = NULL;
  g_clear_pointer (&self->identity, reeve_identity_unref);
}

static void
reeve_fleet_owner_finalize (GObject *object)
{
  reeve_fleet_owner_clear (REEVE_FLEET_OWNER (object));
  G_OBJECT_CLASS (reeve_fleet_owner_parent_class)->finalize (object);
}

static void
reeve_fleet_owner_class_init (ReeveFleetOwnerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = reeve_fleet_owner_finalize;
}

static void
reeve_fleet_owner_init (G_GNUC_UNUSED ReeveFleetOwner *self)
{
}

ReeveFleetOwner *
reeve_fleet_owner_new (ReeveFleetHub *hub, ReeveFleetPoll *poll, ReeveFleetEnrol *enrol,
                       ReeveIdentity *identity)
{
  ReeveFleetOwner *self = g_object_new (REEVE_TYPE_FLEET_OWNER, NULL);

  self->hub = hub;
  self->poll = poll;
  self->enrol = enrol;
  self->identity = reeve_identity_ref (identity);
  return self;
}

/* ---- admit ---- */

/* TRUE at most once within @pause. */
static gboolean
reeve_fleet_owner_may_say (ReeveFleetOwner *self, gint64 *said, gint64 pause)
{
  ReeveContext *context = reeve_fleet_hub_get_context (self->hub);
  gint64 now = reeve_clock_get_monotonic (reeve_context_get_clock (context));

  if (*said != 0 && now - *said < pause)
    return FALSE;
  *said = MAX (now, 1);
  return TRUE;
}

/* What a peer can bring about as often as it likes: a line in the log, and details in between. */
G_GNUC_PRINTF (3, 4)
static void
reeve_fleet_owner_log (ReeveFleetOwner *self, gint64 *said, const char *format, ...)
{
  ReeveContext *context = reeve_fleet_hub_get_context (self->hub);
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  if (reeve_fleet_owner_may_say (self, said, REEVE_FLEET_SAY_AGAIN_US))
    reeve_log_message (context, "%s", text);
  else
    reeve_log_debug (context, "%s", text);
}

static gboolean
reeve_fleet_owner_check_floor (ReeveFleetOwner *self, ReeveFleetSystem *system,
                               const ReeveLinkOffer *offer, GError **error)
{
  gboolean less_secure = offer->security != REEVE_SECURITY_SSH &&
                         offer->security < system->floor_security &&
                         system->floor_security != REEVE_SECURITY_SSH;

  if (!less_secure && offer->level >= system->floor_level)
    return TRUE;
  if (reeve_fleet_owner_may_say (self, &system->floor_said, REEVE_FLEET_SAY_AGAIN_US))
    reeve_fleet_hub_emit (
        self->hub, system, REEVE_SEVERITY_WARNING, "link",
        "'%s' was refused: its link offers less than it has proven before, from %s", system->name,
        offer->remote);
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_DENIED,
               "this system has proven a better link before (%s); 'reevectl systems reset' on the "
               "hub forgets it",
               less_secure ? "its transport's security" : "its protocol level");
  return FALSE;
}

/* From memory alone: strangers may ask as often as they like. */
static ReeveAdmission *
reeve_fleet_owner_admit (ReeveFleetOwner *self, const ReeveLinkOffer *offer, GError **error)
{
  ReeveFleetSystem *system;
  g_autofree char *hash = NULL;
  g_autofree char *admission = NULL;

  if (self->hub == NULL || offer->token == NULL || *offer->token == '\0' ||
      strlen (offer->token) > REEVE_FLEET_MAX_TOKEN)
    {
      g_set_error_literal (error, REEVE_ERROR, REEVE_ERROR_DENIED, "Invalid token");
      return NULL;
    }
  hash = reeve_fleet_hash_token (offer->token);
  system = reeve_fleet_index_find (reeve_fleet_hub_get_index (self->hub), hash);
  if (system != NULL)
    return reeve_fleet_owner_check_floor (self, system, offer, error)
               ? reeve_admission_new (system->id, NULL, FALSE)
               : NULL;
  if (reeve_fleet_enrol_knows (self->enrol, hash))
    {
      admission = g_strdup_printf (REEVE_FLEET_TOKEN_PREFIX "%.*s", REEVE_FLEET_ID_LENGTH, hash);
      return reeve_admission_new (admission, NULL, TRUE);
    }
  g_set_error_literal (error, REEVE_ERROR, REEVE_ERROR_DENIED, "Invalid token");
  return NULL;
}

static void
reeve_fleet_owner_admit_async (ReeveLinkOwner *owner, const ReeveLinkOffer *offer,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data)
{
  ReeveFleetOwner *self = REEVE_FLEET_OWNER (owner);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  GError *error = NULL;
  ReeveAdmission *admission = reeve_fleet_owner_admit (self, offer, &error);

  g_task_set_source_tag (task, reeve_fleet_owner_admit_async);
  if (admission != NULL)
    g_task_return_pointer (task, admission, (GDestroyNotify) reeve_admission_free);
  else
    g_task_return_error (task, error);
}

static ReeveAdmission *
reeve_fleet_owner_admit_finish (G_GNUC_UNUSED ReeveLinkOwner *owner, GAsyncResult *result,
                                GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- sign ---- */

static void
reeve_fleet_owner_sign_async (ReeveLinkOwner *owner, const char *purpose, GBytes *message,
                              GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data)
{
  ReeveFleetOwner *self = REEVE_FLEET_OWNER (owner);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  GError *error = NULL;
  GBytes *signature;

  g_task_set_source_tag (task, reeve_fleet_owner_sign_async);
  if (self->identity == NULL)
    {
      g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_GONE, "the fleet has stopped");
      return;
    }
  signature = reeve_identity_sign (self->identity, purpose, message, &error);
  if (signature != NULL)
    g_task_return_pointer (task, signature, (GDestroyNotify) g_bytes_unref);
  else
    g_task_return_error (task, error);
}

static GBytes *
reeve_fleet_owner_sign_finish (G_GNUC_UNUSED ReeveLinkOwner *owner, GAsyncResult *result,
                               GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- confirming ---- */

/* What a connection has shown of itself, on its way to a link. */
typedef struct
{
  char *id; /* of the system, where it is known */
  char *token_hash;
  char *fingerprint;
  ReeveSecurity security;
  guint level;
  char *remote;
  guint writes;     /* see reeve-fleet-doubts.h */
  ReeveLink *older; /* that is asked whether it answers; or NULL */
} ReeveFleetConfirming;

static ReeveFleetConfirming *
reeve_fleet_confirming_new (const ReeveLinkOffer *offer, const char *id)
{
  ReeveFleetConfirming *self = g_new0 (ReeveFleetConfirming, 1);

  self->id = g_strdup (id);
  self->token_hash = reeve_fleet_hash_token (offer->token);
  self->fingerprint = g_strdup (offer->fingerprint);
  self->security = offer->security;
  self->level = offer->level;
  self->remote = g_strdup (offer->remote);
  return self;
}

static void
reeve_fleet_confirming_free (ReeveFleetConfirming *self)
{
  g_free (self->id);
  g_free (self->token_hash);
  g_free (self->fingerprint);
  g_free (self->remote);
  g_clear_object (&self->older);
  g_free (self);
}

/* Asked again after each wait: by then the system may be gone, have another token, or have
 * forgotten its peer. */
static gboolean
reeve_fleet_confirming_check (const ReeveFleetConfirming *self, const ReeveFleetSystem *system,
                              GError **error)
{
  if (system == NULL)
    g_set_error_literal (error, REEVE_ERROR, REEVE_ERROR_DENIED, "the system was removed");
  else if (strcmp (system->token_hash, self->token_hash) != 0)
    g_set_error_literal (error, REEVE_ERROR, REEVE_ERROR_DENIED, "the token was replaced");
  else if (strcmp (system->fingerprint, self->fingerprint) != 0)
    g_set_error_literal (error, REEVE_ERROR, REEVE_ERROR_DENIED, "the peer was reset");
  else
    return TRUE;
  return FALSE;
}

/* ---- two links of one system ---- */

static void
reeve_fleet_owner_say_second (ReeveFleetOwner *self, ReeveFleetSystem *system, const char *remote)
{
  ReeveContext *context = reeve_fleet_hub_get_context (self->hub);

  if (reeve_fleet_owner_may_say (self, &system->contest_said, REEVE_FLEET_SECOND_LINK_US))
    reeve_fleet_hub_emit (
        self->hub, system, REEVE_SEVERITY_WARNING, "link",
        "a second link of '%s' was refused, from %s: the one from %s answers. Two "
        "machines or two agents have the same token and fingerprint",
        system->name, remote, system->remote);
  else
    reeve_log_info (context, "a second link of '%s' was refused, from %s", system->name, remote);
}

static void
reeve_fleet_owner_replace (ReeveFleetOwner *self, ReeveFleetSystem *system)
{
  g_autoptr (ReeveLink) old = reeve_fleet_system_swap_link (system, NULL);

  reeve_log_message (reeve_fleet_hub_get_context (self->hub),
                     "'%s' has another link, and the one from %s does not answer", system->name,
                     system->remote);
  reeve_transport_close (reeve_link_get_transport (old), old, "replaced by a newer link");
  reeve_fleet_poll_lost (self->poll, system);
}

static void
reeve_fleet_owner_probed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ReeveFleetOwner *self = g_task_get_source_object (task);
  ReeveFleetConfirming *confirming = g_task_get_task_data (task);
  ReeveFleetSystem *system =
      self->hub != NULL ? reeve_fleet_hub_find (self->hub, confirming->id) : NULL;
  g_autoptr (GError) undecided = NULL;
  GError *error = NULL;
  gboolean answers = reeve_transport_probe_finish (REEVE_TRANSPORT (source), result, &undecided);
  gboolean dead = g_error_matches (undecided, REEVE_ERROR, REEVE_ERROR_TIMEOUT) ||
                  g_error_matches (undecided, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE) ||
                  g_error_matches (undecided, REEVE_ERROR, REEVE_ERROR_GONE);

  if (system != NULL)
    system->contested = FALSE;
  if (!reeve_fleet_confirming_check (confirming, system, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  if (answers && system->link != NULL)
    reeve_fleet_owner_say_second (self, system, confirming->remote);
  if (system->link != NULL && (answers || system->link != confirming->older))
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_DENIED,
                             "another link of this system answers");
  else if (system->link != NULL && !dead)
    g_task_return_error (task, g_steal_pointer (&undecided));
  else
    {
      if (system->link != NULL)
        reeve_fleet_owner_replace (self, system);
      g_task_return_pointer (task, g_strdup (system->id), g_free);
    }
}

/* The last step before a link: is there one already? */
static void
reeve_fleet_owner_enter (ReeveFleetOwner *self, ReeveFleetSystem *system, GTask *task)
{
  ReeveFleetConfirming *confirming = g_task_get_task_data (task);

  if (system->link == NULL || !reeve_link_is_up (system->link))
    {
      g_task_return_pointer (task, g_strdup (system->id), g_free);
      return;
    }
  if (system->contested)
    {
      g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_DENIED,
                               "another link of this system is being looked at");
      return;
    }
  confirming->older = g_object_ref (system->link);
  system->contested = TRUE;
  reeve_transport_probe_async (reeve_link_get_transport (system->link), system->link,
                               REEVE_FLEET_PROBE_MS, g_task_get_cancellable (task),
                               reeve_fleet_owner_probed_cb, g_object_ref (task));
}

/* ---- confirm ---- */

static void
reeve_fleet_owner_clear_pin (ReeveFleetSystem *system)
{
  g_free (system->fingerprint);
  system->fingerprint = g_strdup ("");
}

/* A pin that was not kept would be gone with the process, and the next to come would be pinned
 * unseen: so it is none, and nobody is let in by it before it is. */
static void
reeve_fleet_owner_pinned_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ReeveFleetHub *hub = REEVE_FLEET_HUB (source);
  ReeveFleetConfirming *confirming = g_task_get_task_data (task);
  ReeveFleetSystem *system = reeve_fleet_hub_find (hub, confirming->id);
  GError *error = NULL;
  gboolean kept = reeve_fleet_hub_save_finish (hub, result, &error);

  if (system != NULL)
    system->pinning = FALSE;
  if (kept && reeve_fleet_confirming_check (confirming, system, &error))
    {
      reeve_fleet_hub_emit (hub, system, REEVE_SEVERITY_NOTICE, "link",
                            "'%s' was linked for the first time, from %s", system->name,
                            confirming->remote);
      g_task_return_pointer (task, g_strdup (confirming->id), g_free);
      return;
    }
  if (system != NULL)
    {
      if (strcmp (system->fingerprint, confirming->fingerprint) == 0)
        reeve_fleet_owner_clear_pin (system);
      /* what came with a token that was replaced meanwhile is no peer */
      if (kept)
        reeve_fleet_hub_doubt (hub, system->id);
      else
        reeve_fleet_hub_took_back (hub, system, confirming->writes, error);
    }
  g_task_return_error (task, error);
}

static gboolean
reeve_fleet_owner_is_fingerprint (const char *text)
{
  gsize length = text != NULL ? strlen (text) : 0;

  return length > 0 && length <= REEVE_FLEET_MAX_FINGERPRINT &&
         reeve_text_is_clean (text, -1, length);
}

static void
reeve_fleet_owner_found_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ReeveFleetOwner *self = g_task_get_source_object (task);
  ReeveFleetConfirming *confirming = g_task_get_task_data (task);
  const ReeveLinkOffer offer = { .security = confirming->security,
                                 .level = confirming->level,
                                 .remote = confirming->remote };
  GError *error = NULL;
  ReeveFleetSystem *system;

  confirming->id = reeve_fleet_enrol_find_finish (self->enrol, result, &error);
  system = confirming->id != NULL && self->hub != NULL
               ? reeve_fleet_hub_find (self->hub, confirming->id)
               : NULL;
  if (error == NULL && reeve_fleet_confirming_check (confirming, system, &error) &&
      reeve_fleet_owner_check_floor (self, system, &offer, &error))
    reeve_fleet_owner_enter (self, system, task);
  else
    g_task_return_error (task, error);
}

/* With a token of the system's own, or what was one when it was admitted. */
static void
reeve_fleet_owner_confirm_own (ReeveFleetOwner *self, ReeveFleetSystem *system,
                               const ReeveLinkOffer *offer, GTask *task)
{
  ReeveFleetConfirming *confirming = g_task_get_task_data (task);

  if (strcmp (system->token_hash, confirming->token_hash) != 0)
    {
      g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_DENIED, "the token was replaced");
      return;
    }
  if (system->pinning)
    {
      g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_DENIED,
                               "another connection of this system is being looked at");
      return;
    }
  if (*system->fingerprint == '\0')
    {
      system->pinning = TRUE;
      g_free (system->fingerprint);
      system->fingerprint = g_strdup (offer->fingerprint);
      confirming->writes = system->writes + 1;
      reeve_fleet_hub_save_async (self->hub, system, reeve_fleet_owner_pinned_cb,
                                  g_object_ref (task));
      return;
    }
  if (strcmp (system->fingerprint, offer->fingerprint) == 0)
    {
      reeve_fleet_owner_enter (self, system, task);
      return;
    }
  if (reeve_fleet_owner_may_say (self, &system->stranger_said, REEVE_FLEET_SAY_AGAIN_US))
    reeve_fleet_hub_emit (self->hub, system, REEVE_SEVERITY_WARNING, "link",
                          "another machine came with the token of '%s', from %s", system->name,
                          offer->remote);
  g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_DENIED, "fingerprint mismatch");
}

static void
reeve_fleet_owner_confirm_async (ReeveLinkOwner *owner, const char *admission,
                                 const ReeveLinkOffer *offer, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveFleetOwner *self = REEVE_FLEET_OWNER (owner);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  gboolean shared = g_str_has_prefix (admission, REEVE_FLEET_TOKEN_PREFIX);
  ReeveFleetSystem *system =
      self->hub != NULL && !shared ? reeve_fleet_hub_find (self->hub, admission) : NULL;

  g_task_set_source_tag (task, reeve_fleet_owner_confirm_async);
  if (self->hub == NULL || (!shared && system == NULL))
    {
      g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_DENIED, "no matching fingerprints");
      return;
    }
  if (offer->token == NULL || !reeve_fleet_owner_is_fingerprint (offer->fingerprint))
    {
      g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_DENIED,
                               "the fingerprint is malformed");
      return;
    }
  g_task_set_task_data (task,
                        reeve_fleet_confirming_new (offer, system != NULL ? system->id : NULL),
                        (GDestroyNotify) reeve_fleet_confirming_free);
  if (system != NULL)
    reeve_fleet_owner_confirm_own (self, system, offer, task);
  else
    reeve_fleet_enrol_find_async (self->enrol, offer, reeve_fleet_owner_found_cb,
                                  g_object_ref (task));
}

static char *
reeve_fleet_owner_confirm_finish (G_GNUC_UNUSED ReeveLinkOwner *owner, GAsyncResult *result,
                                  GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- accept, closed ---- */

static void
reeve_fleet_owner_raise_floor (ReeveFleetOwner *self, ReeveFleetSystem *system, ReeveLink *link)
{
  /* SSH has a way of its own: it must not hide what was proven over the other one */
  guint security = reeve_link_get_security (link) != REEVE_SECURITY_SSH
                       ? MAX (system->floor_security, (guint) reeve_link_get_security (link))
                       : system->floor_security;
  guint level = MAX (system->floor_level, reeve_link_get_level (link));

  if (security == system->floor_security && level == system->floor_level)
    return;
  system->floor_security = security;
  system->floor_level = level;
  reeve_fleet_hub_save_async (self->hub, system, NULL, NULL);
}

static gboolean
reeve_fleet_owner_accept (ReeveLinkOwner *owner, ReeveLink *link, GError **error)
{
  ReeveFleetOwner *self = REEVE_FLEET_OWNER (owner);
  ReeveFleetSystem *system =
      self->hub != NULL ? reeve_fleet_hub_find (self->hub, reeve_link_get_admission (link)) : NULL;
  const ReeveFleetChange change = { .sample = FALSE };
  g_autoptr (ReeveLink) old = NULL;

  if (system == NULL)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_GONE, "the system was removed");
      return FALSE;
    }
  if (system->link != NULL && reeve_link_is_up (system->link))
    {
      /* it came while this one was being confirmed */
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_DENIED,
                   "another link of this system came first");
      return FALSE;
    }
  old = reeve_fleet_system_swap_link (system, g_object_ref (link));
  system->linked =
      reeve_clock_get_wall (reeve_context_get_clock (reeve_fleet_hub_get_context (self->hub)));
  reeve_fleet_system_set_text (&system->transport, reeve_link_get_transport_name (link));
  reeve_fleet_system_set_text (&system->remote, reeve_link_get_remote (link));
  reeve_fleet_system_set_text (&system->agent_version, reeve_link_get_version (link));
  reeve_fleet_owner_raise_floor (self, system, link);
  reeve_fleet_owner_log (self, &system->linked_line, "'%s' linked from %s", system->name,
                         reeve_link_get_remote (link));
  /* after a start of the hub all of them come, and that is no news */
  if (system->lost)
    reeve_fleet_hub_emit (self->hub, system, REEVE_SEVERITY_INFO, "link",
                          "'%s' is linked again, from %s", system->name,
                          reeve_link_get_remote (link));
  system->lost = FALSE;
  reeve_fleet_hub_changed (self->hub, system, &change);
  reeve_fleet_poll_linked (self->poll, system);
  return TRUE;
}

static void
reeve_fleet_owner_closed (ReeveLinkOwner *owner, ReeveLink *link, const GError *reason)
{
  ReeveFleetOwner *self = REEVE_FLEET_OWNER (owner);
  ReeveFleetSystem *system =
      self->hub != NULL ? reeve_fleet_hub_find (self->hub, reeve_link_get_admission (link)) : NULL;
  const ReeveFleetChange change = { .sample = FALSE };
  g_autoptr (ReeveLink) lost = NULL;

  if (system == NULL || system->link != link)
    return;
  reeve_fleet_owner_log (self, &system->lost_line, "'%s' lost its link: %s", system->name,
                         reason->message);
  system->lost = !g_error_matches (reason, REEVE_ERROR, REEVE_ERROR_GONE) && /* we stop ourselves */
                 reeve_fleet_owner_may_say (self, &system->lost_said, REEVE_FLEET_SAY_AGAIN_US);
  if (system->lost)
    reeve_fleet_hub_emit (self->hub, system, REEVE_SEVERITY_INFO, "link", "'%s' lost its link: %s",
                          system->name, reason->message);
  lost = reeve_fleet_system_swap_link (system, NULL);
  reeve_fleet_poll_lost (self->poll, system);
  /* one that is asked nothing stays in its state, and its row has changed all the same */
  if (reeve_fleet_system_is_idle (system))
    reeve_fleet_hub_changed (self->hub, system, &change);
}

static void
reeve_fleet_owner_answered (ReeveLinkOwner *owner, ReeveLink *link, ReeveMessage *request,
                            ReeveMessage *answer, const GError *error)
{
  ReeveFleetOwner *self = REEVE_FLEET_OWNER (owner);
  /* not looked up by name: of some thousand a second each would find the table's memory cold */
  ReeveFleetSystem *system = self->hub != NULL ? reeve_link_get_owner_data (link) : NULL;

  if (system != NULL)
    reeve_fleet_poll_answered (self->poll, system, request, answer, error);
}

static void
reeve_fleet_owner_iface_init (ReeveLinkOwnerInterface *iface)
{
  iface->admit_async = reeve_fleet_owner_admit_async;
  iface->admit_finish = reeve_fleet_owner_admit_finish;
  iface->sign_async = reeve_fleet_owner_sign_async;
  iface->sign_finish = reeve_fleet_owner_sign_finish;
  iface->confirm_async = reeve_fleet_owner_confirm_async;
  iface->confirm_finish = reeve_fleet_owner_confirm_finish;
  iface->accept = reeve_fleet_owner_accept;
  iface->closed = reeve_fleet_owner_closed;
  iface->answered = reeve_fleet_owner_answered;
}
