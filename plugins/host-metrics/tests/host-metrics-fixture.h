/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A runtime with a driven clock, a tree that can be changed, a collector over it. */

#include "../reeve-host-metrics-collector.h"

#define FIXTURE_WALL (G_GINT64_CONSTANT (1700000000) * G_USEC_PER_SEC)
#define FIXTURE_TICK 10000 /* microseconds */

typedef struct
{
  ReeveClock *clock;
  ReeveRuntime *runtime;
  ReeveContext *context;
  ReeveSample *sample;
  char *directory; /* a tree of its own, empty at first */
} Fixture;

void fixture_set_up (Fixture *fixture, gconstpointer data);
void fixture_tear_down (Fixture *fixture, gconstpointer data);
#define FIXTURE_ADD(name, function)                                                                \
  g_test_add ("/host-metrics/" name, Fixture, NULL, fixture_set_up, function, fixture_tear_down)

/* Lines that the plugin has logged since the test began: warnings, and those for people. */
void fixture_watch_log (void);
guint fixture_get_warnings (void);
guint fixture_get_messages (void);

/* The path of a recorded tree. (transfer full) */
char *fixture_tree (const char *name);
/* Writes into the file below the directory, whose holders see it. */
void fixture_write (Fixture *fixture, const char *path, const char *text);
void fixture_write_bytes (Fixture *fixture, const char *path, const char *data, gsize length);
void fixture_remove (Fixture *fixture, const char *path);

/* @nics, @sensors: settings, NULL: unset. */
ReeveHostMetricsCollector *fixture_collector (Fixture *fixture, const char *root,
                                              const char *sensors, const char *primary);
/* Fills the fixture's sample. */
void fixture_collect (Fixture *fixture, ReeveHostMetricsCollector *collector,
                      ReeveCollectFlags flags);
void fixture_stop (ReeveHostMetricsCollector *collector);

guint fixture_row (Fixture *fixture, guint kind, const char *instance);
guint64 fixture_counter (Fixture *fixture, guint kind, const char *instance, guint metric);
/* NaN: missing. */
double fixture_number (Fixture *fixture, guint kind, const char *instance, guint metric);
const char *fixture_text (Fixture *fixture, guint kind, const char *instance, guint metric);
guint fixture_count (Fixture *fixture, guint kind);

#define assert_absent(fixture, kind, instance)                                                     \
  g_assert_cmpint (reeve_sample_find_row ((fixture)->sample, kind, instance), ==, -1)
#define assert_number(fixture, kind, instance, metric, value)                                      \
  g_assert_cmpfloat_with_epsilon (fixture_number (fixture, kind, instance, metric), value, 1e-9)
