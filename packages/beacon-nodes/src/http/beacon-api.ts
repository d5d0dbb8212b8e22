import {type Clock, InvalidValueError} from "@mote/core";
import {type BeaconFault, BeaconNodeError, excerpt} from "../beacon-node-error.ts";
import {CONNECT_TIMEOUT_MS, SMALL_BODY_SIZE_BYTES_MAX} from "../limits.ts";
import {HttpClient, type HttpResponse} from "./http-client.ts";

/** One route of the Beacon API with its bounds. */
export interface Route {
  readonly method: "GET" | "POST";
  /** The OpenAPI's path, placeholders and all: what errors and metrics say. */
  readonly template: string;
  readonly sizeBytesMax: number;
  readonly totalTimeoutMs: number;
}

export interface Call<T> {
  readonly route: Route;
  /** Path with its values filled in, and query. */
  readonly path: string;
  readonly body?: {readonly json: () => unknown; readonly ssz?: () => Uint8Array};
  /** `Eth-Consensus-Version` of the body. */
  readonly consensusVersion?: string;
  /** Decodes a successful JSON answer; throws {@link InvalidValueError}. */
  readonly fromJson: (body: unknown) => T;
  /** Decodes a successful SSZ answer; absent where the API has no SSZ. */
  readonly fromSsz?: (body: Uint8Array) => T;
  /** Set for routes whose success has no body to read. */
  readonly bodyIgnored?: boolean;
  /** The meaning of a status other than 2xx, where the route gives it one; undefined leaves it a fault. */
  readonly onStatus?: (status: number, body: () => unknown) => T | undefined;
}

export interface CallReport {
  readonly beaconNode: string;
  readonly route: string;
  readonly durationMs: number;
  readonly fault: BeaconFault | null;
  readonly status: number | undefined;
}

const ACCEPT_SSZ = "application/octet-stream;q=1.0,application/json;q=0.9";
const ACCEPT_JSON = "application/json";

/** What differs between clients in the way a route is called. Learned from refusals, forgotten when the node's version changes. */
export type Dialect = Set<`${"json_body" | "json_answer" | "get_only"} ${string}`>;

/** Calls of one node: formats agreed, statuses judged, answers decoded. Every failure is a {@link BeaconNodeError}. */
export class BeaconApi {
  readonly name: string;
  readonly http: HttpClient;
  readonly dialect: Dialect = new Set();
  readonly #clock: Clock;
  readonly #onCall: (report: CallReport) => void;

  constructor(
    init: {readonly name: string; readonly url: string},
    components: {readonly clock: Clock; readonly onCall?: ((report: CallReport) => void) | undefined},
  ) {
    this.name = init.name;
    this.http = new HttpClient(init, components);
    this.#clock = components.clock;
    this.#onCall = components.onCall ?? (() => {});
  }

  async call<T>(call: Call<T>, signal?: AbortSignal): Promise<T> {
    const startedMs = this.#clock.nowMs();
    const report = (fault: BeaconFault | null, status?: number) =>
      this.#onCall({
        beaconNode: this.name,
        route: routeName(call.route),
        // The wall clock may have been set back meanwhile.
        durationMs: Math.max(0, this.#clock.nowMs() - startedMs),
        fault,
        status,
      });
    try {
      const result = this.#judge(call, await this.#send(call, signal));
      report(null);
      return result;
    } catch (error) {
      if (error instanceof BeaconNodeError) report(error.reason, error.status);
      throw error;
    }
  }

  fault(route: Route, reason: BeaconFault, detail: string, status?: number): BeaconNodeError {
    return new BeaconNodeError({reason, status, beaconNode: this.name, route: routeName(route), detail});
  }

  /** Sends in the best format that the node has not refused yet; each format is refused once at most, so this ends. */
  async #send<T>(call: Call<T>, signal: AbortSignal | undefined): Promise<HttpResponse> {
    const {route} = call;
    const sszBody = this.dialect.has(`json_body ${route.template}`) ? undefined : call.body?.ssz;
    const sszAnswer = call.fromSsz !== undefined && !this.dialect.has(`json_answer ${route.template}`);
    const headers: Record<string, string> = {accept: sszAnswer ? ACCEPT_SSZ : ACCEPT_JSON};
    let body: Uint8Array | undefined;
    if (call.body !== undefined) {
      headers["content-type"] = sszBody === undefined ? "application/json" : "application/octet-stream";
      body = sszBody === undefined ? Buffer.from(JSON.stringify(call.body.json())) : sszBody();
    }
    if (call.consensusVersion !== undefined) headers["eth-consensus-version"] = call.consensusVersion;
    const response = await this.http.request({
      route: routeName(route),
      method: route.method,
      path: call.path,
      headers,
      body,
      bodySizeBytesMax: Math.max(route.sizeBytesMax, SMALL_BODY_SIZE_BYTES_MAX),
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      totalTimeoutMs: route.totalTimeoutMs,
      signal,
    });
    if (response.status === 415 && sszBody !== undefined) {
      this.dialect.add(`json_body ${route.template}`);
      return this.#send(call, signal);
    }
    if (response.status === 406 && sszAnswer) {
      this.dialect.add(`json_answer ${route.template}`);
      return this.#send(call, signal);
    }
    return response;
  }

  #judge<T>(call: Call<T>, response: HttpResponse): T {
    const {status} = response;
    if (status >= 200 && status <= 299) return this.#decode(call, response);
    const own = this.#guarded(call.route, status, () => call.onStatus?.(status, () => parseJson(response.body)));
    if (own !== undefined) return own;
    const reason = status === 405 || status === 501 ? "NOT_SUPPORTED" : "HTTP_STATUS";
    throw this.fault(call.route, reason, `status ${status} ${messageOf(response)}`.trimEnd(), status);
  }

  #decode<T>(call: Call<T>, {status, contentType, body}: HttpResponse): T {
    return this.#guarded(call.route, status, () => {
      if (call.bodyIgnored) return call.fromJson(null);
      if (contentType === "application/octet-stream" && call.fromSsz !== undefined) {
        // Decoded values are views: of a copy, or they would keep Node's shared pool alive.
        return call.fromSsz(Uint8Array.from(body));
      }
      if (contentType === "application/json" || contentType === "") return call.fromJson(parseJson(body));
      throw new InvalidValueError(`unexpected content type ${excerpt(contentType)}`);
    });
  }

  /** Decoders meet bytes from outside: whatever they throw means that the answer is malformed. */
  #guarded<T>(route: Route, status: number, decode: () => T): T {
    try {
      return decode();
    } catch (error) {
      if (error instanceof BeaconNodeError) throw error;
      throw this.fault(route, "MALFORMED", excerpt(error instanceof Error ? error.message : String(error)), status);
    }
  }
}

export const routeName = (route: Route): string => `${route.method} ${route.template}`;

/** Its size is bounded before; that bounds its depth too. */
function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    throw new InvalidValueError("not JSON");
  }
}

function messageOf({body}: HttpResponse): string {
  if (body.length === 0) return "";
  const text = body.toString("utf8", 0, 4096);
  try {
    const {message} = JSON.parse(text) as {message?: unknown};
    if (typeof message === "string") return excerpt(message);
  } catch {
    // Not an ErrorMessage: its text says what there is to say.
  }
  return excerpt(text);
}
