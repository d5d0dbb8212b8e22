export {type EndpointStatus, PortInUseError} from "./api/endpoint.ts";
export type {Offence, SlashingReport} from "./chain/slashing-checker.ts";
export type * from "./chain/types.ts";
export type {SlotFigures, VoteCell, VoteFigures} from "./chain/vote-ledger.ts";
export {DevnetChain, type DevnetChainInit, type PackingShare} from "./chain.ts";
export {
  Devnet,
  type DevnetComponents,
  type DevnetEvent,
  type DevnetOutcome,
  type DevnetSnapshot,
  type DevnetSummary,
} from "./devnet.ts";
export {type DevnetOptions, type ReadOptions, readOptions} from "./devnet-options.ts";
export {type Dialect, PLAIN} from "./dialects/dialect.ts";
export {DIALECTS, type DialectSpec, parseDialectSpec} from "./dialects/parse-dialect.ts";
export {
  ENDPOINT_FAULT_KINDS,
  type EndpointFault,
  type FaultSpec,
  LIES,
  PEER_FAULT_KINDS,
  type PeerFaultKind,
  parseFaultSpec,
} from "./faults/fault-spec.ts";
export type {DepositFile} from "./genesis-deposits.ts";
export {type InteropKey, type InteropKeys, interopKeys} from "./interop-keys.ts";
export type {LightClientNews, LightClientServer} from "./light-client/light-client-server.ts";
export type {ClusterShape} from "./middleware/cluster-shape.ts";
export {
  Middleware,
  type MiddlewareComponents,
  type MiddlewareInit,
  type OperatorAccess,
} from "./middleware/middleware.ts";
export type {KeystoreFiles} from "./middleware/share-keystores.ts";
export type {VotePathFigures} from "./p2p/vote-paths.ts";
export {SlotDriver, type SlotDriverComponents} from "./slot-driver.ts";
export {testnetFiles} from "./testnet-files.ts";
