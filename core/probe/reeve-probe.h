/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/*
 * What every probe shares. A probe is a tiny program with one right and no network. It answers
 * fixed verbs on a Unix socket to one uid, one request a connection, and is started by the service
 * manager when somebody connects. No argument is ever a path, an address or a command.
 *
 * A call runs on a thread of its own, so it may block until its deadline.
 */

G_BEGIN_DECLS

/* Calls at a time; who comes then waits in the socket's queue. */
#define REEVE_PROBE_MAX_CALLS 8
/* A request, with the line's end. */
#define REEVE_PROBE_MAX_REQUEST 128
#define REEVE_PROBE_REQUEST_MS 2000
/* A call from its beginning until the last byte of its answer is taken. */
#define REEVE_PROBE_CALL_MS 10000
#define REEVE_PROBE_MAX_ANSWER (5 * 1024 * 1024)
/* Started by the service manager it ends when nobody came for so long. */
#define REEVE_PROBE_IDLE_MS 60000
/* ... and never before this: a service manager gives a socket up that has it start often. */
#define REEVE_PROBE_LEAST_MS 3000
/* Refused callers are told of in the log this often at most. */
#define REEVE_PROBE_LOG_MS 10000
/* Verbs and arguments have this form and length at most. */
#define REEVE_PROBE_MAX_VERB 31
#define REEVE_PROBE_MIN_HEX 12
#define REEVE_PROBE_MAX_HEX 64

typedef enum
{
  REEVE_PROBE_NOTHING, /* the verb stands alone */
  REEVE_PROBE_HEX,     /* 12 to 64 hex digits */
} ReeveProbeArgument;

typedef struct _ReeveProbeCall ReeveProbeCall;

/* Answers with reeve_probe_answer(), once. @argument: "" for NOTHING. @data: the program's, shared
 * by all threads and not changed any more. */
typedef void (*ReeveProbeFunc) (ReeveProbeCall *call, const char *argument, gconstpointer data);

typedef struct
{
  const char *verb; /* [a-z-]; NULL ends the table */
  ReeveProbeArgument argument;
  ReeveProbeFunc func;
} ReeveProbeVerb;

typedef struct
{
  const char *summary; /* of --help */
  const ReeveProbeVerb *verbs;
  const GOptionEntry *options; /* the program's own; may be NULL */
  /* Looks at the options once they are parsed; may be NULL. */
  gboolean (*prepare) (gpointer data, GError **error);
  gpointer data;
} ReeveProbe;

/* The whole program; what main() returns. */
int reeve_probe_main (int argc, char **argv, const ReeveProbe *probe);

/* ---- for verbs ---- */

/* "STATUS KIND LENGTH\n" and the bytes. @status: as in HTTP; @kind: one word. */
void reeve_probe_answer (ReeveProbeCall *call, guint status, const char *kind, gconstpointer data,
                         gsize length);
/* Connects to the Unix socket @path; -1 with errno. */
int reeve_probe_dial (ReeveProbeCall *call, const char *path);
/* All bytes or FALSE: the deadline has passed, the caller has gone or the peer has. */
gboolean reeve_probe_write (ReeveProbeCall *call, int fd, gconstpointer data, gsize length);
/* As read(2); -1 with errno ETIMEDOUT at the deadline, ECANCELED when the caller has gone. */
gssize reeve_probe_read (ReeveProbeCall *call, int fd, gpointer buffer, gsize room);
/* The program shall end after the calls under way, but not before REEVE_PROBE_LEAST_MS, so that the
 * service manager starts it with a fresh view of the world. Run by hand it stays. */
void reeve_probe_renew (ReeveProbeCall *call);

G_END_DECLS
