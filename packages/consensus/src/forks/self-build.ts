import type {gloas} from "@lodestar/types";
import {bytesToHex, SIGNATURE_SIZE_BYTES} from "@mote/core";

/** BUILDER_INDEX_SELF_BUILD: 2^64−1, as the SSZ library has it. gloas/beacon-chain.md#misc */
const BUILDER_INDEX_SELF_BUILD = Number.POSITIVE_INFINITY;
const G2_POINT_AT_INFINITY = `0xc0${"00".repeat(SIGNATURE_SIZE_BYTES - 1)}`;

/** Gloas: whether the payload of this bid or envelope is the proposer's own. */
export const isSelfBuilt = ({builderIndex}: Pick<gloas.ExecutionPayloadBid, "builderIndex">): boolean =>
  builderIndex === BUILDER_INDEX_SELF_BUILD;

/** Whether the point at infinity stands where a builder's signature would: so it is for a bid of the proposer's own. */
export const isPointAtInfinity = (signature: Uint8Array): boolean => bytesToHex(signature) === G2_POINT_AT_INFINITY;
