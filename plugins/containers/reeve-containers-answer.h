/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-containers-client.h"

G_BEGIN_DECLS

/* "STATUS KIND LENGTH\n" before the bytes of an answer. Pure. */

/* The line with its end. */
#define REEVE_CONTAINERS_ANSWER_MAX_LINE 64

typedef struct
{
  guint status;
  char kind[16];
  gsize length;  /* of the bytes that follow */
  gsize skipped; /* of the line itself */
} ReeveContainersAnswerHead;

/* FALSE: not yet whole, or (when @ret_bad is set) no such line. */
gboolean reeve_containers_answer_parse (const char *bytes, gsize length,
                                        ReeveContainersAnswerHead *ret_head, gboolean *ret_bad);

G_END_DECLS
