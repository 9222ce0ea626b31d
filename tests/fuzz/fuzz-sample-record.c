/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Kept samples as they are read from a file; what is taken must be written so that the same comes
 * back. */

#include "config.h"

#include <stdint.h>

#include <reeve/monitor.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t length);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t length)
{
  ReeveSchema *schema = reeve_schema_get_standard ();
  g_autoptr (ReeveSample) sample = reeve_sample_record_read (data, length, schema, NULL);
  g_autoptr (ReeveSample) again = NULL;
  g_autoptr (GBytes) once = NULL;
  g_autoptr (GBytes) twice = NULL;

  if (sample == NULL)
    return 0;
  once = reeve_sample_record_write (sample);
  again = reeve_sample_record_read (g_bytes_get_data (once, NULL), g_bytes_get_size (once), schema,
                                    NULL);
  g_assert_nonnull (again);
  twice = reeve_sample_record_write (again);
  g_assert_true (g_bytes_equal (once, twice));
  return 0;
}
