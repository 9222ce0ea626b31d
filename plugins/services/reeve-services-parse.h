/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

G_BEGIN_DECLS

/* What systemd and the kernel write, taken apart. Pure: no I/O. */

#define REEVE_SERVICES_MAX_NAME 255  /* of a unit, bytes; systemd's own limit */
#define REEVE_SERVICES_MAX_PATH 1024 /* of a control group or an object, bytes */
#define REEVE_SERVICES_MAX_PATTERNS 64

/* A file of one number, "12345\n". FALSE for "max" and everything else. */
gboolean reeve_services_parse_number (const char *text, gsize length, guint64 *ret_value);
/* The line usage_usec of cpu.stat, in microseconds. A last line without its end is not believed. */
gboolean reeve_services_parse_usage (const char *text, gsize length, guint64 *ret_us);

/* Of systemd's alphabet, at most REEVE_SERVICES_MAX_NAME, and with a unit's type at its end. */
gboolean reeve_services_is_unit_name (const char *name);
/* As people see it: without ".service", \xNN taken back, clean. (transfer full) */
char *reeve_services_show_name (const char *unit);
/* "/system.slice/cron.service": absolute, without "..". "" is no control group. */
gboolean reeve_services_is_cgroup (const char *path);
/* An object of the unit kind. */
gboolean reeve_services_is_object (const char *path);

/* "nginx" is "nginx.service"; what ends in another unit's type, or in "*", stays. (transfer full),
 * NULL with an error that says the form. */
char *reeve_services_parse_pattern (const char *text, GError **error);
/* All of them; (transfer full), NULL-terminated. */
GStrv reeve_services_parse_patterns (const char *const *texts, GError **error);

/* The states of service.state and service.sub-state; what is unknown is inactive and other. */
guint reeve_services_parse_state (const char *text);
guint reeve_services_parse_sub_state (const char *text);
/* The value of service.state */
enum
{
  REEVE_SERVICES_STATE_ACTIVE,
  REEVE_SERVICES_STATE_INACTIVE,
  REEVE_SERVICES_STATE_FAILED,
  REEVE_SERVICES_STATE_ACTIVATING,
  REEVE_SERVICES_STATE_DEACTIVATING,
  REEVE_SERVICES_STATE_RELOADING,
};

G_END_DECLS
