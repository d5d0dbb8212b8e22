// What commands that move stake need before anything of the chain is loaded: no path leads from here to @lodestar.
export * from "@mote/consensus/execution";
export * from "./staking-facts.ts";
