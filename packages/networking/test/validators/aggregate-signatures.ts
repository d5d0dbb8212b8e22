import blst from "@chainsafe/blst";
import type {Signature} from "@mote/core";

export const aggregateSignatures = (signatures: readonly Signature[]): Signature =>
  blst.aggregateSerializedSignatures([...signatures]).toBytes() as Signature;
