/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The file of kept samples; what is taken of it must be written so that the same comes back. */

#include "config.h"

#include <stdint.h>
#include <string.h>

#include "plugins/reporter/reeve-reporter-journal.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t length);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t length)
{
  g_auto (ReeveReporterJournal) journal = { 0 }, again = { 0 };
  g_autoptr (GByteArray) out = g_byte_array_new ();
  GList *other;

  if (!reeve_reporter_journal_read (data, length, &journal, NULL))
    return 0;
  g_assert_cmpuint (journal.length, <=, length);
  reeve_reporter_journal_put_head (out, journal.series, journal.owner);
  for (GList *link = journal.entries.head; link != NULL; link = link->next)
    reeve_reporter_journal_put_entry (out, link->data);
  g_assert_true (reeve_reporter_journal_read (out->data, out->len, &again, NULL));
  g_assert_cmpuint (again.length, ==, out->len);
  g_assert_cmpuint (again.series, ==, journal.series);
  other = again.entries.head;
  for (GList *link = journal.entries.head; link != NULL; link = link->next, other = other->next)
    {
      const ReeveReporterEntry *one = link->data;
      const ReeveReporterEntry *two = other->data;

      g_assert_cmpuint (one->sequence, ==, two->sequence);
      g_assert_true (g_bytes_equal (one->record, two->record));
    }
  g_assert_null (other);
  return 0;
}
