/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-fleet-hub.h"

G_BEGIN_DECLS

/* The systems that somebody wants to see, sorted, a page at a time. */

#define REEVE_FLEET_LIST_DEFAULT 500
#define REEVE_FLEET_LIST_MAX 1000
#define REEVE_FLEET_LIST_MAX_WORDS 16
#define REEVE_FLEET_LIST_MAX_ORDERS 4

/* @filter: words that must all be true of a system: "label:KEY", "label:KEY=VALUE", "state:down"
 * (of several such words one), anything else is looked for in name, host name, id and labels,
 * whatever its case. "" for all.
 * @sort: keys with commas between, the first one first: "name" (also ""), "state", "since", "last",
 * "hostname", "agent_version", "transport", "remote", "linked", or a value as in rows
 * ("cpu.usage");
 * "-" in front of a key turns it round. What has no such value comes last either way.
 * @limit: 0 is the default, more than the maximum is INVALID.
 * Returns: floating (aa{sv}ua{su}): the page's rows, how many match in all, and how many of those
 * that match but for their state are in which state; NULL with REEVE_ERROR_INVALID or LIMIT. */
GVariant *reeve_fleet_list (ReeveFleetHub *hub, const char *filter, const char *sort, guint offset,
                            guint limit, GError **error);

G_END_DECLS
