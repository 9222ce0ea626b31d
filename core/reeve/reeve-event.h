/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-types.h"

G_BEGIN_DECLS

/* Something that happened. Immutable, refcounted. */

typedef enum
{
  REEVE_SEVERITY_DEBUG,
  REEVE_SEVERITY_INFO,
  REEVE_SEVERITY_NOTICE,
  REEVE_SEVERITY_WARNING,
  REEVE_SEVERITY_ERROR,
  REEVE_SEVERITY_CRITICAL,
} ReeveSeverity;

/* Events that the ring keeps; older ones are overwritten. */
#define REEVE_EVENT_RING_SIZE 1024
#define REEVE_EVENT_MAX_TEXT 1000

#define REEVE_TYPE_EVENT (reeve_event_get_type ())
REEVE_API GType reeve_event_get_type (void);
REEVE_API ReeveEvent *reeve_event_ref (ReeveEvent *self);
REEVE_API void reeve_event_unref (ReeveEvent *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveEvent, reeve_event_unref)

REEVE_API guint64 reeve_event_get_number (ReeveEvent *self); /* grows by one in this process */
REEVE_API gint64 reeve_event_get_time (ReeveEvent *self);    /* wall clock, microseconds */
REEVE_API ReeveSeverity reeve_event_get_severity (ReeveEvent *self);
REEVE_API const char *
reeve_event_get_category (ReeveEvent *self); /* "link", "state", "sign-in", "setting", "plugin" */
REEVE_API const char *
reeve_event_get_subject (ReeveEvent *self); /* what it is about: a system's id, a plugin's name */
REEVE_API const char *reeve_event_get_source (ReeveEvent *self); /* the context that said it */
REEVE_API const char *reeve_event_get_text (ReeveEvent *self);   /* one line for people */
REEVE_API GVariant *reeve_event_get_fields (ReeveEvent *self);   /* vardict, maybe empty */
REEVE_API const char *reeve_severity_to_string (ReeveSeverity severity);
/* FALSE for what is no severity's name. */
REEVE_API gboolean reeve_severity_from_string (const char *text, ReeveSeverity *ret_severity);
REEVE_API GVariant *reeve_event_to_variant (ReeveEvent *self); /* a{sv} of all of it; floating */

/* ---- the ring (host, tests, and the events plugin by its context) ---- */

typedef void (*ReeveEventFunc) (ReeveEvent *event, gpointer user_data);

REEVE_API ReeveEventRing *reeve_event_ring_new (ReeveClock *clock);
REEVE_API void reeve_event_ring_free (ReeveEventRing *self);
/* @fields: vardict, floating is sunk, may be NULL. Watchers hear of it in the next turn of the
 * loop. */
REEVE_API void reeve_event_ring_add (ReeveEventRing *self, ReeveSeverity severity,
                                     const char *category, const char *subject, const char *source,
                                     GVariant *fields, const char *text);
/* Those numbered above @after, oldest first. (transfer full). @ret_lost: how many were overwritten
 * unseen. */
REEVE_API GPtrArray *reeve_event_ring_read (ReeveEventRing *self, guint64 after, guint64 *ret_lost);
REEVE_API guint reeve_event_ring_add_watch (ReeveEventRing *self, ReeveEventFunc func,
                                            gpointer user_data);
REEVE_API void reeve_event_ring_remove_watch (ReeveEventRing *self, guint id);

G_END_DECLS
