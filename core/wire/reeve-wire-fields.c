/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The tables of Beszel's single-valued fields, and how one is read and written. */

#include "config.h"

#include "reeve-wire-fields.h"

#include <math.h>

#define FIELD(key, KIND, METRIC, FORM, flags, factor)                                              \
  {                                                                                                \
    key, REEVE_KIND_##KIND, REEVE_##KIND##_##METRIC, REEVE_WIRE_FIELD_##FORM, flags, factor        \
  }
#define OPTIONAL REEVE_WIRE_FIELD_OPTIONAL
#define SECOND REEVE_WIRE_FIELD_SECOND
#define PERCENT REEVE_WIRE_PERCENT
#define MIB REEVE_WIRE_MIB
#define GIB REEVE_WIRE_GIB

/* The filesystem is the root; 12 and 13 are for hubs before 0.13. */
const ReeveWireField reeve_wire_stats_fields[] = {
  FIELD (0, CPU, USAGE, NUMBER, 0, PERCENT),
  FIELD (2, MEMORY, TOTAL, NUMBER, 0, GIB),
  FIELD (3, MEMORY, USED, NUMBER, 0, GIB),
  FIELD (4, MEMORY, USAGE, NUMBER, 0, PERCENT),
  FIELD (5, MEMORY, CACHE, NUMBER, 0, GIB),
  FIELD (6, MEMORY, ZFS_ARC, NUMBER, OPTIONAL, GIB),
  FIELD (7, SWAP, TOTAL, NUMBER, OPTIONAL, GIB),
  FIELD (8, SWAP, USED, NUMBER, OPTIONAL, GIB),
  FIELD (9, FILESYSTEM, TOTAL, NUMBER, 0, GIB),
  FIELD (10, FILESYSTEM, USED, NUMBER, 0, GIB),
  FIELD (11, FILESYSTEM, USAGE, NUMBER, 0, PERCENT),
  FIELD (12, FILESYSTEM, READ, NUMBER, OPTIONAL | SECOND, MIB),
  FIELD (13, FILESYSTEM, WRITE, NUMBER, OPTIONAL | SECOND, MIB),
};
const guint reeve_wire_n_stats_fields = G_N_ELEMENTS (reeve_wire_stats_fields);

const ReeveWireField reeve_wire_old_stats_fields[] = {
  FIELD (16, NETWORK, SENT, NUMBER, SECOND, MIB),
  FIELD (17, NETWORK, RECEIVED, NUMBER, SECOND, MIB),
  FIELD (23, LOAD, ONE, NUMBER, SECOND, 1),
  FIELD (24, LOAD, FIVE, NUMBER, SECOND, 1),
  FIELD (25, LOAD, FIFTEEN, NUMBER, SECOND, 1),
};
const guint reeve_wire_n_old_stats_fields = G_N_ELEMENTS (reeve_wire_old_stats_fields);

const ReeveWireField reeve_wire_info_fields[] = {
  FIELD (5, SYSTEM, UPTIME, UINT, 0, 1),
  FIELD (6, CPU, USAGE, NUMBER, SECOND, PERCENT),
  FIELD (7, MEMORY, USAGE, NUMBER, SECOND, PERCENT),
  FIELD (8, FILESYSTEM, USAGE, NUMBER, SECOND, PERCENT),
  FIELD (12, SYSTEM, GPU, NUMBER, OPTIONAL, PERCENT),
  FIELD (13, SYSTEM, TEMPERATURE, RAW, OPTIONAL, 1),
};
const guint reeve_wire_n_info_fields = G_N_ELEMENTS (reeve_wire_info_fields);

const ReeveWireField reeve_wire_old_info_fields[] = {
  FIELD (0, HOST, HOSTNAME, TEXT, 0, 1),  FIELD (1, HOST, KERNEL, TEXT, 0, 1),
  FIELD (2, HOST, CORES, UINT, 0, 1),     FIELD (3, HOST, THREADS, UINT, 0, 1),
  FIELD (4, HOST, CPU_MODEL, TEXT, 0, 1), FIELD (10, HOST, AGENT_VERSION, TEXT, 0, 1),
  FIELD (11, HOST, PODMAN, BOOL, 0, 1),   FIELD (14, HOST, OS, STATE, 0, 1),
};
const guint reeve_wire_n_old_info_fields = G_N_ELEMENTS (reeve_wire_old_info_fields);

const ReeveWireField reeve_wire_details_fields[] = {
  FIELD (0, HOST, HOSTNAME, TEXT, 0, 1),      FIELD (1, HOST, KERNEL, TEXT, OPTIONAL, 1),
  FIELD (2, HOST, CORES, UINT, 0, 1),         FIELD (3, HOST, THREADS, UINT, 0, 1),
  FIELD (4, HOST, CPU_MODEL, TEXT, 0, 1),     FIELD (5, HOST, OS, STATE, 0, 1),
  FIELD (6, HOST, OS_NAME, TEXT, 0, 1),       FIELD (7, HOST, ARCH, TEXT, 0, 1),
  FIELD (8, HOST, PODMAN, BOOL, OPTIONAL, 1), FIELD (9, HOST, MEMORY, UINT, 0, 1),
};
const guint reeve_wire_n_details_fields = G_N_ELEMENTS (reeve_wire_details_fields);

const ReeveWireField reeve_wire_fs_fields[] = {
  FIELD (0, FILESYSTEM, TOTAL, NUMBER, 0, GIB),
  FIELD (1, FILESYSTEM, USED, NUMBER, 0, GIB),
  FIELD (2, FILESYSTEM, READ, NUMBER, SECOND, MIB),
  FIELD (3, FILESYSTEM, WRITE, NUMBER, SECOND, MIB),
  FIELD (6, FILESYSTEM, READ, UINT, OPTIONAL, 1),
  FIELD (7, FILESYSTEM, WRITE, UINT, OPTIONAL, 1),
};
const guint reeve_wire_n_fs_fields = G_N_ELEMENTS (reeve_wire_fs_fields);

/* Between 4 and 6 stand the engines. */
const ReeveWireField reeve_wire_gpu_fields[] = {
  FIELD (0, GPU, NAME, TEXT, 0, 1),
  FIELD (1, GPU, MEMORY_USED, NUMBER, OPTIONAL, MIB),
  FIELD (2, GPU, MEMORY_TOTAL, NUMBER, OPTIONAL, MIB),
  FIELD (3, GPU, USAGE, NUMBER, OPTIONAL, PERCENT),
  FIELD (4, GPU, POWER, NUMBER, OPTIONAL, 1),
  FIELD (6, GPU, PACKAGE_POWER, NUMBER, OPTIONAL, 1),
};
const guint reeve_wire_n_gpu_fields = G_N_ELEMENTS (reeve_wire_gpu_fields);

/* 9 (the bandwidth) follows 4, 7 (the id) follows 6. */
const ReeveWireField reeve_wire_container_fields[] = {
  FIELD (0, CONTAINER, NAME, TEXT, 0, 1),
  FIELD (1, CONTAINER, CPU, NUMBER, 0, PERCENT),
  FIELD (2, CONTAINER, MEMORY, NUMBER, 0, MIB),
  FIELD (3, CONTAINER, SENT, NUMBER, OPTIONAL | SECOND, MIB),
  FIELD (4, CONTAINER, RECEIVED, NUMBER, OPTIONAL | SECOND, MIB),
  FIELD (5, CONTAINER, HEALTH, STATE, 0, 1),
  FIELD (6, CONTAINER, STATUS, TEXT, 0, 1),
  FIELD (8, CONTAINER, IMAGE, TEXT, 0, 1),
  FIELD (10, CONTAINER, PORTS, TEXT, 0, 1),
};
const guint reeve_wire_n_container_fields = G_N_ELEMENTS (reeve_wire_container_fields);

/* Before them the name. */
const ReeveWireField reeve_wire_service_fields[] = {
  FIELD (1, SERVICE, STATE, STATE, 0, 1),     FIELD (2, SERVICE, CPU, NUMBER, 0, PERCENT),
  FIELD (3, SERVICE, MEMORY, UINT, 0, 1),     FIELD (4, SERVICE, MEMORY_PEAK, UINT, 0, 1),
  FIELD (5, SERVICE, SUB_STATE, STATE, 0, 1), FIELD (6, SERVICE, CPU_PEAK, NUMBER, 0, PERCENT),
};
const guint reeve_wire_n_service_fields = G_N_ELEMENTS (reeve_wire_service_fields);

const ReeveWireField *
reeve_wire_field_find (const ReeveWireField *fields, guint n_fields, guint key)
{
  for (guint i = 0; i < n_fields; i++)
    if (fields[i].key == key)
      return &fields[i];
  return NULL;
}

/* ---- reading ---- */

void
reeve_wire_field_read (const ReeveWireField *field, ReeveWireReader *reader, ReeveSample *sample)
{
  const char *text;
  guint64 integer;
  gboolean truth;
  double number;

  switch ((ReeveWireFieldForm) field->form)
    {
    case REEVE_WIRE_FIELD_NUMBER:
    case REEVE_WIRE_FIELD_RAW:
      if (reeve_wire_reader_get_double (reader, &number))
        reeve_sample_set_number (sample, field->metric, number / field->factor);
      break;
    case REEVE_WIRE_FIELD_UINT:
      /* Some are signed in the peer's own structures. */
      if (reeve_wire_reader_get_int (reader, &integer))
        reeve_sample_set_number (sample, field->metric, (double) integer / field->factor);
      break;
    case REEVE_WIRE_FIELD_STATE:
      if (reeve_wire_reader_get_uint (reader, G_MAXUINT8, &integer))
        reeve_sample_set_state (sample, field->metric, (guint) integer);
      break;
    case REEVE_WIRE_FIELD_BOOL:
      if (reeve_wire_reader_get_bool (reader, &truth))
        reeve_sample_set_state (sample, field->metric, truth ? 1 : 0);
      break;
    case REEVE_WIRE_FIELD_TEXT:
      text = reeve_wire_reader_get_text (reader, REEVE_SAMPLE_MAX_TEXT);
      if (text)
        reeve_sample_set_text (sample, field->metric, text);
      break;
    }
}

/* ---- writing ---- */

double
reeve_wire_round (double value)
{
  double rounded = round (value * 100) / 100;

  return isfinite (rounded) ? rounded + 0.0 : 0;
}

double
reeve_wire_number (ReeveSample *sample, int row, guint metric, double factor)
{
  double value = row < 0 ? NAN : reeve_sample_get_number (sample, (guint) row, metric) * factor;

  return isfinite (value) ? value : 0;
}

guint64
reeve_wire_uint (ReeveSample *sample, int row, guint metric, double factor, guint64 most)
{
  double value = reeve_wire_number (sample, row, metric, factor);

  if (value <= 0)
    return 0;
  return value >= (double) most ? most : (guint64) value;
}

static void
reeve_wire_field_write_number (const ReeveWireField *field, ReeveWireWriter *writer, double value)
{
  if (value == 0 && (field->flags & REEVE_WIRE_FIELD_OPTIONAL))
    return;
  reeve_wire_writer_key (writer, field->key);
  reeve_wire_writer_double (writer, value);
}

static void
reeve_wire_field_write_uint (const ReeveWireField *field, ReeveWireWriter *writer, guint64 value)
{
  if (value == 0 && (field->flags & REEVE_WIRE_FIELD_OPTIONAL))
    return;
  reeve_wire_writer_key (writer, field->key);
  if (field->form == REEVE_WIRE_FIELD_BOOL)
    reeve_wire_writer_bool (writer, value != 0);
  else
    reeve_wire_writer_uint (writer, value);
}

static void
reeve_wire_field_write_text (const ReeveWireField *field, ReeveWireWriter *writer,
                             const char *value)
{
  if (!value)
    value = "";
  if (*value == '\0' && (field->flags & REEVE_WIRE_FIELD_OPTIONAL))
    return;
  reeve_wire_writer_key (writer, field->key);
  reeve_wire_writer_text (writer, value);
}

void
reeve_wire_field_write (const ReeveWireField *field, ReeveWireWriter *writer, ReeveSample *sample,
                        int row)
{
  double number;

  switch ((ReeveWireFieldForm) field->form)
    {
    case REEVE_WIRE_FIELD_NUMBER:
      number = reeve_wire_number (sample, row, field->metric, field->factor);
      reeve_wire_field_write_number (field, writer, reeve_wire_round (number));
      break;
    case REEVE_WIRE_FIELD_RAW:
      number = reeve_wire_number (sample, row, field->metric, field->factor);
      reeve_wire_field_write_number (field, writer, number);
      break;
    case REEVE_WIRE_FIELD_UINT:
      reeve_wire_field_write_uint (field, writer,
                                   reeve_wire_uint (sample, row, field->metric, field->factor,
                                                    G_MAXINT64));
      break;
    case REEVE_WIRE_FIELD_STATE:
    case REEVE_WIRE_FIELD_BOOL:
      reeve_wire_field_write_uint (field, writer,
                                   reeve_wire_uint (sample, row, field->metric, 1, G_MAXUINT8));
      break;
    case REEVE_WIRE_FIELD_TEXT:
      reeve_wire_field_write_text (field, writer,
                                   row < 0 ? NULL
                                           : reeve_sample_get_text (sample, row, field->metric));
      break;
    }
}
