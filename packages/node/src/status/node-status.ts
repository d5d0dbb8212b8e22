import type {BeaconNodeState} from "@mote/beacon-nodes";
import type {FailureReason, JudgedValue, Pubkey, Slot, ValidatorIndex, ValidatorStatus} from "@mote/core";

/** Keys told of one by one; there may be more. */
export const KEYS_SHOWN_MAX = 128;
/** Slots told of, newest first. */
export const SLOTS_SHOWN_MAX = 16;

/** Where a running node can be asked: the content of `running.json` in its data directory. */
export interface RunningFile {
  readonly pid: number;
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** To be sent as `authorization: Bearer <token>`. */
  readonly token: string;
}

/** What a running node says of itself: the JSON answer to `GET /status`. It has no secrets; URLs are redacted. */
export interface NodeStatus {
  readonly version: string;
  readonly pid: number;
  /** `starting`: it unlocks keys, or waits for a beacon node. */
  readonly state: "starting" | "running";
  /** As the operator named it: `hoodi`, or the directory of a testnet. */
  readonly network: string;
  readonly datadir: string;
  /** Unix ms. */
  readonly startedMs: number;
  /** Unix ms of this answer. */
  readonly nowMs: number;
  readonly rssBytes: number;
  /** Null while no beacon node has told. */
  readonly chain: ChainStatus | null;
  readonly protection: {
    readonly kind: "level" | "postgres";
    /** A path, or a redacted URL. */
    readonly place: string;
  };
  readonly signers: SignersStatus;
  readonly distributed: boolean;
  readonly doppelgangerProtection: boolean;
  /** Null when it is not served. */
  readonly keymanagerApi: {readonly url: string} | null;
  readonly metrics: {readonly url: string} | null;
  /** Null without `--p2p`, and while the node starts. */
  readonly p2p: P2pStatus | null;
  /** Null while the node starts. */
  readonly validators: ValidatorsStatus | null;
  /** In the order of the configuration; empty while the node starts. */
  readonly beaconNodes: readonly BeaconNodeStatus[];
  /** Slots that have begun and have duties of ours, newest first, at most {@link SLOTS_SHOWN_MAX}; others are left out, so they may lie far apart. */
  readonly slots: readonly SlotStatus[];
}

export interface ChainStatus {
  /** By the clock; negative before genesis. */
  readonly slot: number;
  readonly epoch: number;
  readonly slotsPerEpoch: number;
  readonly slotDurationMs: number;
  /** Unix seconds. */
  readonly genesisTimeSec: number;
}

/** The light node on the network. */
export interface P2pStatus {
  /** `failed`: it could not begin, and duties go on without it. */
  readonly state: "starting" | "running" | "failed";
  /** Null until it runs. */
  readonly peerId: string | null;
  /** As peers dial it, with `/p2p/…`. */
  readonly multiaddrs: readonly string[];
  readonly peers: {readonly inbound: number; readonly outbound: number};
  /** Messages of ours go to peers too: not with `--distributed`. */
  readonly publishes: boolean;
  /** Votes that went to peers, and how many of them came back from others; of slots in which they could have by now. */
  readonly votes: {readonly sent: number; readonly echoed: number};
  readonly lightClient: {
    /** Null until it has begun. */
    readonly finalizedEpoch: number | null;
    /** Of the newest header that a sync committee has signed. */
    readonly slot: number | null;
  };
  /** Data of votes that were not signed because this value was disproven; the same data of a slot count once. */
  readonly vetoes: Readonly<Record<JudgedValue, number>>;
  /** Data of votes of which a value was neither proven nor disproven, likewise. */
  readonly notProvable: number;
}

export interface SignersStatus {
  /** Keys in this process. */
  readonly localKeys: number;
  /** Keys of remote signers. */
  readonly remoteKeys: number;
  /** Redacted. */
  readonly remoteUrls: readonly string[];
}

export interface ValidatorsStatus {
  /** Keys. */
  readonly total: number;
  /** Of these, those that the chain knows. */
  readonly known: number;
  /** Of these, those that have duties now or soon. */
  readonly withDuties: number;
  /** Keys that would attest now. */
  readonly signing: number;
  /** At most {@link KEYS_SHOWN_MAX}; those that do not sign come first. */
  readonly shown: readonly ValidatorStatusLine[];
}

export interface ValidatorStatusLine {
  readonly pubkey: Pubkey;
  /** Null for a key that the chain does not know (yet). */
  readonly index: ValidatorIndex | null;
  readonly status: ValidatorStatus | null;
  readonly signer: "local" | "remote";
  /** Why it does not attest now; null when it would. */
  readonly refusal: {readonly reason: FailureReason; readonly detail: string} | null;
}

export interface BeaconNodeStatus {
  readonly name: string;
  readonly url: string;
  readonly isProposerNode: boolean;
  readonly state: BeaconNodeState;
  /** For people; empty when there is nothing to say. */
  readonly detail: string;
  /** From 0 (not ready) to 1. */
  readonly score: number;
  readonly latencyMs: number | null;
  readonly version: string | null;
  readonly eventStreamStands: boolean;
}

/** One slot's duties of all kinds in figures. */
export interface SlotStatus {
  readonly slot: Slot;
  /** Votes of that slot: how many there are, went out, and are in blocks as far as is known. */
  readonly votes: {readonly total: number; readonly published: number; readonly included: number};
  /** Of all other kinds. */
  readonly others: {readonly total: number; readonly published: number};
  readonly failures: readonly {readonly reason: FailureReason; readonly count: number}[];
}
