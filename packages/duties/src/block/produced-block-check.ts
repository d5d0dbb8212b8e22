import {isPointAtInfinity, isSelfBuilt} from "@mote/consensus";
import {
  type AnswerCheck,
  bytesToHex,
  type ExecutionAddress,
  executionAddressToHex,
  type ProducedBlock,
  type SelfBuiltPayload,
  type Signature,
  type Slot,
  type ValidatorIndex,
} from "@mote/core";

/** What the asker knows, independent of who answered. */
export interface ProducedBlockExpectation {
  readonly slot: Slot;
  readonly proposerIndex: ValidatorIndex;
  /** Null: a cluster puts its own together from the shares'. */
  readonly randaoReveal: Signature | null;
  /** Unix seconds at which the slot starts. */
  readonly timestampSec: number;
  /** From Gloas on a block commits to a bid. */
  readonly hasBid: boolean;
  /** Null: any will do. */
  readonly feeRecipient: ExecutionAddress | null;
  readonly isBuilderAllowed: boolean;
}

type Wrong = ReturnType<AnswerCheck<ProducedBlock>>;

/** Whether a block that came can be signed for this slot at all. Null means yes; slashing protection and the signing gate have their own say. */
export function checkProducedBlock(produced: ProducedBlock, expected: ProducedBlockExpectation): Wrong {
  const {block} = produced;
  if (block.slot !== expected.slot) return invalid(`block is for slot ${block.slot}, asked for ${expected.slot}`);
  if (block.proposerIndex !== expected.proposerIndex)
    return invalid(`block is validator ${block.proposerIndex}'s, asked for ${expected.proposerIndex}'s`);
  if (block.parentRoot.every((byte) => byte === 0)) return invalid("block has no parent");
  const {randaoReveal} = expected;
  if (randaoReveal !== null && bytesToHex(block.body.randaoReveal) !== bytesToHex(randaoReveal))
    return invalid("block has another randao reveal than was sent");
  if ((produced.kind === "bid") !== expected.hasBid)
    return invalid(`block is of another fork: ${produced.kind}${expected.hasBid ? ", not a bid" : ""}`);

  switch (produced.kind) {
    case "full":
      return checkPayload(produced.block.body.executionPayload, expected);
    case "blinded":
      return expected.isBuilderAllowed
        ? checkTimestamp(produced.block.body.executionPayloadHeader, expected)
        : NOT_ALLOWED;
    case "bid":
      return checkBid(produced, expected);
  }
}

function checkBid({block, payload}: Extract<ProducedBlock, {kind: "bid"}>, expected: ProducedBlockExpectation): Wrong {
  const {message: bid, signature} = block.body.signedExecutionPayloadBid;
  if (bid.slot !== expected.slot) return invalid(`bid is for slot ${bid.slot}, asked for ${expected.slot}`);
  if (bytesToHex(bid.parentBlockRoot) !== bytesToHex(block.parentRoot))
    return invalid("bid has another parent than its block");
  const isOwn = isSelfBuilt(bid);
  if (isOwn !== (payload !== null))
    return invalid(isOwn ? "own bid without its payload" : "payload beside a builder's bid");
  if (payload === null) return expected.isBuilderAllowed ? checkFeeRecipient(bid, expected) : NOT_ALLOWED;
  if (bid.value !== 0 || !isPointAtInfinity(signature)) return invalid("own bid with a value or a signature");
  return checkFeeRecipient(bid, expected) ?? checkEnvelope(payload, block, expected);
}

function checkEnvelope(
  {envelope}: SelfBuiltPayload,
  block: Extract<ProducedBlock, {kind: "bid"}>["block"],
  expected: ProducedBlockExpectation,
): Wrong {
  const bid = block.body.signedExecutionPayloadBid.message;
  const {payload} = envelope;
  if (!isSelfBuilt(envelope)) return invalid("envelope is a builder's, and the bid is not");
  if (bytesToHex(envelope.parentBeaconBlockRoot) !== bytesToHex(block.parentRoot))
    return invalid("envelope has another parent than its block");
  if (payload.slotNumber !== expected.slot) return invalid(`payload is for slot ${payload.slotNumber}`);
  if (bytesToHex(payload.blockHash) !== bytesToHex(bid.blockHash)) return invalid("payload is not the one of the bid");
  return checkPayload(payload, expected);
}

interface Payload {
  readonly timestamp: number;
  readonly feeRecipient: Uint8Array;
}

const checkPayload = (payload: Payload, expected: ProducedBlockExpectation): Wrong =>
  checkTimestamp(payload, expected) ?? checkFeeRecipient(payload, expected);

function checkTimestamp({timestamp}: Pick<Payload, "timestamp">, {timestampSec}: ProducedBlockExpectation): Wrong {
  return timestamp === timestampSec
    ? null
    : invalid(`payload is for time ${timestamp}, and the slot's is ${timestampSec}`);
}

function checkFeeRecipient(payload: Pick<Payload, "feeRecipient">, {feeRecipient}: ProducedBlockExpectation): Wrong {
  const got = executionAddressToHex(payload.feeRecipient);
  if (feeRecipient === null || got === feeRecipient) return null;
  return {reason: "FEE_RECIPIENT_MISMATCH", detail: `fees would go to ${got}, and are to go to ${feeRecipient}`};
}

const NOT_ALLOWED = {
  reason: "BUILDER_NOT_ALLOWED",
  detail: "a builder's payload, and none was asked for",
} as const;

const invalid = (detail: string) => ({reason: "BEACON_DATA_INVALID", detail}) as const;
