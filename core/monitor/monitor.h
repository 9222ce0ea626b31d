/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Everything that a plugin may use of the monitoring domain. */

#include <reeve/reeve.h>

#include <reeve/reeve-collector.h>
#include <reeve/reeve-fleet.h>
#include <reeve/reeve-history.h>
#include <reeve/reeve-identity.h>
#include <reeve/reeve-kinds.h>
#include <reeve/reeve-link.h>
#include <reeve/reeve-message.h>
#include <reeve/reeve-openmetrics.h>
#include <reeve/reeve-public-key.h>
#include <reeve/reeve-rates.h>
#include <reeve/reeve-responder.h>
#include <reeve/reeve-sample-record.h>
#include <reeve/reeve-sample.h>
#include <reeve/reeve-sampler.h>
#include <reeve/reeve-schema.h>
