/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Bodies of history rows, as a damaged file may hold them. */

#include "config.h"

#include <math.h>
#include <stdint.h>

#include "../../plugins/sqlite-store/reeve-sqlite-store-codec.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t length);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t length)
{
  double values[REEVE_SQLITE_STORE_CODEC_COLUMNS];
  ReeveSqliteStoreDecoder decoder;
  g_autoptr (GByteArray) again = g_byte_array_new ();
  guint number, n;
  int last = -1;

  if (!reeve_sqlite_store_codec_open (&decoder, data, length))
    return 0;
  reeve_sqlite_store_codec_begin (again);
  while (reeve_sqlite_store_codec_next (&decoder, &number, values, &n) ==
         REEVE_SQLITE_STORE_CODEC_ROW)
    {
      g_assert_cmpuint (number, <, REEVE_SQLITE_STORE_MAX_SERIES);
      g_assert_cmpint ((int) number, >, last);
      g_assert_cmpuint (n, <=, REEVE_SQLITE_STORE_CODEC_COLUMNS);
      for (guint i = 0; i < n; i++)
        g_assert_false (isinf (values[i]));
      if (!reeve_sqlite_store_codec_add (again, &last, number, values, n))
        break;
    }
  return 0;
}
