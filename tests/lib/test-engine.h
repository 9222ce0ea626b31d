/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve/reeve-clock.h"
#include "reeve/reeve-engine.h"
#include "reeve/reeve-error.h"
#include "reeve/reeve-stream.h"

/* An engine with a driven clock in a context of its own, and ends of streams that note what happens
 * to them. */

#define MS G_GINT64_CONSTANT (1000)

typedef struct
{
  GMainContext *context;
  ReeveClock *clock;
  ReeveEngine *engine;
  ReeveOwner *owner;
} TestEngine;

/* One end, what it got and what it is to do. */
typedef struct
{
  TestEngine *f;
  ReeveStream *stream;
  GByteArray *got;
  gsize take; /* consumes multiples of this only */
  gsize sum;
  guint data_calls;
  guint eofs;
  guint drains;
  guint closes;
  GError *error;
  gboolean in_call;
  gboolean abort_in_data;
  gboolean echo;
  const ReeveStreamFuncs *next_funcs;
} TestEnd;

extern const ReeveStreamFuncs test_end_funcs;
extern const ReeveStreamFuncs test_end_funcs_eof; /* with half-close */

void test_engine_set_up (TestEngine *f, gconstpointer data);
void test_engine_tear_down (TestEngine *f, gconstpointer data);
void test_engine_turn (TestEngine *f);
void test_make_pair (int fds[2]);
void test_make_tcp_pair (int fds[2]);
void test_end_init (TestEnd *end, TestEngine *f, int fd);
void test_end_clear (TestEnd *end);
guint test_engine_count_streams (TestEngine *f);
gssize test_peer_read (int fd, gpointer buffer, gsize length);
void test_end_fill (TestEnd *end);
gsize test_end_data (ReeveStream *stream, guint8 *data, gsize length, gpointer user_data);
