import {randomBytes} from "node:crypto";
import {ssz} from "@mote/consensus";
import type {BenchChain} from "./bench-chain.ts";
import type {ChainAnswer} from "./chain-answers.ts";

/** 300 transactions of half a kilobyte: a block of some 150 kB, and six blobs beside it. */
const TRANSACTIONS = 300;
const TRANSACTION_SIZE_BYTES = 500;
const BLOBS = 6;
const BLOB_SIZE_BYTES = 131_072;
const CELLS_PER_EXT_BLOB = 128;

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.slice(2), "hex"));
const many = (count: number, sizeBytes: number): Uint8Array[] =>
  Array.from({length: count}, () => new Uint8Array(randomBytes(sizeBytes)));

const transactions = many(TRANSACTIONS, TRANSACTION_SIZE_BYTES);
const blobKzgCommitments = many(BLOBS, 48);
const kzgProofs = many(BLOBS * CELLS_PER_EXT_BLOB, 48);
const blobs = many(BLOBS, BLOB_SIZE_BYTES);

export function benchBlock(chain: BenchChain, slot: number, randaoReveal: string): ChainAnswer {
  const type = ssz.fulu.BlockContents;
  const block = ssz.fulu.BeaconBlock.defaultValue();
  Object.assign(block, {slot, proposerIndex: chain.proposerAt(slot), parentRoot: bytes(chain.rootOf(slot - 1))});
  const {genesisTimeSec, slotMs} = chain.init;
  Object.assign(block.body, {randaoReveal: bytes(randaoReveal), blobKzgCommitments});
  Object.assign(block.body.executionPayload, {
    transactions,
    feeRecipient: bytes(chain.feeRecipient),
    timestamp: genesisTimeSec + (slot * slotMs) / 1000,
  });
  const contents = {block, kzgProofs, blobs};
  const values = {consensus_block_value: "1", execution_payload_value: "1"};
  return {
    json: () => ({version: "fulu", execution_payload_blinded: false, ...values, data: type.toJson(contents)}),
    ssz: () => type.serialize(contents),
    headers: {
      "eth-consensus-version": "fulu",
      "eth-execution-payload-blinded": "false",
      "eth-consensus-block-value": "1",
      "eth-execution-payload-value": "1",
    },
  };
}
