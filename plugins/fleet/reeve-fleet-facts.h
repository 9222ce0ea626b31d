/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

G_BEGIN_DECLS

/* The facts of a system, a{sv} by metric name, as its record has them: texts and numbers. They are
 * kept in this form alone, since a sample of them takes five times the memory. */

/* Of the host's row. (transfer full) */
GVariant *reeve_fleet_facts_new (ReeveSample *sample, guint row);
/* Of a record: without what is neither number nor clean text. (transfer full) */
GVariant *reeve_fleet_facts_clean (GVariant *facts);
/* Fills @sample with them, as an agent's of the standard schema. */
void reeve_fleet_facts_fill (GVariant *facts, ReeveSample *sample);
/* For people: states have their names. @facts: NULL for none. Floating. */
GVariant *reeve_fleet_facts_show (GVariant *facts);

/* Takes @value, if floating its floating reference, and returns it as one block of its own size: a
 * value that was read holds all that it was read with, one that was built is a tree.
 * (transfer full) */
GVariant *reeve_fleet_pack (GVariant *value);

G_END_DECLS
