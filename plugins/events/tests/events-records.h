/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

G_BEGIN_DECLS

#define COLLECTION "events.log"

/* Records in memory, with moods. */
#define TEST_TYPE_RECORDS (test_records_get_type ())
G_DECLARE_FINAL_TYPE (TestRecords, test_records, TEST, RECORDS, GObject)

struct _TestRecords
{
  GObject parent;
  GTree *rows;      /* collection and id -> ReeveRecord */
  gboolean no_open; /* open fails */
  GHashTable *bad;  /* of ids: a page with one of them is refused */
  gboolean all_bad; /* so is each of events.log */
  guint timeouts;   /* lists that get no answer */
  guint lists;
  int mood;      /* 0: well; else apply fails with this code */
  gboolean hang; /* apply waits for test_records_release () */
  GTask *hanging;
  GPtrArray *batch; /* of the hanging one */
  guint applies;
  guint largest;
};

/* Lets the batch go on that "hang" has held. */
void test_records_release (TestRecords *self);

G_END_DECLS
