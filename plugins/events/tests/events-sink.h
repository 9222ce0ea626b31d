/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "events-fixture.h"

G_BEGIN_DECLS

/* A sink that writes down what it gets, fails or hangs when it is told to. */
#define TEST_TYPE_SINK (test_sink_get_type ())
G_DECLARE_FINAL_TYPE (TestSink, test_sink, TEST, SINK, GObject)

struct _TestSink
{
  GObject parent;
  ReeveContext *context; /* of a plugin of its own */
  GString *got;          /* "1 2 " of "event 1", "event 2" */
  GArray *numbers;       /* of guint64 */
  gboolean fail;
  const char *fail_subject; /* fail these alone */
  ReeveSeverity least;
  GPtrArray *hanging; /* of GTask; NULL: it does not hang */
  guint tries;
};

/* Comes as the plugin @name. */
TestSink *test_sink_new (ReeveRuntime *runtime, const char *name);
/* Goes, its calls with it. */
void test_sink_free (TestSink *self);
/* Both, with all that follows of it. */
TestSink *test_sink_come (Bench *bench, const char *name);
void test_sink_go (Bench *bench, TestSink *self);
/* Those that hang are answered well. */
void test_sink_release (TestSink *self);

G_END_DECLS
