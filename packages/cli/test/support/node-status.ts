import type {Pubkey, Slot, ValidatorIndex} from "@mote/core";
import type {NodeStatus} from "@mote/node";

const STARTED_MS = 1_700_000_000_000;

/** A node that is well but for one silent key and one beacon node without its execution layer. */
export const nodeStatus = (): NodeStatus => ({
  version: "0.1.0",
  pid: 4711,
  state: "running",
  network: "hoodi",
  datadir: "/home/me/.mote/hoodi",
  startedMs: STARTED_MS,
  nowMs: STARTED_MS + (3 * 60 + 12) * 60_000,
  rssBytes: 131 * 2 ** 20,
  chain: {slot: 960, epoch: 30, slotsPerEpoch: 32, slotDurationMs: 12_000, genesisTimeSec: STARTED_MS / 1000},
  protection: {kind: "level", place: "/home/me/.mote/hoodi/slashing-protection"},
  signers: {localKeys: 64, remoteKeys: 0, remoteUrls: []},
  distributed: false,
  doppelgangerProtection: true,
  keymanagerApi: {url: "http://127.0.0.1:5062"},
  metrics: null,
  p2p: null,
  validators: {
    total: 64,
    known: 64,
    withDuties: 64,
    signing: 63,
    shown: [
      {
        pubkey: `0x${"ab".repeat(48)}` as Pubkey,
        index: 7 as ValidatorIndex,
        status: "active_ongoing",
        signer: "local",
        refusal: {reason: "DOPPELGANGER_WATCH", detail: "until epoch 12"},
      },
    ],
  },
  beaconNodes: [
    {
      name: "bn0",
      url: "http://a:5052",
      isProposerNode: false,
      state: "ready",
      detail: "",
      score: 0.98,
      latencyMs: 12.4,
      version: "Lighthouse/v8.0.0",
      eventStreamStands: true,
    },
    {
      name: "bn1",
      url: "http://b:5052",
      isProposerNode: false,
      state: "el_offline",
      detail: "its execution layer does not answer",
      score: 0,
      latencyMs: null,
      version: null,
      eventStreamStands: false,
    },
  ],
  slots: [
    {
      slot: 959 as Slot,
      votes: {total: 2, published: 2, included: 0},
      others: {total: 1, published: 0},
      failures: [{reason: "BEACON_DATA_LATE", count: 1}],
    },
  ],
});
