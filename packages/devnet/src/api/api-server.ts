import {registerRoutes} from "@lodestar/api/beacon/server";
import {ApiError, addSszContentTypeParser, createFastifyRoutes} from "@lodestar/api/server";
import type {electra} from "@lodestar/types";
import type {Clock} from "@mote/core";
import {type FastifyError, type FastifyInstance, type FastifyRequest, fastify, type RouteOptions} from "fastify";
import qs from "qs";
import type {Dialect} from "../dialects/dialect.ts";
import type {LightClientServer} from "../light-client/light-client-server.ts";
import type {BeaconView} from "./beacon-view.ts";
import {validatorDefinitions} from "./block-definitions.ts";
import {blockMethods} from "./block-methods.ts";
import {committeeMethods, committeePoolMethods} from "./committee-methods.ts";
import {configMethods, genesisMethods} from "./config-methods.ts";
import {dutyMethods} from "./duty-methods.ts";
import {versionTold} from "./lies/wrong-block.ts";
import {lightClientDefinitions, lightClientMethods} from "./light-client-methods.ts";
import {IndexedApiError, orNotImplemented} from "./methods.ts";
import {nodeMethods} from "./node-methods.ts";
import {operationMethods} from "./operation-methods.ts";
import {preparationMethods} from "./preparation-methods.ts";
import {ProducedEnvelopes} from "./produced-envelopes.ts";
import {productionMethods} from "./production-methods.ts";
import {publishMethods} from "./publish-methods.ts";
import {rewardMethods} from "./reward-methods.ts";
import {stateMethods} from "./state-methods.ts";
import type {ValidatorIndexes} from "./validator-indexes.ts";
import {attesterMethods, votePoolMethods} from "./vote-methods.ts";
import {JSON_TYPE, SSZ, SSZ_REQUESTS, SSZ_RESPONSES, withoutSsz} from "./wire-formats.ts";

/** Votes of 10,000 validators in JSON take 6 MB. */
const BODY_BYTES_MAX = 16 << 20;
const QUERY_LIST_ITEMS_MAX = 1024;

export interface ApiServerComponents {
  readonly view: BeaconView;
  readonly indexes: ValidatorIndexes;
  readonly lightClient: LightClientServer;
  readonly dialect: Dialect;
  readonly clock: Clock;
  /** Votes that were accepted, and when (Unix ms) the last byte of their request was received. */
  readonly onVotes: (votes: readonly electra.SingleAttestation[], lastByteMs: number) => void;
}

/**
 * The Beacon API over one view, without its event stream. The server never listens: `routing` serves the requests of an HTTP server that
 * can be taken down and put up again.
 */
export async function createApiServer(components: ApiServerComponents): Promise<FastifyInstance> {
  const {view, indexes, dialect, clock} = components;
  const server = fastify({
    ajv: {customOptions: {coerceTypes: "array"}},
    routerOptions: {
      querystringParser: (text) => qs.parse(text, {comma: true, parseArrays: true, arrayLimit: QUERY_LIST_ITEMS_MAX}),
    },
    bodyLimit: BODY_BYTES_MAX,
  });
  addSszContentTypeParser(server);
  server.addHook("onRequest", async (request) => negotiateFormats(request));
  const arrivals = trackLastBytes(server, clock);
  server.setErrorHandler((error: FastifyError | ApiError, _request, reply) => {
    const code = "validation" in error && error.validation ? 400 : (error.statusCode ?? 500);
    const failures = error instanceof IndexedApiError ? {failures: error.failures} : {};
    const stacktraces = dialect.differences.some(({kind}) => kind === "error_stacktraces") ? {stacktraces: []} : {};
    return reply.status(code).send({code, message: error.message, ...failures, ...stacktraces});
  });
  server.setNotFoundHandler((request, reply) =>
    reply.status(404).send({code: 404, message: `No route ${request.method} ${request.url.split("?", 1)[0]}`}),
  );
  const envelopes = new ProducedEnvelopes();
  const methods = {
    beacon: orNotImplemented<"beacon">({
      ...genesisMethods(view),
      ...stateMethods(view, indexes),
      ...blockMethods(view),
      ...votePoolMethods(view, {lastByteMs: () => arrivals.currentMs, onVotes: components.onVotes}),
      ...committeePoolMethods(view),
      ...operationMethods(view),
      ...publishMethods(view, envelopes),
      ...rewardMethods(view, indexes),
    }),
    config: orNotImplemented<"config">(configMethods(view)),
    node: orNotImplemented<"node">(nodeMethods(view, dialect)),
    validator: orNotImplemented<"validator">({
      ...dutyMethods(view),
      ...attesterMethods(view),
      ...committeeMethods(view),
      ...productionMethods(view, envelopes),
      ...preparationMethods(view),
    }),
    debug: orNotImplemented<"debug">({}),
    lightclient: orNotImplemented<"lightclient">(lightClientMethods(view, components.lightClient)),
    events: orNotImplemented<"events">({}),
    lodestar: orNotImplemented<"lodestar">({}),
    proof: orNotImplemented<"proof">({}),
  };
  const {config} = view.chain;
  registerRoutes(server, config, methods, ["beacon", "config", "node", "debug"]);
  const definitions = validatorDefinitions({
    config,
    versionTold: (version) => versionTold(view.faults.lies["wrong-block"], version),
  });
  const routes: readonly unknown[] = [
    ...Object.values(createFastifyRoutes(definitions, methods.validator)),
    ...Object.values(createFastifyRoutes(lightClientDefinitions(config), methods.lightclient)),
  ];
  for (const route of routes) server.route(route as RouteOptions);
  await server.ready();
  return server;
}

/** The library offers SSZ on more routes than the API describes. */
function negotiateFormats(request: FastifyRequest): void {
  const path = request.routeOptions.url;
  if (path === undefined) return;
  const {accept} = request.raw.headers;
  if (accept?.toLowerCase().includes(SSZ) && !SSZ_RESPONSES.has(path)) {
    const rest = withoutSsz(accept);
    if (rest === "" && request.method === "GET")
      throw new ApiError(406, `Accepted media type not supported: ${accept}`);
    request.raw.headers.accept = rest || JSON_TYPE;
  }
  if (request.raw.headers["content-type"]?.toLowerCase().startsWith(SSZ) && !SSZ_REQUESTS.has(path)) {
    throw new ApiError(415, "This route reads application/json only");
  }
}

/**
 * When the last byte of the request being handled was received. A method of the library is called in the same turn as the hook, without the
 * request, so the hook leaves the time here for it.
 */
function trackLastBytes(server: FastifyInstance, clock: Clock): {readonly currentMs: number} {
  const lastBytesMs = new WeakMap<object, number>();
  const current = {currentMs: 0};
  server.addHook("onRequest", async ({raw}) => {
    raw.once("end", () => lastBytesMs.set(raw, clock.nowMs()));
  });
  server.addHook("preHandler", ({raw}, _reply, done) => {
    current.currentMs = lastBytesMs.get(raw) ?? clock.nowMs();
    done();
  });
  return current;
}
