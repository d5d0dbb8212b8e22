import {readFileSync} from "node:fs";
import {join} from "node:path";
import {pathToFileURL} from "node:url";
import {Child, eventOf} from "./child.ts";
import {joinWords, openDevnet} from "./devnet.ts";
import type {Benchmark} from "./figure.ts";

const HOOK = pathToFileURL(join(import.meta.dirname, "record-modules.ts")).href;
/** An epoch of votes, so that whatever is loaded late is loaded. */
const SLOTS = 8;
const TIMEOUT_MS = 60_000;
const UNWANTED =
  /\/packages\/(devnet|testing|networking|light-client)\/|\/@?libp2p\/|\/@lodestar\/state-transition\/|\/fastify\/|\/pg(-[a-z]+)?\/|\/slashing-protection\/dist\/postgres\//;
/** Must be among what was loaded, or the hook has not seen anything. */
const WANTED = /\/packages\/duties\//;

/** What is not used is not loaded: the devnet and its libraries, the network, and PostgreSQL, in `mote start`. */
export const loadedModules: Benchmark = {
  name: "loaded modules",
  async measure(scratchDir) {
    const file = join(scratchDir, "modules");
    const devnet = await openDevnet({validators: 64, secondsPerSlot: 1, genesisDelaySec: 8});
    const env = {NODE_OPTIONS: `--import=${HOOK}`, BENCH_MODULES_FILE: file};
    const node = Child.mote([...joinWords(devnet.url, join(scratchDir, "data")), "--interop-keys", "0..63"], env);
    try {
      const isLastSlot = (line: string) => (Number(eventOf(line, "slot")?.slot ?? -1) >= SLOTS ? true : null);
      await node.waitFor(`slot ${SLOTS}`, isLastSlot, TIMEOUT_MS);
    } finally {
      await node.stop();
      await devnet.child.stop();
    }
    const urls = [...new Set(readFileSync(file, "utf8").trim().split("\n"))];
    if (!urls.some((url) => WANTED.test(url))) throw new Error("the hook did not see what was loaded");
    const unwanted = urls.filter((url) => UNWANTED.test(url));
    return [
      {
        what: "modules of devnet, network or PostgreSQL in mote start",
        value: unwanted.length,
        unit: "",
        floor: null,
        valueMax: 0,
        notes: [`${urls.length} modules were loaded in all`, ...unwanted.slice(0, 3).map((url) => `loaded: ${url}`)],
      },
    ];
  },
};
