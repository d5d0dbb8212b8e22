export type {ValidatorDetails} from "@mote/beacon-nodes";
export {
  createNetworkConfig,
  isPublicKey,
  type NetworkConfig,
  verifySignature,
  voluntaryExitSigningRoot,
} from "@mote/consensus";
export * from "../system/system-random.ts";
export {offlineConfig} from "./offline-config.ts";
export * from "./operator-client.ts";
export type {NodeFault} from "./ready-nodes.ts";
export * from "./request-fee.ts";
