import {join} from "node:path";
import {DiskTextFiles, readSettings, type Settings, storeConfig} from "@mote/node/config";
import {type CommandIo, EXIT_ERROR, refuse} from "../command-io.ts";
import {nearest} from "../nearest.ts";
import {widthOf} from "../screen/columns.ts";
import {statusHelp} from "../status/help.ts";
import {askRunningNode, findDatadirs} from "../status/running-node.ts";
import {STATUS_OPTIONS} from "../status/status-options.ts";
import {statusText} from "../status/status-text.ts";

const HOME_FOLDER = ".mote";

/** `mote status` */
export async function statusCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  if (argv.includes("--help") || argv.includes("-h")) {
    io.stdout.write(statusHelp());
    return 0;
  }
  const settings = readSettings(STATUS_OPTIONS, {...io, argv}, {files: new DiskTextFiles(), nearest});
  for (const warning of settings.warnings) io.stderr.write(`mote: ${warning}\n`);
  const chosen = await chooseDatadir(settings, io.homeDir);
  switch (chosen.kind) {
    case "refused":
      return refuse(io, chosen.problems, "mote status");
    case "none":
      return notRunning(io, `no Mote runs with a data directory in ${join(io.homeDir, HOME_FOLDER)}`);
    case "datadir":
      return await tellStatus(chosen.datadir, {io, isJson: settings.values.json});
  }
}

type Chosen =
  | {readonly kind: "datadir"; readonly datadir: string}
  | {readonly kind: "none"}
  | {readonly kind: "refused"; readonly problems: readonly string[]};

/** The data directory that was named, or the one of the network that was, or the only one in which a node runs. */
async function chooseDatadir(settings: Settings<typeof STATUS_OPTIONS>, homeDir: string): Promise<Chosen> {
  const {values, isSet, absolute} = settings;
  const problems = [...settings.problems];
  if (problems.length > 0) return {kind: "refused", problems};
  if (values.datadir !== null) return {kind: "datadir", datadir: absolute(values.datadir)};
  if (isSet.has("network") || isSet.has("testnetDir")) {
    const config = storeConfig(settings, {files: new DiskTextFiles(), homeDir, problems});
    return config === null ? {kind: "refused", problems} : {kind: "datadir", datadir: config.datadir};
  }
  const found = await findDatadirs(join(homeDir, HOME_FOLDER));
  const [datadir, ...others] = found;
  if (datadir === undefined) return {kind: "none"};
  if (others.length === 0) return {kind: "datadir", datadir};
  return {kind: "refused", problems: [`which one? Give --datadir with one of ${found.join(", ")}`]};
}

async function tellStatus(
  datadir: string,
  {io, isJson}: {readonly io: CommandIo; readonly isJson: boolean},
): Promise<number> {
  const running = await askRunningNode(datadir, io.stop);
  if (running.kind === "absent") return notRunning(io, `no Mote runs on ${datadir}`);
  if (running.kind === "unreadable") {
    return refuse(io, [`whether a Mote runs there cannot be seen: ${running.problem}`], "mote status");
  }
  const {pid, answer} = running;
  switch (answer.kind) {
    case "status":
      io.stdout.write(isJson ? `${JSON.stringify(answer.status)}\n` : statusText(answer.status, widthOf(io.stdout)));
      return 0;
    case "gone":
      return notRunning(
        io,
        `no Mote runs on ${datadir}: the one with pid ${pid} ended without a word, as after a power cut`,
      );
    case "no_answer":
      io.stderr.write(
        `mote: the Mote with pid ${pid} on ${datadir} does not answer (${answer.detail}): ` +
          "try again, and look at its log if that does not help\n",
      );
      return EXIT_ERROR;
  }
}

function notRunning({stderr}: CommandIo, what: string): number {
  stderr.write(`mote: ${what}\n`);
  stderr.write("mote: start it with `mote start`; or name its directory with --datadir if it is another\n");
  return EXIT_ERROR;
}
