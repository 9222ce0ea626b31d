/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Text from outside: what is kept, what is replaced, and where it is cut. */

#include "config.h"

#include <reeve/monitor.h>

#include <string.h>

#define R "\357\277\275"

typedef struct
{
  const char *text;
  gssize length;
  gsize max;
  const char *clean;
} TextCase;

static const TextCase cases[] = {
  { "", -1, 10, "" },
  { "eth0", -1, 10, "eth0" },
  { "Gr\303\274n \342\202\254 \360\237\230\200", -1, 100,
    "Gr\303\274n \342\202\254 \360\237\230\200" },
  { "a\033[31mb", -1, 100, "a" R "[31mb" },            /* ESC */
  { "\033]52;c;AA==\007", -1, 100, R "]52;c;AA==" R }, /* OSC 52 */
  { "a\nb\tc\r", -1, 100, "a" R "b" R "c" R },
  { "a\0b", 3, 100, "a" R "b" },
  { "\177", -1, 100, R },
  { "\302\205\302\233", -1, 100, R R },                 /* C1: NEL, CSI */
  { "\302\240", -1, 100, "\302\240" },                  /* no-break space is text */
  { "x\342\200\256gpj.exe", -1, 100, "x" R "gpj.exe" }, /* U+202E */
  { "\342\200\216\342\200\217", -1, 100, R R },         /* U+200E, U+200F */
  { "\342\200\252\342\200\253\342\200\254\342\200\255", -1, 100, R R R R },
  { "\342\201\246\342\201\247\342\201\250\342\201\251", -1, 100, R R R R },
  { "\330\234", -1, 100, R }, /* U+061C */
  { "\342\200\213\342\200\257\342\201\245\342\201\252", -1, 100,
    "\342\200\213\342\200\257\342\201\245\342\201\252" }, /* their neighbours stay */
  { "a\377b\300\200", -1, 100, "a" R "b" R R },           /* broken, overlong */
  { "\355\240\200", -1, 100, R R R },                     /* a surrogate */
  { "\342\202", -1, 100, R R },                           /* cut short */
  { "\364\220\200\200", -1, 100, R R R R },               /* beyond U+10FFFF */
  { "abcdef", -1, 3, "abc" },
  { "ab\303\274", -1, 3, "ab" }, /* cut between characters */
  { "ab\n", -1, 4, "ab" },
  { "ab\n", -1, 5, "ab" R },
  { "=cmd", -1, 100, "=cmd" }, /* for the way out to escape */
};

static void
test_clean (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const TextCase *c = &cases[i];
      g_autofree char *clean = reeve_text_clean (c->text, c->length, c->max);
      gsize length = c->length < 0 ? strlen (c->text) : (gsize) c->length;

      g_assert_cmpstr (clean, ==, c->clean);
      g_assert_true (reeve_text_is_clean (clean, -1, c->max));
      g_assert_cmpint (reeve_text_is_clean (c->text, c->length, c->max), ==,
                       length == strlen (c->clean) && memcmp (c->text, c->clean, length) == 0);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/text/clean", test_clean);
  return g_test_run ();
}
