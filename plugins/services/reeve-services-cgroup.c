/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The files of control groups. A group that ends takes its files with it: reading them fails with
 * ENODEV, and a service that is started again has new ones under the old name. */

#include "config.h"

#include "reeve-services-cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "reeve-services-parse.h"

/* The first line of cpu.stat is the one that counts; the other files have one number. */
#define REEVE_SERVICES_CGROUP_BUFFER 256

struct _ReeveServicesCgroup
{
  int directory;
  guint n_open;
  guint max_open;
};

static const char *const reeve_services_cgroup_files[REEVE_SERVICES_N_VALUES] = {
  [REEVE_SERVICES_VALUE_CPU] = "cpu.stat",
  [REEVE_SERVICES_VALUE_MEMORY] = "memory.current",
  [REEVE_SERVICES_VALUE_MEMORY_PEAK] = "memory.peak",
  [REEVE_SERVICES_VALUE_TASKS] = "pids.current",
};

static guint
reeve_services_cgroup_find_limit (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) != 0)
    return 0;
  return (guint) MIN (limit.rlim_cur / 2, REEVE_SERVICES_MAX_OPEN);
}

ReeveServicesCgroup *
reeve_services_cgroup_new (const char *root)
{
  g_autofree char *path = g_build_filename (root, "sys/fs/cgroup", NULL);
  int directory = open (path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  ReeveServicesCgroup *self;

  if (directory < 0)
    return NULL;
  if (faccessat (directory, "cgroup.controllers", F_OK, 0) != 0)
    {
      close (directory);
      return NULL;
    }
  self = g_new0 (ReeveServicesCgroup, 1);
  self->directory = directory;
  self->max_open = reeve_services_cgroup_find_limit ();
  return self;
}

void
reeve_services_cgroup_free (ReeveServicesCgroup *self)
{
  close (self->directory);
  g_free (self);
}

guint
reeve_services_cgroup_get_n_open (ReeveServicesCgroup *self)
{
  return self->n_open;
}

void
reeve_services_cgroup_init_group (ReeveServicesGroup *group)
{
  *group = (ReeveServicesGroup){ 0 };
  for (guint i = 0; i < REEVE_SERVICES_N_VALUES; i++)
    group->fds[i] = -1;
}

static void
reeve_services_cgroup_close (ReeveServicesCgroup *self, ReeveServicesGroup *group)
{
  for (guint i = 0; i < REEVE_SERVICES_N_VALUES; i++)
    if (group->fds[i] >= 0)
      {
        close (group->fds[i]);
        group->fds[i] = -1;
        self->n_open--;
      }
  group->open = FALSE;
}

void
reeve_services_cgroup_set_path (ReeveServicesCgroup *self, ReeveServicesGroup *group,
                                const char *path)
{
  if (self == NULL)
    return;
  reeve_services_cgroup_close (self, group);
  group->retry_at = 0;
  g_free (group->path);
  group->path = path != NULL && reeve_services_is_cgroup (path) ? g_strdup (path) : NULL;
}

/* A file that is not there (a controller that is off, an older kernel) is not looked for again. */
static void
reeve_services_cgroup_open (ReeveServicesCgroup *self, ReeveServicesGroup *group, gint64 now)
{
  int directory = openat (self->directory, group->path + 1, O_PATH | O_DIRECTORY | O_CLOEXEC);

  if (directory < 0)
    {
      group->retry_at = now + REEVE_SERVICES_CGROUP_RETRY_US;
      return;
    }
  for (guint i = 0; i < REEVE_SERVICES_N_VALUES; i++)
    {
      group->fds[i] =
          openat (directory, reeve_services_cgroup_files[i], O_RDONLY | O_CLOEXEC | O_NONBLOCK);
      if (group->fds[i] >= 0)
        self->n_open++;
    }
  group->open = TRUE;
  close (directory);
}

static gboolean
reeve_services_cgroup_read_value (int fd, guint which, ReeveServicesReading *reading)
{
  char buffer[REEVE_SERVICES_CGROUP_BUFFER];
  gssize length = pread (fd, buffer, sizeof buffer, 0);

  if (length < 0)
    return errno == EINTR;
  if (which == REEVE_SERVICES_VALUE_CPU)
    reading->has[which] =
        reeve_services_parse_usage (buffer, (gsize) length, &reading->values[which]);
  else
    reading->has[which] =
        reeve_services_parse_number (buffer, (gsize) length, &reading->values[which]);
  return TRUE;
}

void
reeve_services_cgroup_read (ReeveServicesCgroup *self, ReeveServicesGroup *group, gint64 now,
                            ReeveServicesReading *ret_reading)
{
  gboolean ok = TRUE;

  *ret_reading = (ReeveServicesReading){ 0 };
  if (self == NULL || group->path == NULL || (!group->open && now < group->retry_at))
    return;
  if (!group->open)
    reeve_services_cgroup_open (self, group, now);
  for (guint i = 0; i < REEVE_SERVICES_N_VALUES; i++)
    if (group->fds[i] >= 0)
      ok &= reeve_services_cgroup_read_value (group->fds[i], i, ret_reading);
  if (!ok)
    group->retry_at = now + REEVE_SERVICES_CGROUP_RETRY_US;
  if (!ok || self->n_open > self->max_open)
    reeve_services_cgroup_close (self, group);
}
