import {ForkName} from "@lodestar/params";
import type {electra, gloas} from "@lodestar/types";
import type {ExecutionAddress} from "@mote/core";
import {hexToBytes} from "@mote/core";
import type {BlockRequest, UnsignedBlock} from "../../chain/types.ts";
import type {Lie} from "../../faults/fault-spec.ts";
import {otherRoot} from "./other-root.ts";

/** Who gets the fees of a block that pays someone else. */
const THIEF = `0x${"66".repeat(20)}` as ExecutionAddress;

type WrongBlock = Lie<"wrong-block"> | undefined;

/** The chain itself makes the block that pays someone else, so that nothing else is wrong with it. */
export function requestFor(how: WrongBlock, request: BlockRequest): BlockRequest {
  return how === "fee-recipient" ? {...request, feeRecipient: THIEF, builderBoostFactor: 0n} : request;
}

/** What is told of a block that is sound. */
export function wrongBlock(how: WrongBlock, produced: UnsignedBlock, validators: number): UnsignedBlock {
  const {block, blinded, envelope} = produced;
  const change = (part: Partial<gloas.BeaconBlock>): UnsignedBlock => ({
    ...produced,
    block: changed(block, part),
    blinded: blinded === null ? null : changed(blinded, part),
  });
  switch (how) {
    case "slot":
      return change({slot: block.slot + 1});
    case "proposer":
      return change({proposerIndex: (block.proposerIndex + 1) % validators});
    case "parent":
      return change({parentRoot: otherRoot(block.parentRoot)});
    case "envelope":
      return {...produced, envelope: envelope === null ? null : payingThief(envelope)};
    case undefined:
    case "fee-recipient":
    case "version":
      return produced;
  }
}

/** The fork that is named in place of `version`. */
export function versionTold(how: WrongBlock, version: ForkName): ForkName {
  if (how !== "version") return version;
  return version === ForkName.gloas ? ForkName.fulu : ForkName.electra;
}

/** A spread would take the root along that SSZ keeps in a value once hashed. */
function changed<Block extends electra.BeaconBlock | electra.BlindedBeaconBlock | gloas.BeaconBlock>(
  {slot, proposerIndex, parentRoot, stateRoot, body}: Block,
  part: Partial<gloas.BeaconBlock>,
): Block {
  return {slot, proposerIndex, parentRoot, stateRoot, body, ...part} as Block;
}

function payingThief(envelope: gloas.ExecutionPayloadEnvelope): gloas.ExecutionPayloadEnvelope {
  const {executionRequests, builderIndex, beaconBlockRoot, parentBeaconBlockRoot} = envelope;
  const payload = {...envelope.payload, feeRecipient: hexToBytes(THIEF)};
  return {payload, executionRequests, builderIndex, beaconBlockRoot, parentBeaconBlockRoot};
}
