/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-types.h"

G_BEGIN_DECLS

/* What a plugin says it will use, before anything starts: the sandbox, the ports chart and
 * reeve_context_listen() and dial() go by it. Filled in declare(), fixed afterwards. */

typedef enum
{
  REEVE_ENDPOINT_LISTEN,
  REEVE_ENDPOINT_DIAL,
} ReeveEndpointDirection;

typedef enum
{
  REEVE_ACCESS_READ,
  REEVE_ACCESS_WRITE,
} ReeveAccess;

/* @id: short name for listen() and dial(). @address: what the configuration says now
 * ("127.0.0.1:8090", "hub.example:443"; "*" for a peer chosen at run time). @purpose: one sentence.
 */
REEVE_API void reeve_declarations_add_endpoint (ReeveDeclarations *self,
                                                ReeveEndpointDirection direction, const char *id,
                                                const char *address, const char *purpose,
                                                gboolean required);
/* A directory (never a file that is replaced by rename). */
REEVE_API void reeve_declarations_add_directory (ReeveDeclarations *self, const char *path,
                                                 ReeveAccess access, const char *purpose);
REEVE_API void reeve_declarations_add_device (ReeveDeclarations *self, const char *path,
                                              ReeveAccess access, const char *purpose);
/* A Unix socket of another service that this plugin connects to. */
REEVE_API void reeve_declarations_add_socket (ReeveDeclarations *self, const char *path,
                                              const char *purpose);
REEVE_API void reeve_declarations_add_program (ReeveDeclarations *self, const char *path,
                                               const char *purpose);
REEVE_API void reeve_declarations_add_capability (ReeveDeclarations *self, const char *name,
                                                  const char *purpose);

/* For the host and tests. */
REEVE_API ReeveDeclarations *reeve_declarations_new (void);
REEVE_API void reeve_declarations_free (ReeveDeclarations *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveDeclarations, reeve_declarations_free)
REEVE_API gboolean reeve_declarations_has_endpoint (ReeveDeclarations *self,
                                                    ReeveEndpointDirection direction,
                                                    const char *id);
REEVE_API gboolean reeve_declarations_has_program (ReeveDeclarations *self, const char *path);
/* One vardict for each thing, aa{sv}: keys type, id, direction, address, path, access, purpose,
 * required. */
REEVE_API GVariant *reeve_declarations_to_variant (ReeveDeclarations *self);

G_END_DECLS
