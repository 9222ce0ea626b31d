/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The lock before the responders. Who asks is proven by the link, but what a hub may make this
 * machine tell is for this machine's own files to say. */

#include "config.h"

#include "reeve-reporter-verbs.h"

#include <string.h>

struct _ReeveReporterVerbs
{
  grefcount refs; /* the target's, and each question's */
  ReeveContext *context;
  GStrv unlocked;
  guint watch;
  GPtrArray *responders; /* of ReeveResponder */
  guint asked;           /* under way */
  gint64 said;           /* monotonic, of the last line about a refusal; 0: none yet */
  guint64 unsaid;
};

/* One question on its way. */
typedef struct
{
  ReeveReporterVerbs *verbs;
  GTask *task;
} ReeveReporterVerbsAsk;

static void
reeve_reporter_verbs_unref (ReeveReporterVerbs *self)
{
  if (!g_ref_count_dec (&self->refs))
    return;
  g_ptr_array_unref (self->responders);
  g_strfreev (self->unlocked);
  reeve_context_unref (self->context);
  g_free (self);
}

gboolean
reeve_reporter_verbs_check (const char *const *unlocked, GError **error)
{
  guint n = 0;

  for (; *unlocked != NULL; unlocked++, n++)
    {
      gsize length = strlen (*unlocked);

      if (length < 1 || length > REEVE_REPORTER_VERBS_MAX_PATTERN ||
          strspn (*unlocked, "abcdefghijklmnopqrstuvwxyz0123456789-.*") != length)
        {
          g_autofree char *shown = reeve_text_clean (*unlocked, -1, 64);

          g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                       "unlock: '%s' is no verb: write them as container.logs, or container.* for "
                       "all of a kind",
                       shown);
          return FALSE;
        }
    }
  if (n <= REEVE_REPORTER_VERBS_MAX_UNLOCKED)
    return TRUE;
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID, "unlock: more than %d verbs",
               REEVE_REPORTER_VERBS_MAX_UNLOCKED);
  return FALSE;
}

static gboolean
reeve_reporter_verbs_is_unlocked (ReeveReporterVerbs *self, const char *verb)
{
  for (guint i = 0; self->unlocked[i] != NULL; i++)
    if (g_pattern_match_simple (self->unlocked[i], verb))
      return TRUE;
  return FALSE;
}

/* ---- refusals ---- */

static void
reeve_reporter_verbs_say (ReeveReporterVerbs *self, const GError *error)
{
  gint64 now = reeve_clock_get_monotonic (reeve_context_get_clock (self->context));

  if (self->said != 0 && now - self->said < REEVE_REPORTER_VERBS_SAY_US)
    {
      self->unsaid++;
      return;
    }
  if (self->unsaid > 0)
    reeve_log_message (self->context,
                       "the hub's question was refused: %s (%" G_GUINT64_FORMAT
                       " more since the last line)",
                       error->message, self->unsaid);
  else
    reeve_log_message (self->context, "the hub's question was refused: %s", error->message);
  self->said = MAX (now, 1);
  self->unsaid = 0;
}

/* NULL: refused, with the reason that the hub is told. */
static ReeveResponder *
reeve_reporter_verbs_find (ReeveReporterVerbs *self, ReeveLink *link, const char *verb,
                           GError **error)
{
  const char *instance = reeve_context_get_instance (self->context);
  g_autofree char *shown = reeve_text_clean (verb, -1, REEVE_REPORTER_VERBS_MAX_PATTERN);
  const ReeveResponderRow *row = NULL;
  ReeveResponder *responder = NULL;

  for (guint i = 0; i < self->responders->len && row == NULL; i++)
    {
      responder = g_ptr_array_index (self->responders, i);
      row = reeve_responder_find_row (responder, verb);
    }
  if (row == NULL)
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_UNSUPPORTED, "this agent does not answer '%s'",
                 shown);
  else if (!reeve_reporter_verbs_is_unlocked (self, verb))
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_DENIED,
                 "'%s' is locked on this agent: its administrator may add it to unlock in group "
                 "[plugin reporter%s%s]",
                 shown, *instance != '\0' ? " " : "", instance);
  else if (reeve_link_get_security (link) < row->least)
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_DENIED,
                 "'%s' is not told over this link: it takes %s", shown,
                 row->least == REEVE_SECURITY_TLS ? "TLS" : "TLS with a proven hub, or SSH");
  else if (self->asked >= REEVE_REPORTER_VERBS_MAX_ASKED)
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT,
                 "'%s': %d questions are being answered already, ask again later", shown,
                 REEVE_REPORTER_VERBS_MAX_ASKED);
  else
    return responder;
  return NULL;
}

/* ---- asking ---- */

static void
reeve_reporter_verbs_responded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree ReeveReporterVerbsAsk *ask = user_data;
  g_autoptr (GTask) task = ask->task;
  GError *error = NULL;
  g_autoptr (GVariant) answer =
      reeve_responder_respond_finish (REEVE_RESPONDER (source), result, &error);

  ask->verbs->asked--;
  reeve_reporter_verbs_unref (ask->verbs);
  if (answer != NULL)
    g_task_return_pointer (task, reeve_message_new_answer (answer),
                           (GDestroyNotify) reeve_message_unref);
  else
    g_task_return_error (task, error);
}

void
reeve_reporter_verbs_ask_async (ReeveReporterVerbs *self, ReeveLink *link, ReeveMessage *request,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  const char *verb = reeve_message_get_verb (request);
  ReeveReporterVerbsAsk *ask;
  ReeveResponder *responder;
  GError *error = NULL;

  g_task_set_source_tag (task, reeve_reporter_verbs_ask_async);
  responder = reeve_reporter_verbs_find (self, link, verb != NULL ? verb : "", &error);
  if (responder == NULL)
    {
      reeve_reporter_verbs_say (self, error);
      g_task_return_error (task, error);
      return;
    }
  ask = g_new0 (ReeveReporterVerbsAsk, 1);
  ask->verbs = self;
  g_ref_count_inc (&self->refs);
  ask->task = g_steal_pointer (&task);
  self->asked++;
  reeve_log_info (self->context, "the hub asks for '%s'", verb);
  reeve_responder_respond_async (responder, verb, reeve_message_get_arguments (request),
                                 cancellable, reeve_reporter_verbs_responded_cb, ask);
}

ReeveMessage *
reeve_reporter_verbs_ask_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, reeve_reporter_verbs_ask_async), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- life ---- */

static void
reeve_reporter_verbs_added_cb (gpointer provider, const char *key, gpointer user_data)
{
  ReeveReporterVerbs *self = user_data;

  g_ptr_array_add (self->responders, g_object_ref (provider));
}

static void
reeve_reporter_verbs_removed_cb (gpointer provider, const char *key, gpointer user_data)
{
  ReeveReporterVerbs *self = user_data;

  g_ptr_array_remove (self->responders, provider);
}

ReeveReporterVerbs *
reeve_reporter_verbs_new (ReeveContext *context, const char *const *unlocked)
{
  ReeveReporterVerbs *self = g_new0 (ReeveReporterVerbs, 1);

  g_ref_count_init (&self->refs);
  self->context = reeve_context_ref (context);
  self->unlocked = g_strdupv ((GStrv) unlocked);
  self->responders = g_ptr_array_new_with_free_func (g_object_unref);
  self->watch = reeve_context_watch (context, REEVE_TYPE_RESPONDER, reeve_reporter_verbs_added_cb,
                                     reeve_reporter_verbs_removed_cb, self);
  return self;
}

void
reeve_reporter_verbs_set (ReeveReporterVerbs *self, const char *const *unlocked)
{
  g_strfreev (self->unlocked);
  self->unlocked = g_strdupv ((GStrv) unlocked);
}

void
reeve_reporter_verbs_free (ReeveReporterVerbs *self)
{
  reeve_context_unwatch (self->context, self->watch);
  g_ptr_array_set_size (self->responders, 0);
  reeve_reporter_verbs_unref (self);
}
