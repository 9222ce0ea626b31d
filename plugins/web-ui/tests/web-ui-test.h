/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

#include "tests/lib/reeve-mock-host.h"

/* The plugin as a module in a mock host, with operations, a fleet and a door of our own. */

#define TEST_TYPE_OPERATIONS (test_operations_get_type ())
G_DECLARE_FINAL_TYPE (TestOperations, test_operations, TEST, OPERATIONS, GObject)

/* Each method answers with its arguments; see the XML in web-ui-test.c. */
struct _TestOperations
{
  GObject parent;

  guint calls;
};

#define TEST_TYPE_FLEET (test_fleet_get_type ())
G_DECLARE_FINAL_TYPE (TestFleet, test_fleet, TEST, FLEET, GObject)

#define TEST_FLEET_N 16

/* @n systems with the ids 0000000000000000, 0000000000000001, ... */
struct _TestFleet
{
  GObject parent;

  guint n;
  ReeveSample *latest; /* of all of them */
  GArray *watches;     /* who is told */
  guint last_watch;
  int followed;
  guint64 revision;
  /* of the first few; all others are up, and have not changed */
  guint64 revisions[TEST_FLEET_N];
  gboolean down[TEST_FLEET_N];
  gboolean gone[TEST_FLEET_N];
  guint shown; /* rows that were asked for */
};

#define TEST_TYPE_DOOR (test_door_get_type ())
G_DECLARE_FINAL_TYPE (TestDoor, test_door, TEST, DOOR, GObject)

/* web/owner may everything, others of the kind may view. The bearer "good" is the owner's. */
struct _TestDoor
{
  GObject parent;

  gboolean ended; /* no token is good any more */
};

typedef struct
{
  ReeveMockHost *host;
  ReevePlugin *plugin;
  TestOperations *operations;
  TestFleet *fleet;
  TestDoor *door;
  char *page;
} WebUiTest;

WebUiTest *web_ui_test_new (gboolean driven);
void web_ui_test_free (WebUiTest *f);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WebUiTest, web_ui_test_free)

/* A folder with a small page. (transfer full) */
char *web_ui_test_make_page (void);
void web_ui_test_remove_page (const char *directory);

/* @identity: "" for nobody. */
ReeveHttpRequest *web_ui_test_make_request (const char *method, const char *path, const char *query,
                                            const char *identity);
/* Asks the row that fits the path. (transfer full) */
ReeveHttpResponse *web_ui_test_ask (WebUiTest *f, ReeveHttpRequest *request);
/* Names and values of its header, one a line. (transfer full) */
char *web_ui_test_get_fields (ReeveHttpResponse *response);
char *web_ui_test_get_text (ReeveHttpResponse *response);

/* A change or a sample of one system. A removed one is gone from then on. @time: of the sample,
 * microseconds; 0: no sample. */
void test_fleet_tell (TestFleet *self, guint index, gint64 time, gboolean removed);
/* The same of a sample that was to be kept. */
void test_fleet_tell_kept (TestFleet *self, guint index, gboolean kept);
