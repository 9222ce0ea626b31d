/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is asked, and how each answer is read. */

#include "config.h"

#include "reeve-containers-questions.h"

#include "reeve-containers-parse.h"

static gpointer
reeve_containers_questions_decode_list (const ReeveContainersAnswer *answer)
{
  return reeve_containers_parse_list (answer->bytes, answer->length);
}

static gpointer
reeve_containers_questions_decode_stats (const ReeveContainersAnswer *answer)
{
  return reeve_containers_parse_stats (answer->bytes, answer->length);
}

static gpointer
reeve_containers_questions_decode_details (const ReeveContainersAnswer *answer)
{
  return reeve_containers_parse_details (answer->bytes, answer->length);
}

static gpointer
reeve_containers_questions_decode_version (const ReeveContainersAnswer *answer)
{
  return reeve_containers_parse_version (answer->bytes, answer->length);
}

const ReeveContainersQuestion reeve_containers_questions_list = {
  "list",
  REEVE_CONTAINERS_ASK_MS,
  5 * 1024 * 1024,
  FALSE,
  reeve_containers_questions_decode_list,
  (GDestroyNotify) g_ptr_array_unref
};
const ReeveContainersQuestion reeve_containers_questions_running = {
  "running",
  REEVE_CONTAINERS_ASK_MS,
  5 * 1024 * 1024,
  FALSE,
  reeve_containers_questions_decode_list,
  (GDestroyNotify) g_ptr_array_unref
};
const ReeveContainersQuestion reeve_containers_questions_stats = {
  "stats", REEVE_CONTAINERS_ASK_MS, 256 * 1024, FALSE, reeve_containers_questions_decode_stats,
  g_free
};
const ReeveContainersQuestion reeve_containers_questions_details = {
  "inspect",
  REEVE_CONTAINERS_ASK_MS,
  2 * 1024 * 1024,
  FALSE,
  reeve_containers_questions_decode_details,
  g_free
};
const ReeveContainersQuestion reeve_containers_questions_version = {
  "version", REEVE_CONTAINERS_ASK_MS, 64 * 1024, FALSE, reeve_containers_questions_decode_version,
  g_free
};
