import {setFlagsFromString} from "node:v8";
import {DiskTextFiles, loadStartConfig, START_OPTIONS} from "@mote/node/config";
import {SystemClock} from "@mote/node/system-clock";
import {type CommandIo, refuse} from "../command-io.ts";
import {startHelp} from "../help.ts";
import {nearest} from "../nearest.ts";

/** `mote start`. Decides the preset before anything of the chain is loaded, then hands over to the node. */
export async function startCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  if (argv.includes("--help") || argv.includes("-h")) {
    io.stdout.write(startHelp(START_OPTIONS));
    return 0;
  }
  const {env, workingDir, homeDir} = io;
  const loaded = loadStartConfig({argv, env, workingDir, homeDir}, {files: new DiskTextFiles(), nearest});
  for (const warning of loaded.warnings) io.stderr.write(`mote: ${warning}\n`);
  if (loaded.kind === "refused") return refuse(io, loaded.problems, "mote start");
  // What a slot leaves behind is collected in between: V8 would rather let it pile up to three times 16 MiB first.
  setFlagsFromString("--semi-space-growth-factor=1");
  const clock = new SystemClock();
  const {usePreset} = await import("@mote/node/preset");
  const {network, beaconNodes} = loaded.config;
  await usePreset({network, nodes: beaconNodes.nodes}, {clock, signal: io.stop});
  const {runNode, StdoutSink, SystemRandom} = await import("@mote/node");
  const sink = new StdoutSink({clock});
  const exitCode = await runNode(loaded.config, {sink, clock, random: new SystemRandom(), signal: io.stop});
  await sink.flush();
  return exitCode;
}
