/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The error domain of everything that crosses the plugin contract. Errors of other domains are
 * converted where they come in, so that a caller needs to know one list only, and the same list
 * goes over D-Bus by name. */

#include "config.h"

#include "reeve-error.h"

static const GDBusErrorEntry reeve_error_entries[] = {
  { REEVE_ERROR_FAILED, "org.reeve.Error.Failed" },
  { REEVE_ERROR_INVALID, "org.reeve.Error.Invalid" },
  { REEVE_ERROR_NOT_FOUND, "org.reeve.Error.NotFound" },
  { REEVE_ERROR_EXISTS, "org.reeve.Error.Exists" },
  { REEVE_ERROR_DENIED, "org.reeve.Error.Denied" },
  { REEVE_ERROR_GONE, "org.reeve.Error.Gone" },
  { REEVE_ERROR_TIMEOUT, "org.reeve.Error.Timeout" },
  { REEVE_ERROR_CANCELLED, "org.reeve.Error.Cancelled" },
  { REEVE_ERROR_LIMIT, "org.reeve.Error.Limit" },
  { REEVE_ERROR_UNSUPPORTED, "org.reeve.Error.Unsupported" },
  { REEVE_ERROR_UNAVAILABLE, "org.reeve.Error.Unavailable" },
  { REEVE_ERROR_CONFLICT, "org.reeve.Error.Conflict" },
  { REEVE_ERROR_PROTOCOL, "org.reeve.Error.Protocol" },
  { REEVE_ERROR_IO, "org.reeve.Error.IO" },
  { REEVE_ERROR_UNCONFIGURED, "org.reeve.Error.Unconfigured" },
};

G_STATIC_ASSERT (G_N_ELEMENTS (reeve_error_entries) == REEVE_ERROR_LAST);

static const char *const reeve_error_titles[] = {
  [REEVE_ERROR_FAILED] = "Failed",
  [REEVE_ERROR_INVALID] = "Invalid",
  [REEVE_ERROR_NOT_FOUND] = "Not found",
  [REEVE_ERROR_EXISTS] = "Exists already",
  [REEVE_ERROR_DENIED] = "Denied",
  [REEVE_ERROR_GONE] = "Gone",
  [REEVE_ERROR_TIMEOUT] = "Timed out",
  [REEVE_ERROR_CANCELLED] = "Cancelled",
  [REEVE_ERROR_LIMIT] = "Limit reached",
  [REEVE_ERROR_UNSUPPORTED] = "Not supported",
  [REEVE_ERROR_UNAVAILABLE] = "Not available",
  [REEVE_ERROR_CONFLICT] = "Conflict",
  [REEVE_ERROR_PROTOCOL] = "Protocol error",
  [REEVE_ERROR_IO] = "Input or output error",
  [REEVE_ERROR_UNCONFIGURED] = "Not configured",
};

G_STATIC_ASSERT (G_N_ELEMENTS (reeve_error_titles) == REEVE_ERROR_LAST);

static const char *const reeve_error_names[] = {
  [REEVE_ERROR_FAILED] = "failed",
  [REEVE_ERROR_INVALID] = "invalid",
  [REEVE_ERROR_NOT_FOUND] = "not-found",
  [REEVE_ERROR_EXISTS] = "exists",
  [REEVE_ERROR_DENIED] = "denied",
  [REEVE_ERROR_GONE] = "gone",
  [REEVE_ERROR_TIMEOUT] = "timeout",
  [REEVE_ERROR_CANCELLED] = "cancelled",
  [REEVE_ERROR_LIMIT] = "limit",
  [REEVE_ERROR_UNSUPPORTED] = "unsupported",
  [REEVE_ERROR_UNAVAILABLE] = "unavailable",
  [REEVE_ERROR_CONFLICT] = "conflict",
  [REEVE_ERROR_PROTOCOL] = "protocol",
  [REEVE_ERROR_IO] = "io",
  [REEVE_ERROR_UNCONFIGURED] = "unconfigured",
};

G_STATIC_ASSERT (G_N_ELEMENTS (reeve_error_names) == REEVE_ERROR_LAST);

/**
 * reeve_error_quark:
 *
 * Registers the D-Bus names (org.reeve.Error.Failed and so on) when called first. Any thread.
 *
 * Returns: the error domain
 */
GQuark
reeve_error_quark (void)
{
  static gsize quark;

  g_dbus_error_register_error_domain ("reeve-error-quark", &quark, reeve_error_entries,
                                      G_N_ELEMENTS (reeve_error_entries));
  return (GQuark) quark;
}

static ReeveError
reeve_error_from_gio (int code)
{
  switch (code)
    {
    case G_IO_ERROR_NOT_FOUND:
    case G_IO_ERROR_NOT_MOUNTED:
      return REEVE_ERROR_NOT_FOUND;
    case G_IO_ERROR_EXISTS:
    case G_IO_ERROR_ADDRESS_IN_USE:
      return REEVE_ERROR_EXISTS;
    case G_IO_ERROR_PERMISSION_DENIED:
      return REEVE_ERROR_DENIED;
    case G_IO_ERROR_CLOSED:
      return REEVE_ERROR_GONE;
    case G_IO_ERROR_TIMED_OUT:
      return REEVE_ERROR_TIMEOUT;
    case G_IO_ERROR_CANCELLED:
      return REEVE_ERROR_CANCELLED;
    case G_IO_ERROR_INVALID_ARGUMENT:
    case G_IO_ERROR_INVALID_FILENAME:
    case G_IO_ERROR_FILENAME_TOO_LONG:
      return REEVE_ERROR_INVALID;
    case G_IO_ERROR_INVALID_DATA:
    case G_IO_ERROR_PARTIAL_INPUT:
    case G_IO_ERROR_MESSAGE_TOO_LARGE:
      return REEVE_ERROR_PROTOCOL;
    case G_IO_ERROR_NO_SPACE:
    case G_IO_ERROR_TOO_MANY_OPEN_FILES:
    case G_IO_ERROR_TOO_MANY_LINKS:
      return REEVE_ERROR_LIMIT;
    case G_IO_ERROR_NOT_SUPPORTED:
      return REEVE_ERROR_UNSUPPORTED;
    case G_IO_ERROR_BUSY:
    case G_IO_ERROR_HOST_UNREACHABLE:
    case G_IO_ERROR_NETWORK_UNREACHABLE:
    case G_IO_ERROR_CONNECTION_REFUSED:
    case G_IO_ERROR_NOT_CONNECTED:
      return REEVE_ERROR_UNAVAILABLE;
    case G_IO_ERROR_WRONG_ETAG:
      return REEVE_ERROR_CONFLICT;
    case G_IO_ERROR_BROKEN_PIPE: /* also CONNECTION_CLOSED */
    case G_IO_ERROR_READ_ONLY:
    case G_IO_ERROR_NOT_DIRECTORY:
    case G_IO_ERROR_IS_DIRECTORY:
      return REEVE_ERROR_IO;
    default:
      return REEVE_ERROR_FAILED;
    }
}

static ReeveError
reeve_error_from_file (int code)
{
  switch (code)
    {
    case G_FILE_ERROR_NOENT:
    case G_FILE_ERROR_NXIO:
    case G_FILE_ERROR_NODEV:
      return REEVE_ERROR_NOT_FOUND;
    case G_FILE_ERROR_EXIST:
      return REEVE_ERROR_EXISTS;
    case G_FILE_ERROR_ACCES:
    case G_FILE_ERROR_PERM:
      return REEVE_ERROR_DENIED;
    case G_FILE_ERROR_INVAL:
    case G_FILE_ERROR_NAMETOOLONG:
      return REEVE_ERROR_INVALID;
    case G_FILE_ERROR_MFILE:
    case G_FILE_ERROR_NFILE:
    case G_FILE_ERROR_NOSPC:
    case G_FILE_ERROR_NOMEM:
      return REEVE_ERROR_LIMIT;
    case G_FILE_ERROR_NOSYS:
      return REEVE_ERROR_UNSUPPORTED;
    case G_FILE_ERROR_AGAIN:
      return REEVE_ERROR_UNAVAILABLE;
    default:
      return REEVE_ERROR_IO;
    }
}

static ReeveError
reeve_error_from_dbus (int code)
{
  switch (code)
    {
    case G_DBUS_ERROR_SERVICE_UNKNOWN:
    case G_DBUS_ERROR_NAME_HAS_NO_OWNER:
    case G_DBUS_ERROR_NO_SERVER:
    case G_DBUS_ERROR_DISCONNECTED:
      return REEVE_ERROR_UNAVAILABLE;
    case G_DBUS_ERROR_ACCESS_DENIED:
    case G_DBUS_ERROR_AUTH_FAILED:
      return REEVE_ERROR_DENIED;
    case G_DBUS_ERROR_NO_REPLY:
    case G_DBUS_ERROR_TIMEOUT:
    case G_DBUS_ERROR_TIMED_OUT:
      return REEVE_ERROR_TIMEOUT;
    case G_DBUS_ERROR_LIMITS_EXCEEDED:
      return REEVE_ERROR_LIMIT;
    case G_DBUS_ERROR_INVALID_ARGS:
    case G_DBUS_ERROR_INVALID_SIGNATURE:
      return REEVE_ERROR_INVALID;
    case G_DBUS_ERROR_UNKNOWN_METHOD:
    case G_DBUS_ERROR_UNKNOWN_INTERFACE:
    case G_DBUS_ERROR_UNKNOWN_PROPERTY:
    case G_DBUS_ERROR_NOT_SUPPORTED:
      return REEVE_ERROR_UNSUPPORTED;
    case G_DBUS_ERROR_UNKNOWN_OBJECT:
      return REEVE_ERROR_NOT_FOUND;
    default:
      return REEVE_ERROR_FAILED;
    }
}

static ReeveError
reeve_error_from_key_file (int code)
{
  switch (code)
    {
    case G_KEY_FILE_ERROR_NOT_FOUND:
    case G_KEY_FILE_ERROR_KEY_NOT_FOUND:
    case G_KEY_FILE_ERROR_GROUP_NOT_FOUND:
      return REEVE_ERROR_NOT_FOUND;
    default:
      return REEVE_ERROR_INVALID;
    }
}

/**
 * reeve_error_convert:
 * @error: (inout) (optional) (nullable): the error to convert in place
 *
 * Gives an error of GIO, GLib's files and key files, or D-Bus our domain and the nearest code and
 * keeps its text. One of ours stays; one of any other domain becomes REEVE_ERROR_FAILED. Nothing
 * happens when there is none.
 */
void
reeve_error_convert (GError **error)
{
  ReeveError code = REEVE_ERROR_FAILED;

  if (error == NULL || *error == NULL || (*error)->domain == REEVE_ERROR)
    return;

  if ((*error)->domain == G_IO_ERROR)
    code = reeve_error_from_gio ((*error)->code);
  else if ((*error)->domain == G_FILE_ERROR)
    code = reeve_error_from_file ((*error)->code);
  else if ((*error)->domain == G_KEY_FILE_ERROR)
    code = reeve_error_from_key_file ((*error)->code);
  else if ((*error)->domain == G_DBUS_ERROR)
    code = reeve_error_from_dbus ((*error)->code);

  (*error)->domain = REEVE_ERROR;
  (*error)->code = code;
}

/**
 * reeve_error_title:
 * @code: a code
 *
 * Returns: a short title, static; "Failed" for a code that does not exist
 */
const char *
reeve_error_title (ReeveError code)
{
  if ((guint) code >= REEVE_ERROR_LAST)
    code = REEVE_ERROR_FAILED;
  return reeve_error_titles[code];
}

/**
 * reeve_error_name:
 * @code: a code
 *
 * Returns: its name for programs, static; "failed" for a code that does not exist
 */
const char *
reeve_error_name (ReeveError code)
{
  if ((guint) code >= REEVE_ERROR_LAST)
    code = REEVE_ERROR_FAILED;
  return reeve_error_names[code];
}
