// Loaded by --import into a process that is watched: appends the URL of everything that it loads to the file named by BENCH_MODULES_FILE.
import {appendFileSync} from "node:fs";
import {registerHooks} from "node:module";

const file = process.env.BENCH_MODULES_FILE;
if (file === undefined) throw new Error("BENCH_MODULES_FILE is not set");

registerHooks({
  resolve(specifier, context, nextResolve) {
    const resolved = nextResolve(specifier, context);
    appendFileSync(file, `${resolved.url}\n`);
    return resolved;
  },
});
