/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-types.h"

G_BEGIN_DECLS

/*
 * The one door to other programs: only what declare() named, as a list of arguments without a
 * shell. The child is a session of its own in "/", with a short environment and three descriptors.
 * It has no way to our state directory and none to a Unix socket, so none to the control socket; it
 * gains no rights by what it executes. It ends with us, and what it leaves behind in its process
 * group ends with it.
 */

/* Children of one context at a time. */
#define REEVE_PROGRAM_MAX_RUNNING 16
/* Bytes of a program's input. */
#define REEVE_PROGRAM_MAX_INPUT (1024 * 1024)

typedef struct
{
  const char *const *argv; /* NULL-terminated; the first is an absolute path that was declared */
  GBytes *input;           /* what it reads on standard input, or NULL */
  guint timeout_ms;        /* then its process group is killed; never 0 */
  gsize max_output;        /* bytes of standard output and error that are kept; the rest is read */
} ReeveProgramOptions;

typedef struct
{
  int code;     /* what it ended with; -1 when a signal ended it */
  int signal;   /* or 0 */
  char *output; /* valid UTF-8, both streams as they came */
  gboolean cut; /* there was more */
} ReeveProgramResult;

REEVE_API void reeve_program_result_free (ReeveProgramResult *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveProgramResult, reeve_program_result_free)

/* Ends when the program has ended. Errors: DENIED when it was not declared, NOT_FOUND when it is
 * not there, UNSUPPORTED when this kernel cannot hide what must be hidden, TIMEOUT, CANCELLED,
 * LIMIT. A program that ended badly is no error. */
REEVE_API void reeve_context_run_async (ReeveContext *self, const ReeveProgramOptions *options,
                                        GCancellable *cancellable, GAsyncReadyCallback callback,
                                        gpointer user_data);
REEVE_API ReeveProgramResult *reeve_context_run_finish (ReeveContext *self, GAsyncResult *result,
                                                        GError **error);

G_END_DECLS
