import {createServer} from "node:net";

/** Null when this address can be listened on now; else why not, as the system's error code. Port 0 is free in any case. */
export function portFault({address, port}: {readonly address: string; readonly port: number}): Promise<string | null> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    probe.listen(port, address, () => probe.close(() => resolve(null)));
  });
}
