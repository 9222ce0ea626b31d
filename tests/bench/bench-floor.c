/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Floors: programs that do only what cannot be left out, so that figures of the same run can be
 * compared with them on a machine of any speed and load. Their scheduler time is taken from
 * outside.
 *
 * "agent": once a second reads what a sample of a machine is made from, out of files that are held
 * open, and asks for the root filesystem. "linked-agent": does so when it is asked over loopback,
 * and answers. "wide-agent": looks besides at as many pages of its memory as an agent has more,
 * since a machine may have made each of them cold within the second. "hub LINKS RATE STEP": holds
 * so many connections of loopback TCP in one epoll set, and each STEP milliseconds sends the bytes
 * of a request over each of the next, RATE of them in a second, and receives those of an answer;
 * the other ends are in a process of their own.
 *
 * Each ends with its standard input, and after ten minutes at the latest.
 */

#include "config.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/vfs.h>
#include <unistd.h>

#define FLOOR_MAX_SECONDS 600
#define FLOOR_MAX_LINKS 4096
#define FLOOR_REQUEST 15
#define FLOOR_ANSWER 431
/* By valgrind --tool=lackey a sample of the agent touches 195 pages, one of the floor 30. */
#define FLOOR_PAGES 165
#define FLOOR_PAGE 4096
#define FLOOR_N_FILES (sizeof floor_files / sizeof *floor_files)

static void
floor_fail (const char *what)
{
  perror (what);
  exit (1);
}

/* ---- agent ---- */

static const char *const floor_files[] = {
  "/proc/stat",      "/proc/meminfo", "/proc/loadavg",        "/proc/uptime",
  "/proc/diskstats", "/proc/net/dev", "/proc/self/mountinfo",
};

static void
floor_read_all (const int *fds)
{
  char buffer[65536];
  struct statfs fs;

  for (unsigned i = 0; i < FLOOR_N_FILES; i++)
    if (pread (fds[i], buffer, sizeof buffer, 0) < 0)
      floor_fail (floor_files[i]);
  if (statfs ("/", &fs) != 0)
    floor_fail ("statfs");
}

static void
floor_open_all (int *fds)
{
  for (unsigned i = 0; i < FLOOR_N_FILES; i++)
    {
      fds[i] = open (floor_files[i], O_RDONLY | O_CLOEXEC);
      if (fds[i] < 0)
        floor_fail (floor_files[i]);
    }
}

/* A line of each page, in an order that no processor foresees. */
static void
floor_look_at (const volatile char *pages, unsigned n)
{
  for (unsigned i = 0; i < n; i++)
    {
      unsigned page = i * 37 % n;

      (void) pages[page * FLOOR_PAGE + page % 64 * 64];
    }
}

static void
floor_agent (unsigned n_pages)
{
  static char pages[FLOOR_PAGES * FLOOR_PAGE];
  int fds[FLOOR_N_FILES];
  struct pollfd leash = { .fd = STDIN_FILENO, .events = POLLIN };

  memset (pages, 1, n_pages * FLOOR_PAGE);
  floor_open_all (fds);
  for (unsigned n = 0; n < FLOOR_MAX_SECONDS && poll (&leash, 1, 1000) == 0; n++)
    {
      floor_read_all (fds);
      floor_look_at (pages, n_pages);
    }
}

/* ---- links ---- */

static int
floor_listen (void)
{
  int listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };

  if (bind (listener, (struct sockaddr *) &address, sizeof address) != 0 ||
      listen (listener, 16) != 0)
    floor_fail ("listen");
  return listener;
}

static void
floor_make_pair (int listener, int *ret_near, int *ret_far)
{
  struct sockaddr_in address;
  socklen_t length = sizeof address;

  *ret_far = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (*ret_far < 0 || getsockname (listener, (struct sockaddr *) &address, &length) != 0 ||
      connect (*ret_far, (struct sockaddr *) &address, length) != 0)
    floor_fail ("connect");
  *ret_near = accept (listener, NULL, NULL);
  if (*ret_near < 0)
    floor_fail ("accept");
}

/* ---- the agent with its link ---- */

/* The hub's end: asks once a second until the other process has gone. */
static void
floor_ask_one (int fd)
{
  static const char request[FLOOR_REQUEST];
  char buffer[1024];

  while (send (fd, request, sizeof request, MSG_NOSIGNAL) > 0 &&
         recv (fd, buffer, sizeof buffer, 0) > 0)
    sleep (1);
  _exit (0);
}

static void
floor_linked_agent (void)
{
  static const char answer[FLOOR_ANSWER];
  int fds[FLOOR_N_FILES], near, far, listener = floor_listen ();
  struct pollfd polled[2] = { { .fd = STDIN_FILENO, .events = POLLIN }, { .events = POLLIN } };
  char buffer[256];
  pid_t child;

  floor_make_pair (listener, &near, &far);
  child = fork ();
  if (child < 0)
    floor_fail ("fork");
  if (child == 0)
    {
      close (near);
      floor_ask_one (far);
    }
  close (far);
  floor_open_all (fds);
  polled[1].fd = near;
  for (unsigned n = 0; n < FLOOR_MAX_SECONDS && poll (polled, 2, -1) > 0 && !polled[0].revents; n++)
    {
      if (recv (near, buffer, sizeof buffer, 0) <= 0)
        floor_fail ("recv");
      floor_read_all (fds);
      if (send (near, answer, sizeof answer, MSG_NOSIGNAL) < 0)
        floor_fail ("send");
    }
}

/* ---- hub ---- */

static void
floor_watch (int set, int fd)
{
  struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

  if (epoll_ctl (set, EPOLL_CTL_ADD, fd, &event) != 0)
    floor_fail ("epoll_ctl");
}

/* Answers what comes until the other process has gone. */
static void
floor_answer_all (const int *fds, unsigned n)
{
  static const char answer[FLOOR_ANSWER];
  char buffer[256];
  int set = epoll_create1 (EPOLL_CLOEXEC);
  struct epoll_event event;

  for (unsigned i = 0; i < n; i++)
    floor_watch (set, fds[i]);
  while (epoll_wait (set, &event, 1, -1) == 1)
    if (recv (event.data.fd, buffer, sizeof buffer, 0) <= 0 ||
        send (event.data.fd, answer, sizeof answer, MSG_NOSIGNAL) < 0)
      _exit (0);
}

static void
floor_ask_all (const int *fds, unsigned n, unsigned rate, unsigned step_ms)
{
  static const char request[FLOOR_REQUEST];
  const unsigned together = rate * step_ms / 1000;
  const struct timespec step = { .tv_sec = step_ms / 1000, .tv_nsec = step_ms % 1000 * 1000000L };
  const struct itimerspec times = { .it_interval = step, .it_value = step };
  int set = epoll_create1 (EPOLL_CLOEXEC);
  int timer = timerfd_create (CLOCK_MONOTONIC, TFD_CLOEXEC);
  unsigned next = 0;
  struct epoll_event event;
  char buffer[65536];

  for (unsigned i = 0; i < n; i++)
    floor_watch (set, fds[i]);
  floor_watch (set, STDIN_FILENO);
  floor_watch (set, timer);
  if (timerfd_settime (timer, 0, &times, NULL) != 0)
    floor_fail ("timerfd_settime");
  while (next < FLOOR_MAX_SECONDS * rate && epoll_wait (set, &event, 1, -1) == 1 &&
         event.data.fd != STDIN_FILENO)
    {
      if (read (event.data.fd, buffer, sizeof buffer) <= 0)
        floor_fail ("read");
      for (unsigned i = 0; event.data.fd == timer && i < together; i++)
        if (send (fds[next++ % n], request, sizeof request, MSG_NOSIGNAL) < 0)
          floor_fail ("send");
    }
}

static void
floor_hub (unsigned n, unsigned rate, unsigned step_ms)
{
  static int near[FLOOR_MAX_LINKS], far[FLOOR_MAX_LINKS];
  int listener;
  pid_t child;

  if (n < 1 || n > FLOOR_MAX_LINKS || rate < 1 || rate > 10000 || step_ms < 1 || step_ms > 60000)
    exit (2);
  listener = floor_listen ();
  for (unsigned i = 0; i < n; i++)
    floor_make_pair (listener, &near[i], &far[i]);
  close (listener);
  child = fork ();
  if (child < 0)
    floor_fail ("fork");
  for (unsigned i = 0; i < n; i++)
    close (child == 0 ? near[i] : far[i]);
  if (child == 0)
    floor_answer_all (far, n);
  else
    floor_ask_all (near, n, rate, step_ms);
}

int
main (int argc, char **argv)
{
  if (argc == 2 && strcmp (argv[1], "agent") == 0)
    floor_agent (0);
  else if (argc == 2 && strcmp (argv[1], "wide-agent") == 0)
    floor_agent (FLOOR_PAGES);
  else if (argc == 2 && strcmp (argv[1], "linked-agent") == 0)
    floor_linked_agent ();
  else if (argc == 5 && strcmp (argv[1], "hub") == 0)
    floor_hub ((unsigned) atoi (argv[2]), (unsigned) atoi (argv[3]), (unsigned) atoi (argv[4]));
  else
    {
      fputs ("bench-floor agent | linked-agent | wide-agent | hub LINKS RATE STEP\n", stderr);
      return 2;
    }
  return 0;
}
