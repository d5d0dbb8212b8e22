export {expectedChain} from "./chain/expected-chain.ts";
export * from "./exit-error.ts";
export type {LineSink} from "./log/line-log.ts";
export * from "./log/stdout-sink.ts";
export {RETAIN_EPOCHS} from "./protection.ts";
export * from "./run-node.ts";
export * from "./system/system-clock.ts";
export * from "./system/system-random.ts";
