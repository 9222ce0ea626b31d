/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The floor for the benchmark of the agent: once a second it reads what a sample of a machine is
 * made from, out of files that are held open, and asks for the root filesystem; nothing else. Its
 * scheduler time is taken from outside, as the agent's is. It ends with its standard input, and
 * after ten minutes at the latest.
 */

#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/vfs.h>
#include <unistd.h>

#define FLOOR_MAX_SECONDS 600
#define FLOOR_N_FILES (sizeof floor_files / sizeof *floor_files)

static const char *const floor_files[] = {
  "/proc/stat",      "/proc/meminfo", "/proc/loadavg",        "/proc/uptime",
  "/proc/diskstats", "/proc/net/dev", "/proc/self/mountinfo",
};

static int
floor_once (const int *fds)
{
  char buffer[65536];
  struct statfs fs;

  for (unsigned i = 0; i < FLOOR_N_FILES; i++)
    if (pread (fds[i], buffer, sizeof buffer, 0) < 0)
      return -1;
  return statfs ("/", &fs);
}

int
main (void)
{
  int fds[FLOOR_N_FILES];
  struct pollfd leash = { .fd = STDIN_FILENO, .events = POLLIN };

  for (unsigned i = 0; i < FLOOR_N_FILES; i++)
    {
      fds[i] = open (floor_files[i], O_RDONLY | O_CLOEXEC);
      if (fds[i] < 0)
        {
          perror (floor_files[i]);
          return 1;
        }
    }
  for (unsigned n = 0; n < FLOOR_MAX_SECONDS && poll (&leash, 1, 1000) == 0; n++)
    if (floor_once (fds) != 0)
      return 1;
  return 0;
}
