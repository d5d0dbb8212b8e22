import type {Log} from "@mote/core";
import {OperatorClient, SystemRandom} from "@mote/node/operator";
import type {CommandIo} from "../command-io.ts";
import type {OperatorContext} from "./operator-command.ts";

/** Asks the beacon nodes of a command. Null when none is named. @throws {ExitError} when none of them can be relied on */
export async function openOperator({
  beaconNodes: nodes,
  network,
  clock,
  io,
}: Pick<OperatorContext<never>, "beaconNodes" | "network" | "clock" | "io">): Promise<OperatorClient | null> {
  if (nodes.length === 0) return null;
  const log = logTo(io);
  const client = await OperatorClient.open({network, nodes, signal: io.stop}, {clock, random: new SystemRandom(), log});
  for (const {name, detail} of client.faults) log.warn(`${name} ${detail}: it is left out`);
  return client;
}

function logTo({stderr}: CommandIo): Log {
  const say = (message: string, details: Readonly<Record<string, unknown>> = {}): void => {
    const values = Object.entries(details).map(([name, value]) => `${name} ${String(value)}`);
    stderr.write(`mote: ${[message, ...values].join(", ")}\n`);
  };
  return {debug: () => {}, info: () => {}, warn: say, error: say};
}
