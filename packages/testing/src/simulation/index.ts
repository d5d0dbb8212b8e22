export * from "./seeded-random.ts";
export * from "./sent-message-watch.ts";
export * from "./sent-messages.ts";
export * from "./simulated-beacon-node.ts";
export * from "./simulated-chain.ts";
export * from "./simulated-network.ts";
