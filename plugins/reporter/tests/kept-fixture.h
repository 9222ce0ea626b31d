/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fake-transport.h"
#include "plugins/reporter/reeve-reporter-disk.h"
#include "tests/lib/reeve-fake-collector.h"
#include "tests/lib/reeve-mock-host.h"

/* The built reporter with a collector and a hub that are the test's own, and what is logged. */

typedef struct
{
  ReeveMockHost *host;
  ReeveContext *context;
  ReeveIdentity *identity;
  FakeTransport *transport;
  FakeCollector *collector;
  ReevePlugin *plugin;
  ReeveLink *link;
  char *token_file;
  char *kept_file;
  /* what the hub has stored */
  guint64 series;
  guint64 stored;
  guint64 dropped;
} KeptFixture;

/* Runs the tests. */
int kept_run (void);
guint kept_count_said (const char *text);
void kept_write_token (KeptFixture *fixture);
void kept_set_up (KeptFixture *fixture, gconstpointer data);
void kept_tear_down (KeptFixture *fixture, gconstpointer data);
void kept_load (KeptFixture *fixture, const char *keep, const char *time, const char *size);
void kept_link_up (KeptFixture *fixture, guint level);
void kept_link_down (KeptFixture *fixture);
ReeveMessage *kept_ask (KeptFixture *fixture, guint kept);
void kept_drain (KeptFixture *fixture, GArray *uptimes);
void kept_pass_minutes (KeptFixture *fixture, guint n);
void kept_assert_uptimes (GArray *uptimes, guint first, guint n);
guint64 kept_get_waiting (KeptFixture *fixture);
