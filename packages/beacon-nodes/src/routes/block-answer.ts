import {consensusVersion, type NetworkConfig} from "@mote/consensus";
import {type BlobData, bytesToHex, InvalidValueError, type Signature, type Slot, type ValidatorIndex} from "@mote/core";
import type {HeaderOf} from "../http/beacon-api.ts";
import {type BlockTypes, blobsPerBlockMax} from "./block-types.ts";
import {type JsonObject, parseBoolean, parseList, parseSizedBytes} from "./decode.ts";

/** What an answer says beside its content, in headers and (JSON) in its body. Where it says it twice, it must say the same. */

function told<T>(
  {header, body}: {readonly header: HeaderOf; readonly body: JsonObject | null},
  {name, field, parse}: {readonly name: string; readonly field: string; readonly parse: (value: unknown) => T},
): T | undefined {
  const found = [header(name), body?.[field]].filter((value) => value !== undefined && value !== null).map(parse);
  if (found.some((value) => value !== found[0])) {
    throw new InvalidValueError(`the header ${name} says ${found[0]}, the body's ${field} says ${found[1]}`);
  }
  return found[0];
}

/** @param body null for SSZ */
export function checkVersion(
  config: NetworkConfig,
  slot: Slot,
  answer: {readonly header: HeaderOf; readonly body: JsonObject | null},
): void {
  const expected = consensusVersion(config, slot);
  const parse = (value: unknown) => String(value).toLowerCase();
  const version = told(answer, {name: "eth-consensus-version", field: "version", parse});
  if (version !== undefined && version !== expected) {
    throw new InvalidValueError(`the answer is of the fork ${version.slice(0, 40)}, slot ${slot} lies in ${expected}`);
  }
}

export function flagOf(
  answer: {readonly header: HeaderOf; readonly body: JsonObject | null},
  name: string,
  field: string,
): boolean | undefined {
  const parse = (value: unknown) => {
    const text = typeof value === "string" ? value.toLowerCase() : value;
    return parseBoolean(text === "true" ? true : text === "false" ? false : text, name);
  };
  return told(answer, {name, field, parse});
}

/** A uint256 has 78 digits at most. Prysm says nothing instead when it cannot tell (OffchainLabs/prysm#15174). */
export function weiOf(
  answer: {readonly header: HeaderOf; readonly body: JsonObject | null},
  name: string,
  field: string,
): bigint {
  const parse = (value: unknown) => {
    if (value === "") return 0n;
    if (typeof value === "string" && /^\d{1,78}$/.test(value)) return BigInt(value);
    throw new InvalidValueError(`${name} must be a decimal number of wei`);
  };
  return told(answer, {name, field, parse}) ?? 0n;
}

export interface AskedBlock {
  readonly slot: Slot;
  readonly proposerIndex: ValidatorIndex;
  /** Null behind the middleware of a distributed validator, where the block carries the cluster's and not our share. */
  readonly randaoReveal: Signature | null;
}

export function checkBlock(
  block: {readonly slot: number; readonly proposerIndex: number; readonly body: {readonly randaoReveal: Uint8Array}},
  {slot, proposerIndex, randaoReveal}: AskedBlock,
): void {
  if (block.slot !== slot) throw new InvalidValueError(`the block is for slot ${block.slot}, asked for was ${slot}`);
  if (block.proposerIndex !== proposerIndex) {
    throw new InvalidValueError(`the block is of proposer ${block.proposerIndex}, asked for was ${proposerIndex}`);
  }
  if (randaoReveal !== null && bytesToHex(block.body.randaoReveal) !== bytesToHex(randaoReveal)) {
    throw new InvalidValueError("the block carries another randao reveal than was sent");
  }
}

/** deneb/polynomial-commitments.md: FIELD_ELEMENTS_PER_BLOB × BYTES_PER_FIELD_ELEMENT, the same in all presets. */
const BLOB_SIZE_BYTES = 131_072;
const KZG_PROOF_SIZE_BYTES = 48;

/** Of JSON. The SSZ library reads the same, thirty times slower. */
export function parseBlobData(data: JsonObject, {blobsMax, proofsPerBlob}: {blobsMax: number; proofsPerBlob: number}) {
  return {
    blobs: parseList(data.blobs, "blobs", blobsMax).map((blob) => parseSizedBytes(blob, BLOB_SIZE_BYTES, "blobs")),
    kzgProofs: parseList(data.kzg_proofs, "kzg_proofs", blobsMax * proofsPerBlob).map((proof) =>
      parseSizedBytes(proof, KZG_PROOF_SIZE_BYTES, "kzg_proofs"),
    ),
  };
}

/** As many blobs as the block commits to, with all their proofs. */
export function checkBlobs(
  {blobs, kzgProofs}: BlobData,
  commitments: readonly unknown[],
  {proofsPerBlob}: Pick<BlockTypes, "proofsPerBlob">,
): void {
  const count = commitments.length;
  if (blobs.length !== count) {
    throw new InvalidValueError(`${blobs.length} blobs came with a block that commits to ${count}`);
  }
  if (kzgProofs.length !== count * proofsPerBlob) {
    throw new InvalidValueError(
      `${kzgProofs.length} proofs came with ${count} blobs, which need ${count * proofsPerBlob}`,
    );
  }
}

export function checkCommitments(config: NetworkConfig, slot: Slot, commitments: readonly unknown[]): void {
  const max = blobsPerBlockMax(config, slot);
  if (commitments.length <= max) return;
  throw new InvalidValueError(`the block commits to ${commitments.length} blobs, more than the fork's ${max}`);
}
