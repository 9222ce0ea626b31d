/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What one sample costs the agent: processor time of the built modules from a request to its answer
 * (collect, rates, message; no codec, no socket), beside a floor: a program that holds the same
 * files of /proc open and only reads them, plus one statfs.
 *
 * Each program is a process of its own. "tight" asks as fast as it can, "1 Hz" once a second, both
 * programs at the same time, which finds the caches cold as an agent does. BENCH_SECONDS sets how
 * long (default 10), BENCH_ROOT what stands before "proc" and "sys" (default /): a recorded tree.
 */

#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "fake-transport.h"
#include "tests/lib/reeve-mock-host.h"

#define TIGHT 5000
#define WARM_UP 3

static double
cpu_us (void)
{
  struct timespec now;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double) now.tv_sec * 1e6 + (double) now.tv_nsec / 1e3;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  const double *x = a, *y = b;

  return (*x > *y) - (*x < *y);
}

/* Runs @func WARM_UP + @n times, with a second between two unless @tight, and prints the processor
 * time of one: the mean, the median and the largest. */
static void
measure (void (*func) (gpointer user_data), gpointer user_data, guint n, gboolean tight)
{
  g_autofree double *costs = g_new0 (double, n);
  double sum = 0;

  for (guint i = 0; i < WARM_UP + n; i++)
    {
      double start = cpu_us ();

      func (user_data);
      if (i >= WARM_UP)
        sum += costs[i - WARM_UP] = cpu_us () - start;
      if (!tight)
        g_usleep (G_USEC_PER_SEC);
    }
  qsort (costs, n, sizeof *costs, compare);
  g_print ("%.2f %.2f %.2f\n", sum / n, costs[n / 2], costs[n - 1]);
}

/* ---- the floor ---- */

static const char *const floor_files[] = {
  "proc/stat",           "proc/meminfo",      "proc/loadavg",
  "proc/uptime",         "proc/diskstats",    "proc/net/dev",
  "proc/self/mountinfo", "proc/pressure/cpu", "proc/pressure/memory",
  "proc/pressure/io",
};

static const char *
bench_root (void)
{
  return g_getenv ("BENCH_ROOT") != NULL ? g_getenv ("BENCH_ROOT") : "/";
}

static void
floor_once (gpointer user_data)
{
  static char buffer[65536];
  const int *fds = user_data;
  struct statfs fs;

  for (guint i = 0; i < G_N_ELEMENTS (floor_files); i++)
    /* a kernel may have no pressure */
    if (fds[i] >= 0 && pread (fds[i], buffer, sizeof buffer, 0) < 0)
      exit (1);
  if (statfs ("/", &fs) != 0)
    exit (1);
}

static void
floor_run (guint n, gboolean tight)
{
  int fds[G_N_ELEMENTS (floor_files)];

  for (guint i = 0; i < G_N_ELEMENTS (floor_files); i++)
    {
      g_autofree char *path = g_build_filename (bench_root (), floor_files[i], NULL);

      fds[i] = open (path, O_RDONLY | O_CLOEXEC);
    }
  measure (floor_once, fds, n, tight);
}

/* ---- the agent ---- */

typedef struct
{
  ReeveMockHost *host;
  ReeveLinkOwner *owner;
  ReeveLink *link;
  ReeveMessage *request;
  guint rows;
} Agent;

static void
agent_once (gpointer user_data)
{
  Agent *agent = user_data;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (ReeveMessage) answer = NULL;

  reeve_link_owner_answer_async (agent->owner, agent->link, agent->request, NULL,
                                 reeve_mock_result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  answer = reeve_link_owner_answer_finish (agent->owner, result, NULL);
  g_assert_nonnull (answer);
  agent->rows = reeve_sample_get_n_rows (reeve_message_get_sample (answer));
}

static void
agent_run (guint n, gboolean tight)
{
  const ReeveLinkOffer offer = { .transport = "websocket", .remote = "127.0.0.1" };
  g_autoptr (ReeveIdentity) identity = reeve_identity_new (NULL);
  g_autofree char *key = reeve_public_key_to_line (reeve_identity_get_public_key (identity), "hub");
  FakeTransport *transport = fake_transport_new ("ws:");
  Agent agent = { .host = reeve_mock_host_new ("agent", FALSE) };
  g_auto (GVariantDict) arguments = G_VARIANT_DICT_INIT (NULL);

  reeve_context_provide (reeve_mock_host_get_context (agent.host), REEVE_TYPE_TRANSPORT, "",
                         transport, NULL);
  reeve_mock_host_load (agent.host, "host-metrics", "root", bench_root (), NULL);
  reeve_mock_host_load (agent.host, "reporter", "url", "ws://127.0.0.1:1", "token-file",
                        "/nonexistent", "hub-key", key, NULL);
  reeve_mock_host_settle (agent.host);
  agent.owner = transport->owner;
  agent.link = reeve_link_new (REEVE_TRANSPORT (transport), "bench", &offer);
  g_assert_true (reeve_link_owner_accept (agent.owner, agent.link, NULL));
  g_variant_dict_insert (&arguments, REEVE_SAMPLE_ARG_INTERVAL, "u", tight ? 0 : 1000);
  agent.request = reeve_message_new_request (REEVE_VERB_SAMPLE, g_variant_dict_end (&arguments));
  measure (agent_once, &agent, n, tight);
  /* the end of the process is the end of the host */
}

/* ---- both ---- */

static GSubprocess *
start (const char *program, const char *which, const char *how, guint n)
{
  g_autofree char *count = g_strdup_printf ("%u", n);
  g_autoptr (GError) error = NULL;
  GSubprocess *process =
      g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, program, which, how, count, NULL);

  g_assert_no_error (error);
  return process;
}

typedef struct
{
  double mean, median, largest;
} Cost;

static Cost
finish (GSubprocess *process)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  Cost cost;
  char *end;

  g_subprocess_communicate_utf8 (process, NULL, NULL, &text, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_successful (process));
  cost.mean = g_ascii_strtod (text, &end);
  cost.median = g_ascii_strtod (end, &end);
  cost.largest = g_ascii_strtod (end, NULL);
  g_object_unref (process);
  return cost;
}

static void
show (const char *what, const Cost *floor, const Cost *agent)
{
  g_print ("  %-18s%7.1f %7.1f %7.1f %8.1f %7.1f %7.1f %8.2f\n", what, floor->mean, floor->median,
           floor->largest, agent->mean, agent->median, agent->largest,
           agent->median / floor->median);
}

int
main (int argc, char **argv)
{
  const char *seconds = g_getenv ("BENCH_SECONDS");
  guint n = seconds != NULL ? (guint) atoi (seconds) : 10;
  Cost floor_cost, agent_cost;
  GSubprocess *floor, *agent;

  if (argc == 4)
    {
      gboolean tight = strcmp (argv[2], "tight") == 0;

      if (strcmp (argv[1], "floor") == 0)
        floor_run ((guint) atoi (argv[3]), tight);
      else
        agent_run ((guint) atoi (argv[3]), tight);
      exit (0);
    }

  g_print ("processor time of a sample, us          floor                    agent\n"
           "                       mean  median largest     mean  median largest   ratio\n");
  floor_cost = finish (start (argv[0], "floor", "tight", TIGHT));
  agent_cost = finish (start (argv[0], "agent", "tight", TIGHT));
  show ("tight loop", &floor_cost, &agent_cost);
  floor = start (argv[0], "floor", "slow", n);
  agent = start (argv[0], "agent", "slow", n);
  floor_cost = finish (floor);
  agent_cost = finish (agent);
  show ("1 Hz (aim: 1.30)", &floor_cost, &agent_cost);
  return 0;
}
