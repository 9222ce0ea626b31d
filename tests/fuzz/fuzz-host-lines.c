/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Key files, line by line: whatever comes in, each line gives at most one entry, and a faulty one
 * keeps nothing of its text. */

#include "config.h"

#include <stdint.h>

#include "core/host/reeve-host-lines.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GPtrArray) lines = reeve_host_lines_parse ((const char *) data, size);
  guint last = 0;

  for (guint i = 0; i < lines->len; i++)
    {
      ReeveHostLine *line = g_ptr_array_index (lines, i);

      g_assert_cmpuint (line->number, >, last);
      last = line->number;
      g_assert_true ((line->fault != NULL) + (line->group != NULL) + (line->key != NULL) == 1);
      g_assert_true ((line->key != NULL) == (line->text != NULL));
    }
  return 0;
}
