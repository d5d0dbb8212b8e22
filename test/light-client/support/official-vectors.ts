import {existsSync, readdirSync, readFileSync} from "node:fs";
import {pathToFileURL} from "node:url";
import {chainConfigFromJson, createChainConfig} from "@lodestar/config";
import {ACTIVE_PRESET, type ForkName} from "@lodestar/params";
import {type SSZTypesFor, ssz} from "@lodestar/types";
import {createNetworkConfig, type NetworkConfig} from "@mote/consensus";
import type {Root} from "@mote/core";
import {uncompressSync} from "snappy";
import {parse} from "yaml";

/**
 * The light_client part of the official vectors (ethereum/consensus-specs, its releases), which are not part of this repository: the folder that has those of
 * the presets in it.
 */
const {LIGHT_CLIENT_VECTORS} = process.env;
const BESIDE = new URL("../../../../shared/vectors/light-client/", import.meta.url);
const VECTORS = LIGHT_CLIENT_VECTORS === undefined ? BESIDE : pathToFileURL(`${LIGHT_CLIENT_VECTORS}/`);
const OF_PRESET = new URL(`${ACTIVE_PRESET}/`, VECTORS);

export const FORKS = ["altair", "bellatrix", "capella", "deneb", "electra", "fulu", "gloas"] as const;
export type VectorFork = (typeof FORKS)[number];

/** One folder of a few files. */
export class VectorCase {
  readonly fork: VectorFork;
  readonly suite: string;
  readonly name: string;
  readonly #folder: URL;

  constructor(init: {readonly fork: VectorFork; readonly suite: string; readonly name: string; readonly folder: URL}) {
    this.fork = init.fork;
    this.suite = init.suite;
    this.name = init.name;
    this.#folder = init.folder;
  }

  /** Every scalar is a string: roots and fork versions look like numbers. */
  yaml<T>(file: string): T {
    return parse(readFileSync(new URL(`${file}.yaml`, this.#folder), "utf8"), {schema: "failsafe"}) as T;
  }

  ssz(file: string): Uint8Array {
    return uncompressSync(readFileSync(new URL(`${file}.ssz_snappy`, this.#folder))) as Uint8Array;
  }

  /** That of the case, or every fork up to its own from genesis on. */
  config(genesisValidatorsRoot: Root): NetworkConfig {
    const chainConfig = existsSync(new URL("config.yaml", this.#folder))
      ? chainConfigFromJson(this.yaml("config"))
      : forksUpTo(this.fork);
    return createNetworkConfig(createChainConfig(chainConfig), genesisValidatorsRoot);
  }
}

/** One test a case, or one that stands for all when they are not there. Called within a `describe`. */
export function forEachCase(
  handler: "sync" | "single_merkle_proof" | "update_ranking",
  play: (vector: VectorCase) => Promise<void> | void,
): void {
  if (!existsSync(OF_PRESET)) {
    it(`NOT RUN: there are no vectors at ${OF_PRESET.pathname}`);
    return;
  }
  for (const fork of FORKS) {
    const found = casesIn(fork, new URL(`${fork}/light_client/${handler}/`, OF_PRESET));
    it(`${fork}: are there`, () => {
      if (found.length === 0) throw new Error(`none of ${fork} below ${OF_PRESET.pathname}`);
    });
    for (const vector of found) it(`${fork}: ${vector.suite}/${vector.name}`, () => play(vector));
  }
}

/** Those of other forks have the same shape where tests look. */
export const typesOf = (fork: VectorFork): SSZTypesFor<ForkName.deneb> => ssz[fork] as never;

function casesIn(fork: VectorFork, folder: URL): VectorCase[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((suite) =>
    readdirSync(new URL(`${suite}/`, folder)).map(
      (name) => new VectorCase({fork, suite, name, folder: new URL(`${suite}/${name}/`, folder)}),
    ),
  );
}

function forksUpTo(last: VectorFork): Record<string, number> {
  const isActive = (fork: VectorFork) => FORKS.indexOf(fork) <= FORKS.indexOf(last);
  return Object.fromEntries(
    FORKS.map((fork) => [`${fork.toUpperCase()}_FORK_EPOCH`, isActive(fork) ? 0 : Number.POSITIVE_INFINITY]),
  );
}
