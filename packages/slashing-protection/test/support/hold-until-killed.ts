import {writeSync} from "node:fs";
import {holdDirectory} from "../../src/level/directory-hold.ts";

/** A process that holds the folder of its first argument until someone kills it; it prints `held` once it does. */
await holdDirectory(process.argv[2] ?? "");
writeSync(1, "held\n");
setInterval(() => {}, 60_000);
