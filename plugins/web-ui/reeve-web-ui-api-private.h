/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-web-ui-api.h"

G_BEGIN_DECLS

/* One operation that HTTP can ask for; its variables are arguments of it. */
typedef struct
{
  ReeveOperations *provider;
  GDBusMethodInfo *method;
  const ReeveOperationRow *row;
  GStrv segments; /* of the path; "{name}" is a variable */
  guint n_plain;
} ReeveWebUiApiEntry;

/* TRUE: the path has it as "{name}". */
gboolean reeve_web_ui_api_entry_has_variable (const ReeveWebUiApiEntry *entry, const char *name);

G_END_DECLS
