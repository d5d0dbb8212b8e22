import type {BeaconNodeInfo} from "@mote/beacon-nodes";
import type {Clock, Pubkey, SlotClock, ValidatorInfo} from "@mote/core";
import type {MaySign, ValidatorRegistry} from "@mote/duties";
import type {KeyRing} from "@mote/duty-signing";
import {
  type ChainStatus,
  KEYS_SHOWN_MAX,
  type NodeStatus,
  type P2pStatus,
  type ValidatorStatusLine,
  type ValidatorsStatus,
} from "./node-status.ts";
import type {SlotTally} from "./slot-tally.ts";

/** What is known before anything runs. */
export type StatusFacts = Pick<
  NodeStatus,
  "version" | "pid" | "network" | "datadir" | "startedMs" | "protection" | "distributed" | "doppelgangerProtection"
>;

/** The parts of a running node that are told of. */
export interface RunningParts {
  readonly slotClock: SlotClock;
  readonly registry: Pick<ValidatorRegistry, "counts" | "infoOf">;
  readonly maySign: Pick<MaySign, "refusalOf">;
  readonly beaconNodes: {readonly nodes: readonly BeaconNodeInfo[]};
  readonly ring: Pick<KeyRing, "pubkeys" | "isRemote">;
  /** Redacted. */
  readonly remoteUrls: () => readonly string[];
  readonly tally: SlotTally;
  /** Null without `--p2p`. */
  readonly p2p: {status(): P2pStatus} | null;
}

export interface StatusReportComponents {
  readonly clock: Clock;
  readonly rssBytes: () => number;
}

/** What the node says of itself when it is asked. */
export class StatusReport {
  /** Null while the node starts. */
  running: RunningParts | null = null;
  keymanagerApi: NodeStatus["keymanagerApi"] = null;
  metrics: NodeStatus["metrics"] = null;
  readonly #facts: StatusFacts;
  readonly #c: StatusReportComponents;

  constructor(init: StatusFacts, components: StatusReportComponents) {
    this.#facts = init;
    this.#c = components;
  }

  make(): NodeStatus {
    const {running, keymanagerApi, metrics} = this;
    const {clock, rssBytes} = this.#c;
    return {
      ...this.#facts,
      state: running === null ? "starting" : "running",
      nowMs: clock.nowMs(),
      rssBytes: rssBytes(),
      chain: running && chainStatus(running.slotClock),
      signers: signersStatus(running),
      keymanagerApi,
      metrics,
      p2p: running?.p2p?.status() ?? null,
      validators: running && validatorsStatus(running),
      beaconNodes: running?.beaconNodes.nodes ?? [],
      slots: running?.tally.newest() ?? [],
    };
  }
}

function chainStatus(slotClock: SlotClock): ChainStatus {
  return {slot: slotClock.currentSlot(), epoch: slotClock.currentEpoch(), ...slotClock.timing};
}

function signersStatus(running: RunningParts | null): NodeStatus["signers"] {
  if (running === null) return {localKeys: 0, remoteKeys: 0, remoteUrls: []};
  const {ring, remoteUrls} = running;
  const remoteKeys = ring.pubkeys.filter((pubkey) => ring.isRemote(pubkey)).length;
  return {localKeys: ring.pubkeys.length - remoteKeys, remoteKeys, remoteUrls: remoteUrls()};
}

function validatorsStatus(running: RunningParts): ValidatorsStatus {
  const {registry, ring} = running;
  const lines = ring.pubkeys.map((pubkey) => lineOf(pubkey, registry.infoOf(pubkey), running));
  const refused = lines.filter(({refusal}) => refusal !== null);
  const signing = lines.filter(({refusal}) => refusal === null);
  return {
    ...registry.counts(),
    signing: signing.length,
    shown: [...refused.sort(byIndex), ...signing.sort(byIndex)].slice(0, KEYS_SHOWN_MAX),
  };
}

function lineOf(pubkey: Pubkey, info: ValidatorInfo | null, {ring, maySign}: RunningParts): ValidatorStatusLine {
  return {
    pubkey,
    index: info?.index ?? null,
    status: info?.status ?? null,
    signer: ring.isRemote(pubkey) ? "remote" : "local",
    refusal: maySign.refusalOf(pubkey, "attest"),
  };
}

const byIndex = (a: ValidatorStatusLine, b: ValidatorStatusLine): number =>
  (a.index ?? Number.MAX_SAFE_INTEGER) - (b.index ?? Number.MAX_SAFE_INTEGER);
