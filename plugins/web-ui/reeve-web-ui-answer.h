/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

G_BEGIN_DECLS

/* From JSON to an answer: packed where that is wanted, and not at all where the client has it. */
typedef struct _ReeveWebUiAnswers ReeveWebUiAnswers;

/* Bytes of an answer from which on it has a tag, and is packed. */
#define REEVE_WEB_UI_ANSWER_TAG_MIN 256
#define REEVE_WEB_UI_ANSWER_GZIP_MIN 1024

ReeveWebUiAnswers *reeve_web_ui_answers_new (ReeveContext *context);
void reeve_web_ui_answers_free (ReeveWebUiAnswers *self);

/* Ends @task with the response. What is no GET is neither tagged nor packed: a tag is of no use
 * there, and a secret beside text that somebody else chose is not to be guessed by its length. */
void reeve_web_ui_answers_return (ReeveWebUiAnswers *self, ReeveHttpRequest *request, GBytes *json,
                                  GTask *task);

/* By gzip, hardest at 9; NULL when it cannot be. Blocks: for a worker. */
GBytes *reeve_web_ui_answer_pack (GBytes *bytes, int level);

/* Does an Accept (NULL: none) take JSON? */
gboolean reeve_web_ui_answer_is_acceptable (const char *accept);

G_END_DECLS
