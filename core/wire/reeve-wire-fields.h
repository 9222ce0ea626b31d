/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-wire-reader.h"
#include "reeve-wire-writer.h"

G_BEGIN_DECLS

/*
 * The fields of Beszel's structures that are one value of one row each, as tables: key, kind,
 * metric, form and scale, in the order in which stock peers write them. What is more than one value
 * stands in the code of reeve-wire-sample-read.c and -write.c.
 */

typedef enum
{
  REEVE_WIRE_FIELD_NUMBER, /* a double, two decimals */
  REEVE_WIRE_FIELD_RAW,    /* a double as it is */
  REEVE_WIRE_FIELD_UINT,
  REEVE_WIRE_FIELD_STATE, /* an unsigned integer */
  REEVE_WIRE_FIELD_BOOL,  /* a state of 0 or 1 */
  REEVE_WIRE_FIELD_TEXT,
} ReeveWireFieldForm;

typedef enum
{
  REEVE_WIRE_FIELD_OPTIONAL = 1 << 0, /* left out when zero or empty */
  REEVE_WIRE_FIELD_SECOND = 1 << 1,   /* read only when nothing better was */
} ReeveWireFieldFlags;

typedef struct
{
  guint8 key;
  guint8 kind;
  guint8 metric;
  guint8 form;
  guint8 flags;
  double factor; /* wire units in a base unit */
} ReeveWireField;

/* Of an interface Beszel knows the first of our metrics, in their order. */
#define REEVE_WIRE_NIC_VALUES (REEVE_NIC_RECEIVED_TOTAL + 1)

#define REEVE_WIRE_PERCENT 100.0
#define REEVE_WIRE_MIB (1.0 / 1048576)
#define REEVE_WIRE_GIB (1.0 / 1073741824)
#define REEVE_WIRE_MILLI 1000.0

extern const ReeveWireField reeve_wire_stats_fields[];
extern const guint reeve_wire_n_stats_fields;
extern const ReeveWireField reeve_wire_old_stats_fields[]; /* of peers before 0.13 */
extern const guint reeve_wire_n_old_stats_fields;
extern const ReeveWireField reeve_wire_info_fields[];
extern const guint reeve_wire_n_info_fields;
extern const ReeveWireField reeve_wire_old_info_fields[]; /* of Info, before there were Details */
extern const guint reeve_wire_n_old_info_fields;
extern const ReeveWireField reeve_wire_details_fields[];
extern const guint reeve_wire_n_details_fields;
extern const ReeveWireField reeve_wire_fs_fields[];
extern const guint reeve_wire_n_fs_fields;
extern const ReeveWireField reeve_wire_gpu_fields[];
extern const guint reeve_wire_n_gpu_fields;
extern const ReeveWireField reeve_wire_container_fields[];
extern const guint reeve_wire_n_container_fields;
extern const ReeveWireField reeve_wire_service_fields[];
extern const guint reeve_wire_n_service_fields;

/* The field of @key, or NULL. */
const ReeveWireField *reeve_wire_field_find (const ReeveWireField *fields, guint n_fields,
                                             guint key);
/* Reads a value into the sample's current row. */
void reeve_wire_field_read (const ReeveWireField *field, ReeveWireReader *reader,
                            ReeveSample *sample);
/* Writes key and value of @row, or the zero of a field that is never left out; -1: no such row. */
void reeve_wire_field_write (const ReeveWireField *field, ReeveWireWriter *writer,
                             ReeveSample *sample, int row);

/* Two decimals, halves away from zero; what would not be finite is 0. */
double reeve_wire_round (double value);
/* The metric in wire units, 0 when missing. */
double reeve_wire_number (ReeveSample *sample, int row, guint metric, double factor);
/* Likewise without fraction, within 0 and @most. */
guint64 reeve_wire_uint (ReeveSample *sample, int row, guint metric, double factor, guint64 most);

/* ---- CombinedData ---- */

/* Into an empty sample, whose rates are set. Errors are the reader's. */
void reeve_wire_sample_read (ReeveWireReader *reader, ReeveSample *sample);
/* Its lists. */
void reeve_wire_containers_read (ReeveWireReader *reader, ReeveSample *sample);
void reeve_wire_services_read (ReeveWireReader *reader, ReeveSample *sample);
/* @bare: for a hub before 0.13. */
void reeve_wire_sample_write (ReeveWireWriter *writer, ReeveSample *sample,
                              const ReeveWireSelf *self, gboolean bare);

/* ---- extension 1 ---- */

/* (transfer full): the answer, or NULL with the reader's error. @ret_schema: as in
 * ReeveWireResponse. */
ReeveMessage *reeve_wire_columns_read (ReeveWireReader *reader, const ReeveWireExpected *expected,
                                       ReeveSchema **ret_schema);
void reeve_wire_columns_write (ReeveWireWriter *writer, ReeveMessage *message);

G_END_DECLS
