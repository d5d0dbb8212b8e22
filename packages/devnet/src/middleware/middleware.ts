import type {BeaconConfig} from "@lodestar/config";
import {SLOTS_PER_EPOCH} from "@lodestar/params";
import type {Clock} from "@mote/core";
import type {InteropKeys} from "../interop-keys.ts";
import {AgreedAnswers} from "./agreed-answers.ts";
import {BlockProduction} from "./block-production.ts";
import {Cluster} from "./cluster.ts";
import type {ClusterShape} from "./cluster-shape.ts";
import {OperatorApi} from "./operator-api.ts";
import {Publication} from "./publication.ts";
import {Selections} from "./selections.ts";
import {type KeystoreFiles, shareKeystores} from "./share-keystores.ts";
import {SharePool} from "./share-pool.ts";
import {Upstream} from "./upstream.ts";

export interface MiddlewareInit {
  readonly shape: ClusterShape;
  /** In the order of the validators' indices. */
  readonly keys: InteropKeys;
  /** Beacon nodes; the operators get them in turn. */
  readonly urls: readonly string[];
}

export interface MiddlewareComponents {
  readonly config: BeaconConfig;
  readonly clock: Clock;
  /** One line for people, when something was not taken. */
  readonly log: (line: string) => void;
}

/** What one operator's node needs. */
export interface OperatorAccess {
  readonly url: string;
  readonly files: KeystoreFiles;
}

/**
 * The middleware of distributed validators, for a cluster that is all in one process: between the beacon nodes and nodes that hold a share of each
 * key. What needs a consensus among real operators is here the first answer.
 */
export class Middleware {
  readonly operators: readonly OperatorAccess[];
  readonly #apis: readonly OperatorApi[];
  readonly #closing: AbortController;

  private constructor(
    init: {readonly operators: readonly OperatorAccess[]},
    components: {readonly apis: readonly OperatorApi[]; readonly closing: AbortController},
  ) {
    this.operators = init.operators;
    this.#apis = components.apis;
    this.#closing = components.closing;
  }

  /** @throws {InvalidValueError} for a shape that is none */
  static async open({shape, keys, urls}: MiddlewareInit, components: MiddlewareComponents): Promise<Middleware> {
    const {config, clock, log} = components;
    const cluster = new Cluster({keys, shape});
    const closing = new AbortController();
    const pool = new SharePool({cluster});
    const agreed = new AgreedAnswers();
    const patience = (slots: number) => ({clock, waitMs: slots * config.SLOT_DURATION_MS, signal: closing.signal});
    const production = new BlockProduction({config, pool, agreed, patience: patience(1)});
    const reading = {config, proposerOf: (slot: number) => production.proposerOf(slot)};
    const publication = new Publication({pool, reading, log});
    const selections = new Selections({config, pool, patience: patience(SLOTS_PER_EPOCH)});
    const apis = Array.from({length: shape.operators}, (_, operator) => {
      const upstream = new Upstream({url: urls[operator % urls.length] ?? ""});
      return new OperatorApi({operator}, {cluster, upstream, agreed, production, publication, selections});
    });
    await Promise.all(apis.map((api) => api.listen()));
    const operators = apis.map(({url}, i) => ({url, files: shareKeystores(cluster.shares(i))}));
    return new Middleware({operators}, {apis, closing});
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#apis.map((api) => api.close()));
  }
}
