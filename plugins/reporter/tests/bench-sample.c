/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What one sample costs the agent: processor time of the built modules from a request to its answer
 * (collect, rates, message; no codec, no socket), beside a floor: a program that holds the same
 * files of /proc open and only reads them, plus one statfs.
 *
 * Each program is a process of its own. "tight" asks as fast as it can, "1 Hz" once a second, both
 * programs at the same time, which finds the caches cold as an agent does. BENCH_SECONDS sets how
 * long (default 10). "large" is a machine with 256 processors, 40 disks and 64 interfaces, whose
 * files are written first. Last, a process makes GROWTH samples and looks at its memory.
 */

#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "fake-transport.h"
#include "tests/lib/reeve-mock-host.h"

#define TIGHT 5000
#define WARM_UP 3
#define LARGE 500
#define GROWTH 100000
#define GROWTH_WARM_UP 1000
/* The large machine. */
#define N_CPUS 256
#define N_DISKS 40
#define N_NICS 64

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
  "proc/stat",      "proc/meminfo", "proc/loadavg",        "proc/uptime",
  "proc/diskstats", "proc/net/dev", "proc/self/mountinfo",
};

static void
floor_once (gpointer user_data)
{
  static char buffer[65536];
  const int *fds = user_data;
  struct statfs fs;

  for (guint i = 0; i < G_N_ELEMENTS (floor_files); i++)
    if (pread (fds[i], buffer, sizeof buffer, 0) < 0)
      exit (1);
  if (statfs ("/", &fs) != 0)
    exit (1);
}

static void
floor_run (guint n, gboolean tight, const char *root)
{
  int fds[G_N_ELEMENTS (floor_files)];

  for (guint i = 0; i < G_N_ELEMENTS (floor_files); i++)
    {
      g_autofree char *path = g_build_filename (root, floor_files[i], NULL);

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

/* KiB that are this process's alone. */
static guint
private_dirty (void)
{
  g_autofree char *text = NULL;
  const char *found;

  g_file_get_contents ("/proc/self/smaps_rollup", &text, NULL, NULL);
  found = text != NULL ? strstr (text, "Private_Dirty:") : NULL;
  return found != NULL ? (guint) strtoul (found + strlen ("Private_Dirty:"), NULL, 10) : 0;
}

static void
agent_grow (Agent *agent, guint n)
{
  guint before = 0;

  for (guint i = 0; i < n; i++)
    {
      if (i == GROWTH_WARM_UP)
        before = private_dirty ();
      agent_once (agent);
    }
  g_print ("%u %u %u\n", before, private_dirty (), agent->rows);
}

static void
agent_run (guint n, gboolean tight, const char *root, gboolean grow)
{
  const ReeveLinkOffer offer = { .transport = "websocket", .remote = "127.0.0.1" };
  g_autoptr (ReeveIdentity) identity = reeve_identity_new (NULL);
  g_autofree char *key = reeve_public_key_to_line (reeve_identity_get_public_key (identity), "hub");
  FakeTransport *transport = fake_transport_new ("ws:");
  Agent agent = { .host = reeve_mock_host_new ("agent", FALSE) };
  const ReeveSampleRequest wanted = { .interval_ms = tight ? 0 : 1000 };

  reeve_context_provide (reeve_mock_host_get_context (agent.host), REEVE_TYPE_TRANSPORT, "",
                         transport, NULL);
  reeve_mock_host_load (agent.host, "host-metrics", "root", root, NULL);
  reeve_mock_host_load (agent.host, "reporter", "url", "ws://127.0.0.1:1", "token-file",
                        "/nonexistent", "hub-key", key, NULL);
  reeve_mock_host_settle (agent.host);
  agent.owner = transport->owner;
  agent.link = reeve_link_new (REEVE_TRANSPORT (transport), "bench", &offer);
  g_assert_true (reeve_link_owner_accept (agent.owner, agent.link, NULL));
  agent.request = reeve_message_new_sample_request (&wanted);
  if (grow)
    agent_grow (&agent, n);
  else
    measure (agent_once, &agent, n, tight);
  /* the end of the process is the end of the host */
}

/* ---- a large machine ---- */

static void
write_file (const char *root, const char *name, GString *text)
{
  g_autofree char *path = g_build_filename (root, name, NULL);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_file_set_contents (path, text->str, (gssize) text->len, &error);
  g_assert_no_error (error);
  g_string_truncate (text, 0);
}

static void
copy_file (const char *root, const char *name)
{
  g_autofree char *from = g_build_filename ("/", name, NULL);
  g_autofree char *content = NULL;
  g_autoptr (GString) text = NULL;

  if (!g_file_get_contents (from, &content, NULL, NULL))
    return;
  text = g_string_new (content);
  write_file (root, name, text);
}

static char *
make_large (void)
{
  char *root = g_dir_make_tmp ("reeve-bench-XXXXXX", NULL);
  g_autoptr (GString) text = g_string_new (NULL);

  g_assert_nonnull (root);
  g_string_append (text, "cpu  25600 0 25600 2560000 256 0 256 0 0 0\n");
  for (guint i = 0; i < N_CPUS; i++)
    g_string_append_printf (text, "cpu%u 123456%u 12 45678 9876543%u 321 0 45 0 0 0\n", i, i, i);
  g_string_append (text, "intr 123456789\nctxt 1\nbtime 1700000000\nprocesses 1\n");
  write_file (root, "proc/stat", text);
  for (guint i = 0; i < N_DISKS; i++)
    g_string_append_printf (text,
                            " %4u %7u sd%c%c %u 0 456%u 7890 4321 0 98%u 6543 0 1200 14433 0 0 0 0 "
                            "0 0\n",
                            8 + i / 16, i % 16 * 16, 'a' + i / 26, 'a' + i % 26, 1234 + i, i, i);
  write_file (root, "proc/diskstats", text);
  g_string_append (text, "Inter-|   Receive                |  Transmit\n face |bytes packets\n");
  for (guint i = 0; i < N_NICS; i++)
    g_string_append_printf (text, "  eth%u: 98765%u 1234 0 0 0 0 0 0 4567%u 987 0 0 0 0 0 0\n", i,
                            i, i);
  write_file (root, "proc/net/dev", text);
  g_string_append (text, "21 1 8:0 / / rw,relatime shared:1 - ext4 /dev/sdaa rw\n");
  write_file (root, "proc/self/mountinfo", text);
  for (guint i = 0; i < 3; i++)
    copy_file (root, ((const char *[]){ "proc/meminfo", "proc/loadavg", "proc/uptime" })[i]);
  return root;
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *below = g_build_filename (path, name, NULL);

      remove_tree (below);
    }
  remove (path);
}

/* ---- both ---- */

static GSubprocess *
start (const char *program, const char *which, const char *how, guint n, const char *root)
{
  g_autofree char *count = g_strdup_printf ("%u", n);
  g_autoptr (GError) error = NULL;
  GSubprocess *process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, program, which,
                                           how, count, root, NULL);

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

static void
show_growth (const char *program)
{
  GSubprocess *process = start (program, "grow", "tight", GROWTH_WARM_UP + GROWTH, "/");
  Cost memory = finish (process);

  g_print ("private dirty after %d samples %.0f KiB, after %d more %.0f KiB (%.0f rows each)\n",
           GROWTH_WARM_UP, memory.mean, GROWTH, memory.median, memory.largest);
}

static void
child (char **argv)
{
  gboolean tight = strcmp (argv[2], "tight") == 0;
  guint n = (guint) atoi (argv[3]);

  if (strcmp (argv[1], "floor") == 0)
    floor_run (n, tight, argv[4]);
  else
    agent_run (n, tight, argv[4], strcmp (argv[1], "grow") == 0);
  exit (0);
}

static void
measure_tight (const char *program, const char *what, guint n, const char *root)
{
  Cost floor_cost = finish (start (program, "floor", "tight", n, root));
  Cost agent_cost = finish (start (program, "agent", "tight", n, root));

  show (what, &floor_cost, &agent_cost);
}

int
main (int argc, char **argv)
{
  const char *seconds = g_getenv ("BENCH_SECONDS");
  guint n = seconds != NULL ? (guint) atoi (seconds) : 10;
  g_autofree char *large = NULL;
  Cost floor_cost, agent_cost;
  GSubprocess *floor, *agent;

  if (argc == 5)
    child (argv);

  g_print ("processor time of a sample, us          floor                    agent\n"
           "                       mean  median largest     mean  median largest   ratio\n");
  measure_tight (argv[0], "tight loop", TIGHT, "/");
  floor = start (argv[0], "floor", "slow", n, "/");
  agent = start (argv[0], "agent", "slow", n, "/");
  floor_cost = finish (floor);
  agent_cost = finish (agent);
  show ("1 Hz (aim: 1.30)", &floor_cost, &agent_cost);
  large = make_large ();
  measure_tight (argv[0], "large, tight loop", LARGE, large);
  remove_tree (large);
  show_growth (argv[0]);
  return 0;
}
