import {createHash, randomBytes} from "node:crypto";
import {BitArray} from "@chainsafe/ssz";
import type {altair, fulu} from "@lodestar/types";
import {ssz} from "@mote/consensus";
import type {BenchChain} from "../chain/bench-chain.ts";
import {COMMITTEE_LENGTH, COMMITTEES_PER_SLOT} from "../chain/bench-chain.ts";

/** 240 transactions of half a kilobyte, and eight attestations of 4 kB each: 150 kB in all. */
const TRANSACTIONS = 240;
const TRANSACTION_SIZE_BYTES = 480;
const ATTESTATIONS = 8;
/** The node has validators in the first seats of these. What it voted before the run is not known here, so their bits are not set. */
const COMMITTEES_OF_NODE = [0, 1];

const transactions = Array.from({length: TRANSACTIONS}, () => new Uint8Array(randomBytes(TRANSACTION_SIZE_BYTES)));
const signature = new Uint8Array(96).fill(0xa5);
const committeeBits = BitArray.fromBoolArray(new Array<boolean>(COMMITTEES_PER_SLOT).fill(true));
const aggregationBits = BitArray.fromBoolArray(
  Array.from({length: COMMITTEES_PER_SLOT * COMMITTEE_LENGTH}, (_, bit) =>
    COMMITTEES_OF_NODE.every((committee) => bit !== committee * COMMITTEE_LENGTH),
  ),
);

export function blockBody(
  chain: BenchChain,
  slot: number,
  syncAggregate: altair.SyncAggregate,
): fulu.BeaconBlock["body"] {
  const {genesisTimeSec, slotMs} = chain.init;
  const data = ssz.phase0.AttestationData;
  const attestations = Array.from({length: Math.min(slot, ATTESTATIONS)}, (_, nth) => ({
    aggregationBits,
    committeeBits,
    signature,
    data: data.fromJson(chain.attestationData(slot - 1 - nth)),
  }));
  return {
    ...ssz.fulu.BeaconBlockBody.defaultValue(),
    randaoReveal: signature,
    attestations,
    syncAggregate,
    executionPayload: {
      ...ssz.fulu.ExecutionPayload.defaultValue(),
      timestamp: genesisTimeSec + (slot * slotMs) / 1000,
      blockNumber: slot,
      blockHash: new Uint8Array(createHash("sha256").update(`payload ${slot}`).digest()),
      transactions,
    },
  };
}

/** Of the payload in it, as light clients have it. */
export function payloadHeader({executionPayload}: fulu.BeaconBlock["body"]) {
  const {transactions, withdrawals, ...rest} = executionPayload;
  return {
    ...rest,
    transactionsRoot: ssz.bellatrix.Transactions.hashTreeRoot(transactions),
    withdrawalsRoot: ssz.capella.Withdrawals.hashTreeRoot(withdrawals),
  };
}
