import {type LightClientUpdate, type SignedBeaconBlock, ssz} from "@lodestar/types";
import {hexToBytes, type Slot} from "@mote/core";
import type {GossipKind} from "@mote/networking";
import {signedBlockOf} from "../../chain/signed-block.ts";
import type {DevnetChain} from "../../chain.ts";
import type {LightClientServer} from "../../light-client/light-client-server.ts";

/** A message whose form is sound and whose signature is not its own. */
export interface Forgery {
  readonly kind: GossipKind;
  readonly subnetId: number | null;
  readonly slot: Slot;
  readonly ssz: Uint8Array;
}

/** A point of the curve that signs nothing of this: the generator of the group. */
const ANY_SIGNATURE = hexToBytes(
  `0x93e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8`,
);
const FORGED_VOTES = 4;

/** A block for `slot` on the head, by whoever's turn it is. */
export function forgedBlock(chain: DevnetChain, slot: Slot): Forgery {
  const {head, config} = chain;
  const type = config.getForkTypes(slot).SignedBeaconBlock;
  const block = chain.block(head.root);
  const isOfFork = block !== null && config.getForkName(block.slot) === config.getForkName(slot);
  const forged = type.clone(
    (isOfFork ? signedBlockOf(config, block) : type.defaultValue()) as never,
  ) as SignedBeaconBlock;
  const {message} = forged;
  message.slot = slot;
  message.parentRoot = hexToBytes(head.root);
  message.proposerIndex = (chain.stateAt(head.root, slot) ?? head.state).epochCtx.getBeaconProposer(slot);
  forged.signature = ANY_SIGNATURE;
  return {kind: "beacon_block", subnetId: null, slot, ssz: type.serialize(forged as never)};
}

/** Votes in the names of some of the first committee. */
export function forgedVotes(chain: DevnetChain, slot: Slot): Forgery[] {
  const {epochCtx} = chain.head.state;
  const data = chain.attestationData(slot);
  if (data === null) return [];
  const committeeIndex = 0;
  const subnetId = epochCtx.computeSubnetForSlot(slot, committeeIndex);
  return [...epochCtx.getBeaconCommittee(slot, committeeIndex)].slice(0, FORGED_VOTES).map((attesterIndex) => {
    const vote = {committeeIndex, attesterIndex, data, signature: ANY_SIGNATURE};
    return {kind: "beacon_attestation", subnetId, slot, ssz: ssz.electra.SingleAttestation.serialize(vote)};
  });
}

/** The true updates but for the attested header, which nobody has signed. Empty before there are any. */
export function forgedLightClientUpdates(chain: DevnetChain, lightClient: LightClientServer): Forgery[] {
  const found = [
    {kind: "light_client_finality_update", type: "LightClientFinalityUpdate", update: lightClient.finalityUpdate()},
    {
      kind: "light_client_optimistic_update",
      type: "LightClientOptimisticUpdate",
      update: lightClient.optimisticUpdate(),
    },
  ] as const;
  return found.flatMap(({kind, type, update}) => {
    if (update === null) return [];
    const slot = update.attestedHeader.beacon.slot as Slot;
    const forged = withForgedHeader(update);
    return {
      kind,
      subnetId: null,
      slot,
      ssz: chain.config.getPostAltairForkTypes(slot)[type].serialize(forged as never),
    };
  });
}

/** Of another block than the one that was signed. */
export function withForgedHeader<Update extends Pick<LightClientUpdate, "attestedHeader">>(update: Update): Update {
  const {attestedHeader} = update;
  const {slot, proposerIndex, parentRoot, stateRoot, bodyRoot} = attestedHeader.beacon;
  const beacon = {slot, proposerIndex: proposerIndex + 1, parentRoot, stateRoot, bodyRoot};
  return {...update, attestedHeader: {...attestedHeader, beacon}};
}
