/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

#include "tests/lib/reeve-mock-host.h"

G_BEGIN_DECLS

/* The built module, in front of the built probe, in front of a scripted engine (engine.py). */

typedef struct
{
  char *folder;
  char *probe_path;
  GPid engine, probe; /* 0: none */
  int engine_input;
  ReeveMockHost *host;
  ReeveCollector *collector;
  ReeveResponder *responder;
  ReevePlugin *plugin;
} World;

/* @words: what the engine does, see there; NULL for no engine and no probe. */
World *world_new (const char *words, const char *cgroup_root, const char *exclude);
void world_free (World *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (World, world_free)
void world_mode (World *self, const char *words);
/* Time moves on its own only when @wait_ms says so: deadlines pass without being waited for. */
ReeveSample *world_collect (World *self, guint wait_ms);
void world_stop_child (GPid *pid);

G_END_DECLS
