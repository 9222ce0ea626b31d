/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What reevectl prints of names that other machines chose. */

#include "config.h"

#include "core/ctl/reeve-ctl-csv.h"
#include "core/ctl/reeve-ctl.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct
{
  const char *what;
  const char *text;
  const char *shown;
} cases[] = {
  { "plain", "web1", "web1" },
  { "empty", "", "" },
  { "letters", "Zürich 東京 🖥", "Zürich 東京 🖥" },
  { "escape", "\033[2J\033[31mred", "\\x1b[2J\\x1b[31mred" },
  { "osc 52", "\033]52;c;cm0gLXJm\007", "\\x1b]52;c;cm0gLXJm\\x07" },
  { "newline", "a\nb", "a\\x0ab" },
  { "carriage return", "good\rbad", "good\\x0dbad" },
  { "tab", "a\tb", "a\\x09b" },
  { "backspace and delete", "a\bb\177", "a\\x08b\\x7f" },
  /* CSI and OSC as one character of C1 */
  { "c1", "\302\2332J\302\235", "\\x9b2J\\x9d" },
  { "right to left override", "gpj\342\200\256exe", "gpj\\u{202e}exe" },
  { "isolates", "\342\201\246a\342\201\251", "\\u{2066}a\\u{2069}" },
  { "marks", "\342\200\216\342\200\217\330\234", "\\u{200e}\\u{200f}\\u{061c}" },
  { "line separators", "a\342\200\250b\342\200\251", "a\\u{2028}b\\u{2029}" },
  { "equals", "=cmd|' /C calc'!A0", "\\=cmd|' /C calc'!A0" },
  { "plus", "+1", "\\+1" },
  { "minus", "-2+3", "\\-2+3" },
  { "at", "@SUM(1)", "\\@SUM(1)" },
  { "in the middle", "a=b", "a=b" },
  { "one sign", "-", "-" },
  { "behind a control", "\r=1", "\\x0d=1" },
  /* bytes that are no UTF-8 become the replacement character */
  { "stray byte", "a\377b", "a\357\277\275b" },
  { "raw c1", "\2332J", "\357\277\2752J" },
  { "cut short", "a\342\200", "a\357\277\275\357\277\275" },
  { "overlong escape", "\300\233", "\357\277\275\357\277\275" },
  { "surrogate", "\355\240\200", "\357\277\275\357\277\275\357\277\275" },
};

static void
test_escape (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *shown = reeve_ctl_escape (cases[i].text);

      g_test_message ("%s", cases[i].what);
      g_assert_cmpstr (shown, ==, cases[i].shown);
    }
}

/* Every character of the lower planes: what comes out steers nothing. */
static void
test_escape_all (void)
{
  for (gunichar c = 1; c < 0x3000; c++)
    {
      char text[8] = { 0 };
      g_autofree char *shown = NULL;

      text[g_unichar_to_utf8 (c, text)] = '\0';
      shown = reeve_ctl_escape (text);
      for (const char *p = shown; *p != '\0'; p = g_utf8_next_char (p))
        {
          GUnicodeType type = g_unichar_type (g_utf8_get_char (p));

          g_assert_true (type != G_UNICODE_CONTROL && type != G_UNICODE_LINE_SEPARATOR &&
                         type != G_UNICODE_PARAGRAPH_SEPARATOR && type != G_UNICODE_SURROGATE);
        }
    }
}

/* ---- what goes to standard output ---- */

typedef struct
{
  int saved;
  FILE *file;
} Capture;

static void
capture_begin (Capture *capture)
{
  fflush (stdout);
  capture->file = tmpfile ();
  g_assert_nonnull (capture->file);
  capture->saved = dup (STDOUT_FILENO);
  g_assert_cmpint (dup2 (fileno (capture->file), STDOUT_FILENO), ==, STDOUT_FILENO);
}

static char *
capture_end (Capture *capture)
{
  char *text = g_malloc0 (4096);

  fflush (stdout);
  g_assert_cmpint (dup2 (capture->saved, STDOUT_FILENO), ==, STDOUT_FILENO);
  close (capture->saved);
  rewind (capture->file);
  g_assert_cmpuint (fread (text, 1, 4095, capture->file), <, 4095);
  fclose (capture->file);
  return text;
}

static void
test_table (void)
{
  static const char *const titles[] = { "NAME", "STATE", "ID", NULL };
  static const char *const rows[][3] = {
    { "web1", "up", "1" },
    { "東京", NULL, "2" },          /* two columns each */
    { "e\314\201te", "down", "3" }, /* a combining accent takes none */
    { "a\nb", "=x", "" },
  };
  ReeveCtlTable *table = reeve_ctl_table_new (titles);
  g_autofree char *text = NULL;
  Capture capture;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    reeve_ctl_table_add (table, rows[i]);
  capture_begin (&capture);
  reeve_ctl_table_print (table);
  text = capture_end (&capture);
  g_assert_cmpstr (text, ==,
                   "NAME    STATE  ID\n"
                   "web1    up     1\n"
                   "東京           2\n"
                   "e\314\201te     down   3\n"
                   "a\\x0ab  \\=x    \n");
}

static void
test_empty_table (void)
{
  static const char *const titles[] = { "NAME", "STATE", NULL };
  ReeveCtlTable *table = reeve_ctl_table_new (titles);
  g_autofree char *text = NULL;
  Capture capture;

  capture_begin (&capture);
  reeve_ctl_table_print (table);
  text = capture_end (&capture);
  g_assert_cmpstr (text, ==, "NAME  STATE\n");
}

/* A table that is wider than its place goes on below, without columns that say nothing. */
static void
test_append_table (void)
{
  static const char *const titles[] = { "NAME", "NONE", "FIRST", "SECOND", "THIRD", NULL };
  static const char *const rows[][5] = {
    { "eth0", NULL, "1111111", "22222222", "3" },
    { "a\nb", "", NULL, "2", "=x" },
  };
  g_autoptr (GString) out = g_string_new (NULL);

  for (guint width = 0; width <= 25; width += 25)
    {
      ReeveCtlTable *table = reeve_ctl_table_new (titles);

      for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
        reeve_ctl_table_add (table, rows[i]);
      reeve_ctl_table_append (table, out, 2, width);
    }
  g_assert_cmpstr (out->str, ==,
                   "  NAME    FIRST    SECOND    THIRD\n"
                   "  eth0    1111111  22222222  3\n"
                   "  a\\x0ab           2         \\=x\n"
                   "  NAME    FIRST\n"
                   "  eth0    1111111\n"
                   "  a\\x0ab\n"
                   "  NAME    SECOND    THIRD\n"
                   "  eth0    22222222  3\n"
                   "  a\\x0ab  2         \\=x\n");
}

static void
test_values (void)
{
  static const struct
  {
    double value;
    const char *unit;
    const char *text;
  } values[] = {
    { 0.125, "ratio", "12.5 %" },
    { 512, "bytes", "512 B" },
    { 1536, "bytes", "1.5 KiB" },
    { 5.0 * (1 << 30), "bytes/s", "5.0 GiB/s" },
    { 1e30, "bytes", "867361737988.4 EiB" },
    { 48, "celsius", "48.0 °C" },
    { 1200, "rpm", "1200 rpm" },
    { 12.34, "watts", "12.3 W" },
    { 0.5, "load", "0.50" },
    { 7, "per-second", "7.0 /s" },
    { 3, "count", "3" },
    { 3.25, "count", "3.25" },
    { 0.0021, "seconds", "2.10 ms" },
    { 0, "seconds", "0.0 s" },
    { 5, "seconds", "5.0 s" },
    { 90, "seconds", "90 s" },
    { 3600, "seconds", "60 min" },
    { 7200, "seconds", "2 h 0 min" },
    { 2 * 86400 + 7200, "seconds", "2 days 2 h" },
    { 4, "a unit of tomorrow", "4" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autofree char *text = reeve_ctl_format_value (values[i].value, values[i].unit);

      g_assert_cmpstr (text, ==, values[i].text);
    }
}

static void
test_mask (void)
{
  static const char *const texts[][2] = {
    { "a@b and user@host", "a@b and user@host" },
    { "ws://u:p@hub:1/x", "ws://***@hub:1/x" },
    { "'https://u:p@w@hub' http://hub/a@b", "'https://***@hub' http://***@b" },
    { "http://x/?token=abc&a=1 Password=x", "http://x/?token=***&a=1 Password=***" },
    { "token-file=/etc/x hub-key", "token-file=/etc/x hub-key" },
    { "", "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *masked = reeve_ctl_mask (texts[i][0]);

      g_assert_cmpstr (masked, ==, texts[i][1]);
    }
}

static char *
print_json (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) value = g_variant_parse (NULL, text, NULL, NULL, &error);
  Capture capture;

  g_assert_no_error (error);
  capture_begin (&capture);
  reeve_ctl_print_json (value);
  return capture_end (&capture);
}

#define assert_json(text, expected)                                                                \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autofree char *json_ = print_json (text);                                                    \
    g_assert_cmpstr (json_, ==, expected "\n");                                                    \
  }                                                                                                \
  G_STMT_END

static void
test_json (void)
{
  assert_json ("{'a': <1.5>, 'b': <true>, 'c': <'x'>}",
               "{\n  \"a\" : 1.5,\n  \"b\" : true,\n  \"c\" : \"x\"\n}");
  assert_json ("@aa{sv} []", "[]");
  assert_json ("@a{sv} {}", "{}");
  assert_json ("<<'deep'>>", "\"deep\"");
  assert_json ("('a', [1.0, 2.5])", "[\n  \"a\",\n  [\n    1.0,\n    2.5\n  ]\n]");
}

/* JSON has no word for these; a reader must not choke on them. */
static void
test_json_not_finite (void)
{
  g_autoptr (GVariant) value =
      g_variant_ref_sink (g_variant_new_parsed ("{'nan': <%d>, 'inf': <[%d, %d]>}", (double) NAN,
                                                (double) INFINITY, -(double) INFINITY));
  g_autofree char *text = NULL;
  Capture capture;

  capture_begin (&capture);
  reeve_ctl_print_json (value);
  text = capture_end (&capture);
  g_assert_cmpstr (text, ==, "{\n  \"nan\" : null,\n  \"inf\" : [\n    null,\n    null\n  ]\n}\n");
}

/* A terminal reads JSON too. */
static void
test_json_controls (void)
{
  g_autoptr (GVariant) value = g_variant_ref_sink (
      g_variant_new_parsed ("{'name': <%s>}", "\033]52;c;x\007\n\302\233\342\200\256\342\200\250"));
  g_autofree char *text = NULL;
  Capture capture;

  capture_begin (&capture);
  reeve_ctl_print_json (value);
  text = capture_end (&capture);
  g_assert_cmpstr (text, ==,
                   "{\n  \"name\" : "
                   "\"\\u001b]52;c;x\\u0007\\n\\u009b\\u202e\\u2028\"\n}\n");
}

static void
test_age (void)
{
  /* lint: allow clock: as the command line has it */
  double now = g_get_real_time () / 1e6;
  static const struct
  {
    double seconds;
    const char *text;
  } ages[] = {
    { 60.2, "60 s ago" }, { 300, "5 min ago" }, { 3 * 3600, "3 h ago" }, { 3 * 86400, "3 days ago" }
  };
  g_autofree char *future = reeve_ctl_format_age (now + 100);

  g_assert_cmpstr (future, ==, "now");
  for (guint i = 0; i < G_N_ELEMENTS (ages); i++)
    {
      g_autofree char *text = reeve_ctl_format_age (now - ages[i].seconds);

      g_assert_cmpstr (text, ==, ages[i].text);
    }
}

/* ---- CSV ---- */

static void
assert_csv (const char *text, const char *expected)
{
  g_autoptr (GString) out = g_string_new (NULL);
  ReeveCtlCsv csv = REEVE_CTL_CSV_INIT (out);

  reeve_ctl_csv_add (&csv, text);
  g_assert_cmpstr (out->str, ==, expected);
}

static void
test_csv_cells (void)
{
  assert_csv ("web1", "web1");
  assert_csv (NULL, "");
  assert_csv ("Zürich 東京", "Zürich 東京");
  assert_csv ("a,b", "\"a,b\"");
  assert_csv ("say \"x\"", "\"say \"\"x\"\"\"");
  assert_csv ("two\nlines", "\"two\nlines\"");
  assert_csv (" wide ", "\" wide \"");
  assert_csv ("=cmd|' /C calc'!A0", "\"'=cmd|' /C calc'!A0\"");
  assert_csv ("+1", "\"'+1\"");
  assert_csv ("-2+3", "\"'-2+3\"");
  assert_csv ("-", "\"'-\"");
  assert_csv ("@SUM(1)", "\"'@SUM(1)\"");
  assert_csv ("\t=1", "\"'\t'=1\"");
  assert_csv ("\r=1", "\"'\\x0d=1\"");
  assert_csv ("a=b", "a=b");
  /* where cells are divided by something else */
  assert_csv ("x;=1+cmd|'/C calc'!A1;y", "\"x;'=1+cmd|'/C calc'!A1;y\"");
  assert_csv ("x\t=1", "\"x\t'=1\"");
  assert_csv ("x,=1", "\"x,'=1\"");
  assert_csv ("x\n@y", "\"x\n'@y\"");
  assert_csv ("x;  -1", "\"x;  '-1\"");
  assert_csv ("x; \"+1\"", "\"x; \"\"'+1\"\"\"");
  assert_csv (" =1", "\" '=1\"");
  assert_csv ("a;b", "\"a;b\"");
  assert_csv ("a\tb", "\"a\tb\"");
  assert_csv ("env=prod,role=a-b", "\"env=prod,role=a-b\"");
  assert_csv ("\033[31m", "\\x1b[31m");
  assert_csv ("gpj\342\200\256exe", "gpj\\u{202e}exe");
  assert_csv ("\377", "\357\277\275");
}

static void
test_csv_rows (void)
{
  static const char *const titles[] = { "name", "value", NULL };
  g_autoptr (GString) out = g_string_new (NULL);
  ReeveCtlCsv csv = REEVE_CTL_CSV_INIT (out);

  reeve_ctl_csv_add_row (&csv, titles);
  reeve_ctl_csv_add (&csv, "");
  reeve_ctl_csv_add_number (&csv, -2.5);
  reeve_ctl_csv_end (&csv);
  reeve_ctl_csv_add (&csv, "a");
  reeve_ctl_csv_add_number (&csv, NAN);
  reeve_ctl_csv_end (&csv);
  reeve_ctl_csv_add_number (&csv, 0.116333);
  reeve_ctl_csv_add_number (&csv, 0.1 + 0.2);
  reeve_ctl_csv_end (&csv);
  g_assert_cmpstr (out->str, ==, "name,value\n,-2.5\na,\n0.116333,0.30000000000000004\n");
}

static void
test_time (void)
{
  static const struct
  {
    const char *text;
    double time;
  } fixed[] = {
    { "1767225600", 1767225600 },
    { "2026-01-01T00:00:00Z", 1767225600 },
    { "2026-01-01T02:00:00+02:00", 1767225600 },
    { "2026-01-01 00:00:00.5Z", 1767225600.5 },
  };
  static const struct
  {
    const char *text;
    double seconds;
  } ago[] = {
    { "0s", 0 },    { "90s", 90 },         { "30min", 1800 },
    { "2h", 7200 }, { "7d", 7 * 86400.0 }, { "4w", 28 * 86400.0 },
  };
  static const char *const bad[] = {
    "",
    "yesterday",
    "-1h",
    "1.5h",
    "h",
    "2 h",
    "1y",
    "0",
    "-5",
    "2026-13-01",
    "2026-01-32",
    "1999999999999999999999",
    "1e9",
    "2026-01-01T25:00",
    "99999999999999s",
    "1950-01-01",
  };
  double now = g_get_real_time () / 1e6;

  for (guint i = 0; i < G_N_ELEMENTS (fixed); i++)
    {
      double time = 0;
      g_autofree char *text = NULL;

      g_assert_true (reeve_ctl_parse_time (fixed[i].text, &time));
      g_assert_cmpfloat (time, ==, fixed[i].time);
      text = reeve_ctl_format_utc (time);
      g_assert_true (g_str_has_prefix (text, "2026-01-01T00:00:00"));
      g_assert_true (g_str_has_suffix (text, "Z"));
    }
  for (guint i = 0; i < G_N_ELEMENTS (ago); i++)
    {
      double time = 0;

      g_assert_true (reeve_ctl_parse_time (ago[i].text, &time));
      g_assert_cmpfloat (time, >=, now - ago[i].seconds - 1);
      g_assert_cmpfloat (time, <=, now - ago[i].seconds + 60);
    }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      double time = 42;

      if (reeve_ctl_parse_time (bad[i], &time))
        g_error ("'%s' was taken for a time", bad[i]);
      g_assert_cmpfloat (time, ==, 42);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ctl/escape", test_escape);
  g_test_add_func ("/ctl/escape-all", test_escape_all);
  g_test_add_func ("/ctl/table", test_table);
  g_test_add_func ("/ctl/table/empty", test_empty_table);
  g_test_add_func ("/ctl/table/append-table", test_append_table);
  g_test_add_func ("/ctl/table/values", test_values);
  g_test_add_func ("/ctl/table/mask", test_mask);
  g_test_add_func ("/ctl/json", test_json);
  g_test_add_func ("/ctl/json/not-finite", test_json_not_finite);
  g_test_add_func ("/ctl/json/controls", test_json_controls);
  g_test_add_func ("/ctl/csv/cells", test_csv_cells);
  g_test_add_func ("/ctl/csv/rows", test_csv_rows);
  g_test_add_func ("/ctl/age", test_age);
  g_test_add_func ("/ctl/time", test_time);
  return g_test_run ();
}
