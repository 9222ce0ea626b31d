/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

#include "lib/reeve-mock-host.h"

G_BEGIN_DECLS

typedef enum
{
  ANSWER_ABSENT,
  ANSWER_NO,
  ANSWER_ERROR,
  ANSWER_NEVER,
  ANSWER_STOPPED, /* asked, and then its plugin goes */
  ANSWER_UP_TO,   /* to the powers up to one */
  ANSWER_YES,
} Answer;

#define TEST_TYPE_AUTHORIZER (test_authorizer_get_type ())
G_DECLARE_FINAL_TYPE (TestAuthorizer, test_authorizer, TEST, AUTHORIZER, GObject)

struct _TestAuthorizer
{
  GObject parent;
  Answer answer;
  ReevePower most;
  GPtrArray *hanging; /* of GTask */
};

/* What hangs is answered with a yes. */
void test_authorizer_release (TestAuthorizer *self);

typedef struct
{
  ReeveMockHost *host;
  TestAuthorizer *authorizer;
  GPtrArray *operations;
  GPtrArray *routes;
} Hub;

/* Without @accounts nobody provides the authorizer of web identities, so that the test can. The
 * first of the operations are the host's, without a host: no call may reach them. */
Hub *hub_new (gboolean accounts);
void hub_free (Hub *hub);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Hub, hub_free)

G_END_DECLS
