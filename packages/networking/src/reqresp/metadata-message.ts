import {ssz} from "@mote/consensus";
import {deserialized} from "./deserialized.ts";
import type {Protocol} from "./protocols.ts";
import {UnsoundError} from "./request-error.ts";

/** altair/p2p-interface.md#metadata, fulu/p2p-interface.md#metadata */
export interface Metadata {
  readonly seqNumber: bigint;
  /** Subnets that are followed, by their numbers. */
  readonly attnets: readonly number[];
  readonly syncnets: readonly number[];
  /** 0 from a peer whose version of the message has none. */
  readonly custodyGroupCount: number;
}

export function encodeMetadata(metadata: Metadata, {version}: Protocol): Uint8Array {
  const message = ssz.fulu.Metadata.defaultValue();
  message.seqNumber = metadata.seqNumber;
  for (const subnetId of metadata.attnets) message.attnets.set(subnetId, true);
  for (const subnetId of metadata.syncnets) message.syncnets.set(subnetId, true);
  message.custodyGroupCount = metadata.custodyGroupCount;
  return version === 2 ? ssz.altair.Metadata.serialize(message) : ssz.fulu.Metadata.serialize(message);
}

/** @throws {UnsoundError} for a subnet that there is none of, or more custody groups than a number can hold */
export function decodeMetadata(bytes: Uint8Array, {version}: Protocol): Metadata {
  const message =
    version === 2
      ? {...deserialized(ssz.altair.Metadata, bytes), custodyGroupCount: 0}
      : deserialized(ssz.fulu.Metadata, bytes);
  const {seqNumber, attnets, syncnets, custodyGroupCount} = message;
  if (!Number.isSafeInteger(custodyGroupCount))
    throw new UnsoundError("invalid_response", "custody groups above 2^53−1");
  return {seqNumber, attnets: attnets.getTrueBitIndexes(), syncnets: syncnets.getTrueBitIndexes(), custodyGroupCount};
}
