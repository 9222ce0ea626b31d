/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

#include "fake-systemd.h"
#include "tests/lib/reeve-mock-host.h"

G_BEGIN_DECLS

/* The built module in a mock host with a driven clock, and a systemd on a bus of its own. */

typedef struct
{
  FakeSystemd *fake;
  ReeveMockHost *host;
  ReevePlugin *plugin; /* NULL until loaded */
  ReeveCollector *collector;
  ReeveSample *sample; /* of the last collection */
} Fixture;

/* Counts warnings; anything worse ends the test. */
void services_init (int *argc, char ***argv);
/* Since the last time. */
guint services_take_warnings (void);

#define SERVICES_NO_GROUPS GINT_TO_POINTER (1)

/* @data: SERVICES_NO_GROUPS, or NULL for control groups of version 2. */
void services_set_up (Fixture *f, gconstpointer data);
/* Fails when there was a warning that the test did not take. */
void services_tear_down (Fixture *f, gconstpointer data);
/* @units, @exclude: as in the configuration; NULL: unset. */
void services_load (Fixture *f, const char *units, const char *exclude);

/* Fails the test when the collection fails. */
void services_collect (Fixture *f);
/* A collection that must fail, and how, after the time that it may wait. */
void services_collect_badly (Fixture *f, int code);
double services_get (Fixture *f, const char *unit, guint metric);
guint64 services_get_cpu (Fixture *f, const char *unit);
gboolean services_has (Fixture *f, const char *unit);
double services_get_total (Fixture *f);
double services_get_failed (Fixture *f);

/* Until *counter is at least @wanted. */
void services_wait_counter (Fixture *f, const guint *counter, guint wanted);
/* The same, and lets time pass meanwhile. */
void services_pass_until (Fixture *f, const guint *counter, guint wanted);
/* Collects until the value is there; NaN: until the unit is not. */
void services_wait_value (Fixture *f, const char *unit, guint metric, double value);

G_END_DECLS
