/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What this process uses, for those who ask it: others may not look, since it is not dumpable. All
 * of it is in /proc and in memory, so nothing here waits. And what it need not use any more. */

#include "config.h"

#include "reeve-host-process.h"

#ifdef HAVE_MALLOC_TRIM
#include <malloc.h>
#endif
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <reeve/reeve.h>

#include "reeve-host-sandbox.h"

/* "Key:\t123 kB" in the text of /proc/self/status, as bytes. */
static void
reeve_host_process_add_memory (GVariantDict *dict, const char *name, const char *status,
                               const char *key)
{
  g_autofree char *label = g_strdup_printf ("\n%s:", key);
  const char *found = strstr (status, label);

  if (found != NULL)
    g_variant_dict_insert (dict, name, "t",
                           g_ascii_strtoull (found + strlen (label), NULL, 10) * 1024);
}

static guint
reeve_host_process_count_descriptors (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (dir != NULL && g_dir_read_name (dir) != NULL)
    n++;
  /* one of them was the folder itself */
  return n > 0 ? n - 1 : 0;
}

static void
reeve_host_process_add_limit (GVariantDict *dict, const char *name, int resource)
{
  struct rlimit limit;

  if (getrlimit ((__rlimit_resource_t) resource, &limit) == 0)
    g_variant_dict_insert (dict, name, "t",
                           limit.rlim_cur == RLIM_INFINITY ? G_MAXUINT64
                                                           : (guint64) limit.rlim_cur);
}

void
reeve_host_process_describe (GVariantDict *dict)
{
  g_autofree char *versions = reeve_version_describe ();
  g_autofree char *status = NULL;
  struct rusage usage;

  g_variant_dict_insert (dict, "versions", "s", versions);
  g_variant_dict_insert (dict, "pid", "u", (guint) getpid ());
  g_variant_dict_insert (dict, "uid", "u", (guint) geteuid ());
  g_variant_dict_insert (dict, "threads", "u", reeve_host_sandbox_count_threads ());
  g_variant_dict_insert (dict, "descriptors", "u", reeve_host_process_count_descriptors ());
  reeve_host_process_add_limit (dict, "max_descriptors", RLIMIT_NOFILE);
  reeve_host_process_add_limit (dict, "max_memory", RLIMIT_AS);
  reeve_host_process_add_limit (dict, "max_processes", RLIMIT_NPROC);
  if (g_file_get_contents ("/proc/self/status", &status, NULL, NULL))
    {
      reeve_host_process_add_memory (dict, "memory", status, "VmRSS");
      reeve_host_process_add_memory (dict, "memory_peak", status, "VmHWM");
    }
  if (getrusage (RUSAGE_SELF, &usage) == 0)
    g_variant_dict_insert (dict, "time", "d",
                           (double) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                               (double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) /
                                   G_USEC_PER_SEC);
}

void
reeve_host_process_trim (void)
{
#ifdef HAVE_MALLOC_TRIM
  (void) malloc_trim (0);
#endif
}
