/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

G_BEGIN_DECLS

/* Bytes of a command's output that are kept. */
#define REEVE_EXEC_SINK_MAX_OUTPUT 4096

/* Runs the command once for each event. */
#define REEVE_TYPE_EXEC_SINK (reeve_exec_sink_get_type ())
G_DECLARE_FINAL_TYPE (ReeveExecSink, reeve_exec_sink, REEVE, EXEC_SINK, GObject)

ReeveExecSink *reeve_exec_sink_new (ReeveContext *context, ReeveSettings *settings);
/* The live keys have changed. */
void reeve_exec_sink_set_settings (ReeveExecSink *self, ReeveSettings *settings);

/* What the command reads: one line of JSON. */
GBytes *reeve_exec_sink_make_input (GVariant *event);

G_END_DECLS
