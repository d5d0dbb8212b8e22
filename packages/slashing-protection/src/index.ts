export * from "./errors.ts";
export type * from "./interchange/interchange.ts";
export * from "./interchange/interchange-error.ts";
export * from "./interchange/interchange-reader.ts";
export * from "./level/directory-hold.ts";
export {openLevelDatabase} from "./level/level-database.ts";
export * from "./level/level-slashing-protection.ts";
export type * from "./level/protection-database.ts";
