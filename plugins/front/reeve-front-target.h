/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-front-head.h"

G_BEGIN_DECLS

ReeveFrontHeadRefusal reeve_front_target_parse (char *target, char **ret_query);

G_END_DECLS
