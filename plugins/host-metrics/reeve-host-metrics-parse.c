/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The texts of /proc. These files are trusted no more than a peer: a container's or a FUSE
 * filesystem's may say anything. So every parser goes by length, never by a final NUL, checks each
 * number for overflow and takes nothing from a line that is not whole. The formats are those of
 * proc(5) and the kernel's Documentation/admin-guide/iostats.rst.
 */

#include "config.h"

#include "reeve-host-metrics-parse-private.h"

#include <string.h>

/* Digits after the point that count; more are read over. */
#define REEVE_HOST_METRICS_PARSE_DIGITS 9

/* ---- pieces ---- */

void
reeve_host_metrics_text_init (ReeveHostMetricsText *text, const char *data, gsize length)
{
  text->at = data;
  text->end = data + length;
  text->bad = 0;
}

gboolean
reeve_host_metrics_parse_next_line (ReeveHostMetricsText *text, ReeveHostMetricsParseLine *ret_line)
{
  const char *newline;

  if (text->at == text->end)
    return FALSE;
  newline = memchr (text->at, '\n', (gsize) (text->end - text->at));
  if (newline == NULL)
    return FALSE;
  ret_line->at = text->at;
  ret_line->end = newline;
  text->at = newline + 1;
  return TRUE;
}

void
reeve_host_metrics_parse_skip_blanks (ReeveHostMetricsParseLine *line)
{
  while (line->at < line->end && (*line->at == ' ' || *line->at == '\t'))
    line->at++;
}

gboolean
reeve_host_metrics_parse_skip (ReeveHostMetricsParseLine *line, const char *text, gsize length)
{
  if ((gsize) (line->end - line->at) < length || memcmp (line->at, text, length) != 0)
    return FALSE;
  line->at += length;
  return TRUE;
}

gboolean
reeve_host_metrics_parse_number (ReeveHostMetricsParseLine *line, char stop, guint64 *ret_value)
{
  guint64 value = 0;
  const char *at, *end = line->end;
  guint digit;

  reeve_host_metrics_parse_skip_blanks (line);
  at = line->at;
  for (; at < end && (digit = (guint) (guchar) *at - '0') <= 9; at++)
    {
      if (G_UNLIKELY (value > (G_MAXUINT64 - digit) / 10))
        return FALSE;
      value = value * 10 + digit;
    }
  if (at == line->at || (at < end && *at != ' ' && *at != '\t' && *at != stop))
    return FALSE;
  line->at = at;
  *ret_value = value;
  return TRUE;
}

/* "12.34", independent of the locale. */
static gboolean
reeve_host_metrics_parse_decimal (ReeveHostMetricsParseLine *line, double *ret_value)
{
  double scale = 1;
  guint64 whole, part = 0;
  guint digits = 0;

  if (!reeve_host_metrics_parse_number (line, '.', &whole))
    return FALSE;
  if (line->at < line->end && *line->at == '.')
    {
      line->at++;
      for (; line->at < line->end && g_ascii_isdigit (*line->at); line->at++)
        if (digits++ < REEVE_HOST_METRICS_PARSE_DIGITS)
          {
            part = part * 10 + (guint) (*line->at - '0');
            scale *= 10;
          }
      if (digits == 0 || (line->at < line->end && *line->at != ' '))
        return FALSE;
    }
  *ret_value = (double) whole + (double) part / scale;
  return TRUE;
}

/* The next word; empty at the end of the line. */
static ReeveHostMetricsParseLine
reeve_host_metrics_parse_word (ReeveHostMetricsParseLine *line)
{
  ReeveHostMetricsParseLine word;

  reeve_host_metrics_parse_skip_blanks (line);
  word.at = line->at;
  while (line->at < line->end && *line->at != ' ' && *line->at != '\t')
    line->at++;
  word.end = line->at;
  return word;
}

gboolean
reeve_host_metrics_parse_copy (const ReeveHostMetricsParseLine *word, char *ret_text, gsize room)
{
  gsize length = (gsize) (word->end - word->at);

  if (length == 0 || length >= room || memchr (word->at, '\0', length) != NULL)
    return FALSE;
  memcpy (ret_text, word->at, length);
  ret_text[length] = '\0';
  return TRUE;
}

gboolean
reeve_host_metrics_parse_copy_cut (ReeveHostMetricsParseLine word, char *ret_text, gsize room)
{
  while (word.at < word.end && g_ascii_isspace (*word.at))
    word.at++;
  while (word.end > word.at && g_ascii_isspace (word.end[-1]))
    word.end--;
  if ((gsize) (word.end - word.at) >= room)
    word.end = word.at + room - 1;
  return reeve_host_metrics_parse_copy (&word, ret_text, room);
}

/* ---- CPU ---- */

static gboolean
reeve_host_metrics_parse_cpu_line (ReeveHostMetricsParseLine *line,
                                   ReeveHostMetricsCpuLine *ret_line)
{
  enum
  {
    USER,
    NICE,
    SYSTEM,
    IDLE,
    IOWAIT,
    IRQ,
    SOFTIRQ,
    STEAL,
    N
  };
  guint64 ticks[N] = { 0 };
  guint64 number, total = 0;
  guint n = 0;

  ret_line->number = -1;
  if (line->at < line->end && *line->at != ' ')
    {
      if (!reeve_host_metrics_parse_number (line, ' ', &number) || number > G_MAXINT16)
        return FALSE;
      ret_line->number = (int) number;
    }
  /* kernels before 2.6 stop at idle, those before 2.6.11 have no steal */
  while (n < N && reeve_host_metrics_parse_number (line, ' ', &ticks[n]))
    {
      if (total > G_MAXUINT64 - ticks[n])
        return FALSE;
      total += ticks[n++];
    }
  if (n <= IDLE)
    return FALSE;
  ret_line->total = total;
  ret_line->busy = total - ticks[IDLE] - ticks[IOWAIT];
  ret_line->user = ticks[USER];
  ret_line->system = ticks[SYSTEM];
  ret_line->iowait = ticks[IOWAIT];
  ret_line->steal = ticks[STEAL];
  ret_line->idle = ticks[IDLE];
  ret_line->nice = ticks[NICE];
  ret_line->interrupt = ticks[IRQ] + ticks[SOFTIRQ];
  return TRUE;
}

gboolean
reeve_host_metrics_parse_cpu (ReeveHostMetricsText *text, ReeveHostMetricsCpuLine *ret_line)
{
  ReeveHostMetricsParseLine line;

  while (text->end - text->at > 3 && memcmp (text->at, "cpu", 3) == 0)
    {
      if (!reeve_host_metrics_parse_next_line (text, &line))
        {
          text->bad++;
          return FALSE;
        }
      line.at += 3;
      if (reeve_host_metrics_parse_cpu_line (&line, ret_line))
        return TRUE;
      text->bad++;
    }
  return FALSE;
}

/* ---- memory ---- */

static const struct
{
  const char *key;
  guint8 length;
} reeve_host_metrics_parse_mem_keys[REEVE_HOST_METRICS_N_MEM] = {
#define KEY(text)                                                                                  \
  {                                                                                                \
    text ":", sizeof (text ":") - 1                                                                \
  }
  [REEVE_HOST_METRICS_MEM_TOTAL] = KEY ("MemTotal"),
  [REEVE_HOST_METRICS_MEM_FREE] = KEY ("MemFree"),
  [REEVE_HOST_METRICS_MEM_AVAILABLE] = KEY ("MemAvailable"),
  [REEVE_HOST_METRICS_MEM_BUFFERS] = KEY ("Buffers"),
  [REEVE_HOST_METRICS_MEM_CACHED] = KEY ("Cached"),
  [REEVE_HOST_METRICS_MEM_SRECLAIMABLE] = KEY ("SReclaimable"),
  [REEVE_HOST_METRICS_MEM_SHMEM] = KEY ("Shmem"),
  [REEVE_HOST_METRICS_SWAP_TOTAL] = KEY ("SwapTotal"),
  [REEVE_HOST_METRICS_SWAP_FREE] = KEY ("SwapFree"),
  [REEVE_HOST_METRICS_SWAP_CACHED] = KEY ("SwapCached"),
#undef KEY
};

static gboolean
reeve_host_metrics_parse_has (const ReeveHostMetricsMeminfo *meminfo, guint bits)
{
  return (meminfo->present & bits) == bits;
}

gboolean
reeve_host_metrics_parse_meminfo (const char *data, gsize length,
                                  ReeveHostMetricsMeminfo *ret_meminfo)
{
  const guint all = (1u << REEVE_HOST_METRICS_N_MEM) - 1;
  const guint available = 1u << REEVE_HOST_METRICS_MEM_AVAILABLE;
  const guint cached = 1u << REEVE_HOST_METRICS_MEM_FREE | 1u << REEVE_HOST_METRICS_MEM_CACHED;
  ReeveHostMetricsText text;
  ReeveHostMetricsParseLine line;
  guint64 value;

  memset (ret_meminfo, 0, sizeof *ret_meminfo);
  reeve_host_metrics_text_init (&text, data, length);
  while (ret_meminfo->present != all && reeve_host_metrics_parse_next_line (&text, &line))
    {
      /* only these begin like one of ours */
      if (line.at == line.end || strchr ("MBCSs", *line.at) == NULL)
        continue;
      for (guint i = 0; i < REEVE_HOST_METRICS_N_MEM; i++)
        if ((ret_meminfo->present & 1u << i) == 0 &&
            reeve_host_metrics_parse_skip (&line, reeve_host_metrics_parse_mem_keys[i].key,
                                           reeve_host_metrics_parse_mem_keys[i].length))
          {
            if (reeve_host_metrics_parse_number (&line, ' ', &value) && value <= G_MAXUINT64 >> 10)
              {
                ret_meminfo->values[i] = value << 10;
                ret_meminfo->present |= 1u << i;
              }
            break;
          }
    }
  return ret_meminfo->values[REEVE_HOST_METRICS_MEM_TOTAL] > 0 &&
         (reeve_host_metrics_parse_has (ret_meminfo, available) ||
          reeve_host_metrics_parse_has (ret_meminfo, cached));
}

/* All of these are at most a few petabytes of real memory, but the text may say anything. */
static guint64
reeve_host_metrics_parse_add (guint64 a, guint64 b)
{
  return a > G_MAXUINT64 - b ? G_MAXUINT64 : a + b;
}

static guint64
reeve_host_metrics_parse_subtract (guint64 a, guint64 b)
{
  return a > b ? a - b : 0;
}

static void
reeve_host_metrics_parse_memory_any (const ReeveHostMetricsMeminfo *meminfo, guint64 arc,
                                     gboolean htop, ReeveHostMetricsMemory *ret_memory)
{
  const guint cache_bits = 1u << REEVE_HOST_METRICS_MEM_FREE | 1u << REEVE_HOST_METRICS_MEM_CACHED |
                           1u << REEVE_HOST_METRICS_MEM_BUFFERS;
  const guint swap_bits = 1u << REEVE_HOST_METRICS_SWAP_TOTAL | 1u << REEVE_HOST_METRICS_SWAP_FREE;
  const guint64 *v = meminfo->values;
  guint64 total = v[REEVE_HOST_METRICS_MEM_TOTAL];
  guint64 cached = reeve_host_metrics_parse_add (v[REEVE_HOST_METRICS_MEM_CACHED],
                                                 v[REEVE_HOST_METRICS_MEM_SRECLAIMABLE]);
  guint64 available = v[REEVE_HOST_METRICS_MEM_AVAILABLE];

  /* before Linux 3.14 */
  if (!reeve_host_metrics_parse_has (meminfo, 1u << REEVE_HOST_METRICS_MEM_AVAILABLE))
    available = reeve_host_metrics_parse_add (cached, v[REEVE_HOST_METRICS_MEM_FREE]);
  ret_memory->has_cache = reeve_host_metrics_parse_has (meminfo, cache_bits);
  ret_memory->has_swap = reeve_host_metrics_parse_has (meminfo, swap_bits);
  ret_memory->total = total;
  ret_memory->used = reeve_host_metrics_parse_subtract (total, available);
  if (cached == 0 && v[REEVE_HOST_METRICS_MEM_BUFFERS] == 0)
    ret_memory->cache = reeve_host_metrics_parse_subtract (
        reeve_host_metrics_parse_subtract (total, v[REEVE_HOST_METRICS_MEM_FREE]),
        ret_memory->used);
  else
    {
      guint64 cache =
          reeve_host_metrics_parse_add (MIN (cached, total), v[REEVE_HOST_METRICS_MEM_BUFFERS]);

      ret_memory->cache =
          reeve_host_metrics_parse_subtract (MIN (cache, total), v[REEVE_HOST_METRICS_MEM_SHMEM]);
    }
  if (htop && ret_memory->has_cache)
    ret_memory->used = reeve_host_metrics_parse_subtract (
        reeve_host_metrics_parse_subtract (total, v[REEVE_HOST_METRICS_MEM_FREE]),
        ret_memory->cache);
  ret_memory->arc = arc > 0 && arc < ret_memory->used ? arc : 0;
  ret_memory->used -= ret_memory->arc;
  ret_memory->swap_total = v[REEVE_HOST_METRICS_SWAP_TOTAL];
  ret_memory->swap_used = reeve_host_metrics_parse_subtract (
      reeve_host_metrics_parse_subtract (v[REEVE_HOST_METRICS_SWAP_TOTAL],
                                         v[REEVE_HOST_METRICS_SWAP_FREE]),
      v[REEVE_HOST_METRICS_SWAP_CACHED]);
}

/**
 * reeve_host_metrics_parse_memory:
 *
 * Used is what programs cannot get back: the total less what is available. Buffers and cache are
 * counted without shared memory, which nothing can drop. ZFS' cache can be dropped, but the kernel
 * counts it as used, so it is taken out. What the swap's cache holds is in memory too and not used.
 */
void
reeve_host_metrics_parse_memory (const ReeveHostMetricsMeminfo *meminfo, guint64 arc,
                                 ReeveHostMetricsMemory *ret_memory)
{
  reeve_host_metrics_parse_memory_any (meminfo, arc, FALSE, ret_memory);
}

void
reeve_host_metrics_parse_memory_htop (const ReeveHostMetricsMeminfo *meminfo, guint64 arc,
                                      ReeveHostMetricsMemory *ret_memory)
{
  reeve_host_metrics_parse_memory_any (meminfo, arc, TRUE, ret_memory);
}

gboolean
reeve_host_metrics_parse_arcstats (const char *data, gsize length, guint64 *ret_size)
{
  ReeveHostMetricsText text;
  ReeveHostMetricsParseLine line;
  guint64 type;

  reeve_host_metrics_text_init (&text, data, length);
  while (reeve_host_metrics_parse_next_line (&text, &line))
    if (reeve_host_metrics_parse_skip (&line, "size ", 5))
      return reeve_host_metrics_parse_number (&line, ' ', &type) &&
             reeve_host_metrics_parse_number (&line, ' ', ret_size);
  return FALSE;
}

/* ---- load and uptime ---- */

gboolean
reeve_host_metrics_parse_loadavg (const char *data, gsize length, double ret_load[3])
{
  ReeveHostMetricsText text;
  ReeveHostMetricsParseLine line;
  double load[3];

  reeve_host_metrics_text_init (&text, data, length);
  if (!reeve_host_metrics_parse_next_line (&text, &line))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (load); i++)
    if (!reeve_host_metrics_parse_decimal (&line, &load[i]))
      return FALSE;
  memcpy (ret_load, load, sizeof load);
  return TRUE;
}

gboolean
reeve_host_metrics_parse_uptime (const char *data, gsize length, double *ret_uptime)
{
  ReeveHostMetricsText text;
  ReeveHostMetricsParseLine line;

  reeve_host_metrics_text_init (&text, data, length);
  return reeve_host_metrics_parse_next_line (&text, &line) &&
         reeve_host_metrics_parse_decimal (&line, ret_uptime);
}

/* ---- network ---- */

static gboolean
reeve_host_metrics_parse_nic_line (ReeveHostMetricsParseLine *line,
                                   ReeveHostMetricsNicLine *ret_line)
{
  /* bytes packets errs drop fifo frame compressed multicast, then bytes packets errs drop sent */
  guint64 values[12];
  ReeveHostMetricsParseLine name;

  reeve_host_metrics_parse_skip_blanks (line);
  name.at = line->at;
  /* an alias has a colon in its name: the last one ends it */
  name.end = memrchr (line->at, ':', (gsize) (line->end - line->at));
  if (name.end == NULL ||
      !reeve_host_metrics_parse_copy (&name, ret_line->name, sizeof ret_line->name))
    return FALSE;
  line->at = name.end + 1;
  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    if (!reeve_host_metrics_parse_number (line, ' ', &values[i]))
      return FALSE;
  ret_line->received = values[0];
  ret_line->receive_errors = values[2];
  ret_line->receive_drops = values[3];
  ret_line->sent = values[8];
  ret_line->send_errors = values[10];
  ret_line->send_drops = values[11];
  return TRUE;
}

/**
 * reeve_host_metrics_parse_nic:
 *
 * Returns: %FALSE: no more interfaces. The two lines of headings have no colon and are skipped.
 */
gboolean
reeve_host_metrics_parse_nic (ReeveHostMetricsText *text, ReeveHostMetricsNicLine *ret_line)
{
  ReeveHostMetricsParseLine line;

  while (reeve_host_metrics_parse_next_line (text, &line))
    {
      if (memchr (line.at, '|', (gsize) (line.end - line.at)) != NULL)
        continue;
      if (reeve_host_metrics_parse_nic_line (&line, ret_line))
        return TRUE;
      text->bad++;
    }
  return FALSE;
}

/* ---- disks and mounts ---- */

static gboolean
reeve_host_metrics_parse_disk_line (ReeveHostMetricsParseLine *line,
                                    ReeveHostMetricsDiskLine *ret_line)
{
  /* reads merged sectors ms, writes merged sectors ms, in flight, busy ms, weighted ms */
  guint64 values[11], major, minor;
  ReeveHostMetricsParseLine name;

  if (!reeve_host_metrics_parse_number (line, ' ', &major) ||
      !reeve_host_metrics_parse_number (line, ' ', &minor) || major > G_MAXUINT32 ||
      minor > G_MAXUINT32)
    return FALSE;
  name = reeve_host_metrics_parse_word (line);
  if (!reeve_host_metrics_parse_copy (&name, ret_line->name, sizeof ret_line->name))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    if (!reeve_host_metrics_parse_number (line, ' ', &values[i]))
      return FALSE;
  ret_line->major = (guint) major;
  ret_line->minor = (guint) minor;
  ret_line->reads = values[0];
  ret_line->sectors_read = values[2];
  ret_line->reading_ms = values[3];
  ret_line->writes = values[4];
  ret_line->sectors_written = values[6];
  ret_line->writing_ms = values[7];
  ret_line->busy_ms = values[9];
  ret_line->queue_ms = values[10];
  return TRUE;
}

gboolean
reeve_host_metrics_parse_disk (ReeveHostMetricsText *text, ReeveHostMetricsDiskLine *ret_line)
{
  ReeveHostMetricsParseLine line;

  while (reeve_host_metrics_parse_next_line (text, &line))
    {
      if (reeve_host_metrics_parse_disk_line (&line, ret_line))
        return TRUE;
      text->bad++;
    }
  return FALSE;
}

/* Copies with "\040" and its like taken away. FALSE when it does not fit or would hold a NUL. */
static gboolean
reeve_host_metrics_parse_unescape (const ReeveHostMetricsParseLine *word, char *ret_text,
                                   gsize room)
{
  gsize length = 0;

  for (const char *at = word->at; at < word->end; at++)
    {
      char c = *at;

      if (c == '\\' && word->end - at > 3 && at[1] >= '0' && at[1] <= '3' && at[2] >= '0' &&
          at[2] <= '7' && at[3] >= '0' && at[3] <= '7')
        {
          c = (char) ((at[1] - '0') << 6 | (at[2] - '0') << 3 | (at[3] - '0'));
          at += 3;
        }
      if (c == '\0' || length + 1 >= room)
        return FALSE;
      ret_text[length++] = c;
    }
  ret_text[length] = '\0';
  return length > 0;
}

/* "ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [TAG...] - TYPE SOURCE OPTIONS" */
static gboolean
reeve_host_metrics_parse_mount_line (ReeveHostMetricsParseLine *line,
                                     ReeveHostMetricsMountLine *ret_line)
{
  ReeveHostMetricsParseLine word;
  guint64 id, major, minor;

  if (!reeve_host_metrics_parse_number (line, ' ', &id) ||
      !reeve_host_metrics_parse_number (line, ' ', &id) ||
      !reeve_host_metrics_parse_number (line, ':', &major) ||
      !reeve_host_metrics_parse_skip (line, ":", 1) ||
      !reeve_host_metrics_parse_number (line, ' ', &minor) || major > G_MAXUINT32 ||
      minor > G_MAXUINT32)
    return FALSE;
  ret_line->major = (guint) major;
  ret_line->minor = (guint) minor;
  reeve_host_metrics_parse_word (line);
  word = reeve_host_metrics_parse_word (line);
  if (!reeve_host_metrics_parse_unescape (&word, ret_line->point, sizeof ret_line->point))
    return FALSE;
  do
    word = reeve_host_metrics_parse_word (line);
  while (word.at < word.end && !(word.end - word.at == 1 && *word.at == '-'));
  word = reeve_host_metrics_parse_word (line);
  if (!reeve_host_metrics_parse_unescape (&word, ret_line->type, sizeof ret_line->type))
    return FALSE;
  word = reeve_host_metrics_parse_word (line);
  return reeve_host_metrics_parse_unescape (&word, ret_line->source, sizeof ret_line->source);
}

/**
 * reeve_host_metrics_parse_mount:
 *
 * Returns: %FALSE: no more mounts. Lines with a path longer than the room are skipped and counted.
 */
gboolean
reeve_host_metrics_parse_mount (ReeveHostMetricsText *text, ReeveHostMetricsMountLine *ret_line)
{
  ReeveHostMetricsParseLine line;

  while (reeve_host_metrics_parse_next_line (text, &line))
    {
      if (reeve_host_metrics_parse_mount_line (&line, ret_line))
        return TRUE;
      text->bad++;
    }
  return FALSE;
}
