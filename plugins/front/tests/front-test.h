/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tests/lib/reeve-mock-host.h"

/* The front as a module in a mock host, with a provider of a few routes, a door that knows two
 * tokens, and clients with real sockets. */

typedef enum
{
  TEST_DOOR_OPEN,
  TEST_DOOR_ERROR,
  TEST_DOOR_HUNG,
} TestDoorMode;

#define TEST_TYPE_ROUTES (test_routes_get_type ())
G_DECLARE_FINAL_TYPE (TestRoutes, test_routes, TEST, ROUTES, GObject)

/*
 * /public    public, GET HEAD: "hello", or the value of the query's name "echo"
 * /view      view, GET: who asks
 * /change    operate, POST: the body again; up to 1 MiB
 * /open      public, POST: the same
 * /stream    public, GET, stream: what the test pushes
 * /hang      public, GET: no answer until it is cancelled
 * /raw       public, GET, raw: what came is kept, and sent back in upper case
 */
struct _TestRoutes
{
  GObject parent;

  guint calls; /* of all kinds */
  guint cancelled;
  guint closed; /* streams whose client left */
  ReeveHttpRequest *last;
  ReeveHttpResponse *stream;
  ReeveContext *context;
  ReeveStream *raw;
  GString *raw_bytes;
};

#define TEST_TYPE_DOOR (test_door_get_type ())
G_DECLARE_FINAL_TYPE (TestDoor, test_door, TEST, DOOR, GObject)

/* Bearer "good": web/owner, may everything. "weak": web/guest, may view. */
struct _TestDoor
{
  GObject parent;

  TestDoorMode authenticator;
  TestDoorMode authorizer;
};

typedef struct
{
  ReeveMockHost *host;
  ReevePlugin *plugin;
  TestRoutes *routes;
  TestDoor *door;
  char *address; /* as it is listened on */
  guint16 port;
} FrontTest;

typedef struct
{
  FrontTest *f;
  int fd;
  GString *in;
  gboolean ended;
} TestClient;

typedef struct
{
  guint status;
  char *head;
  GString *body;
} TestAnswer;

FrontTest *front_test_new (gboolean driven);
/* With a setting of the front. */
FrontTest *front_test_new_with (gboolean driven, const char *key, const char *value);
/* With several: key, value, and so on; NULL for the rest. */
#define FRONT_TEST_PAIRS 8
FrontTest *front_test_new_pairs (gboolean driven, const char *const *pairs);
void front_test_free (FrontTest *f);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FrontTest, front_test_free)
void front_test_withdraw (FrontTest *f, gpointer provider);
/* More of the stream that the last STREAM opened. */
void front_test_push (FrontTest *f, const char *text);

/* Of requests that only the page itself may make. */
#define OWN "Sec-Fetch-Site: same-origin\r\nOrigin: $ORIGIN\r\n"
#define STREAM "GET /stream HTTP/1.1\r\nHost: $HOST\r\nSec-Fetch-Site: same-origin\r\n\r\n"

TestClient *test_client_new (FrontTest *f);
void test_client_free (TestClient *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TestClient, test_client_free)
/* In @text each $HOST is our own Host, each $ORIGIN our own origin. */
void test_client_send (TestClient *self, const char *text);
void test_client_send_bytes (TestClient *self, gconstpointer data, gsize length);
/* Waits for a whole answer and takes it off. Of a HEAD: without a body. */
TestAnswer *test_client_receive (TestClient *self, gboolean head);
/* ... which has this status and, unless it is NULL, this body. */
void test_client_expect (TestClient *self, guint status, const char *body);
void test_client_wait_for (TestClient *self, const char *text);
void test_client_wait_end (TestClient *self);
void test_client_wait_calls (TestClient *self, guint calls);
void test_client_pump (TestClient *self);

void test_answer_free (TestAnswer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TestAnswer, test_answer_free)
gboolean test_answer_has (TestAnswer *self, const char *line);
