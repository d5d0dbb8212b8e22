import type {BeaconConfig} from "@lodestar/config";
import {ForkSeq} from "@lodestar/params";
import {executionPayloadToPayloadHeader} from "@lodestar/state-transition";
import {upgradeLightClientHeader} from "@lodestar/state-transition/light-client";
import {
  type electra,
  type gloas,
  type LightClientHeader,
  type phase0,
  type SignedBeaconBlock,
  ssz,
  sszTypesFor,
} from "@lodestar/types";
import {merkleBranch} from "./merkle-branch.ts";

const EXECUTION_PAYLOAD_GINDEX = ssz.fulu.BeaconBlockBody.getPathInfo(["executionPayload"]).gindex;
/** Of the payload that the block builds on, the last that is certain: its own may never be seen. */
const PARENT_BLOCK_HASH_GINDEX = ssz.gloas.BeaconBlockBody.getPathInfo([
  "signedExecutionPayloadBid",
  "message",
  "parentBlockHash",
]).gindex;

/** capella/light-client/full-node.md, gloas/light-client/full-node.md: `block_to_light_client_header` */
export function lightClientHeader(config: BeaconConfig, {message}: SignedBeaconBlock): LightClientHeader {
  const {slot, proposerIndex, parentRoot, stateRoot, body} = message;
  const bodyRoot = sszTypesFor(config.getForkName(slot)).BeaconBlockBody.hashTreeRoot(body as never);
  const beacon: phase0.BeaconBlockHeader = {slot, proposerIndex, parentRoot, stateRoot, bodyRoot};
  if (config.getForkSeq(slot) >= ForkSeq.gloas) {
    const {node} = ssz.gloas.BeaconBlockBody.toView(body as gloas.BeaconBlockBody);
    return {
      beacon,
      executionBlockHash: (body as gloas.BeaconBlockBody).signedExecutionPayloadBid.message.parentBlockHash,
      executionBranch: merkleBranch(node, PARENT_BLOCK_HASH_GINDEX),
    };
  }
  const {executionPayload} = body as electra.BeaconBlockBody;
  const {node} = ssz.fulu.BeaconBlockBody.toView(body as electra.BeaconBlockBody);
  return {
    beacon,
    execution: executionPayloadToPayloadHeader(config.getForkSeq(slot), executionPayload) as never,
    executionBranch: merkleBranch(node, EXECUTION_PAYLOAD_GINDEX),
  };
}

/** The header in the shape of the fork of `slot`, which is not before its own: an update is of one fork. */
export function headerAtFork(config: BeaconConfig, header: LightClientHeader, slot: number): LightClientHeader {
  const fork = config.getForkName(slot);
  return config.getForkName(header.beacon.slot) === fork ? header : upgradeLightClientHeader(config, fork, header);
}
