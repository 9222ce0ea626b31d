/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-containers-client.h"

G_BEGIN_DECLS

/* The collector's questions to the probe. */

/* One answer. */
#define REEVE_CONTAINERS_ASK_MS 2000

/* GPtrArray of ReeveContainersEntry: the newest, stopped ones too; and those that run. */
extern const ReeveContainersQuestion reeve_containers_questions_list;
extern const ReeveContainersQuestion reeve_containers_questions_running;
/* ReeveContainersStats */
extern const ReeveContainersQuestion reeve_containers_questions_stats;
/* ReeveContainersDetails */
extern const ReeveContainersQuestion reeve_containers_questions_details;
/* ReeveContainersVersion */
extern const ReeveContainersQuestion reeve_containers_questions_version;

G_END_DECLS
