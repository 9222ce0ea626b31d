/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

G_BEGIN_DECLS

/* A collector that says what the test wants, when the test wants. */

#define FAKE_TYPE_COLLECTOR (fake_collector_get_type ())
G_DECLARE_FINAL_TYPE (FakeCollector, fake_collector, FAKE, COLLECTOR, GObject)

struct _FakeCollector
{
  GObject parent;

  ReeveClock *clock;
  guint64 sent;       /* the counter network.sent; G_MAXUINT64: no such row */
  double uptime;      /* system.uptime; 0: no such row */
  const char *kernel; /* the fact host.kernel */
  gboolean hold;      /* answers wait for fake_collector_release() */
  gboolean fail;      /* answers are errors */
  const ReeveKind *const *kinds;
  guint calls;
  ReeveCollectFlags flags; /* of the last call */
  GPtrArray *held;         /* of GTask */
};

FakeCollector *fake_collector_new (ReeveClock *clock);
void fake_collector_release (FakeCollector *self);

G_END_DECLS
