export * from "./exit-error.ts";
export type {LineSink} from "./log/line-log.ts";
export * from "./log/stdout-sink.ts";
export * from "./run-node.ts";
export * from "./system/system-clock.ts";
export * from "./system/system-random.ts";
