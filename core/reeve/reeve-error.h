/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-types.h"

G_BEGIN_DECLS

#define REEVE_ERROR (reeve_error_quark ())

/**
 * ReeveError:
 * @REEVE_ERROR_FAILED: something else went wrong; the message says what
 * @REEVE_ERROR_INVALID: an argument, setting or file is malformed
 * @REEVE_ERROR_NOT_FOUND: no such thing
 * @REEVE_ERROR_EXISTS: there is one already
 * @REEVE_ERROR_DENIED: not allowed, or not proven to be allowed
 * @REEVE_ERROR_GONE: the provider is stopping or has stopped
 * @REEVE_ERROR_TIMEOUT: no answer before the deadline
 * @REEVE_ERROR_CANCELLED: the caller took the call back
 * @REEVE_ERROR_LIMIT: a named limit was reached
 * @REEVE_ERROR_UNSUPPORTED: the provider has no such slot, verb or feature
 * @REEVE_ERROR_UNAVAILABLE: not now: nobody provides it, or the peer is away
 * @REEVE_ERROR_CONFLICT: the record changed since it was read
 * @REEVE_ERROR_PROTOCOL: a peer broke the protocol
 * @REEVE_ERROR_IO: a file, socket or device failed
 * @REEVE_ERROR_UNCONFIGURED: a needed setting is missing
 *
 * What a caller can act on. Each code has a D-Bus name, see reeve_error_register().
 */
typedef enum
{
  REEVE_ERROR_FAILED,
  REEVE_ERROR_INVALID,
  REEVE_ERROR_NOT_FOUND,
  REEVE_ERROR_EXISTS,
  REEVE_ERROR_DENIED,
  REEVE_ERROR_GONE,
  REEVE_ERROR_TIMEOUT,
  REEVE_ERROR_CANCELLED,
  REEVE_ERROR_LIMIT,
  REEVE_ERROR_UNSUPPORTED,
  REEVE_ERROR_UNAVAILABLE,
  REEVE_ERROR_CONFLICT,
  REEVE_ERROR_PROTOCOL,
  REEVE_ERROR_IO,
  REEVE_ERROR_UNCONFIGURED,
  REEVE_ERROR_LAST /*< skip >*/
} ReeveError;

/* The D-Bus names are org.reeve.Error.Failed and so on; asking for the quark registers them. */
REEVE_API GQuark reeve_error_quark (void);

/* Turns an error of another domain (GIO, GLib file and key-file errors) into ours, keeping its
 * text. */
REEVE_API void reeve_error_convert (GError **error);

/* "Not found" for a person or a problem document: a short title of the code. Static. */
REEVE_API const char *reeve_error_title (ReeveError code);
/* For programs, and for ever: "not-found". */
REEVE_API const char *reeve_error_name (ReeveError code);

G_END_DECLS
