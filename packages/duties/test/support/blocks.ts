import {
  type ExecutionAddress,
  type ProducedBlock,
  type ProposerDuty,
  parseExecutionAddress,
  type Signature,
  type Slot,
  type ValidatorIndex,
} from "@mote/core";
import {blindedBlock, buildersBlock, fullBlock, type ProducedBlockInit, selfBuiltBlock} from "@mote/testing";
import {GENESIS_SEC, pubkey, SLOT_MS, slot} from "./world.ts";

/** What beacon nodes make for the proposals of the tests. */

export const OURS = address(1);
export const OTHERS = address(2);
export const GAS_LIMIT = 60_000_000;

export function address(n: number): ExecutionAddress {
  return parseExecutionAddress(`0x${n.toString(16).padStart(40, "0")}`, "address");
}

export const timestampSec = (atSlot: number): number => GENESIS_SEC + (atSlot * SLOT_MS) / 1000;

export function proposerDuty(validatorIndex: number, atSlot: number): ProposerDuty {
  return {pubkey: pubkey(validatorIndex), validatorIndex: validatorIndex as ValidatorIndex, slot: slot(atSlot)};
}

interface Asked {
  readonly slot: Slot;
  readonly proposerIndex: number;
  readonly randaoReveal: Signature;
}

const MAKERS = {
  full: fullBlock,
  blinded: blindedBlock,
  selfBuilt: (init: ProducedBlockInit) => selfBuiltBlock({...init, gasLimit: GAS_LIMIT}),
  buildersBid: (init: ProducedBlockInit) => buildersBlock({...init, gasLimit: GAS_LIMIT}),
};
export type BlockSort = keyof typeof MAKERS;

/** A block that is right in all that its asker can see. */
export function produced(
  sort: BlockSort,
  {slot: of, proposerIndex, randaoReveal}: Asked,
  feeRecipient: ExecutionAddress = OURS,
): ProducedBlock {
  const made: ProducedBlock = MAKERS[sort]({slot: of, feeRecipient});
  made.block.proposerIndex = proposerIndex;
  made.block.body.randaoReveal = randaoReveal;
  if (made.kind === "full") made.block.body.executionPayload.timestamp = timestampSec(of);
  if (made.kind === "blinded") made.block.body.executionPayloadHeader.timestamp = timestampSec(of);
  if (made.kind === "bid" && made.payload !== null) made.payload.envelope.payload.timestamp = timestampSec(of);
  return made;
}
