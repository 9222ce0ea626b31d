/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* --dump: one operation of the role's, asked as soon as everything runs, its answer on standard
 * output. The role file names the operation and what is not started for it. */

#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "reeve-host-private.h"

gboolean
reeve_host_dump_leaves_out (ReeveHost *self, ReeveHostPlugin *plugin)
{
  GStrv without = self->options.role->dump_without;

  for (guint i = 0; without[i] != NULL; i++)
    if (reeve_host_plugin_provides (plugin, without[i]))
      return TRUE;
  return FALSE;
}

static void
reeve_host_dump_fail (ReeveHost *self, const char *reason)
{
  reeve_log_warning (self->context, "%s", reason);
  reeve_host_stop (self, REEVE_HOST_EXIT_FAILED);
}

static void
reeve_host_dump_called_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ReeveHost) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer =
      reeve_operations_call_finish (REEVE_OPERATIONS (source), result, &error);
  const char *text;

  if (answer == NULL)
    {
      reeve_host_dump_fail (self, error->message);
      return;
    }
  if (!g_variant_is_of_type (answer, G_VARIANT_TYPE ("(s)")))
    {
      reeve_host_dump_fail (self, "the operation of --dump answers no text (a bug of its plugin)");
      return;
    }
  g_variant_get (answer, "(&s)", &text);
  if (puts (text) < 0 || fflush (stdout) != 0)
    {
      reeve_host_dump_fail (self, "standard output cannot be written");
      return;
    }
  self->dumped = TRUE;
  reeve_host_stop (self, REEVE_HOST_EXIT_OK);
}

/* (transfer full) (nullable): the provider of the operation. @ret_method: behind its interface. */
static ReeveOperations *
reeve_host_dump_find (ReeveHost *self, const char **ret_method)
{
  const char *operation = self->options.role->dump;
  const char *dot = strrchr (operation, '.');
  g_autofree char *interface = g_strndup (operation, dot != NULL ? (gsize) (dot - operation) : 0);
  g_autoptr (GPtrArray) all = reeve_context_lookup_all (self->context, REEVE_TYPE_OPERATIONS);

  *ret_method = dot != NULL ? dot + 1 : operation;
  for (guint i = 0; i < all->len; i++)
    if (strcmp (reeve_operations_get_info (g_ptr_array_index (all, i))->name, interface) == 0)
      return g_object_ref (g_ptr_array_index (all, i));
  return NULL;
}

void
reeve_host_dump (ReeveHost *self)
{
  g_autofree char *uid = g_strdup_printf ("%u", (guint) geteuid ());
  g_autoptr (ReeveSubject) subject = reeve_subject_new (REEVE_SUBJECT_UID, uid);
  g_autoptr (ReeveOperations) operations = NULL;
  const char *method;

  operations = reeve_host_dump_find (self, &method);
  if (operations == NULL)
    {
      g_autofree char *reason =
          g_strdup_printf ("no plugin that runs has the operation %s, which this role dumps",
                           self->options.role->dump);

      reeve_host_dump_fail (self, reason);
      return;
    }
  reeve_operations_call_async (operations, self->context, method, g_variant_new ("()"), subject,
                               NULL, reeve_host_dump_called_cb, g_object_ref (self));
}
