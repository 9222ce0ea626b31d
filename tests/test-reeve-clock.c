/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The clock and the error domain. */

#include "config.h"

#include "reeve/reeve-clock.h"
#include "reeve/reeve-error.h"

static void
test_clock_system (void)
{
  g_autoptr (ReeveClock) clock = reeve_clock_new_system ();
  gint64 before = reeve_clock_get_monotonic (clock);

  g_assert_false (reeve_clock_is_driven (clock));
  g_assert_cmpint (reeve_clock_get_monotonic (clock), >=, before);
  /* after 2020 */
  g_assert_cmpint (reeve_clock_get_wall (clock), >, G_GINT64_CONSTANT (1577836800000000));
}

static void
test_clock_count (ReeveClock *clock, gpointer user_data)
{
  ++*(guint *) user_data;
}

static void
test_clock_driven (void)
{
  g_autoptr (ReeveClock) clock = reeve_clock_new_driven (1000);
  gint64 start = reeve_clock_get_monotonic (clock);
  guint changes = 0;

  g_signal_connect (clock, "changed", G_CALLBACK (test_clock_count), &changes);
  g_assert_true (reeve_clock_is_driven (clock));
  g_assert_cmpint (reeve_clock_get_wall (clock), ==, 1000);
  g_assert_cmpint (start, >, 0);

  reeve_clock_advance (clock, 500);
  g_assert_cmpint (reeve_clock_get_wall (clock), ==, 1500);
  g_assert_cmpint (reeve_clock_get_monotonic (clock), ==, start + 500);

  reeve_clock_jump (clock, -1500);
  g_assert_cmpint (reeve_clock_get_wall (clock), ==, 0);
  g_assert_cmpint (reeve_clock_get_monotonic (clock), ==, start + 500);
  g_assert_cmpuint (changes, ==, 2);
}

static void
test_error_names (void)
{
  for (guint code = 0; code < REEVE_ERROR_LAST; code++)
    {
      g_autoptr (GError) error = g_error_new (REEVE_ERROR, (int) code, "text");
      g_autoptr (GError) back = NULL;
      g_autofree char *name = g_dbus_error_encode_gerror (error);

      g_assert_true (g_str_has_prefix (name, "org.reeve.Error."));
      back = g_dbus_error_new_for_dbus_error (name, "text");
      g_assert_error (back, REEVE_ERROR, (int) code);
      g_assert_nonnull (reeve_error_title (code));
    }
  g_assert_cmpstr (reeve_error_title (REEVE_ERROR_NOT_FOUND), ==, "Not found");
  g_assert_cmpstr (reeve_error_title (REEVE_ERROR_LAST), ==, "Failed");
}

static void
test_error_convert_one (GQuark domain, int code, ReeveError expected)
{
  g_autoptr (GError) error = g_error_new (domain, code, "the text");

  reeve_error_convert (&error);
  g_assert_error (error, REEVE_ERROR, (int) expected);
  g_assert_cmpstr (error->message, ==, "the text");
}

static void
test_error_convert (void)
{
  GError *none = NULL;

  reeve_error_convert (NULL);
  reeve_error_convert (&none);
  test_error_convert_one (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, REEVE_ERROR_NOT_FOUND);
  test_error_convert_one (G_IO_ERROR, G_IO_ERROR_CANCELLED, REEVE_ERROR_CANCELLED);
  test_error_convert_one (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, REEVE_ERROR_TIMEOUT);
  test_error_convert_one (G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED, REEVE_ERROR_UNAVAILABLE);
  test_error_convert_one (G_FILE_ERROR, G_FILE_ERROR_ACCES, REEVE_ERROR_DENIED);
  test_error_convert_one (G_FILE_ERROR, G_FILE_ERROR_IO, REEVE_ERROR_IO);
  test_error_convert_one (G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_PARSE, REEVE_ERROR_INVALID);
  test_error_convert_one (G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_KEY_NOT_FOUND, REEVE_ERROR_NOT_FOUND);
  test_error_convert_one (G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY, REEVE_ERROR_TIMEOUT);
  test_error_convert_one (G_MARKUP_ERROR, 0, REEVE_ERROR_FAILED);
  test_error_convert_one (REEVE_ERROR, REEVE_ERROR_CONFLICT, REEVE_ERROR_CONFLICT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/clock/system", test_clock_system);
  g_test_add_func ("/clock/driven", test_clock_driven);
  g_test_add_func ("/error/names", test_error_names);
  g_test_add_func ("/error/convert", test_error_convert);
  return g_test_run ();
}
