/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

#include "core/wire/reeve-wire.h"

G_BEGIN_DECLS

/* Hex digits with any white space; a line that begins with # is left out. (transfer full) */
GBytes *reeve_test_unhex (const char *hex);
/* Likewise of a file below tests/data/wire. (transfer full) */
GBytes *reeve_test_vector (const char *name);
char *reeve_test_vector_text (const char *name);
/* Shows both in hex when they differ. */
void reeve_test_assert_bytes (GBytes *bytes, GBytes *expected);

/* Decodes with the limits of a proven link; a failure ends the test. */
void reeve_test_decode_request (GBytes *bytes, guint level, ReeveWireRequest *ret_request);
void reeve_test_decode_response (GBytes *bytes, guint level, ReeveSchema *schema,
                                 ReeveWireResponse *ret_response);
/* Of a stock peer that was asked for @action. */
void reeve_test_decode_answer (GBytes *bytes, int action, gboolean bare,
                               ReeveWireResponse *ret_response);
/* The value of the row, or NaN. */
double reeve_test_value (ReeveWireResponse *response, guint kind, const char *instance,
                         guint metric);
const char *reeve_test_text (ReeveWireResponse *response, guint kind, const char *instance,
                             guint metric);

G_END_DECLS
