export * from "./beacon-nodes/fake-beacon-node.ts";
export * from "./beacon-nodes/fake-chain.ts";
export * from "./clock.ts";
export * from "./duty-signing/index.ts";
export * from "./openapi/openapi.ts";
export * from "./slashing-protection/protection-checker.ts";
export * from "./slashing-protection/slashability.ts";
export * from "./slashing-protection/slashing-protection-contract.ts";
