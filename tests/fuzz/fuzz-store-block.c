/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Bodies of history blocks, as a damaged or hostile file may hold them. The sums are made right, so
 * that what lies behind them is read. */

#include "config.h"

#include <math.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

#include "../../plugins/sqlite-store/reeve-sqlite-store-block.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t length);

static void
visit_cb (const guint *rows, const gboolean *take, guint n_rows,
          const ReeveSqliteStoreGridColumn *column, G_GNUC_UNUSED gpointer user_data)
{
  g_assert_cmpuint (column->key, <,
                    REEVE_SQLITE_STORE_MAX_SERIES * REEVE_SQLITE_STORE_CODEC_COLUMNS);
  for (guint i = 0; i < n_rows; i++)
    {
      g_assert_cmpuint (rows[i], <, 144);
      for (guint stat = 0; stat < REEVE_SQLITE_STORE_N_STATS; stat++)
        if (take[i] && column->stats[stat] != NULL)
          g_assert_false (isinf (column->stats[stat][i]));
    }
}

static ReeveSqliteStoreWant
wanted_cb (guint key, G_GNUC_UNUSED gpointer user_data)
{
  return key % 2 == 0   ? REEVE_SQLITE_STORE_WANT_NOTHING
         : key % 4 == 1 ? REEVE_SQLITE_STORE_WANT_VALUE
                        : REEVE_SQLITE_STORE_WANT_VALUE | REEVE_SQLITE_STORE_WANT_MAXIMUM;
}

/* All columns, and then some of half of them. */
static void
visit (const guint8 *data, gsize length)
{
  static const ReeveSqliteStoreBlockFuncs funcs[] = { { .column = visit_cb },
                                                      { .wanted = wanted_cb, .column = visit_cb } };

  const ReeveSqliteStoreBlock block = reeve_sqlite_store_block_open (data, length, 144);

  for (guint i = 0; i < G_N_ELEMENTS (funcs); i++)
    {
      gboolean known[REEVE_SQLITE_STORE_MAX_ROWS] = { FALSE };

      reeve_sqlite_store_block_visit (&block, known, NULL, &funcs[i], NULL);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t length)
{
  g_autoptr (GByteArray) body = g_byte_array_new ();
  guint8 head[8];
  guint32 sum;

  if (length == 0 || length > 65536)
    return 0;
  visit (data, length);
  sum = GUINT32_TO_LE ((guint32) crc32 (0, data, (guint) length));
  memcpy (head, &(guint32){ GUINT32_TO_LE ((guint32) length) }, 4);
  memcpy (head + 4, &sum, 4);
  g_byte_array_append (body, head, sizeof head);
  g_byte_array_append (body, data, (guint) length);
  visit (body->data, body->len);
  return 0;
}
