// Opens a protection store in a process of its own, so that time and memory can be told. Arguments: directory, genesis validators root.
import type {Root} from "@mote/core";
import {openLevelSlashingProtection} from "@mote/slashing-protection";
import {timed} from "./statistics.ts";

const SETTLING_MS = 3_000;

const [path = "", root = ""] = process.argv.slice(2);
const open = () =>
  openLevelSlashingProtection({path, genesisValidatorsRoot: root as Root, retainEpochs: 512, mustExist: true});
let opened: Awaited<ReturnType<typeof open>> | null = null;
const openMs = await timed(async () => {
  opened = await open();
});
// LevelDB tidies up behind an opening: what stays is what counts.
await new Promise((resolve) => setTimeout(resolve, SETTLING_MS));
console.log(JSON.stringify({event: "opened", openMs, rssMib: process.memoryUsage.rss() / 2 ** 20}));
await (opened as Awaited<ReturnType<typeof open>> | null)?.close();
