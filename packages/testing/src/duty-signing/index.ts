export * from "./fake-signer.ts";
export * from "./memory-slashing-protection.ts";
export * from "./record-before-sign-checker.ts";
