export type {GossipCount} from "./gossip-counts.ts";
export type {GossipReason} from "./judgement.ts";
export {LightGossip, type LightGossipComponents} from "./light-gossip.ts";
