/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Texts of engines and of cgroupfs: what becomes of them. */

#include "config.h"

#include <string.h>

#include "../probe/reeve-containers-frames.h"
#include "../reeve-containers-cgroup-parse.h"
#include "../reeve-containers-parse.h"
#include "../reeve-containers-text.h"

static void
test_status (void)
{
  static const struct
  {
    const char *text, *status;
    int health;
  } cases[] = {
    { "Up 3 hours", "Up 3 hours", -1 },
    { "Up About an hour (healthy)", "Up an hour", 2 },
    { "Up 2 minutes (health: starting)", "Up 2 minutes", 1 },
    { "Up 2 days (unhealthy)", "Up 2 days", 3 },
    { "Up 5 minutes (Paused)", "Up 5 minutes (Paused)", -1 },
    { "Exited (1) About a minute ago", "Exited (1) a minute ago", -1 },
    { "", "", -1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      char status[64];
      int health = -1;

      reeve_containers_text_status (cases[i].text, status, sizeof status, &health);
      g_assert_cmpstr (status, ==, cases[i].status);
      g_assert_cmpint (health, ==, cases[i].health);
    }
}

static void
test_ports (void)
{
  ReeveContainersPort ports[] = {
    { 5432, "127.0.0.1" }, { 80, "0.0.0.0" }, { 80, "::" }, { 443, "::1" }, { 80, "10.0.0.1" }
  };
  char text[128];

  reeve_containers_text_ports (ports, G_N_ELEMENTS (ports), text, sizeof text);
  g_assert_cmpstr (text, ==, "80, 10.0.0.1:80, [::1]:443, 127.0.0.1:5432");
  /* whole ports only */
  reeve_containers_text_ports (ports, G_N_ELEMENTS (ports), text, 12);
  g_assert_cmpstr (text, ==, "80");
}

#define FRAMED "\1\0\0\0\0\0\0\4one\n\2\0\0\0\0\0\0\4two\n"

static void
test_logs (void)
{
  static const struct
  {
    const char *bytes;
    gsize length;
    gboolean multiplexed;
    gsize room;
    const char *text;
  } cases[] = {
    { FRAMED, sizeof FRAMED - 1, TRUE, 100, "one\ntwo\n" },
    { FRAMED, sizeof FRAMED - 1, FALSE, 100, "one\ntwo\n" },
    { FRAMED, sizeof FRAMED - 3, TRUE, 100, "one\ntw" },
    { FRAMED, sizeof FRAMED - 1, TRUE, 5, "two\n" },
    { "plain\n", 6, FALSE, 100, "plain\n" },
    { "plain text\n", 11, TRUE, 100, NULL },
    { "\1\0\0\0\177\0\0\0x", 9, TRUE, 100, NULL },
    { "", 0, TRUE, 100, "" },
    { "\033[31mred\033[0m\033]0;t\007 \033]8;;x\033\\link\r\n", 33, FALSE, 100, "red link\n" },
    { "a\tb\033", 4, FALSE, 100, "a\tb" },
    { "\xc3\xa9\xc3\xa9", 4, FALSE, 3, "\xc3\xa9" },
    { "\a\xff", 2, FALSE, 100, "\xef\xbf\xbd\xef\xbf\xbd" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = reeve_containers_text_logs (cases[i].bytes, cases[i].length,
                                                          cases[i].multiplexed, cases[i].room);

      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

static void
test_stats (void)
{
  static const struct
  {
    const char *json;
    gint64 memory, cpu_ns, sent;
  } cases[] = {
    { "{}", -1, -1, -1 },
    { "{\"memory_stats\":{\"usage\":100,\"stats\":{\"inactive_file\":30,\"cache\":50}}}", 70, -1,
      -1 },
    { "{\"memory_stats\":{\"usage\":100,\"stats\":{\"inactive_file\":0,\"cache\":50}}}", 50, -1,
      -1 },
    { "{\"memory_stats\":{\"usage\":100,\"stats\":{\"cache\":500}}}", 0, -1, -1 },
    { "{\"memory_stats\":{\"usage\":-1}}", -1, -1, -1 },
    { "{\"cpu_stats\":{\"cpu_usage\":{\"total_usage\":7.0}}}", -1, 7, -1 },
    { "{\"cpu_stats\":{\"cpu_usage\":{\"total_usage\":\"7\"}}}", -1, -1, -1 },
    { "{\"networks\":{\"a\":{\"tx_bytes\":1,\"rx_bytes\":1},\"b\":{\"tx_bytes\":2,\"rx_bytes\":1}}"
      "}",
      -1, -1, 3 },
    { "{\"networks\":{\"a\":{\"tx_bytes\":9223372036854775807},\"b\":{\"tx_bytes\":2}}}", -1, -1,
      -1 },
    { "{\"networks\":null}", -1, -1, -1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree ReeveContainersStats *stats =
          reeve_containers_parse_stats (cases[i].json, strlen (cases[i].json));

      g_assert_nonnull (stats);
      g_assert_cmpint (stats->memory, ==, cases[i].memory);
      g_assert_cmpint (stats->cpu_ns, ==, cases[i].cpu_ns);
      g_assert_cmpint (stats->sent, ==, cases[i].sent);
    }
  g_assert_null (reeve_containers_parse_stats ("[]", 2));
  g_assert_null (reeve_containers_parse_stats ("{} // x", 7));
  g_assert_null (reeve_containers_parse_stats ("", 0));
}

/* A list of more containers, of more values and deeper than allowed. */
static void
test_limits (void)
{
  g_autoptr (GString) many = g_string_new ("[");
  g_autoptr (GString) values = g_string_new ("[");
  g_autoptr (GPtrArray) list = NULL;

  for (guint i = 0; i < REEVE_CONTAINERS_MAX + 5; i++)
    g_string_append_printf (many, "%s{\"Id\":\"%012x\"}", i > 0 ? "," : "", i);
  g_string_append_c (many, ']');
  list = reeve_containers_parse_list (many->str, many->len);
  g_assert_nonnull (list);
  g_assert_cmpuint (list->len, ==, REEVE_CONTAINERS_MAX);
  for (guint i = 0; i < REEVE_CONTAINERS_MAX_VALUES; i++)
    g_string_append (values, "1,");
  g_string_append (values, "1]");
  g_assert_null (reeve_containers_parse_list (values->str, values->len));
}

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void
test_cgroups (void)
{
  static const char io[] = "8:0 rbytes=10 wbytes=20 rios=1\n253:0 rbytes=1 wbytes=2 rios=9\n";
  static const char cpu[] = "usage_usec 77\nuser_usec 5\n";
  char id[REEVE_CONTAINERS_ID + 1];
  gint64 read, written;

  g_assert_true (reeve_containers_cgroup_parse_name ("docker-" HEX64 ".scope", id));
  g_assert_cmpstr (id, ==, "0123456789ab");
  g_assert_true (reeve_containers_cgroup_parse_name ("cri-containerd-" HEX64 ".scope", id));
  g_assert_false (reeve_containers_cgroup_parse_name ("libpod-conmon-" HEX64 ".scope", id));
  g_assert_false (reeve_containers_cgroup_parse_name ("docker-" HEX64 ".service", id));
  g_assert_false (reeve_containers_cgroup_parse_name ("docker-0123456789ab.scope", id));
  reeve_containers_cgroup_parse_io (io, strlen (io), &read, &written);
  g_assert_cmpint (read, ==, 11);
  g_assert_cmpint (written, ==, 22);
  g_assert_cmpint (reeve_containers_cgroup_parse_key (cpu, strlen (cpu), "usage_usec"), ==, 77);
  g_assert_cmpint (reeve_containers_cgroup_parse_key (cpu, strlen (cpu), "usage"), ==, -1);
  g_assert_cmpint (reeve_containers_cgroup_parse_key ("max\n", 4, ""), ==, -1);
  g_assert_cmpint (reeve_containers_cgroup_parse_key ("42\n", 3, ""), ==, 42);
}

/* What can be left out at the beginning of a log. */
static void
test_cut (void)
{
#define FRAME(n) "\1\0\0\0\0\0\0" n
  static const struct
  {
    const char *bytes;
    gsize length, max, cut;
    gboolean multiplexed;
  } cases[] = {
    { FRAME ("\2") "a\n" FRAME ("\2") "b\n", 20, 20, 0, TRUE },
    { FRAME ("\2") "a\n" FRAME ("\2") "b\n", 20, 19, 10, TRUE },
    { FRAME ("\2") "a\n" FRAME ("\2") "b\n", 20, 10, 10, FALSE },
    /* the last one stays, too long or cut */
    { FRAME ("\2") "a\n" FRAME ("\2") "b\n", 20, 9, 10, TRUE },
    { FRAME ("\2") "a\n" FRAME ("\2") "b", 19, 4, 10, TRUE },
    { FRAME ("\2") "a\n" FRAME ("\2"), 18, 4, 10, TRUE },
    { FRAME ("\2") "a\n\1\0", 12, 1, 10, TRUE },
    /* broken */
    { FRAME ("\2") "a\nnone of it", 20, 5, 10, TRUE },
    { "none of it at all", 17, 5, 0, TRUE },
    /* lines */
    { "one\ntwo\nthree\n", 14, 14, 0, FALSE },
    { "one\ntwo\nthree\n", 14, 10, 4, FALSE },
    { "one\ntwo\nthree\n", 14, 9, 8, FALSE },
    { "one\ntwo\nthree\n", 14, 6, 8, FALSE },
    { "one\ntwo\nthree\n", 14, 3, 11, FALSE },
    { "", 0, 5, 0, TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%u", i);
      g_assert_cmpuint (reeve_containers_frames_find_cut (cases[i].bytes, cases[i].length,
                                                          cases[i].multiplexed, cases[i].max),
                        ==, cases[i].cut);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/containers/parse/status", test_status);
  g_test_add_func ("/containers/parse/ports", test_ports);
  g_test_add_func ("/containers/parse/logs", test_logs);
  g_test_add_func ("/containers/parse/cut", test_cut);
  g_test_add_func ("/containers/parse/stats", test_stats);
  g_test_add_func ("/containers/parse/limits", test_limits);
  g_test_add_func ("/containers/parse/cgroups", test_cgroups);
  return g_test_run ();
}
