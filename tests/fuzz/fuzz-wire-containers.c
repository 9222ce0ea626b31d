/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Logs and facts of containers. */

#include "config.h"

#include <stdint.h>

#include "tests/fuzz/fuzz-wire-answer.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t length);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t length)
{
  fuzz_answer (data, length, REEVE_VERB_CONTAINER_LOGS);
  fuzz_answer (data, length, REEVE_VERB_CONTAINER_INFO);
  return 0;
}
