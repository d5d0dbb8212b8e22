import type {AddressInfo} from "node:net";
import {createSecureContext} from "node:tls";
import {type Clock, type Log, messageOf} from "@mote/core";
import {type FastifyInstance, type FastifyReply, type FastifyRequest, fastify} from "fastify";
import {EXIT_NEEDS_HUMAN, ExitError} from "../../exit-error.ts";
import type {KeySettings} from "../../keys/key-settings.ts";
import type {ValidatorKeys} from "../../keys/validator-keys.ts";
import {ApiError, describeFault} from "./api-error.ts";
import {TokenCheck} from "./api-token.ts";
import {exitRoutes} from "./exit-route.ts";
import type {Fields} from "./fields.ts";
import {keystoreRoutes} from "./keystore-routes.ts";
import {remoteKeyRoutes} from "./remote-key-routes.ts";
import {parseBody, readBody} from "./request-body.ts";
import type {Answer, Route} from "./route.ts";
import {settingRoutes} from "./setting-routes.ts";
import {TurnLine} from "./turn-line.ts";

const HEADERS_SIZE_BYTES_MAX = 8 * 1024;
const HEADERS_TIMEOUT_MS = 10_000;
const CONNECTIONS_CHECK_PAUSE_MS = 2_000;
const KEEP_ALIVE_MS = 5_000;
/** Tools make one or two; each may hold a list of keys in memory. */
const CONNECTIONS_MAX = 16;
const WAITING_CHANGES_MAX = 32;
/** A public key has 98 characters. */
const PATH_PART_LENGTH_MAX = 128;

export interface KeymanagerInit {
  readonly address: string;
  /** 0: any free one. */
  readonly port: number;
  readonly token: string;
  /** PEM. Null: plain HTTP. */
  readonly tls: {readonly cert: string; readonly key: string} | null;
}

export interface KeymanagerComponents {
  readonly keys: ValidatorKeys;
  readonly settings: KeySettings;
  readonly log: Log;
  readonly clock: Clock;
}

/** The Keymanager API: every route needs the token, and no answer and no line of the log repeats what a request said. */
export class KeymanagerServer {
  readonly #init: KeymanagerInit;
  readonly #components: KeymanagerComponents;
  readonly #tokenCheck: TokenCheck;
  readonly #line = new TurnLine({waitingMax: WAITING_CHANGES_MAX});
  readonly #app: FastifyInstance;
  #wrongTokens = 0;

  /** @throws {ExitError} when certificate or key cannot be used */
  constructor(init: KeymanagerInit, components: KeymanagerComponents) {
    this.#init = init;
    this.#components = components;
    this.#tokenCheck = new TokenCheck(init);
    checkTls(init.tls);
    this.#app = this.#build();
    for (const route of routesOf(components)) this.#add(route);
  }

  /**
   * @returns the port that it listens on
   * @throws {ExitError} when the address cannot be listened on
   */
  async start(): Promise<number> {
    const {address, port} = this.#init;
    try {
      await this.#app.listen({host: address, port});
    } catch (error) {
      throw new ExitError(
        `the Keymanager API cannot be served at ${address}:${port}: ${whyNot(error)}`,
        EXIT_NEEDS_HUMAN,
      );
    }
    return (this.#app.server.address() as AddressInfo).port;
  }

  /** Breaks connections off: a change that was begun is carried out all the same, and those that wait are not. */
  async stop(): Promise<void> {
    this.#line.close();
    await this.#app.close();
  }

  #build(): FastifyInstance {
    const http = {
      maxHeaderSize: HEADERS_SIZE_BYTES_MAX,
      headersTimeout: HEADERS_TIMEOUT_MS,
      // Bodies have their own deadline; one that waits for its turn is not late.
      requestTimeout: 0,
      connectionsCheckingInterval: CONNECTIONS_CHECK_PAUSE_MS,
    };
    const {tls} = this.#init;
    const options = {
      logger: false,
      exposeHeadRoutes: false,
      forceCloseConnections: true,
      keepAliveTimeout: KEEP_ALIVE_MS,
      requestTimeout: 0,
      routerOptions: {maxParamLength: PATH_PART_LENGTH_MAX},
      // A path that cannot be read comes by no hook.
      frameworkErrors: (_: Error, request: FastifyRequest, reply: FastifyReply) => {
        void this.#refuse(this.#deny(request) ?? new ApiError(400, "the path cannot be read"), request, reply);
      },
    };
    const app = (tls === null
      ? fastify({...options, http})
      : fastify({
          ...options,
          https: {...http, ...tls, handshakeTimeout: HEADERS_TIMEOUT_MS},
        })) as unknown as FastifyInstance;
    app.server.maxConnections = CONNECTIONS_MAX;
    // Bodies are read by the routes: bounded, and after the token was checked.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", (_request, _payload, done) => done(null));
    app.addHook("onRequest", async (request) => {
      const denied = this.#deny(request);
      if (denied !== null) throw denied;
    });
    app.setNotFoundHandler((request, reply) =>
      this.#refuse(new ApiError(404, "there is no such route"), request, reply),
    );
    app.setErrorHandler((error, request, reply) => this.#refuse(error, request, reply));
    return app;
  }

  #add(route: Route): void {
    const {method, path: url, isChange} = route;
    this.#app.route({
      method,
      url,
      handler: async (request, reply) => {
        const body = route.body?.order === "body_first" ? await this.#bodyOf(route, request) : null;
        const handle = async (): Promise<Answer> =>
          route.handle({
            params: request.params as Fields,
            query: request.query as Fields,
            body: route.body?.order === "turn_first" ? await this.#bodyOf(route, request) : body,
          });
        const answer = await (isChange ? this.#line.run(handle) : handle());
        return answer.status === 200 ? reply.send(answer.body) : reply.code(answer.status).send();
      },
    });
  }

  async #bodyOf({body}: Route, {raw}: FastifyRequest): Promise<unknown> {
    return body === null ? null : parseBody(await readBody(raw, body.sizeBytesMax, this.#components));
  }

  /** Null for a request with the right token. */
  #deny({headers}: FastifyRequest): ApiError | null {
    const verdict = this.#tokenCheck.judge(headers.authorization);
    if (verdict === "right") return null;
    if (verdict === "none")
      return new ApiError(401, "a token is needed: Authorization: Bearer <token>, as in Mote's token file");
    // Once: who tries many does not fill the log.
    if (this.#wrongTokens++ === 0)
      this.#components.log.warn("keymanager API: a request with a wrong token was refused; more of them are not said");
    return new ApiError(403, "the token is not the one in Mote's token file");
  }

  #refuse(error: unknown, {method, routeOptions}: FastifyRequest, reply: FastifyReply): FastifyReply {
    const refusal = error instanceof ApiError ? error : refusalOf(error);
    if (refusal === null) {
      const route = `${method} ${routeOptions.url ?? ""}`;
      this.#components.log.error(`keymanager API: ${route} failed`, {reason: describeFault(error)});
    }
    const {status, message} = refusal ?? {
      status: 500,
      message: "something unexpected went wrong: Mote's log has the reason",
    };
    if (status === 401) void reply.header("www-authenticate", "Bearer");
    // What is left of its body is not waited for.
    return reply.code(status).header("connection", "close").send({message});
  }
}

const routesOf = (components: KeymanagerComponents): readonly Route[] => [
  ...keystoreRoutes(components),
  ...remoteKeyRoutes(components),
  ...settingRoutes(components),
  ...exitRoutes(components),
];

/** What the framework refuses, in words that quote nothing; null for any other error. */
function refusalOf(error: unknown): ApiError | null {
  const {code, statusCode} = error as {code?: unknown; statusCode?: unknown};
  if (typeof code !== "string" || !code.startsWith("FST_")) return null;
  if (statusCode === 415) return new ApiError(415, "the content type must be application/json");
  return typeof statusCode === "number" && statusCode < 500 ? new ApiError(400, "the request is malformed") : null;
}

function checkTls(tls: KeymanagerInit["tls"]): void {
  if (tls === null) return;
  try {
    createSecureContext(tls);
  } catch (error) {
    throw new ExitError(
      `--http-tls-cert-file and --http-tls-key-file cannot be used: ${messageOf(error)}`,
      EXIT_NEEDS_HUMAN,
    );
  }
}

function whyNot(error: unknown): string {
  const {code} = error as NodeJS.ErrnoException;
  if (code === "EADDRINUSE") return "the port is in use; choose another by --http-port";
  if (code === "EACCES") return "this port is not permitted; choose one above 1023 by --http-port";
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") return "this machine has no such address; check --http-address";
  return messageOf(error);
}
