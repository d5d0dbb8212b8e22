export * from "./beacon-node.ts";
export * from "./beacon-node-error.ts";
export * from "./beacon-node-set.ts";
export * from "./chain-identity.ts";
export {BEACON_NODE_STATES, type BeaconNodeState, type StateChange} from "./health.ts";
export type {CallReport} from "./http/beacon-api.ts";
export {type Connect, connectByHttp, type HttpResponse, type Transport} from "./http/http-client.ts";
export type {SignedBlsToExecutionChange} from "./routes/bls-to-execution-changes.ts";
export type {DepositContract, Genesis, ScheduledFork, Spec, SpecValue, SyncStatus} from "./routes/chain.ts";
export type {ItemOutcome} from "./routes/publish.ts";
export type {ValidatorIdentity} from "./routes/validator-identities.ts";
export type {ValidatorDetails} from "./routes/validators.ts";
export {
  BROADCAST_TOPICS,
  type BroadcastChoices,
  type BroadcastTopic,
  STRATEGIES,
  STRATEGY_CHOICES,
  STRATEGY_KINDS,
  type Strategy,
  type StrategyChoices,
  type StrategyKind,
} from "./set/choices.ts";
export type {NetworkLookups} from "./set/network-lookups.ts";
export {thresholdOf} from "./strategies/threshold.ts";
