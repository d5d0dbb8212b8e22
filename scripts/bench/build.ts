import {execFileSync} from "node:child_process";
import {cpSync, existsSync, mkdirSync, readdirSync, symlinkSync} from "node:fs";
import {basename, join} from "node:path";
import {ROOT} from "./child.ts";
import type {Benchmark} from "./figure.ts";
import {timed} from "./statistics.ts";

const BUILD_SEC_MAX = 60;
const BUILD_TIMEOUT_MS = 300_000;
const TSC = join("node_modules", "typescript", "bin", "tsc");

/** `tsc -b` of a copy that has never been built. */
export const build: Benchmark = {
  name: "build from clean",
  async measure(scratchDir) {
    copySources(scratchDir);
    const run = (...args: string[]) =>
      execFileSync(process.execPath, [TSC, ...args], {cwd: scratchDir, timeout: BUILD_TIMEOUT_MS, encoding: "utf8"});
    const floorMs = await timed(() => run("--version"));
    const buildMs = await timed(() => run("-b"));
    if (!existsSync(join(scratchDir, "packages", "cli", "dist", "main.js"))) throw new Error("it built nothing");
    return [
      {
        what: "build from clean",
        value: buildMs / 1000,
        unit: "s",
        floor: {what: "start of the compiler", value: floorMs / 1000},
        valueMax: BUILD_SEC_MAX,
      },
    ];
  },
};

/** The copy has the dependencies of the original, but its packages see each other, not the ones already built. */
function copySources(dir: string): void {
  for (const name of ["package.json", "tsconfig.json", "tsconfig.base.json"]) cpSync(join(ROOT, name), join(dir, name));
  const isSource = (path: string) =>
    !["node_modules", "dist"].includes(basename(path)) && !path.endsWith(".tsbuildinfo");
  cpSync(join(ROOT, "packages"), join(dir, "packages"), {recursive: true, filter: isSource});
  linkModules(join(ROOT, "node_modules"), join(dir, "node_modules"));
  mkdirSync(join(dir, "node_modules", "@mote"));
  for (const name of readdirSync(join(dir, "packages"))) {
    symlinkSync(join(dir, "packages", name), join(dir, "node_modules", "@mote", name));
    const own = join(ROOT, "packages", name, "node_modules");
    if (existsSync(own)) linkModules(own, join(dir, "packages", name, "node_modules"));
  }
}

function linkModules(from: string, to: string): void {
  mkdirSync(to);
  for (const name of readdirSync(from)) if (name !== "@mote") symlinkSync(join(from, name), join(to, name));
}
