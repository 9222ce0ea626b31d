/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

G_BEGIN_DECLS

/*
 * Stands in for reeved in a test: a runtime with its own state directory, into which the built
 * modules are loaded one by one. Everything runs in the default main context. Failures end the
 * test.
 */

typedef struct _ReeveMockHost ReeveMockHost;

/* How long anything may take before the test fails, in real time. */
#define REEVE_MOCK_TIMEOUT_MS 20000

/* @driven: the clock moves only by reeve_mock_host_advance(). */
ReeveMockHost *reeve_mock_host_new (const char *role, gboolean driven);
/* Stops what still runs, in reverse order, checks that nothing was left behind, removes the state
 * directory. */
void reeve_mock_host_free (ReeveMockHost *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveMockHost, reeve_mock_host_free)

ReeveRuntime *reeve_mock_host_get_runtime (ReeveMockHost *self);
ReeveClock *reeve_mock_host_get_clock (ReeveMockHost *self);
const char *reeve_mock_host_get_state_dir (ReeveMockHost *self);
/* The test's own context, named "host": allowed to provide, look up, listen and dial anything. */
ReeveContext *reeve_mock_host_get_context (ReeveMockHost *self);

/* Loads plugins/.libs/reeve-ID.so of the build tree (@name: "ID" or "ID/NAME"), takes it through
 * configure, declare and start, and waits until it runs. Pairs "key", "value", …, NULL are its
 * settings. (transfer none) */
ReevePlugin *reeve_mock_host_load (ReeveMockHost *self, const char *name,
                                   ...) G_GNUC_NULL_TERMINATED;
/* The same with what was refused in @error (then NULL is returned). */
ReevePlugin *reeve_mock_host_try_load (ReeveMockHost *self, GError **error, const char *name,
                                       ...) G_GNUC_NULL_TERMINATED;
/* Drains, stops and closes; asserts that nothing was left. */
void reeve_mock_host_unload (ReeveMockHost *self, ReevePlugin *plugin);

/* Runs the loop until @condition says yes; fails the test after REEVE_MOCK_TIMEOUT_MS. */
typedef gboolean (*ReeveMockCondition) (gpointer user_data);
void reeve_mock_host_run_until (ReeveMockHost *self, ReeveMockCondition condition,
                                gpointer user_data);
/* Runs the loop until nothing is ready (work on other threads may still be under way). */
void reeve_mock_host_settle (ReeveMockHost *self);
/* Driven clocks: moves time in steps of at most 100 ms and settles after each. */
void reeve_mock_host_advance (ReeveMockHost *self, guint ms);

/* A GAsyncReadyCallback that keeps the result in *user_data (GAsyncResult **), and its wait. */
void reeve_mock_result_cb (GObject *source, GAsyncResult *result, gpointer user_data);
/* (transfer none): *place, once it is there. */
GAsyncResult *reeve_mock_host_wait (ReeveMockHost *self, GAsyncResult **place);

G_END_DECLS
