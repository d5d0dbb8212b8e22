export * from "./errors.ts";
export * from "./level/level-slashing-protection.ts";
export type * from "./level/protection-database.ts";
