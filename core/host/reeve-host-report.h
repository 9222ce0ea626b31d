/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-host.h"

G_BEGIN_DECLS

/* What --list-plugins and --check-config print, after reeve_host_load(). */
ReeveHostExit reeve_host_report_plugins (ReeveHost *host);
ReeveHostExit reeve_host_report_config (ReeveHost *host, const char *config_file);

G_END_DECLS
