/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The texts with what seldom changes: /proc/cpuinfo, os-release and files of one line. */

#include "config.h"

#include "reeve-host-metrics-parse-private.h"

#include <string.h>

/* Sockets whose cores are counted apart. */
#define REEVE_HOST_METRICS_PARSE_SOCKETS 64
/* The digits of a number in /proc/cpuinfo's "0x" style. */
#define REEVE_HOST_METRICS_PARSE_HEX 8

/* "model name : AMD EPYC": does the line's key equal @key? Then only its value is left. */
static gboolean
reeve_host_metrics_parse_cpuinfo_key (ReeveHostMetricsParseLine *line, const char *key)
{
  ReeveHostMetricsParseLine rest = *line;

  if (!reeve_host_metrics_parse_skip (&rest, key, strlen (key)))
    return FALSE;
  reeve_host_metrics_parse_skip_blanks (&rest);
  if (!reeve_host_metrics_parse_skip (&rest, ":", 1))
    return FALSE;
  *line = rest;
  return TRUE;
}

/* "0xd08" */
static gboolean
reeve_host_metrics_parse_hex (ReeveHostMetricsParseLine *line, guint64 *ret_value)
{
  guint digits = 0;
  guint64 value = 0;

  reeve_host_metrics_parse_skip_blanks (line);
  if (!reeve_host_metrics_parse_skip (line, "0x", 2))
    return FALSE;
  for (; line->at < line->end && g_ascii_isxdigit (*line->at); line->at++, digits++)
    value = value << 4 | (guint) g_ascii_xdigit_value (*line->at);
  *ret_value = value;
  return digits > 0 && digits <= REEVE_HOST_METRICS_PARSE_HEX && line->at == line->end;
}

/* Cores of each socket, once; those that do not say their socket are on the first. */
typedef struct
{
  guint64 socket;
  guint64 seen;
  guint64 implementer; /* of ARM processors */
  const char *part;    /* the first one's core, NULL: not known by name */
} ReeveHostMetricsParseCpuinfo;

/* Counts. FALSE: another line. */
static gboolean
reeve_host_metrics_parse_cpuinfo_count (ReeveHostMetricsParseLine *line,
                                        ReeveHostMetricsParseCpuinfo *state,
                                        ReeveHostMetricsCpuinfo *info)
{
  guint64 value;

  if (reeve_host_metrics_parse_cpuinfo_key (line, "processor"))
    {
      if (reeve_host_metrics_parse_number (line, ' ', &value))
        {
          info->threads++;
          state->socket = 0;
        }
      return TRUE;
    }
  if (reeve_host_metrics_parse_cpuinfo_key (line, "physical id"))
    {
      if (reeve_host_metrics_parse_number (line, ' ', &value))
        state->socket = MIN (value, REEVE_HOST_METRICS_PARSE_SOCKETS - 1);
      return TRUE;
    }
  if (!reeve_host_metrics_parse_cpuinfo_key (line, "cpu cores"))
    return FALSE;
  if (reeve_host_metrics_parse_number (line, ' ', &value) && value <= G_MAXINT16 &&
      (state->seen >> state->socket & 1) == 0)
    {
      state->seen |= G_GUINT64_CONSTANT (1) << state->socket;
      info->cores += (guint) value;
    }
  return TRUE;
}

/* The name of the first processor's core on ARM. FALSE: another line. */
static gboolean
reeve_host_metrics_parse_cpuinfo_arm (ReeveHostMetricsParseLine *line,
                                      ReeveHostMetricsParseCpuinfo *state)
{
  guint64 part;

  if (reeve_host_metrics_parse_cpuinfo_key (line, "CPU implementer"))
    {
      if (!reeve_host_metrics_parse_hex (line, &state->implementer))
        state->implementer = 0;
      return TRUE;
    }
  if (!reeve_host_metrics_parse_cpuinfo_key (line, "CPU part"))
    return FALSE;
  if (state->part == NULL && reeve_host_metrics_parse_hex (line, &part))
    state->part = reeve_host_metrics_parse_arm_part (state->implementer, part);
  return TRUE;
}

/* The first line that names a processor, and the board for want of one. */
static void
reeve_host_metrics_parse_cpuinfo_name (ReeveHostMetricsParseLine *line,
                                       ReeveHostMetricsCpuinfo *info)
{
  /* x86; MIPS; PowerPC; the board's name on ARM, which names no processor here; RISC-V */
  static const char *const models[] = { "model name", "cpu model", "cpu", "Model", "uarch" };

  if (info->hardware[0] == '\0' && reeve_host_metrics_parse_cpuinfo_key (line, "Hardware"))
    {
      if (!reeve_host_metrics_parse_copy_cut (*line, info->hardware, sizeof info->hardware))
        info->hardware[0] = '\0';
    }
  else if (info->model[0] == '\0')
    for (guint i = 0; i < G_N_ELEMENTS (models); i++)
      if (reeve_host_metrics_parse_cpuinfo_key (line, models[i]))
        {
          if (!reeve_host_metrics_parse_copy_cut (*line, info->model, sizeof info->model))
            info->model[0] = '\0';
          return;
        }
}

void
reeve_host_metrics_parse_cpuinfo (const char *data, gsize length,
                                  ReeveHostMetricsCpuinfo *ret_cpuinfo)
{
  ReeveHostMetricsParseCpuinfo state = { 0 };
  ReeveHostMetricsText text;
  ReeveHostMetricsParseLine line;

  memset (ret_cpuinfo, 0, sizeof *ret_cpuinfo);
  reeve_host_metrics_text_init (&text, data, length);
  while (reeve_host_metrics_parse_next_line (&text, &line))
    if (!reeve_host_metrics_parse_cpuinfo_count (&line, &state, ret_cpuinfo) &&
        !reeve_host_metrics_parse_cpuinfo_arm (&line, &state))
      reeve_host_metrics_parse_cpuinfo_name (&line, ret_cpuinfo);
  /* "ARMv7 Processor rev 4" and a board's name say less than the core's */
  if (state.part != NULL)
    g_strlcpy (ret_cpuinfo->model, state.part, sizeof ret_cpuinfo->model);
}

gboolean
reeve_host_metrics_parse_os_release (const char *data, gsize length,
                                     char ret_name[REEVE_HOST_METRICS_FACT_TEXT])
{
  ReeveHostMetricsText text;
  ReeveHostMetricsParseLine line;

  reeve_host_metrics_text_init (&text, data, length);
  while (reeve_host_metrics_parse_next_line (&text, &line))
    if (reeve_host_metrics_parse_skip (&line, "PRETTY_NAME=", 12))
      {
        if (line.end - line.at >= 2 && (*line.at == '"' || *line.at == '\'') &&
            line.end[-1] == *line.at)
          {
            line.at++;
            line.end--;
          }
        return reeve_host_metrics_parse_copy_cut (line, ret_name, REEVE_HOST_METRICS_FACT_TEXT);
      }
  return FALSE;
}

gboolean
reeve_host_metrics_parse_line (const char *data, gsize length, char *ret_text, gsize room)
{
  ReeveHostMetricsParseLine line = { data, data + length };
  const char *newline = length > 0 ? memchr (data, '\n', length) : NULL;

  if (newline != NULL)
    line.end = newline;
  /* the strings of a device tree end with a NUL */
  else if (length > 0 && line.end[-1] == '\0')
    line.end--;
  return reeve_host_metrics_parse_copy_cut (line, ret_text, room);
}
