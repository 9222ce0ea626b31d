/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Everything that a plugin may use of the framework. */

#include <reeve/reeve-clock.h>
#include <reeve/reeve-context.h>
#include <reeve/reeve-declarations.h>
#include <reeve/reeve-digest.h>
#include <reeve/reeve-dispatch.h>
#include <reeve/reeve-engine.h>
#include <reeve/reeve-error.h>
#include <reeve/reeve-event-sink.h>
#include <reeve/reeve-event.h>
#include <reeve/reeve-http.h>
#include <reeve/reeve-job.h>
#include <reeve/reeve-json.h>
#include <reeve/reeve-keeper.h>
#include <reeve/reeve-net.h>
#include <reeve/reeve-network.h>
#include <reeve/reeve-operations.h>
#include <reeve/reeve-plugin.h>
#include <reeve/reeve-program.h>
#include <reeve/reeve-proxy.h>
#include <reeve/reeve-records.h>
#include <reeve/reeve-runtime.h>
#include <reeve/reeve-settings.h>
#include <reeve/reeve-stream.h>
#include <reeve/reeve-subject.h>
#include <reeve/reeve-tls.h>
#include <reeve/reeve-types.h>
#include <reeve/reeve-version.h>
#include <reeve/reeve-worker.h>
