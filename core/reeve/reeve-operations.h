/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-subject.h"

G_BEGIN_DECLS

/* Named acts that someone may ask for. One table serves D-Bus, the control socket and HTTP. */

typedef enum
{
  REEVE_OPERATION_FLAGS_NONE = 0,
  REEVE_OPERATION_JOB = 1 << 0, /* answers at once with (s): a job's id, see reeve-job.h */
  /* The out-argument "token" is a new session's: over TLS a browser gets it as a cookie and not as
   * a value that scripts can read. */
  REEVE_OPERATION_BEGINS_SESSION = 1 << 1,
  /* The session of who asks ends, and its cookie with it. */
  REEVE_OPERATION_ENDS_SESSION = 1 << 2,
} ReeveOperationFlags;

typedef struct _ReeveOperations ReeveOperations;

/* One method, already authorised. @arguments: a tuple of its in-signature. @task: to be ended, now
 * or later, with a tuple of its out-signature (a GVariant, transfer full) or an error; its data is
 * the ReeveSubject that asks, for the record. */
typedef void (*ReeveOperationHandler) (ReeveOperations *self, GVariant *arguments, GTask *task);
/* Ends a handler's @task well, with @value, which may be floating. */
REEVE_API void reeve_operations_return (GTask *task, GVariant *value);
/* For a function that takes a provider's own type first. */
#define REEVE_OPERATION_HANDLER(func) ((ReeveOperationHandler) (func))

typedef struct
{
  const char *method; /* as in the XML; NULL ends the table. Each method of the XML has its row */
  ReevePower power;   /* never NONE */
  ReeveOperationFlags flags;
  /* NULL, or how HTTP asks: "GET", "/api/v1/systems/{system}". A name in braces is the method's
   * in-argument of that name; the others come from the query (GET, DELETE) or a JSON object in the
   * body. The answer is a JSON object of the out-arguments by name. */
  const char *http_verb;
  const char *http_path;
  /* The in-argument (always of type s) that names the object for the authorizer; NULL: none. */
  const char *object_argument;
  ReeveOperationHandler handler; /* NULL where the provider has call_async() */
} ReeveOperationRow;

#define REEVE_OPERATION_MAX_ROWS 64

#define REEVE_TYPE_OPERATIONS (reeve_operations_get_type ())
REEVE_API
G_DECLARE_INTERFACE (ReeveOperations, reeve_operations, REEVE, OPERATIONS, GObject)

struct _ReeveOperationsInterface
{
  GTypeInterface parent;

  /* Both never change: the one D-Bus interface with its documentation, and a row for each of its
   * methods. */
  GDBusInterfaceInfo *info;
  const ReeveOperationRow *rows;
  /* For providers whose methods have much in common; by default the row's handler is called. As
   * there, call_finish() gives (transfer full) what the task was ended with. */
  void (*call_async) (ReeveOperations *self, const char *method, GVariant *arguments,
                      ReeveSubject *subject, GCancellable *cancellable,
                      GAsyncReadyCallback callback, gpointer user_data);
  GVariant *(*call_finish) (ReeveOperations *self, GAsyncResult *result, GError **error);
};

#define REEVE_OPERATION_TIMEOUT_MS 30000

/* Dispatch: checks the arguments' type, authorises, calls. The one way in for every door. */
REEVE_API void reeve_operations_call_async (ReeveOperations *self, ReeveContext *context,
                                            const char *method, GVariant *arguments,
                                            ReeveSubject *subject, GCancellable *cancellable,
                                            GAsyncReadyCallback callback, gpointer user_data);
REEVE_API GVariant *reeve_operations_call_finish (ReeveOperations *self, GAsyncResult *result,
                                                  GError **error);
REEVE_API GDBusInterfaceInfo *reeve_operations_get_info (ReeveOperations *self);
REEVE_API const ReeveOperationRow *reeve_operations_get_rows (ReeveOperations *self);
/* Every method of the XML has a row with a power, and the reverse; at most the limit. */
REEVE_API gboolean reeve_operations_check (ReeveOperations *self, GError **error);

G_END_DECLS
