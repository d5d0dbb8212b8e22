export * from "./assert.ts";
export * from "./duty/duty-record.ts";
export * from "./duty/failure-reason.ts";
export * from "./duty/receipt.ts";
export * from "./ports/index.ts";
export * from "./primitives.ts";
export * from "./time/sleep.ts";
export * from "./time/slot-clock.ts";
