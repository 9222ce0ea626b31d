/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Copies of all records, whole and in single bytes. */

#include "config.h"

#include <stdint.h>
#include <string.h>

#include "../../plugins/sqlite-store/reeve-sqlite-store-format.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t length);

static gboolean
fuzz_frame (const ReeveSqliteStoreFrame *frame, gpointer user_data, G_GNUC_UNUSED GError **error)
{
  guint *frames = user_data;

  g_assert_cmpuint (frame->n_keys, <=, REEVE_RECORDS_MAX_INDEXES);
  g_assert_cmpuint (frame->value_length, <=, REEVE_RECORDS_MAX_VALUE);
  for (guint i = 0; i < frame->n_keys; i++)
    g_assert_cmpuint (strlen (frame->keys[i]), <=, REEVE_SQLITE_STORE_MAX_KEY);
  if (frame->value_length > 0)
    {
      g_autoptr (GVariant) value G_GNUC_UNUSED =
          reeve_sqlite_store_table_thaw (frame->value, frame->value_length);
    }
  *frames += 1;
  return TRUE;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t length)
{
  guint whole = 0, pieces = 0;
  g_autoptr (ReeveSqliteStoreParser) one =
      reeve_sqlite_store_parser_new (fuzz_frame, fuzz_frame, fuzz_frame, &whole);
  g_autoptr (ReeveSqliteStoreParser) other =
      reeve_sqlite_store_parser_new (fuzz_frame, fuzz_frame, fuzz_frame, &pieces);
  gboolean ok = reeve_sqlite_store_parser_feed (one, data, length, NULL);
  gboolean same = TRUE;

  for (size_t i = 0; i < length && same; i++)
    same = reeve_sqlite_store_parser_feed (other, data + i, 1, NULL);
  g_assert_true (ok == same);
  g_assert_cmpuint (whole, ==, pieces);
  g_assert_true (reeve_sqlite_store_parser_is_complete (one) ==
                 reeve_sqlite_store_parser_is_complete (other));
  return 0;
}
