import {type Clock, InvalidValueError} from "@mote/core";
import {type BeaconFault, BeaconNodeError, excerpt} from "../beacon-node-error.ts";
import {CONNECT_TIMEOUT_MS, SMALL_BODY_SIZE_BYTES_MAX} from "../limits.ts";
import {parseBoundedJson} from "./bounded-json.ts";
import {type Connect, connectByHttp, type HttpAddress, type HttpResponse, type Transport} from "./http-client.ts";

/** One route of the Beacon API with its bounds. */
export interface Route {
  readonly method: "GET" | "POST";
  /** The OpenAPI's path, placeholders and all: what errors and metrics say. */
  readonly template: string;
  readonly sizeBytesMax: number;
  readonly totalTimeoutMs: number;
}

/** Made when it is sent, and only in the format that is. */
export interface RequestBody {
  readonly json: () => unknown;
  /** Absent where the API has no SSZ. */
  readonly ssz?: () => Uint8Array;
}

export interface Call<T> {
  readonly route: Route;
  /** Path with its values filled in, and query. */
  readonly path: string;
  readonly body?: RequestBody;
  /** `Eth-Consensus-Version` of the body. */
  readonly consensusVersion?: string;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Decodes a successful JSON answer; throws {@link InvalidValueError}. */
  readonly fromJson: (body: unknown, header: HeaderOf) => T;
  /** Decodes a successful SSZ answer; absent where the API has no SSZ. */
  readonly fromSsz?: (body: Uint8Array, header: HeaderOf) => T;
  /** Set for routes whose success has no body to read. */
  readonly bodyIgnored?: boolean;
  /** The meaning of a status other than 200, where the route gives it one; undefined leaves it what it is. */
  readonly onStatus?: (status: number, body: () => unknown) => T | undefined;
}

/** A header of the answer, by its name in lower case. */
export type HeaderOf = HttpResponse["header"];

export interface CallReport {
  readonly beaconNode: string;
  readonly route: string;
  readonly durationMs: number;
  readonly fault: BeaconFault | null;
  readonly status: number | undefined;
  /** The answer's `Date` header, cut to whole seconds: some moment between the two below. Null when no answer came, or none with a date. */
  readonly serverDateMs: number | null;
  /** Unix ms at which the (last) request went out. */
  readonly sentMs: number;
  /** Unix ms at which the head of its answer came; without an answer, when the call ended. */
  readonly receivedMs: number;
}

const ACCEPT_SSZ = "application/octet-stream;q=1.0,application/json;q=0.9";
const ACCEPT_JSON = "application/json";

/** What differs between clients in the way a route is called. Learned from refusals, forgotten when the node's version changes. */
export type Dialect =
  Set<`${"ssz_body" | "json_body" | "json_answer" | "get_only" | "route_missing" | "slot_in_path"} ${string}`>;

/** Calls of one node: formats agreed, statuses judged, answers decoded. Every failure is a {@link BeaconNodeError}. */
export class BeaconApi {
  readonly name: string;
  readonly http: Transport;
  readonly dialect: Dialect = new Set();
  /** True for the middleware of a distributed validator. */
  readonly distributed: boolean;
  readonly #clock: Clock;
  readonly #onCall: (report: CallReport) => void;

  constructor(
    init: HttpAddress & {readonly name: string; readonly distributed?: boolean},
    components: {
      readonly clock: Clock;
      readonly onCall?: ((report: CallReport) => void) | undefined;
      /** Over sockets, unless said otherwise. */
      readonly connect?: Connect | undefined;
    },
  ) {
    this.name = init.name;
    this.distributed = init.distributed ?? false;
    const {connect = connectByHttp} = components;
    this.http = connect(init, components);
    this.#clock = components.clock;
    this.#onCall = components.onCall ?? (() => {});
  }

  async call<T>(call: Call<T>, signal?: AbortSignal): Promise<T> {
    const startedMs = this.#clock.nowMs();
    let response: HttpResponse | null = null;
    const report = (fault: BeaconFault | null, status?: number) => {
      const nowMs = this.#clock.nowMs();
      this.#onCall({
        beaconNode: this.name,
        route: routeName(call.route),
        // The wall clock may have been set back meanwhile.
        durationMs: Math.max(0, nowMs - startedMs),
        fault,
        status,
        serverDateMs: response?.serverDateMs ?? null,
        sentMs: response?.sentMs ?? startedMs,
        receivedMs: response?.receivedMs ?? nowMs,
      });
    };
    try {
      response = await this.#send(call, signal);
      const result = this.#judge(call, response);
      report(null);
      return result;
    } catch (error) {
      if (error instanceof BeaconNodeError) report(error.reason, error.status);
      throw error;
    }
  }

  fault(route: Route, reason: BeaconFault, detail: string, status?: number): BeaconNodeError {
    return new BeaconNodeError({
      reason,
      status,
      beaconNode: this.name,
      route: routeName(route),
      // Cut after that: half a secret would not be found.
      detail: excerpt(this.http.redact(detail)),
    });
  }

  /** Sends in the best format that the node has not refused yet; each format is refused once at most, so this ends. */
  async #send<T>(call: Call<T>, signal: AbortSignal | undefined): Promise<HttpResponse> {
    const {route} = call;
    const sszBody = this.dialect.has(`json_body ${route.template}`) ? undefined : call.body?.ssz;
    const sszAnswer = call.fromSsz !== undefined && !this.dialect.has(`json_answer ${route.template}`);
    const headers: Record<string, string> = {...call.headers, accept: sszAnswer ? ACCEPT_SSZ : ACCEPT_JSON};
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
    if (sszBody !== undefined && this.#mayRefuseFormat(route, response)) {
      const {json} = call.body as RequestBody;
      const inJson = await this.#send({...call, body: {json}}, signal);
      if (response.status === 415 || isSuccess(inJson)) this.dialect.add(`json_body ${route.template}`);
      return inJson;
    }
    if (response.status === 406 && sszAnswer) {
      this.dialect.add(`json_answer ${route.template}`);
      return this.#send(call, signal);
    }
    return response;
  }

  /**
   * Of an answer to SSZ. 415 says so; but some servers say 400 of a body that they cannot read. A node that ever read SSZ on this route means
   * the message.
   */
  #mayRefuseFormat({template}: Route, response: HttpResponse): boolean {
    if (isSuccess(response) || namesItems(response)) this.dialect.add(`ssz_body ${template}`);
    return response.status === 415 || (response.status === 400 && !this.dialect.has(`ssz_body ${template}`));
  }

  #judge<T>(call: Call<T>, response: HttpResponse): T {
    const {status} = response;
    if (status !== 200) {
      const own = this.#guarded(call.route, status, () => call.onStatus?.(status, () => parseJson(response.body)));
      if (own !== undefined) return own;
    }
    if (isSuccess(response)) return this.#decode(call, response);
    const reason = status === 405 || status === 501 ? "NOT_SUPPORTED" : "HTTP_STATUS";
    throw this.fault(call.route, reason, `status ${status} ${messageOf(response)}`.trimEnd(), status);
  }

  #decode<T>(call: Call<T>, {status, contentType, header, body}: HttpResponse): T {
    return this.#guarded(call.route, status, () => {
      if (call.bodyIgnored) return call.fromJson(null, header);
      if (contentType === "application/octet-stream" && call.fromSsz !== undefined) {
        // Decoded values are views: of a copy, or they would keep Node's shared pool alive.
        return call.fromSsz(new Uint8Array(body), header);
      }
      if (contentType === "application/json" || contentType === "") return call.fromJson(parseJson(body), header);
      throw new InvalidValueError(`unexpected content type ${contentType}`);
    });
  }

  /** Decoders meet bytes from outside: whatever they throw means that the answer is malformed. */
  #guarded<T>(route: Route, status: number, decode: () => T): T {
    try {
      return decode();
    } catch (error) {
      if (error instanceof BeaconNodeError) throw error;
      throw this.fault(route, "MALFORMED", error instanceof Error ? error.message : String(error), status);
    }
  }
}

export const routeName = (route: Route): string => `${route.method} ${route.template}`;

const parseJson = (body: Buffer): unknown => parseBoundedJson(body.toString("utf8"));

const isSuccess = ({status}: HttpResponse): boolean => status >= 200 && status <= 299;

/** An `IndexedErrorMessage`: what was sent was read. */
function namesItems({status, body}: HttpResponse): boolean {
  if (status !== 400) return false;
  try {
    const {failures} = parseJson(body) as {failures?: unknown};
    return Array.isArray(failures) && failures.length > 0;
  } catch {
    return false;
  }
}

function messageOf({body}: HttpResponse): string {
  if (body.length === 0) return "";
  const text = body.toString("utf8", 0, 4096);
  try {
    const {message} = JSON.parse(text) as {message?: unknown};
    if (typeof message === "string") return message;
  } catch {
    // Not an ErrorMessage: its text says what there is to say.
  }
  return text;
}
