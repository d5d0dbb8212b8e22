import type {GossipKind, GossipTypes} from "@mote/networking";

/** A message of one of these kinds, as it travels between beacon nodes. */
export type MessageOf<Kind extends GossipKind> = {
  [Each in Kind]: {readonly kind: Each; readonly value: GossipTypes[Each]};
}[Kind];

/** What validators sign, and proofs against them: all that may come to a beacon node by its API. */
export type ValidatorMessageKind = Exclude<
  GossipKind,
  "light_client_finality_update" | "light_client_optimistic_update" | "execution_payload_bid"
>;
export type ValidatorMessage = MessageOf<ValidatorMessageKind>;
