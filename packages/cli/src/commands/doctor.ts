import type {Finding} from "@mote/node";
import {DiskTextFiles, loadStartConfig} from "@mote/node/config";
import {SystemClock} from "@mote/node/system-clock";
import {type CommandIo, EXIT_ERROR, refuse} from "../command-io.ts";
import {findingText, verdictText, worstLevel} from "../doctor/findings-text.ts";
import {doctorHelp} from "../doctor/help.ts";
import {nearest} from "../nearest.ts";
import {askRunningNode} from "../status/running-node.ts";

/** `mote doctor` */
export async function doctorCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  if (argv.includes("--help") || argv.includes("-h")) {
    io.stdout.write(doctorHelp());
    return 0;
  }
  const loaded = loadStartConfig({...io, argv}, {files: new DiskTextFiles(), nearest});
  for (const warning of loaded.warnings) io.stderr.write(`mote: ${warning}\n`);
  if (loaded.kind === "refused") return refuse(io, loaded.problems, "mote doctor");
  const {config} = loaded;
  const clock = new SystemClock();
  const {usePreset} = await import("@mote/node/preset");
  await usePreset({network: config.network, nodes: config.beaconNodes.nodes}, {clock, signal: io.stop});
  const {examine} = await import("@mote/node");
  const node = await askRunningNode(config.datadir, io.stop);
  const running = node.kind === "named" && node.answer.kind === "status" ? node.answer.status : null;
  const findings: Finding[] = [];
  // To mote start it is the format of the log; here there is none.
  const isJson = argv.includes("--json");
  const components = {
    clock,
    monotonicMs: () => performance.now(),
    availableMemoryBytes: () => process.availableMemory(),
    pid: process.pid,
    signal: io.stop,
  };
  for await (const finding of examine({config, running}, components)) {
    findings.push(finding);
    if (!isJson) io.stdout.write(findingText(finding));
  }
  const level = worstLevel(findings);
  io.stdout.write(isJson ? `${JSON.stringify({level, findings})}\n` : verdictText(findings));
  return level === "fail" ? EXIT_ERROR : 0;
}
