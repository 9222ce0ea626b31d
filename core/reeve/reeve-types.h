/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/* Marks what a plugin may call; everything else in the library stays hidden. */
#define REEVE_API __attribute__ ((visibility ("default")))

G_BEGIN_DECLS

typedef struct _ReeveAuthenticator ReeveAuthenticator;
typedef struct _ReeveAuthorizer ReeveAuthorizer;
typedef struct _ReeveClock ReeveClock;
typedef struct _ReeveContext ReeveContext;
typedef struct _ReeveDeclarations ReeveDeclarations;
typedef struct _ReeveEngine ReeveEngine;
typedef struct _ReeveEvent ReeveEvent;
typedef struct _ReeveEventRing ReeveEventRing;
typedef struct _ReeveEventSink ReeveEventSink;
typedef struct _ReeveHttpRequest ReeveHttpRequest;
typedef struct _ReeveHttpResponse ReeveHttpResponse;
typedef struct _ReeveKeeper ReeveKeeper;
typedef struct _ReeveListener ReeveListener;
typedef struct _ReeveOperations ReeveOperations;
typedef struct _ReeveOwner ReeveOwner;
typedef struct _ReevePlugin ReevePlugin;
typedef struct _ReevePluginDescriptor ReevePluginDescriptor;
typedef struct _ReeveRecords ReeveRecords;
typedef struct _ReeveRegistry ReeveRegistry;
typedef struct _ReeveRoutes ReeveRoutes;
typedef struct _ReeveRuntime ReeveRuntime;
typedef struct _ReeveSettings ReeveSettings;
typedef struct _ReeveSettingsRow ReeveSettingsRow;
typedef struct _ReeveStream ReeveStream;
typedef struct _ReeveSubject ReeveSubject;
typedef struct _ReeveTimer ReeveTimer;
typedef struct _ReeveTlsCredentials ReeveTlsCredentials;
typedef struct _ReeveWatch ReeveWatch;
typedef struct _ReeveWorker ReeveWorker;

G_END_DECLS
