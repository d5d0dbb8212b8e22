import {bootNodesOf} from "@mote/consensus";
import type {NetworkChoice, P2pConfig} from "../config/index.ts";

/** The network's own, and those that the operator names. */
export function bootNodesFor(network: NetworkChoice, {bootNodes}: Pick<P2pConfig, "bootNodes">): readonly string[] {
  const known = network.kind === "known" ? bootNodesOf(network.name) : [];
  return [...new Set([...known, ...bootNodes])];
}
