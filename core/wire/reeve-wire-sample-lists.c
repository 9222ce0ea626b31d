/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The lists of CombinedData, containers and services: each element a row that is named by one of
 * its own fields. */

#include "config.h"

#include "reeve-wire-fields.h"

static void
reeve_wire_sample_read_container (ReeveWireReader *reader, ReeveSample *sample)
{
  char name[REEVE_SAMPLE_MAX_INSTANCE + 1];
  const ReeveWireField *field;
  gboolean bandwidth = FALSE;
  ReeveWireIter iter;
  guint64 pair[2];
  guint key;

  reeve_wire_reader_peek_text (reader, 7, name);
  if (*name == '\0') /* agents before 0.14 */
    reeve_wire_reader_peek_text (reader, 0, name);
  reeve_sample_select (sample, -1);
  if (*name != '\0')
    reeve_sample_add (sample, REEVE_KIND_CONTAINER, name);
  if (!reeve_wire_reader_enter_map (reader, &iter))
    {
      reeve_wire_reader_fail (reader, REEVE_ERROR_PROTOCOL, "a map was expected, not null");
      return;
    }
  reeve_sample_set_number (sample, REEVE_CONTAINER_SENT, 0); /* left out when zero */
  reeve_sample_set_number (sample, REEVE_CONTAINER_RECEIVED, 0);
  while (reeve_wire_reader_next_key (reader, &iter, &key))
    {
      field =
          reeve_wire_field_find (reeve_wire_container_fields, reeve_wire_n_container_fields, key);
      if (key == 9 && reeve_wire_reader_get_uints (reader, 2, pair))
        {
          reeve_sample_set_number (sample, REEVE_CONTAINER_SENT, (double) pair[0]);
          reeve_sample_set_number (sample, REEVE_CONTAINER_RECEIVED, (double) pair[1]);
          bandwidth = TRUE;
        }
      else if (key == 9)
        continue;
      else if (!field || (bandwidth && (field->flags & REEVE_WIRE_FIELD_SECOND)))
        reeve_wire_reader_skip (reader);
      else
        reeve_wire_field_read (field, reader, sample);
    }
}

static void
reeve_wire_sample_read_service (ReeveWireReader *reader, ReeveSample *sample)
{
  char name[REEVE_SAMPLE_MAX_INSTANCE + 1];
  const ReeveWireField *field;
  ReeveWireIter iter;
  guint key;

  reeve_wire_reader_peek_text (reader, 0, name);
  reeve_sample_select (sample, -1);
  if (*name != '\0')
    reeve_sample_add (sample, REEVE_KIND_SERVICE, name);
  if (!reeve_wire_reader_enter_map (reader, &iter))
    {
      reeve_wire_reader_fail (reader, REEVE_ERROR_PROTOCOL, "a map was expected, not null");
      return;
    }
  while (reeve_wire_reader_next_key (reader, &iter, &key))
    {
      field = reeve_wire_field_find (reeve_wire_service_fields, reeve_wire_n_service_fields, key);
      if (field)
        reeve_wire_field_read (field, reader, sample);
      else
        reeve_wire_reader_skip (reader);
    }
}

static void
reeve_wire_sample_read_list (ReeveWireReader *reader, ReeveSample *sample,
                             void (*read) (ReeveWireReader *reader, ReeveSample *sample))
{
  ReeveWireIter iter;

  if (!reeve_wire_reader_enter_array (reader, &iter))
    return;
  while (reeve_wire_reader_next_item (reader, &iter))
    read (reader, sample);
}

void
reeve_wire_containers_read (ReeveWireReader *reader, ReeveSample *sample)
{
  reeve_wire_sample_read_list (reader, sample, reeve_wire_sample_read_container);
}

void
reeve_wire_services_read (ReeveWireReader *reader, ReeveSample *sample)
{
  reeve_wire_sample_read_list (reader, sample, reeve_wire_sample_read_service);
}
