/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Names of ARM's own cores. The numbers are those of each core's main identification register
 * (MIDR), which the kernel prints in /proc/cpuinfo; see its arch/arm64/include/asm/cputype.h and
 * the cores' technical reference manuals. */

#include "config.h"

#include "reeve-host-metrics-parse.h"

#define REEVE_HOST_METRICS_PARSE_ARM 0x41

static const struct
{
  guint16 part;
  const char *name;
} reeve_host_metrics_parse_arm_parts[] = {
  { 0x926, "ARM926EJ-S" },    { 0xb36, "ARM1136" },     { 0xb76, "ARM1176" },
  { 0xc05, "Cortex-A5" },     { 0xc07, "Cortex-A7" },   { 0xc08, "Cortex-A8" },
  { 0xc09, "Cortex-A9" },     { 0xc0d, "Cortex-A12" },  { 0xc0e, "Cortex-A17" },
  { 0xc0f, "Cortex-A15" },    { 0xd01, "Cortex-A32" },  { 0xd02, "Cortex-A34" },
  { 0xd03, "Cortex-A53" },    { 0xd04, "Cortex-A35" },  { 0xd05, "Cortex-A55" },
  { 0xd06, "Cortex-A65" },    { 0xd07, "Cortex-A57" },  { 0xd08, "Cortex-A72" },
  { 0xd09, "Cortex-A73" },    { 0xd0a, "Cortex-A75" },  { 0xd0b, "Cortex-A76" },
  { 0xd0c, "Neoverse-N1" },   { 0xd0d, "Cortex-A77" },  { 0xd0e, "Cortex-A76AE" },
  { 0xd40, "Neoverse-V1" },   { 0xd41, "Cortex-A78" },  { 0xd42, "Cortex-A78AE" },
  { 0xd43, "Cortex-A65AE" },  { 0xd44, "Cortex-X1" },   { 0xd46, "Cortex-A510" },
  { 0xd47, "Cortex-A710" },   { 0xd48, "Cortex-X2" },   { 0xd49, "Neoverse-N2" },
  { 0xd4a, "Neoverse-E1" },   { 0xd4b, "Cortex-A78C" }, { 0xd4c, "Cortex-X1C" },
  { 0xd4d, "Cortex-A715" },   { 0xd4e, "Cortex-X3" },   { 0xd4f, "Neoverse-V2" },
  { 0xd80, "Cortex-A520" },   { 0xd81, "Cortex-A720" }, { 0xd82, "Cortex-X4" },
  { 0xd83, "Neoverse-V3AE" }, { 0xd84, "Neoverse-V3" }, { 0xd85, "Cortex-X925" },
  { 0xd87, "Cortex-A725" },   { 0xd8e, "Neoverse-N3" },
};

const char *
reeve_host_metrics_parse_arm_part (guint64 implementer, guint64 part)
{
  if (implementer != REEVE_HOST_METRICS_PARSE_ARM)
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (reeve_host_metrics_parse_arm_parts); i++)
    if (reeve_host_metrics_parse_arm_parts[i].part == part)
      return reeve_host_metrics_parse_arm_parts[i].name;
  return NULL;
}
