/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-sample.h"

G_BEGIN_DECLS

/* What travels over a link once the wire's codec is taken away: a request with a verb, or its
 * answer. Refcounted and immutable once handed on. */

/* The verb that every agent answers. */
#define REEVE_VERB_SAMPLE "sample"
/* What it asks for and tells. */
typedef struct
{
  guint interval_ms; /* between this hub's requests of this kind; 0: it does not say */
  gboolean facts;    /* wanted too */
  /* extension 1: */
  gboolean schema;      /* the schema's description wanted */
  guint64 acknowledged; /* the newest sequence that is stored */
  /* Samples that the agent kept while there was no link: how many are wanted at most, and the
   * newest that is stored for good, with the series that it is of. */
  guint kept;
  guint64 kept_series;
  guint64 kept_stored;
} ReeveSampleRequest;
/* Of one answer. */
#define REEVE_MESSAGE_MAX_KEPT 64

/* Verbs beyond samples, which responders answer. Arguments are vardicts. */
/* id (s): a container's id of 12 to 64 hex digits. The value: s, the last lines with their times.
 */
#define REEVE_VERB_CONTAINER_LOGS "container.logs"
/* id (s). The value: s, a JSON object, without the values of environment variables. */
#define REEVE_VERB_CONTAINER_INFO "container.info"
#define REEVE_CONTAINER_ARG_ID "id"
/* name (s): a unit, with or without ".service". The value: a{sv}, systemd's own properties. Over a
 * link integers change their width, arrays of other things than texts become av, what is 2^64 - 1
 * ("infinity") or not finite is left out, and so is a property with a dictionary in it. */
#define REEVE_VERB_SERVICE_INFO "service.info"
#define REEVE_SERVICE_ARG_NAME "name"
/* The value: (a{sa{sv}}b), drives by their key, and whether these are all of them. A drive has
 * those properties that are known: */
#define REEVE_VERB_DISK_HEALTH "disk.health"
#define REEVE_DRIVE_MODEL "model"                 /* s */
#define REEVE_DRIVE_SERIAL "serial"               /* s */
#define REEVE_DRIVE_FIRMWARE "firmware"           /* s */
#define REEVE_DRIVE_CAPACITY "capacity"           /* t: bytes */
#define REEVE_DRIVE_STATUS "status"               /* s: PASSED, FAILED, WARNING, UNKNOWN */
#define REEVE_DRIVE_DEVICE "device"               /* s: /dev/sda */
#define REEVE_DRIVE_TYPE "type"                   /* s: sat, nvme, scsi, emmc, mdraid */
#define REEVE_DRIVE_TEMPERATURE "temperature"     /* u: degrees Celsius */
#define REEVE_DRIVE_ATTRIBUTES "attributes"       /* aa{sv}, each with what is known of: */
#define REEVE_ATTRIBUTE_ID "id"                   /* u */
#define REEVE_ATTRIBUTE_NAME "name"               /* s, always */
#define REEVE_ATTRIBUTE_VALUE "value"             /* u: normalised, as are the next two */
#define REEVE_ATTRIBUTE_WORST "worst"             /* u */
#define REEVE_ATTRIBUTE_THRESHOLD "threshold"     /* u */
#define REEVE_ATTRIBUTE_RAW "raw"                 /* t, always */
#define REEVE_ATTRIBUTE_RAW_TEXT "raw-text"       /* s: as the drive's tool writes it */
#define REEVE_ATTRIBUTE_WHEN_FAILED "when-failed" /* s */

typedef struct _ReeveMessage ReeveMessage;

#define REEVE_TYPE_MESSAGE (reeve_message_get_type ())
REEVE_API GType reeve_message_get_type (void);

/* For REEVE_VERB_SAMPLE. (transfer full) */
REEVE_API ReeveMessage *reeve_message_new_sample_request (const ReeveSampleRequest *wanted);
/* For any other verb. @arguments: a vardict, floating is sunk; NULL: none. (transfer full) */
REEVE_API ReeveMessage *reeve_message_new_request (const char *verb, GVariant *arguments);
/* @sample is referenced. */
REEVE_API ReeveMessage *reeve_message_new_sample (ReeveSample *sample);
/* An answer to any other verb. */
REEVE_API ReeveMessage *reeve_message_new_answer (GVariant *value);
REEVE_API ReeveMessage *reeve_message_ref (ReeveMessage *self);
REEVE_API void reeve_message_unref (ReeveMessage *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveMessage, reeve_message_unref)

REEVE_API const char *reeve_message_get_verb (ReeveMessage *self); /* NULL in an answer */
/* NULL but in a request for a sample. */
REEVE_API const ReeveSampleRequest *reeve_message_get_sample_request (ReeveMessage *self);
/* NULL but in a request for anything else. */
REEVE_API GVariant *reeve_message_get_arguments (ReeveMessage *self);
REEVE_API ReeveSample *reeve_message_get_sample (ReeveMessage *self); /* NULL if it has none */
REEVE_API GVariant *reeve_message_get_value (ReeveMessage *self);     /* NULL if it has none */

/* How long the answer to a request may take: as stock hubs wait, longer for drives that sleep. */
#define REEVE_REQUEST_TIMEOUT_MS 5000
#define REEVE_REQUEST_HEALTH_TIMEOUT_MS 60000
REEVE_API guint reeve_message_get_timeout (ReeveMessage *self);

/* Extension 1 only; 0 and NULL on stock links. Set before the message is handed on. */
REEVE_API guint64 reeve_message_get_sequence (ReeveMessage *self);
REEVE_API void reeve_message_set_sequence (ReeveMessage *self, guint64 sequence);
/* Microseconds between the sample's moment and its sending. */
REEVE_API gint64 reeve_message_get_age (ReeveMessage *self);
REEVE_API void reeve_message_set_age (ReeveMessage *self, gint64 us);
/* REEVE_SCHEMA_DIGEST bytes: of the schema that the agent numbers by, which need not be the
 * sample's when that one is not known here; NULL on stock links. Copied. */
REEVE_API const guint8 *reeve_message_get_digest (ReeveMessage *self);
REEVE_API void reeve_message_set_digest (ReeveMessage *self, const guint8 *digest);
/* The schema's description, when it was asked for. */
REEVE_API GBytes *reeve_message_get_description (ReeveMessage *self);
REEVE_API void reeve_message_set_description (ReeveMessage *self, GBytes *description);

/* The agent's kept samples that go with an answer, oldest first: each is a message with a sample,
 * its sequence in the series, and its age. Sequences of one series only grow. */
typedef struct
{
  guint64 series;     /* 0: there are none, and never were */
  guint64 waiting;    /* samples that wait beyond these */
  GPtrArray *samples; /* of ReeveMessage, or NULL */
} ReeveMessageKept;
REEVE_API const ReeveMessageKept *reeve_message_get_kept (ReeveMessage *self);
/* @kept->samples is referenced. */
REEVE_API void reeve_message_set_kept (ReeveMessage *self, const ReeveMessageKept *kept);

G_END_DECLS
