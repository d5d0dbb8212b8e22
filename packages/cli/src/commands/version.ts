import {readFileSync} from "node:fs";
import type {CommandIo} from "../command-io.ts";

/** `mote version` */
export async function versionCommand(_: readonly string[], io: CommandIo): Promise<number> {
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  io.stdout.write(`mote ${JSON.parse(manifest).version}\n`);
  return 0;
}
