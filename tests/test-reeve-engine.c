/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Engine, owners, watches, timers and deferred calls. */

#include "config.h"

#include "reeve/reeve-clock.h"
#include "reeve/reeve-engine.h"

#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define MS G_GINT64_CONSTANT (1000)

typedef struct
{
  GMainContext *context;
  ReeveClock *clock;
  ReeveEngine *engine;
  ReeveOwner *owner;
  GString *log;
  ReeveTimer *timer;
  ReeveWatch *watches[2];
  guint count;
  int fd;
} Fixture;

static void
fixture_set_up (Fixture *f, gconstpointer data)
{
  f->context = g_main_context_new ();
  f->clock = reeve_clock_new_driven (0);
  f->engine = reeve_engine_new (f->clock);
  reeve_engine_attach (f->engine, f->context);
  f->owner = reeve_owner_new (f->engine, "test");
  f->log = g_string_new (NULL);
}

static void
fixture_tear_down (Fixture *f, gconstpointer data)
{
  reeve_owner_unref (f->owner);
  reeve_engine_unref (f->engine);
  g_assert_finalize_object (f->clock);
  g_main_context_unref (f->context);
  g_string_free (f->log, TRUE);
}

static void
turn (Fixture *f)
{
  while (g_main_context_iteration (f->context, FALSE))
    ;
}

static void
advance (Fixture *f, gint64 us)
{
  reeve_clock_advance (f->clock, us);
  turn (f);
}

/* ---- timers ---- */

typedef struct
{
  Fixture *f;
  char letter;
} Letter;

static void
log_letter (ReeveTimer *timer, gpointer user_data)
{
  Letter *letter = user_data;

  g_assert_false (reeve_timer_is_running (timer));
  g_string_append_c (letter->f->log, letter->letter);
}

static void
test_timer_order (Fixture *f, gconstpointer data)
{
  static const guint64 delays[] = { 30, 10, 20, 10, 0 };
  Letter letters[G_N_ELEMENTS (delays)];
  ReeveTimer *timers[G_N_ELEMENTS (delays)];

  for (guint i = 0; i < G_N_ELEMENTS (delays); i++)
    {
      letters[i] = (Letter){ f, (char) ('a' + i) };
      timers[i] = reeve_owner_add_timer (f->owner, "letter", log_letter, &letters[i]);
      g_assert_false (reeve_timer_is_running (timers[i]));
      reeve_timer_start (timers[i], delays[i]);
      g_assert_true (reeve_timer_is_running (timers[i]));
    }

  turn (f);
  g_assert_cmpstr (f->log->str, ==, "e");
  advance (f, 9999);
  g_assert_cmpstr (f->log->str, ==, "e");
  advance (f, 1);
  g_assert_cmpstr (f->log->str, ==, "ebd");
  reeve_timer_stop (timers[2]);
  g_assert_false (reeve_timer_is_running (timers[2]));
  advance (f, 60 * MS);
  g_assert_cmpstr (f->log->str, ==, "ebda");
}

static void
test_timer_never_early (Fixture *f, gconstpointer data)
{
  Letter letter = { f, 'x' };
  ReeveTimer *timer = reeve_owner_add_timer (f->owner, "early", log_letter, &letter);

  advance (f, 300);
  reeve_timer_start (timer, 1);
  advance (f, 999);
  g_assert_cmpstr (f->log->str, ==, "");
  advance (f, 701);
  g_assert_cmpstr (f->log->str, ==, "x");
}

typedef struct
{
  Fixture *f;
  gint64 due_us;
  gboolean fired;
} Expected;

static void
expect_time (ReeveTimer *timer, gpointer user_data)
{
  Expected *expected = user_data;
  gint64 now = reeve_clock_get_monotonic (expected->f->clock);

  g_assert_cmpint (now, ==, expected->due_us);
  expected->fired = TRUE;
}

/* Delays around each power of 64 and at random, with the clock moved to each moment in turn. */
static void
test_timer_cascade (Fixture *f, gconstpointer data)
{
  Expected expected[400] = { 0 };
  gint64 begin;
  guint n = 0;

  reeve_clock_advance (f->clock, 12345 * MS);
  begin = reeve_clock_get_monotonic (f->clock);
  for (guint64 power = 64; power < (G_GUINT64_CONSTANT (1) << 40); power *= 64)
    for (int offset = -2; offset <= 2; offset++)
      expected[n++].due_us = (gint64) (power + (guint64) offset);
  while (n < G_N_ELEMENTS (expected))
    expected[n++].due_us = g_test_rand_int_range (1, 1 << g_test_rand_int_range (1, 31));

  for (guint i = 0; i < n; i++)
    {
      ReeveTimer *timer = reeve_owner_add_timer (f->owner, "cascade", expect_time, &expected[i]);

      reeve_timer_start (timer, (guint64) expected[i].due_us);
      expected[i].due_us = begin + expected[i].due_us * MS;
      expected[i].f = f;
    }

  for (;;)
    {
      gint64 now = reeve_clock_get_monotonic (f->clock);
      gint64 next = G_MAXINT64;

      for (guint i = 0; i < n; i++)
        if (!expected[i].fired)
          next = MIN (next, expected[i].due_us);
      if (next == G_MAXINT64)
        break;
      /* sometimes by way of a moment in between */
      if (g_test_rand_bit () && next - now > 2 * MS)
        advance (f, (next - now) / 2 / MS * MS);
      advance (f, next - reeve_clock_get_monotonic (f->clock));
    }
}

static void
restart_three_times (ReeveTimer *timer, gpointer user_data)
{
  Fixture *f = user_data;

  if (++f->count < 3)
    reeve_timer_start (timer, 0);
  else
    reeve_timer_free (timer);
}

static void
test_timer_restart_in_callback (Fixture *f, gconstpointer data)
{
  ReeveTimer *timer = reeve_owner_add_timer (f->owner, "again", restart_three_times, f);
  ReeveOwnerUsage usage;

  reeve_timer_start (timer, 5);
  reeve_clock_advance (f->clock, 5 * MS);
  g_main_context_iteration (f->context, FALSE);
  g_assert_cmpuint (f->count, ==, 1);
  g_main_context_iteration (f->context, FALSE);
  g_assert_cmpuint (f->count, ==, 2);
  turn (f);
  g_assert_cmpuint (f->count, ==, 3);
  reeve_owner_get_usage (f->owner, &usage);
  g_assert_cmpuint (usage.timers, ==, 0);
  g_assert_cmpuint (usage.calls, ==, 3);
  g_assert_cmpuint (usage.time_ns, >, 0);
}

static void
free_other (ReeveTimer *timer, gpointer user_data)
{
  Fixture *f = user_data;

  f->count++;
  reeve_timer_free (f->timer);
}

static void
test_timer_free_other_due (Fixture *f, gconstpointer data)
{
  ReeveTimer *first = reeve_owner_add_timer (f->owner, "first", free_other, f);

  f->timer = reeve_owner_add_timer (f->owner, "second", free_other, f);
  reeve_timer_start (first, 1);
  reeve_timer_start (f->timer, 1);
  advance (f, MS);
  g_assert_cmpuint (f->count, ==, 1);
}

static void
quit_loop (ReeveTimer *timer, gpointer user_data)
{
  g_main_loop_quit (user_data);
}

static void
test_timer_system_clock (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GMainLoop) loop = g_main_loop_new (context, FALSE);
  g_autoptr (ReeveClock) clock = reeve_clock_new_system ();
  g_autoptr (ReeveEngine) engine = reeve_engine_new (clock);
  g_autoptr (ReeveOwner) owner = reeve_owner_new (engine, "test");
  gint64 start;

  reeve_engine_attach (engine, context);
  start = reeve_clock_get_monotonic (clock);
  reeve_timer_start (reeve_owner_add_timer (owner, "quit", quit_loop, loop), 30);
  g_main_loop_run (loop);
  g_assert_cmpint (reeve_clock_get_monotonic (clock) - start, >=, 30 * MS);
}

/* ---- watches ---- */

static void
swap_mask (ReeveWatch *watch, ReeveIO ready, gpointer user_data)
{
  Fixture *f = user_data;

  if (ready & REEVE_IO_OUT)
    {
      g_string_append_c (f->log, 'o');
      reeve_watch_set_mask (watch, REEVE_IO_IN);
    }
  if (ready & REEVE_IO_IN)
    {
      g_string_append_c (f->log, 'i');
      reeve_watch_set_mask (watch, REEVE_IO_NONE);
    }
  if (ready == REEVE_IO_NONE)
    g_string_append_c (f->log, '-');
}

static void
test_watch_mask (Fixture *f, gconstpointer data)
{
  int fds[2];
  ReeveWatch *watch;

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  watch = reeve_owner_watch_fd (f->owner, "pair", fds[0], REEVE_IO_OUT, swap_mask, f);
  turn (f);
  g_assert_cmpstr (f->log->str, ==, "o");
  g_assert_cmpint (write (fds[1], "x", 1), ==, 1);
  turn (f);
  g_assert_cmpstr (f->log->str, ==, "oi");

  /* nothing, not even the hang-up, while the mask is empty */
  close (fds[1]);
  turn (f);
  g_assert_cmpstr (f->log->str, ==, "oi");

  reeve_watch_again (watch);
  reeve_watch_again (watch);
  turn (f);
  g_assert_cmpstr (f->log->str, ==, "oi-");
  reeve_watch_remove (watch);
  close (fds[0]);
}

static void
read_and_again (ReeveWatch *watch, ReeveIO ready, gpointer user_data)
{
  Fixture *f = user_data;
  char byte;

  f->count++;
  g_string_append_c (f->log, ready & REEVE_IO_IN ? 'i' : '-');
  if (ready & REEVE_IO_IN)
    g_assert_cmpint (read (f->fd, &byte, 1), ==, 1);
  if (f->count < 3)
    reeve_watch_again (watch);
}

/* "Again" asked for inside of the call comes in the next turn, together with what is ready. */
static void
test_watch_again_inside (Fixture *f, gconstpointer data)
{
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  f->fd = fds[0];
  reeve_owner_watch_fd (f->owner, "pair", fds[0], REEVE_IO_IN, read_and_again, f);
  g_assert_cmpint (write (fds[1], "ab", 2), ==, 2);
  g_main_context_iteration (f->context, FALSE);
  g_assert_cmpstr (f->log->str, ==, "i");
  g_main_context_iteration (f->context, FALSE);
  g_assert_cmpstr (f->log->str, ==, "ii");
  turn (f);
  g_assert_cmpstr (f->log->str, ==, "ii-");
  g_strfreev (reeve_owner_close (f->owner));
  close (fds[0]);
  close (fds[1]);
}

static void
remove_both (ReeveWatch *watch, ReeveIO ready, gpointer user_data)
{
  Fixture *f = user_data;

  f->count++;
  reeve_watch_remove (f->watches[0]);
  reeve_watch_remove (f->watches[1]);
}

static void
test_watch_remove_other_ready (Fixture *f, gconstpointer data)
{
  int fds[2] = { eventfd (1, EFD_CLOEXEC), eventfd (1, EFD_CLOEXEC) };

  for (guint i = 0; i < 2; i++)
    f->watches[i] = reeve_owner_watch_fd (f->owner, "one", fds[i], REEVE_IO_IN, remove_both, f);
  reeve_watch_again (f->watches[0]);
  reeve_watch_again (f->watches[1]);
  turn (f);
  g_assert_cmpuint (f->count, ==, 1);
  close (fds[0]);
  close (fds[1]);
}

static void
count_turn_event (ReeveWatch *watch, ReeveIO ready, gpointer user_data)
{
  ++*(guint *) user_data;
}

/* Descriptors that are always ready take turns, and none is left out. */
static void
test_watch_fairness (Fixture *f, gconstpointer data)
{
  enum
  {
    N = 3 * REEVE_ENGINE_EVENTS_PER_TURN
  };
  int fds[N];
  guint counts[N] = { 0 };
  guint total = 0;

  for (guint i = 0; i < N; i++)
    {
      fds[i] = eventfd (1, EFD_CLOEXEC);
      reeve_owner_watch_fd (f->owner, "ready", fds[i], REEVE_IO_IN, count_turn_event, &counts[i]);
    }

  g_main_context_iteration (f->context, FALSE);
  for (guint i = 0; i < N; i++)
    total += counts[i];
  g_assert_cmpuint (total, ==, REEVE_ENGINE_EVENTS_PER_TURN);
  g_main_context_iteration (f->context, FALSE);
  g_main_context_iteration (f->context, FALSE);
  for (guint i = 0; i < N; i++)
    g_assert_cmpuint (counts[i], ==, 1);

  g_strfreev (reeve_owner_close (f->owner));
  for (guint i = 0; i < N; i++)
    close (fds[i]);
}

/* ---- deferred calls ---- */

typedef struct
{
  Fixture *f;
  const char *text;
} Call;

static void
append_text (gpointer user_data)
{
  Call *call = user_data;

  g_string_append (call->f->log, call->text);
}

static void
append_free (gpointer user_data)
{
  Call *call = user_data;

  g_string_append_c (call->f->log, '.');
}

static void
defer_more (gpointer user_data)
{
  Call *call = user_data;

  g_string_append (call->f->log, "more,");
  reeve_owner_defer (call->f->owner, append_text, call, append_free);
}

static void
test_defer (Fixture *f, gconstpointer data)
{
  Call a = { f, "a" }, b = { f, "b" };

  reeve_owner_defer (f->owner, append_text, &a, append_free);
  reeve_owner_defer (f->owner, defer_more, &b, NULL);
  g_assert_cmpstr (f->log->str, ==, "");
  g_main_context_iteration (f->context, FALSE);
  g_assert_cmpstr (f->log->str, ==, "a.more,");
  turn (f);
  g_assert_cmpstr (f->log->str, ==, "a.more,b.");
}

static void
close_owner (gpointer user_data)
{
  Call *call = user_data;

  g_strfreev (reeve_owner_close (call->f->owner));
}

static void
test_defer_owner_closes (Fixture *f, gconstpointer data)
{
  Call a = { f, "a" };

  reeve_owner_defer (f->owner, close_owner, &a, append_free);
  reeve_owner_defer (f->owner, append_text, &a, append_free);
  turn (f);
  g_assert_cmpstr (f->log->str, ==, "..");
  /* a closed owner takes nothing any more */
  reeve_owner_defer (f->owner, append_text, &a, append_free);
  g_assert_cmpstr (f->log->str, ==, "...");
}

/* ---- owners ---- */

static void
test_owner_leftovers (Fixture *f, gconstpointer data)
{
  Call call = { f, "a" };
  Letter letter = { f, 'x' };
  ReeveOwnerUsage usage;
  g_auto (GStrv) lines = NULL;
  int fd = eventfd (1, EFD_CLOEXEC);

  reeve_timer_start (reeve_owner_add_timer (f->owner, "poll", log_letter, &letter), 1);
  reeve_owner_watch_fd (f->owner, "library", fd, REEVE_IO_IN, count_turn_event, f);
  reeve_owner_defer (f->owner, append_text, &call, NULL);
  reeve_owner_get_usage (f->owner, &usage);
  g_assert_cmpuint (usage.timers, ==, 1);
  g_assert_cmpuint (usage.watches, ==, 1);

  lines = reeve_owner_close (f->owner);
  g_assert_cmpuint (g_strv_length (lines), ==, 3);
  g_assert_cmpstr (lines[0], ==, "timer 'poll'");
  g_assert_cmpstr (lines[1], ==, "watch 'library'");
  g_assert_cmpstr (lines[2], ==, "deferred call");
  g_assert_null (reeve_owner_close (f->owner));
  advance (f, 10 * MS);
  g_assert_cmpstr (f->log->str, ==, "");
  close (fd);
}

static void
spin (guint64 us)
{
  gint64 end = g_get_monotonic_time () + (gint64) us;

  while (g_get_monotonic_time () < end)
    ;
}

static void
test_owner_charging (Fixture *f, gconstpointer data)
{
  g_autoptr (ReeveOwner) other = reeve_owner_new (f->engine, "other");
  ReeveOwnerUsage usage, other_usage;

  g_assert_cmpstr (reeve_owner_get_name (other), ==, "other");
  reeve_owner_enter (f->owner);
  spin (2000);
  reeve_owner_enter (other);
  spin (5000);
  reeve_owner_leave (other);
  reeve_owner_leave (f->owner);
  spin (1000);
  reeve_owner_enter (other);
  reeve_owner_leave (other);

  reeve_owner_get_usage (f->owner, &usage);
  reeve_owner_get_usage (other, &other_usage);
  /* both clocks round to a microsecond */
  g_assert_cmpuint (usage.time_ns, >=, 1990000);
  g_assert_cmpuint (other_usage.time_ns, >=, 4990000);
  g_assert_cmpuint (usage.calls, ==, 1);
  g_assert_cmpuint (other_usage.calls, ==, 2);
}

/* ---- threads ---- */

static gpointer
wake_thread (gpointer data)
{
  reeve_engine_wake_from_thread (data);
  return NULL;
}

static void
test_engine_wake (Fixture *f, gconstpointer data)
{
  GThread *thread = g_thread_new ("wake", wake_thread, f->engine);

  /* would wait for ever: the clock is driven and nothing else can happen */
  while (!g_main_context_iteration (f->context, TRUE))
    ;
  g_thread_join (thread);
}

static void
test_engine_no_thread (Fixture *f, gconstpointer data)
{
  g_autoptr (GDir) tasks = g_dir_open ("/proc/self/task", 0, NULL);
  guint n = 0;

  turn (f);
  while (g_dir_read_name (tasks) != NULL)
    n++;
  g_assert_cmpuint (n, ==, 1);
}

#define ADD(path, func) g_test_add (path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/engine/no-thread", test_engine_no_thread);
  ADD ("/timer/order", test_timer_order);
  ADD ("/timer/never-early", test_timer_never_early);
  ADD ("/timer/cascade", test_timer_cascade);
  ADD ("/timer/restart-in-callback", test_timer_restart_in_callback);
  ADD ("/timer/free-other-due", test_timer_free_other_due);
  g_test_add_func ("/timer/system-clock", test_timer_system_clock);
  ADD ("/watch/mask", test_watch_mask);
  ADD ("/watch/again-inside", test_watch_again_inside);
  ADD ("/watch/remove-other-ready", test_watch_remove_other_ready);
  ADD ("/watch/fairness", test_watch_fairness);
  ADD ("/defer/order", test_defer);
  ADD ("/defer/owner-closes", test_defer_owner_closes);
  ADD ("/owner/leftovers", test_owner_leftovers);
  ADD ("/owner/charging", test_owner_charging);
  ADD ("/engine/wake", test_engine_wake);
  return g_test_run ();
}
