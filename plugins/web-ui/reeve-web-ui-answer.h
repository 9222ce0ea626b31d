/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

G_BEGIN_DECLS

/* From what is said to an answer in JSON: packed where that is wanted, and not at all where the
 * client has it. */
typedef struct _ReeveWebUiAnswers ReeveWebUiAnswers;

/* Bytes of an answer from which on it has a tag, and is packed. */
#define REEVE_WEB_UI_ANSWER_TAG_MIN 256
#define REEVE_WEB_UI_ANSWER_GZIP_MIN 1024

ReeveWebUiAnswers *reeve_web_ui_answers_new (ReeveContext *context);
void reeve_web_ui_answers_free (ReeveWebUiAnswers *self);

/* End @task with the response. What is no GET is neither tagged nor packed: a tag is of no use
 * there, and a secret beside text that somebody else chose is not to be guessed by its length. */
void reeve_web_ui_answers_return_json (ReeveWebUiAnswers *self, ReeveHttpRequest *request,
                                       GBytes *json, GTask *task);
void reeve_web_ui_answers_return_value (ReeveWebUiAnswers *self, ReeveHttpRequest *request,
                                        GDBusMethodInfo *method, GVariant *value, GTask *task);

/* What @method has returned as a JSON object. @hide: name of an out-argument that stays away from
 * scripts, or NULL. Any thread. (transfer full) */
GBytes *reeve_web_ui_answer_make_json (GDBusMethodInfo *method, GVariant *value, const char *hide);

/* By gzip, hardest at 9; NULL when it cannot be. Blocks: for a worker. */
GBytes *reeve_web_ui_answer_pack (GBytes *bytes, int level);

/* Does an Accept (NULL: none) take JSON? */
gboolean reeve_web_ui_answer_is_acceptable (const char *accept);

G_END_DECLS
