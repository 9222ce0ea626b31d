/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-engine-private.h"
#include "reeve-program.h"

G_BEGIN_DECLS

/* What a child needs, made before the fork: behind it nothing may be allocated. */
typedef struct
{
  GStrv argv;
  GStrv environment;
  int input;   /* descriptors, all above REEVE_PROGRAM_FIRST_FD */
  int output;  /* the end to write to */
  int status;  /* where a child that cannot run says why */
  int ruleset; /* Landlock's */
} ReeveProgramPlan;

#define REEVE_PROGRAM_FIRST_FD 10

/* What a child says that could not become the program. */
typedef struct
{
  int step; /* ReeveProgramStep */
  int error;
} ReeveProgramFailure;

typedef enum
{
  REEVE_PROGRAM_STEP_PREPARE,
  REEVE_PROGRAM_STEP_CONFINE,
  REEVE_PROGRAM_STEP_EXECUTE,
} ReeveProgramStep;

/* ---- reeve-program-child.c ---- */

/* A Landlock ruleset under which everything may be used but @hidden and what is below it. -1 with
 * UNSUPPORTED where the kernel has none. */
int reeve_program_make_ruleset (const char *hidden, GError **error);
/* In the child. */
G_NORETURN void reeve_program_become (const ReeveProgramPlan *plan);

/* ---- reeve-program.c ---- */

/* @hidden: the directory that the child must not reach. */
void reeve_owner_run_async (ReeveOwner *owner, const char *hidden,
                            const ReeveProgramOptions *options, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data);
ReeveProgramResult *reeve_owner_run_finish (GAsyncResult *result, GError **error);

G_END_DECLS
