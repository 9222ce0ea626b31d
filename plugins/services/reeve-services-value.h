/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <systemd/sd-bus.h>

G_BEGIN_DECLS

/* Values of D-Bus properties as GVariants. */

#define REEVE_SERVICES_MAX_TEXT 4096     /* bytes of one text */
#define REEVE_SERVICES_MAX_ELEMENTS 1024 /* of the arrays of one value together */
#define REEVE_SERVICES_MAX_DEPTH 4       /* arrays and structs of one value's type */

/* Reads the next value, a variant, of @message. Texts are cleaned, object paths and signatures are
 * texts, elements beyond the limit are left out. (transfer full), floating; NULL for maps, variants
 * in variants, descriptors and what is too deep: the value is skipped. @ret_r: below zero when the
 * message cannot be read on. */
GVariant *reeve_services_value_read (sd_bus_message *message, int *ret_r);
/* TRUE for the 2^64-1 that stands for "infinity" and "unknown". */
gboolean reeve_services_value_is_infinite (GVariant *value);

G_END_DECLS
