export * from "./fake-signature.ts";
export * from "./fake-signer.ts";
export * from "./record-before-sign-checker.ts";
export * from "./signer-contract.ts";
