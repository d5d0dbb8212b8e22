import {SLOTS_PER_EPOCH} from "@lodestar/params";
import type {phase0} from "@lodestar/types";
import {hexToBytes, type Root, rootToHex, type Slot} from "@mote/core";
import type {DevnetChain} from "../../chain.ts";
import type {Lie} from "../../faults/fault-spec.ts";
import {otherRoot} from "./other-root.ts";

const OLDER_BY_BLOCKS = 3;

/**
 * Attestation data that no validator may sign, in the one way that `how` names. `slot`, `future-target` and `source-above-target` give themselves
 * away; `target` and `head` are contradicted by what the sync committee has signed, and nothing contradicts `unknown-head`. Where the chain is too
 * short for a lie, the truth stays.
 */
export function wrongData(
  how: Lie<"wrong-data">,
  data: phase0.AttestationData,
  chain: DevnetChain,
): phase0.AttestationData {
  // Field by field: a spread would take the root along that SSZ keeps in a value once hashed.
  const {slot, index, beaconBlockRoot, source, target} = data;
  const truth = {slot, index, beaconBlockRoot, source, target};
  const nextEpoch = {epoch: target.epoch + 1, root: target.root};
  switch (how) {
    case "slot":
      return {...truth, slot: slot + 1};
    case "future-target":
      return {...truth, target: nextEpoch};
    case "source-above-target":
      return {...truth, source: nextEpoch};
    case "target":
      return {...truth, target: {epoch: target.epoch, root: boundaryBlock(chain, target.epoch - 1) ?? target.root}};
    case "head":
      return {...truth, ...olderHead(chain, data)};
    case "unknown-head":
      return {...truth, beaconBlockRoot: otherRoot(beaconBlockRoot)};
  }
}

function boundaryBlock(chain: DevnetChain, epoch: number, headRoot?: Root): Uint8Array | null {
  const root = epoch < 0 ? null : chain.rootAtSlot((epoch * SLOTS_PER_EPOCH) as Slot, headRoot);
  return root === null ? null : hexToBytes(root);
}

/**
 * Three blocks back, with the target of that branch. It leaves out a block that the sync aggregate in the true head's parent has signed: who follows light-client
 * updates has had that proof since the slot before. What the true head itself proves comes together with the question.
 */
function olderHead(
  chain: DevnetChain,
  {beaconBlockRoot, target}: phase0.AttestationData,
): Pick<phase0.AttestationData, "beaconBlockRoot" | "target"> {
  let block = chain.block(rootToHex(beaconBlockRoot));
  for (let back = 0; back < OLDER_BY_BLOCKS; back++) {
    if (block?.signed == null) return {beaconBlockRoot, target};
    block = chain.block(block.parentRoot);
  }
  if (block === null) return {beaconBlockRoot, target};
  const root = boundaryBlock(chain, target.epoch, block.root) ?? target.root;
  return {beaconBlockRoot: hexToBytes(block.root), target: {epoch: target.epoch, root}};
}
