import {createHash} from "node:crypto";
import {BooleanType, ByteVectorType, ContainerType} from "@chainsafe/ssz";
import {ssz} from "@lodestar/types";
import type {NetworkConfig} from "@mote/consensus";
import {abbreviate, bytesToHex, hexToBytes, type Root, rootToHex, type Slot} from "@mote/core";
import {isValidHeader} from "./rules/light-client-header.ts";
import type {LightClientState} from "./rules/light-client-state.ts";
import {areEqual} from "./rules/merkle-branch.ts";

/** Where a light client's knowledge outlives the process. */
export interface LightClientStateFile {
  /** Null when there is none. */
  read(): Promise<Uint8Array | null>;
  /** Whole or not at all. */
  write(content: Uint8Array): Promise<void>;
}

/** What is kept: the state and the block that it was once trusted by. */
export interface KeptState {
  readonly trustedRoot: Root;
  readonly state: LightClientState;
}

export type ReadState =
  | {readonly kind: "kept"; readonly kept: KeptState}
  | {readonly kind: "unusable"; readonly why: string};

const CHECKSUM_SIZE_BYTES = 32;

/** The optimistic header is not kept: it is old within seconds. */
const Record = new ContainerType({
  genesisValidatorsRoot: ssz.Root,
  /** Of the finalized header's slot: another fork schedule is another chain. */
  forkVersion: new ByteVectorType(4),
  trustedRoot: ssz.Root,
  finalizedHeader: ssz.gloas.LightClientHeader,
  currentSyncCommittee: ssz.altair.SyncCommittee,
  isNextSyncCommitteeKnown: new BooleanType(),
  nextSyncCommittee: ssz.altair.SyncCommittee,
  previousMaxActiveParticipants: ssz.UintNum64,
  currentMaxActiveParticipants: ssz.UintNum64,
});

/** A checksum, then SSZ of fixed size, in which a flipped bit would otherwise go unseen. */
export function encodeState(config: NetworkConfig, {trustedRoot, state}: KeptState): Uint8Array {
  const {finalizedHeader, currentSyncCommittee, nextSyncCommittee} = state;
  const record = Record.serialize({
    genesisValidatorsRoot: config.genesisValidatorsRoot,
    forkVersion: config.getForkVersion(finalizedHeader.beacon.slot),
    trustedRoot: hexToBytes(trustedRoot),
    finalizedHeader,
    currentSyncCommittee,
    isNextSyncCommitteeKnown: nextSyncCommittee !== null,
    nextSyncCommittee: nextSyncCommittee ?? ssz.altair.SyncCommittee.defaultValue(),
    previousMaxActiveParticipants: state.previousMaxActiveParticipants,
    currentMaxActiveParticipants: state.currentMaxActiveParticipants,
  });
  return Buffer.concat([checksumOf(record), record]);
}

export function decodeState(config: NetworkConfig, content: Uint8Array): ReadState {
  const unusable = (why: string): ReadState => ({kind: "unusable", why});
  const bytes = content.subarray(CHECKSUM_SIZE_BYTES);
  if (bytes.length !== Record.fixedSize || !areEqual(checksumOf(bytes), content.subarray(0, CHECKSUM_SIZE_BYTES)))
    return unusable("it is damaged, or of another preset");
  const record = Record.deserialize(bytes);
  if (!areEqual(record.genesisValidatorsRoot, config.genesisValidatorsRoot))
    return unusable(`it is of the chain with genesis ${abbreviate(bytesToHex(record.genesisValidatorsRoot))}`);
  const slot = record.finalizedHeader.beacon.slot as Slot;
  const forkVersion = config.getForkVersion(slot);
  if (!areEqual(record.forkVersion, forkVersion)) {
    const [theirs, ours] = [bytesToHex(record.forkVersion), bytesToHex(forkVersion)];
    return unusable(`slot ${slot} had fork version ${theirs} then, and has ${ours} by this configuration`);
  }
  if (!isValidHeader(config, record.finalizedHeader)) return unusable("its header has another execution block");
  const {finalizedHeader, currentSyncCommittee, previousMaxActiveParticipants, currentMaxActiveParticipants} = record;
  const state: LightClientState = {
    finalizedHeader,
    currentSyncCommittee,
    nextSyncCommittee: record.isNextSyncCommitteeKnown ? record.nextSyncCommittee : null,
    optimisticHeader: finalizedHeader,
    previousMaxActiveParticipants,
    currentMaxActiveParticipants,
  };
  return {kind: "kept", kept: {trustedRoot: rootToHex(record.trustedRoot), state}};
}

const checksumOf = (bytes: Uint8Array): Uint8Array => createHash("sha256").update(bytes).digest();
