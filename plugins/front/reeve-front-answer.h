/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

#include "reeve-front-head.h"

G_BEGIN_DECLS

/* Fields that stand in every answer, whoever made it. */
const ReeveFrontHeadField *reeve_front_answer_get_fields (guint *ret_n);

/* An answer of the front's own, after which the connection ends. @detail: static text. @field:
 * one more field, or NULL. @head_only: the request was a HEAD. */
void reeve_front_answer_write (ReeveStream *stream, guint status, const char *detail,
                               const ReeveFrontHeadField *field, gboolean head_only);

G_END_DECLS
