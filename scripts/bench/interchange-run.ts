// One import and one export of a made-up interchange file, in a process of its own so that its memory can be told.
// Arguments: directory, keys, records a key. Prints one JSON line.
import {createHash} from "node:crypto";
import {readFileSync} from "node:fs";
import {setFlagsFromString} from "node:v8";
import type {Root} from "@mote/core";
import {openLevelSlashingProtection} from "@mote/slashing-protection";
import {timed} from "./statistics.ts";

// As `mote slashing-protection import` and `export` do.
setFlagsFromString("--optimize-for-size");

const MIB = 2 ** 20;
const SAMPLING_MS = 25;
const [dir = "", keysText = "", recordsText = ""] = process.argv.slice(2);
const [keys, records] = [Number(keysText), Number(recordsText)];
const root = `0x${"42".repeat(32)}` as Root;

const digest = (text: string): string => createHash("sha512").update(text).digest("hex");

async function* interchange(): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`{"metadata":{"interchange_format_version":"5","genesis_validators_root":"${root}"},"data":[`);
  for (let key = 0; key < keys; key++) {
    const pubkey = digest(`${key}`).slice(0, 96);
    const votes: string[] = [];
    for (let target = 1; target <= records; target++) {
      const signingRoot = digest(`${target}`).slice(0, 64);
      votes.push(`{"source_epoch":"${target - 1}","target_epoch":"${target}","signing_root":"0x${signingRoot}"}`);
    }
    const entry = `{"pubkey":"0x${pubkey}","signed_blocks":[],"signed_attestations":[${votes.join(",")}]}`;
    yield Buffer.from(`${key === 0 ? "" : ","}${entry}`);
  }
  yield Buffer.from("]}");
}

/** What the process owns: the rest are pages of files, which the system takes back when it needs them. Null where it does not say. */
function anonymousMib(): number | null {
  if (process.platform !== "linux") return null;
  const kib = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "latin1"))?.[1];
  return kib === undefined ? null : Number(kib) / 1024;
}

let anonymousMibMax = anonymousMib();
const sampling = setInterval(() => {
  if (anonymousMibMax !== null) anonymousMibMax = Math.max(anonymousMibMax, anonymousMib() ?? 0);
}, SAMPLING_MS);
const protection = await openLevelSlashingProtection({path: dir, genesisValidatorsRoot: root, retainEpochs: 128});
const importMs = await timed(() => protection.importInterchange(interchange()));
let exportedBytes = 0;
const exportMs = await timed(async () => {
  for await (const piece of protection.exportInterchange()) exportedBytes += piece.length;
});
await protection.close();
clearInterval(sampling);
const rssMibMax = (process.resourceUsage().maxRSS * 1024) / MIB;
console.log(JSON.stringify({event: "interchange", importMs, exportMs, exportedBytes, rssMibMax, anonymousMibMax}));
