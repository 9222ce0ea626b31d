/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who may link, proven how. A token is known by its hash; the first agent that comes with one is
 * pinned by its fingerprint; what a pair has once proven is its floor, and less is refused from
 * then on. */

#include "config.h"

#include "reeve-fleet-owner.h"

#include <string.h>

#define REEVE_FLEET_MAX_TOKEN 64

struct _ReeveFleetOwner
{
  GObject parent;

  ReeveFleetHub *hub; /* NULL once stopped */
  ReeveFleetPoll *poll;
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
reeve_fleet_owner_new (ReeveFleetHub *hub, ReeveFleetPoll *poll, ReeveIdentity *identity)
{
  ReeveFleetOwner *self = g_object_new (REEVE_TYPE_FLEET_OWNER, NULL);

  self->hub = hub;
  self->poll = poll;
  self->identity = reeve_identity_ref (identity);
  return self;
}

/* ---- admit ---- */

static gboolean
reeve_fleet_owner_check_floor (ReeveFleetOwner *self, ReeveFleetSystem *system,
                               const ReeveLinkOffer *offer, GError **error)
{
  gboolean less_secure = offer->security != REEVE_SECURITY_SSH &&
                         offer->security < system->floor_security &&
                         system->floor_security != REEVE_SECURITY_SSH;

  if (!less_secure && offer->level >= system->floor_level)
    return TRUE;
  reeve_context_emit (reeve_fleet_hub_get_context (self->hub), REEVE_SEVERITY_WARNING, "link",
                      system->id, NULL,
                      "'%s' was refused: its link offers less than it has proven before, from %s",
                      system->name, offer->remote);
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_DENIED,
               "this system has proven a better link before (%s); 'reevectl systems reset' on the "
               "hub forgets it",
               less_secure ? "its transport's security" : "its protocol level");
  return FALSE;
}

static void
reeve_fleet_owner_admit_async (ReeveLinkOwner *owner, const ReeveLinkOffer *offer,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data)
{
  ReeveFleetOwner *self = REEVE_FLEET_OWNER (owner);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  ReeveFleetSystem *system = NULL;
  GError *error = NULL;

  g_task_set_source_tag (task, reeve_fleet_owner_admit_async);
  if (self->hub != NULL && offer->token != NULL && *offer->token != '\0' &&
      strlen (offer->token) <= REEVE_FLEET_MAX_TOKEN)
    system = reeve_fleet_hub_find_token (self->hub, offer->token);
  if (system == NULL)
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_DENIED, "Invalid token");
  else if (!reeve_fleet_owner_check_floor (self, system, offer, &error))
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, reeve_admission_new (system->id, NULL, FALSE),
                           (GDestroyNotify) reeve_admission_free);
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

/* ---- confirm ---- */

/* A pin that was not kept would be gone with the process, and the next to come would be pinned
 * unseen: so it is none. */
static void
reeve_fleet_owner_pinned_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ReeveFleetHub *hub = REEVE_FLEET_HUB (source);
  ReeveFleetSystem *system = reeve_fleet_hub_find (hub, g_task_get_task_data (task));
  GError *error = NULL;

  if (reeve_fleet_hub_save_finish (hub, result, &error))
    {
      g_task_return_pointer (task, g_strdup (""), g_free);
      return;
    }
  if (system != NULL)
    {
      g_free (system->fingerprint);
      system->fingerprint = g_strdup ("");
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
reeve_fleet_owner_confirm_async (ReeveLinkOwner *owner, const char *admission,
                                 const ReeveLinkOffer *offer, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveFleetOwner *self = REEVE_FLEET_OWNER (owner);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  ReeveFleetSystem *system = self->hub != NULL ? reeve_fleet_hub_find (self->hub, admission) : NULL;

  g_task_set_source_tag (task, reeve_fleet_owner_confirm_async);
  if (system == NULL)
    {
      g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_DENIED, "no matching fingerprints");
      return;
    }
  if (!reeve_fleet_owner_is_fingerprint (offer->fingerprint))
    {
      g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_DENIED,
                               "the fingerprint is malformed");
      return;
    }
  if (*system->fingerprint == '\0')
    {
      g_free (system->fingerprint);
      system->fingerprint = g_strdup (offer->fingerprint);
      g_task_set_task_data (task, g_strdup (system->id), g_free);
      reeve_context_emit (reeve_fleet_hub_get_context (self->hub), REEVE_SEVERITY_NOTICE, "link",
                          system->id, NULL, "'%s' was linked for the first time, from %s",
                          system->name, offer->remote);
      reeve_fleet_hub_save_async (self->hub, system, reeve_fleet_owner_pinned_cb,
                                  g_object_ref (task));
      return;
    }
  if (strcmp (system->fingerprint, offer->fingerprint) == 0)
    {
      g_task_return_pointer (task, g_strdup (""), g_free);
      return;
    }
  reeve_context_emit (reeve_fleet_hub_get_context (self->hub), REEVE_SEVERITY_WARNING, "link",
                      system->id, NULL, "another machine came with the token of '%s', from %s",
                      system->name, offer->remote);
  g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_DENIED, "fingerprint mismatch");
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

static void
reeve_fleet_owner_replace_text (char **place, const char *text)
{
  g_free (*place);
  *place = g_strdup (text != NULL ? text : "");
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
  /* the newest wins, as with stock hubs */
  old = g_steal_pointer (&system->link);
  system->link = g_object_ref (link);
  if (old != NULL)
    reeve_transport_close (reeve_link_get_transport (old), old, "replaced by a newer link");
  reeve_fleet_owner_replace_text (&system->transport, reeve_link_get_transport_name (link));
  reeve_fleet_owner_replace_text (&system->remote, reeve_link_get_remote (link));
  if (reeve_link_get_version (link) != NULL)
    reeve_fleet_owner_replace_text (&system->agent_version, reeve_link_get_version (link));
  reeve_fleet_owner_raise_floor (self, system, link);
  reeve_log_message (reeve_fleet_hub_get_context (self->hub), "'%s' linked from %s", system->name,
                     reeve_link_get_remote (link));
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

  if (system == NULL || system->link != link)
    return;
  reeve_log_message (reeve_fleet_hub_get_context (self->hub), "'%s' lost its link: %s",
                     system->name, reason->message);
  g_clear_object (&system->link);
  reeve_fleet_poll_lost (self->poll, system);
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
}
