/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

#include "reeve-front-head.h"

G_BEGIN_DECLS

/* Fields that stand in every answer, whoever made it. */
const ReeveFrontHeadField *reeve_front_answer_get_fields (guint *ret_n);
/* Two years, for those who came by TLS under the name that people use. */
extern const ReeveFrontHeadField reeve_front_answer_hsts;

/* An answer of the front's own, after which the connection ends. @detail: static text. @field:
 * one more field, or NULL. @hsts: reeve_front_answer_hsts too. @head_only: the request was a HEAD.
 */
void reeve_front_answer_write (ReeveStream *stream, guint status, const char *detail,
                               const ReeveFrontHeadField *field, gboolean hsts, gboolean head_only);

G_END_DECLS
