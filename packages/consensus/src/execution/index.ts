export * from "./address.ts";
export * from "./deposit-roots.ts";
export * from "./eip-681.ts";
export * from "./requests.ts";
export * from "./withdrawal-credentials.ts";
