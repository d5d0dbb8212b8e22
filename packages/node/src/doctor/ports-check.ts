import {createServer} from "node:net";
import {type Finding, failure, fine} from "./finding.ts";

export interface WantedPort {
  /** What listens there. */
  readonly what: "metrics" | "Keymanager API";
  readonly option: string;
  readonly address: string;
  readonly port: number;
}

/** @param isOwn the Mote that runs here serves it already */
export async function checkPort(
  {what, option, address, port}: WantedPort,
  {isOwn}: {readonly isOwn: boolean},
): Promise<Finding> {
  const title = "ports";
  const place = `${address}:${port} for the ${what}`;
  if (isOwn) return fine(title, `${place}: the Mote that runs here listens there`);
  const problem = await tryToListen(address, port);
  if (problem === null) return fine(title, `${place} is free`);
  if (problem === "EADDRINUSE")
    return failure(title, `${place} is taken`, `Choose another by ${option}, or stop what listens there.`);
  return failure(
    title,
    `${place} cannot be listened on: ${problem}`,
    `Choose an address and port of this machine by ${option}.`,
  );
}

function tryToListen(address: string, port: number): Promise<string | null> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({host: address, port, exclusive: true}, () => server.close(() => resolve(null)));
  });
}
