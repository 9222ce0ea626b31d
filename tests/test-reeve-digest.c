/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The sum is the one that everybody else makes. */

#include "config.h"

#include <reeve/reeve.h>

static void
test_hex (void)
{
  static const gsize lengths[] = { 0, 1, 63, 64, 65, 100000 };

  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_autofree guint8 *data = g_malloc0 (lengths[i] + 1);
      g_autoptr (GBytes) bytes = NULL;
      g_autofree char *expected = NULL;
      g_autofree char *hex = NULL;

      for (gsize at = 0; at < lengths[i]; at++)
        data[at] = (guint8) (at * 7 + i);
      bytes = g_bytes_new (data, lengths[i]);
      expected = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);
      hex = reeve_digest_make_hex (bytes);
      g_assert_cmpstr (hex, ==, expected);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/digest/hex", test_hex);
  return g_test_run ();
}
