/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The sandbox's place in the life cycle. What is said about it comes from the kernel, not from what
 * was meant. */

#include "config.h"

#include "reeve-host-sandbox.h"

#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

guint
reeve_host_sandbox_count_threads (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/task", 0, NULL);
  guint n = 0;

  while (dir != NULL && g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

/* The value of "Key:\tvalue" in /proc/self/status. (transfer full) */
static char *
reeve_host_sandbox_find (const char *status, const char *key)
{
  g_autofree char *label = g_strconcat ("\n", key, ":", NULL);
  const char *found = strstr (status, label);

  if (found == NULL)
    return g_strdup ("?");
  found += strlen (label);
  found += strspn (found, " \t");
  return g_strndup (found, strcspn (found, "\n"));
}

static char *
reeve_host_sandbox_describe (guint declared)
{
  g_autofree char *status = NULL;
  g_autofree char *capabilities = NULL;
  g_autofree char *privileges = NULL;
  g_autofree char *filter = NULL;
  struct rlimit core = { 1, 1 };

  if (!g_file_get_contents ("/proc/self/status", &status, NULL, NULL))
    status = g_strdup ("");
  capabilities = reeve_host_sandbox_find (status, "CapEff");
  privileges = reeve_host_sandbox_find (status, "NoNewPrivs");
  filter = reeve_host_sandbox_find (status, "Seccomp");
  getrlimit (RLIMIT_CORE, &core);
  return g_strdup_printf (
      "sandbox: no rules of our own yet (%u things declared); one thread; uid %u; capabilities %s; "
      "no-new-privileges %s; seccomp %s; core dumps %s",
      declared, (guint) geteuid (),
      strspn (capabilities, "0") == strlen (capabilities) ? "none" : capabilities,
      strcmp (privileges, "1") == 0 ? "on" : "off",
      strcmp (filter, "0") == 0 ? "off" : "on, by who started us",
      core.rlim_cur == 0 && prctl (PR_GET_DUMPABLE) == 0 ? "off" : "possible");
}

gboolean
reeve_host_sandbox_apply (GPtrArray *declared, char **ret_text, GError **error)
{
  guint threads = reeve_host_sandbox_count_threads ();
  guint things = 0;

  if (threads != 1)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_FAILED,
                   "there are %u threads before the sandbox, where one is allowed: a plugin may "
                   "start threads from start() on, by its workers",
                   threads);
      return FALSE;
    }
  for (guint i = 0; i < declared->len; i++)
    {
      g_autoptr (GVariant) list =
          g_variant_ref_sink (reeve_declarations_to_variant (g_ptr_array_index (declared, i)));

      things += (guint) g_variant_n_children (list);
    }
  *ret_text = reeve_host_sandbox_describe (things);
  return TRUE;
}
