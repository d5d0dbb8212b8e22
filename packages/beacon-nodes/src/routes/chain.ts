import {type Epoch, InvalidValueError, parseEpoch, parseHex, parseRoot, parseUint, type Root} from "@mote/core";
import type {BeaconApi, Route} from "../http/beacon-api.ts";
import {SMALL_BODY_SIZE_BYTES_MAX, SPEC_SIZE_BYTES_MAX} from "../limits.ts";
import {dataOf, type JsonObject, parseBoolean, parseList, parseObject, parseText} from "./decode.ts";

/** What a node says of itself and of the chain that it is on. */

const small = (template: string, totalTimeoutMs: number): Route => ({
  method: "GET",
  template,
  sizeBytesMax: SMALL_BODY_SIZE_BYTES_MAX,
  totalTimeoutMs,
});
const GENESIS = small("/eth/v1/beacon/genesis", 5_000);
const SPEC: Route = {...small("/eth/v1/config/spec", 5_000), sizeBytesMax: SPEC_SIZE_BYTES_MAX};
const FORK_SCHEDULE = small("/eth/v1/config/fork_schedule", 5_000);
const DEPOSIT_CONTRACT = small("/eth/v1/config/deposit_contract", 5_000);
/** Asked beside every vote: an answer that takes longer is worth nothing. */
export const SYNCING = small("/eth/v1/node/syncing", 2_000);
const VERSION = small("/eth/v1/node/version", 5_000);
const PEER_COUNT = small("/eth/v1/node/peer_count", 5_000);

const FORKS_MAX = 64;
const SPEC_VALUES_MAX = 4_096;
const SPEC_TEXT_CHARACTERS_MAX = 1_024;
const BLOB_SCHEDULE_ENTRIES_MAX = 1_024;

export interface Genesis {
  /** Unix seconds. */
  readonly genesisTimeSec: number;
  readonly genesisValidatorsRoot: Root;
  /** 4 bytes of lower-case hex. */
  readonly genesisForkVersion: string;
}

/** Null: the chain's genesis is not known yet. */
export function genesis(api: BeaconApi, signal?: AbortSignal): Promise<Genesis | null> {
  return api.call<Genesis | null>(
    {
      route: GENESIS,
      path: GENESIS.template,
      fromJson: (body) => {
        const data = dataOf(body);
        return {
          genesisTimeSec: parseUint(data.genesis_time, "genesis_time"),
          genesisValidatorsRoot: parseRoot(data.genesis_validators_root, "genesis_validators_root"),
          genesisForkVersion: parseHex(data.genesis_fork_version, 4, "genesis_fork_version"),
        };
      },
      onStatus: (status) => (status === 404 ? null : undefined),
    },
    signal,
  );
}

/** As the API has them: text, or a list (the blob schedule: objects of text, keys as the config file spells them). */
export type SpecValue = string | readonly (string | Readonly<Record<string, string>>)[];
export type Spec = Readonly<Record<string, SpecValue>>;

export function spec(api: BeaconApi, signal?: AbortSignal): Promise<Spec> {
  return api.call(
    {
      route: SPEC,
      path: SPEC.template,
      fromJson: (body) => {
        const entries = Object.entries(dataOf(body));
        if (entries.length > SPEC_VALUES_MAX) throw new InvalidValueError("spec has too many values");
        return Object.fromEntries(entries.map(([name, value]) => [name, parseSpecValue(value, name)]));
      },
    },
    signal,
  );
}

function parseSpecValue(value: unknown, field: string): SpecValue {
  if (!Array.isArray(value)) return parseText(value, field, SPEC_TEXT_CHARACTERS_MAX);
  return parseList(value, field, BLOB_SCHEDULE_ENTRIES_MAX).map((item) => {
    if (typeof item === "string") return parseText(item, field, SPEC_TEXT_CHARACTERS_MAX);
    const entries = Object.entries(parseObject(item, field));
    return Object.fromEntries(entries.map(([name, text]) => [name, parseText(text, `${field}.${name}`, 80)]));
  });
}

export interface ScheduledFork {
  readonly previousVersion: string;
  readonly currentVersion: string;
  readonly epoch: Epoch;
}

export function forkSchedule(api: BeaconApi, signal?: AbortSignal): Promise<readonly ScheduledFork[]> {
  const parseFork = (value: unknown): ScheduledFork => {
    const fork = parseObject(value, "fork");
    return {
      previousVersion: parseHex(fork.previous_version, 4, "previous_version"),
      currentVersion: parseHex(fork.current_version, 4, "current_version"),
      epoch: parseEpoch(fork.epoch, "epoch"),
    };
  };
  return api.call(
    {
      route: FORK_SCHEDULE,
      path: FORK_SCHEDULE.template,
      fromJson: (body) => parseList(parseObject(body, "answer").data, "data", FORKS_MAX).map(parseFork),
    },
    signal,
  );
}

export interface DepositContract {
  readonly chainId: number;
  /** 20 bytes of lower-case hex. */
  readonly address: string;
}

export function depositContract(api: BeaconApi, signal?: AbortSignal): Promise<DepositContract> {
  return api.call(
    {
      route: DEPOSIT_CONTRACT,
      path: DEPOSIT_CONTRACT.template,
      fromJson: (body) => {
        const data = dataOf(body);
        return {chainId: parseUint(data.chain_id, "chain_id"), address: parseHex(data.address, 20, "address")};
      },
    },
    signal,
  );
}

export interface SyncStatus {
  readonly headSlot: number;
  readonly syncDistance: number;
  readonly isSyncing: boolean;
  readonly isOptimistic: boolean;
  readonly elOffline: boolean;
}

export function syncing(api: BeaconApi, signal?: AbortSignal): Promise<SyncStatus> {
  return api.call({route: SYNCING, path: SYNCING.template, fromJson: (body) => parseSyncStatus(dataOf(body))}, signal);
}

/** All five are required: a node that does not say whether it is optimistic cannot be signed for. */
const parseSyncStatus = (data: JsonObject): SyncStatus => ({
  headSlot: parseUint(data.head_slot, "head_slot"),
  syncDistance: parseUint(data.sync_distance, "sync_distance"),
  isSyncing: parseBoolean(data.is_syncing, "is_syncing"),
  isOptimistic: parseBoolean(data.is_optimistic, "is_optimistic"),
  elOffline: parseBoolean(data.el_offline, "el_offline"),
});

export function version(api: BeaconApi, signal?: AbortSignal): Promise<string> {
  return api.call(
    {route: VERSION, path: VERSION.template, fromJson: (body) => parseText(dataOf(body).version, "version", 256)},
    signal,
  );
}

/** Peers that the node is connected to. */
export function peerCount(api: BeaconApi, signal?: AbortSignal): Promise<number> {
  return api.call(
    {
      route: PEER_COUNT,
      path: PEER_COUNT.template,
      fromJson: (body) => parseUint(dataOf(body).connected, "connected"),
    },
    signal,
  );
}
