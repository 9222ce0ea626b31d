/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the agent reads of containers: the first byte says which decoder, the rest is for it. */

#include "config.h"

#include <stdint.h>
#include <string.h>

#include "plugins/containers/reeve-containers-answer.h"
#include "plugins/containers/reeve-containers-cgroup-parse.h"
#include "plugins/containers/reeve-containers-parse.h"
#include "plugins/containers/reeve-containers-text.h"

#define FUZZ_MAX_LOGS 100

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t length);

static void
fuzz_list (const char *text, gsize length)
{
  g_autoptr (GPtrArray) list = reeve_containers_parse_list (text, length);

  g_assert_true (list == NULL || list->len <= REEVE_CONTAINERS_MAX);
  for (guint i = 0; list != NULL && i < list->len; i++)
    {
      const ReeveContainersEntry *entry = g_ptr_array_index (list, i);

      g_assert_cmpuint (strspn (entry->id, "0123456789abcdef"), ==, REEVE_CONTAINERS_ID);
      g_assert_cmpuint (strlen (entry->name), <=, REEVE_CONTAINERS_MAX_TEXT);
      g_assert_cmpuint (entry->state, <=, 7);
      g_assert_cmpint (entry->health, >=, -1);
      g_assert_cmpint (entry->health, <=, 3);
    }
}

static void
fuzz_stats (const char *text, gsize length)
{
  g_autofree ReeveContainersStats *stats = reeve_containers_parse_stats (text, length);

  if (stats == NULL)
    return;
  g_assert_cmpint (stats->cpu_ns, >=, -1);
  g_assert_cmpint (stats->processors, >=, -1);
  g_assert_cmpint (stats->memory, >=, -1);
  g_assert_cmpint (stats->sent, >=, -1);
  g_assert_cmpint (stats->written, >=, -1);
}

static void
fuzz_logs (const char *text, gsize length)
{
  for (guint multiplexed = 0; multiplexed < 2; multiplexed++)
    {
      g_autofree char *logs =
          reeve_containers_text_logs (text, length, multiplexed == 1, FUZZ_MAX_LOGS);

      g_assert_true (logs == NULL || strlen (logs) <= FUZZ_MAX_LOGS);
      g_assert_true (logs == NULL || g_utf8_validate (logs, -1, NULL));
      g_assert_true (logs == NULL || strchr (logs, 0x1b) == NULL);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t length)
{
  g_autofree char *text = NULL;
  ReeveContainersAnswerHead head;
  gint64 numbers[2];
  gboolean bad;

  if (length == 0)
    return 0;
  text = g_memdup2 (data + 1, length - 1);
  length--;
  switch (data[0])
    {
    case 'l':
      fuzz_list (text, length);
      break;
    case 's':
      fuzz_stats (text, length);
      break;
    case 'i':
      g_free (reeve_containers_parse_details (text, length));
      g_free (reeve_containers_parse_version (text, length));
      break;
    case 'a':
      if (reeve_containers_answer_parse (text, length, &head, &bad))
        g_assert_cmpuint (head.skipped, <=, length);
      break;
    case 'o':
      fuzz_logs (text, length);
      break;
    default:
      g_assert_cmpint (reeve_containers_cgroup_parse_key (text, length, "usage_usec"), >=, -1);
      reeve_containers_cgroup_parse_io (text, length, &numbers[0], &numbers[1]);
      g_assert_cmpint (MIN (numbers[0], numbers[1]), >=, -1);
    }
  return 0;
}
