/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Made from docs/openapi.json by "npm run types". */

export interface paths {
    "/api/v1/address": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get address */
        get: operations["GetAddress"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/event-sinks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List sinks
         * @description who is told, those included that are away at the moment.
         */
        get: operations["ListSinks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List events */
        get: operations["ListEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send test
         * @description makes an event of the category 'test', to see whether somebody is told.
         */
        post: operations["SendTest"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/host": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get status
         * @description role, version, state (one line for people), state_dir (s), ready (b), pid (u), started (d, seconds since 1970).
         */
        get: operations["GetStatus"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List jobs
         * @description what goes on and what became of the last ones, newest first, each with id, plugin, operation, object, title, step, state (running, done, failed, cancelled), error (s), progress (d, 0 to 1), can_cancel (b), began and, when it has, ended (d, seconds since 1970).
         */
        get: operations["ListJobs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{job}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get job
         * @description the same of one.
         */
        get: operations["GetJob"];
        put?: never;
        post?: never;
        /**
         * Cancel job
         * @description asks a job to end; not every one can be.
         */
        delete: operations["CancelJob"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/key": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get key
         * @description the hub's public key, as in authorized_keys.
         */
        get: operations["GetKey"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/latest": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get latest
         * @description the newest values of some kinds, with their texts, which no history keeps: names of containers, say.
         */
        get: operations["GetLatest"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/live/{stream}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Watch live
         * @description what a stream of server-sent events (GET /api/v1/live) sees from now on. The rows of those systems that it did not see before come at once, from then on each when it changes, at most once a second.
         */
        put: operations["WatchLive"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/modules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List modules
         * @description what plugins add to the page. See docs/ui-modules.md.
         */
        get: operations["ListModules"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/plugins": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List plugins
         * @description for each name, state, version, summary, path, error (s, empty when there is none), required (b), time (d, seconds spent in it), calls (t), waiting (as, keys that wait for a restart).
         */
        get: operations["ListPlugins"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schema": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get schema
         * @description every standard kind with its metrics: titles, units, types, chart hints.
         */
        get: operations["GetSchema"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get session
         * @description who asks.
         */
        get: operations["GetSession"];
        put?: never;
        /** Sign in */
        post: operations["SignIn"];
        /**
         * Sign out
         * @description ends the session that asks.
         */
        delete: operations["SignOut"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/systems": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List systems
         * @description a page of the rows that match.
         */
        get: operations["ListSystems"];
        put?: never;
        /** Add system */
        post: operations["AddSystem"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/systems/{system}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get system
         * @description one row, its facts by metric name, and what people noted of it.
         */
        get: operations["GetSystem"];
        put?: never;
        post?: never;
        /**
         * Remove system
         * @description the system and its token, at once; its history by a job, whose id is the answer (Host1.GetJob).
         */
        delete: operations["RemoveSystem"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/systems/{system}/ask": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ask */
        post: operations["Ask"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/systems/{system}/confirmed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Confirm system
         * @description an unconfirmed system is asked and kept from now on. To refuse it, remove it.
         */
        post: operations["ConfirmSystem"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/systems/{system}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get history */
        get: operations["GetHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/systems/{system}/labels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Set labels */
        post: operations["SetLabels"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/systems/{system}/name": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Rename system */
        post: operations["RenameSystem"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/systems/{system}/note": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Set note */
        post: operations["SetNote"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/systems/{system}/paused": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Set paused
         * @description a paused system keeps its link and is asked nothing.
         */
        post: operations["SetPaused"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/systems/{system}/peer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Reset peer
         * @description forgets the pinned fingerprint and the highest link level seen; the next agent with the token is pinned anew.
         */
        delete: operations["ResetPeer"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/systems/{system}/schema": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get system schema
         * @description the same of one system, with the kinds that its agent describes itself.
         */
        get: operations["GetSystemSchema"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/systems/{system}/token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Rotate token
         * @description a new token in place of the old one, which is refused from then on; the link ends. @token is shown this once.
         */
        post: operations["RotateToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List tokens
         * @description all rows, the oldest first.
         */
        get: operations["ListTokens"];
        put?: never;
        /** Add token */
        post: operations["AddToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove token
         * @description no new machine may come with it; the systems that it made stay.
         */
        delete: operations["RemoveToken"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/trends": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get trends
         * @description a few values of many systems at the same times, for small pictures beside a list.
         */
        get: operations["GetTrends"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Open live
         * @description Server-sent events named hello, fleet, systems, removed, sample and history; the data of each is JSON, of the schema Live and its name. WatchLive says what is seen.
         */
        get: operations["OpenLive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get openapi */
        get: operations["GetOpenapi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description RFC 9457 */
        Problem: {
            type: string;
            title: string;
            status: number;
            detail: string;
        };
        Event: {
            number: number;
            time: number;
            /** @enum {string} */
            severity: "debug" | "info" | "notice" | "warning" | "error" | "critical";
            category: string;
            subject: string;
            source: string;
            text: string;
            fields: {
                [key: string]: unknown;
            };
        };
        Sink: {
            name: string;
            /** @enum {string} */
            state: "idle" | "delivering" | "failing" | "away";
            queued: number;
            delivered: number;
            dropped: number;
            given_up: number;
            error: string;
            retry: number;
        };
        Status: {
            role: string;
            version: string;
            state: string;
            state_dir: string;
            ready: boolean;
            pid: number;
            started: number;
        };
        Plugin: {
            name: string;
            state: string;
            version: string;
            summary: string;
            path: string;
            error: string;
            required: boolean;
            time: number;
            calls: number;
            waiting: string[];
        };
        Job: {
            id: string;
            plugin: string;
            operation: string;
            object: string;
            title: string;
            step: string;
            /** @enum {string} */
            state: "running" | "done" | "failed" | "cancelled";
            error: string;
            progress: number;
            can_cancel: boolean;
            began: number;
            ended?: number;
        };
        System: {
            id: string;
            name: string;
            /** @enum {string} */
            state: "pending" | "up" | "suspect" | "down" | "paused" | "unconfirmed";
            since: number;
            last?: number;
            hostname: string;
            agent_version: string;
            transport: string;
            remote: string;
            linked?: number;
            labels: {
                [key: string]: string;
            };
            values: {
                [key: string]: number;
            };
        };
        States: {
            pending?: number;
            up?: number;
            suspect?: number;
            down?: number;
            paused?: number;
            unconfirmed?: number;
        };
        Facts: {
            [key: string]: string | number;
        };
        Kind: {
            name: string;
            title: string;
            text: string;
            instanced: boolean;
            facts: boolean;
            metrics: components["schemas"]["Metric"][];
        };
        Metric: {
            name: string;
            title: string;
            unit: string;
            /** @enum {string} */
            type: "number" | "counter" | "state" | "text";
            /** @enum {string} */
            aggregation: "none" | "average" | "maximum" | "last";
            /** @enum {string} */
            chart: "none" | "line" | "area" | "stack";
            range?: number;
            text: string;
            states?: components["schemas"]["MetricState"][];
        };
        MetricState: {
            value: number;
            name: string;
            /** @enum {string} */
            severity: "ok" | "warning" | "critical" | "unknown";
        };
        Series: {
            kind: string;
            instance: string;
            metric: string;
            values: (number | null)[];
            least?: (number | null)[];
            most?: (number | null)[];
        };
        Trend: {
            system: string;
            metric: string;
            values: (number | null)[];
        };
        Latest: {
            id: string;
            name: string;
            /** @enum {string} */
            state: "pending" | "up" | "suspect" | "down" | "paused" | "unconfirmed";
            time: number;
            rows: components["schemas"]["LatestRow"][];
        };
        LatestRow: {
            kind: string;
            instance: string;
            values: {
                [key: string]: number;
            };
            texts: {
                [key: string]: string;
            };
        };
        Module: {
            plugin: string;
            interface?: number;
            url?: string;
            style?: string;
            problem?: string;
        };
        LiveHello: {
            stream: string;
            revision: number;
        };
        LiveFleet: {
            total: number;
            states: components["schemas"]["States"];
            revision: number;
        };
        LiveSystems: {
            systems: components["schemas"]["System"][];
        };
        LiveRemoved: {
            id: string;
        };
        LiveSample: {
            system: string;
            time: number;
            series: components["schemas"]["LiveValue"][];
        };
        LiveValue: {
            kind: string;
            instance: string;
            metric: string;
            value: number;
        };
        LiveHistory: {
            refused: boolean;
        };
        Token: {
            id: string;
            label: string;
            state: string;
            created: number;
            uses: number;
            confirm: boolean;
            expires?: number;
            limit?: number;
            last?: number;
        };
    };
    responses: {
        /** @description Why not */
        Problem: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    GetAddress: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description what is listened on: '127.0.0.1:8090', 'unix:/path'; at least one */
                        listen: string[];
                        /** @description the page's address on this machine; empty for a Unix socket */
                        url: string;
                        /** @description as agents and people elsewhere reach the hub: the setting public-url, or an address that is listened on; empty when there is none */
                        public_url: string;
                        /** @description other machines reach this hub through a proxy only */
                        loopback_only: boolean;
                        /** @description the key of the hub's certificate, 'sha256//BASE64', where no authority vouches for it; else empty */
                        pin: string;
                    };
                };
            };
            /** @description The client has it */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
        };
    };
    ListSinks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description name, state (idle, delivering, failing, away), queued (u), delivered (t, since the start), dropped (t, of a full queue), given_up (t, too old), error (s, the last one, empty when all is well), retry (d, seconds until the next try, 0 when none is due) */
                        sinks: components["schemas"]["Sink"][];
                    };
                };
            };
            /** @description The client has it */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
        };
    };
    ListEvents: {
        parameters: {
            query?: {
                /** @description at most so many, and at most 1000; 0 means 100 */
                limit?: number;
                /** @description those numbered above it, the oldest of them, so that none is missed; 0 means the newest */
                after?: number;
                /** @description seconds since 1970, not before; 0 means whenever */
                from?: number;
                /** @description before it; 0 means until now */
                to?: number;
                /** @description at least debug, info, notice, warning, error or critical; empty means all */
                severity?: string;
                /** @description of this one; empty means all */
                category?: string;
                /** @description about this, such as a system's id; empty means all */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description oldest first, each with number (t, grows, is never used again), time (d, seconds since 1970), severity, category, subject, source, text (s), fields (a{sv}) */
                        events: components["schemas"]["Event"][];
                    };
                };
            };
            /** @description The client has it */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
        };
    };
    SendTest: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    severity: string;
                };
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
        };
    };
    GetStatus: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        status: components["schemas"]["Status"];
                    };
                };
            };
            /** @description The client has it */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
        };
    };
    ListJobs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        jobs: components["schemas"]["Job"][];
                    };
                };
            };
            /** @description The client has it */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
        };
    };
    GetJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                job: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        job: components["schemas"]["Job"];
                    };
                };
            };
            /** @description The client has it */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
        };
    };
    CancelJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                job: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
        };
    };
    GetKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        key: string;
                    };
                };
            };
            /** @description The client has it */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
        };
    };
    GetLatest: {
        parameters: {
            query?: {
                /** @description ids, at most 100; none for all */
                systems?: string[];
                /** @description names, 1 to 16 */
                kinds?: string[];
                /** @description at most so many rows in all, up to 20000; 0 means 5000 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description each that has such rows with id, name, state (s), time (d, of the sample) and rows, each with kind, instance (s), values (a{sd}) and texts (a{ss}) */
                        systems: components["schemas"]["Latest"][];
                        /** @description false when there were more rows than asked for */
                        complete: boolean;
                    };
                };
            };
            /** @description The client has it */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
        };
    };
    WatchLive: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description its name, as its first event says; one of another session is not found */
                stream: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description ids, at most 200; those that are not there are said to be removed */
                    systems: string[];
                    /** @description whose samples it gets, each second; several with commas between, at most 16; empty for none */
                    system: string;
                };
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
        };
    };
    ListModules: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description each with plugin (s) and either interface (u, the number that it is written for), url and style (s, paths; style is empty where there is none), or problem (s), why it was left out */
                        modules: components["schemas"]["Module"][];
                    };
                };
            };
            /** @description The client has it */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
        };
    };
    ListPlugins: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        plugins: components["schemas"]["Plugin"][];
                    };
                };
            };
            /** @description The client has it */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
        };
    };
    GetSchema: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        kinds: components["schemas"]["Kind"][];
                    };
                };
            };
            /** @description The client has it */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
        };
    };
    GetSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        identity: string;
                    };
                };
            };
            /** @description The client has it */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
        };
    };
    SignIn: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description one of OpenLink's, or the owner key */
                    secret: string;
                };
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description the session's bearer token, shown this once */
                        token: string;
                        /** @description who it is */
                        identity: string;
                    };
                };
            };
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
        };
    };
    SignOut: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
        };
    };
    ListSystems: {
        parameters: {
            query?: {
                /** @description words with spaces between: label:KEY, label:KEY=VALUE and whatever else is looked for in name, host name, id and labels, whatever its case, must all hold; of words such as state:down one. Empty for all. */
                filter?: string;
                /** @description up to four keys with commas between, such as state,name: name (also when empty), state (the worst first), since, last, hostname, agent_version, transport, remote, linked or a value such as cpu.usage; '-' in front of a key turns its order round. What has no value comes last. */
                sort?: string;
                /** @description rows that are left out */
                offset?: number;
                /** @description at most so many, up to 1000; 0 means 500 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        systems: components["schemas"]["System"][];
                        /** @description how many match in all */
                        total: number;
                        /** @description how many of those that match without the filter's words for states are in which state */
                        states: components["schemas"]["States"];
                    };
                };
            };
            /** @description The client has it */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
        };
    };
    AddSystem: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description 1 to 100 characters, unlike every other system's */
                    name: string;
                };
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        system: string;
                        /** @description what its agent presents; it is shown this once and kept as a hash only */
                        token: string;
                        /** @description the hub's public key, as in authorized_keys */
                        key: string;
                    };
                };
            };
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
        };
    };
    GetSystem: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                system: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        system: components["schemas"]["System"];
                        facts: components["schemas"]["Facts"];
                        note: string;
                    };
                };
            };
            /** @description The client has it */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
        };
    };
    RemoveSystem: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                system: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        job: string;
                    };
                };
            };
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
        };
    };
    Ask: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                system: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description what the agent is asked for, such as container.logs; its own configuration must unlock it */
                    verb: string;
                    /** @description as the verb takes them */
                    arguments: {
                        [key: string]: unknown;
                    };
                };
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        answer: unknown;
                    };
                };
            };
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
        };
    };
    ConfirmSystem: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                system: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
        };
    };
    GetHistory: {
        parameters: {
            query?: {
                /** @description start, seconds since 1970; 0 means an hour before @to */
                from?: number;
                /** @description end; 0 means now */
                to?: number;
                /** @description at most so many times; 0 means 360 */
                points?: number;
                /** @description names with commas between, or empty for all */
                kinds?: string;
                /** @description the least and the greatest value of each step are wanted, too */
                spread?: boolean;
            };
            header?: never;
            path: {
                system: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        from: number;
                        to: number;
                        /** @description seconds between two times */
                        step: number;
                        times: number[];
                        /** @description for each column kind, instance, metric and values (ad, one for each time, NaN where there is none, what is not whole with seven digits); with @spread, where a step is longer than a sample, least and most (ad) besides */
                        series: components["schemas"]["Series"][];
                    };
                };
            };
            /** @description The client has it */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
        };
    };
    SetLabels: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                system: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description KEY or KEY=VALUE each, at most 32; they replace those that it had. */
                    labels: string[];
                };
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
        };
    };
    RenameSystem: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                system: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description 1 to 100 characters, unlike every other system's. */
                    name: string;
                };
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
        };
    };
    SetNote: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                system: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description for people, at most 2000 characters; empty for none. */
                    note: string;
                };
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
        };
    };
    SetPaused: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                system: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    paused: boolean;
                };
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
        };
    };
    ResetPeer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                system: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
        };
    };
    GetSystemSchema: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                system: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        kinds: components["schemas"]["Kind"][];
                    };
                };
            };
            /** @description The client has it */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
        };
    };
    RotateToken: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                system: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        token: string;
                        key: string;
                    };
                };
            };
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
        };
    };
    ListTokens: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        tokens: components["schemas"]["Token"][];
                    };
                };
            };
            /** @description The client has it */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
        };
    };
    AddToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description at most 100 characters, for people */
                    label: string;
                    /** @description seconds in which new machines may come with it; 0 means an hour, less than 0 for ever */
                    lifetime: number;
                    /** @description so many machines may come with it; 0 means any number */
                    uses: number;
                    /** @description 'yes' or 'no': whether its systems wait until somebody confirms them; '' means yes for a permanent token */
                    confirm: string;
                };
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description names the token from now on */
                        id: string;
                        /** @description what agents present; it is shown this once and kept as a hash only */
                        token: string;
                        /** @description the hub's public key, as in authorized_keys */
                        key: string;
                        /** @description 0 for a permanent one */
                        expires: number;
                    };
                };
            };
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
        };
    };
    RemoveToken: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
        };
    };
    GetTrends: {
        parameters: {
            query?: {
                /** @description ids, at most 100 */
                systems?: string[];
                /** @description at most 4 names as in the values of a row, such as cpu.usage; not the counts of containers */
                metrics?: string[];
                /** @description start, seconds since 1970; 0 means an hour before @to */
                from?: number;
                /** @description end; 0 means now */
                to?: number;
                /** @description at most so many values each, up to 120; 0 means 60 */
                points?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description where the first step begins; a multiple of @step */
                        from: number;
                        to: number;
                        /** @description seconds, whole minutes */
                        step: number;
                        /** @description each with system, metric and values (ad, averages of the steps, NaN where there is none); what has no value at all in the range is left out */
                        trends: components["schemas"]["Trend"][];
                    };
                };
            };
            /** @description The client has it */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
        };
    };
    OpenLive: {
        parameters: {
            query?: never;
            header?: {
                /** @description The id of the last event that came before a break */
                "Last-Event-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The stream */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
        };
    };
    GetOpenapi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description This document */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            /** @description The client has it */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
        };
    };
}
