// Enforces the import table (scripts/check-dag/rules.ts) on manifests and sources of all packages.
import {existsSync, readdirSync, readFileSync} from "node:fs";
import {join, relative, sep} from "node:path";
import {checkDag} from "./check-dag/rules.ts";

function readFiles(root: string): Map<string, string> {
  const files = new Map<string, string>();
  const add = (path: string): void => {
    if (existsSync(path)) files.set(relative(root, path).split(sep).join("/"), readFileSync(path, "utf8"));
  };
  add(join(root, "package.json"));
  for (const folder of readdirSync(join(root, "packages"))) {
    const dir = join(root, "packages", folder);
    add(join(dir, "package.json"));
    if (!existsSync(join(dir, "src"))) continue;
    for (const entry of readdirSync(join(dir, "src"), {withFileTypes: true, recursive: true})) {
      if (entry.isFile()) add(join(entry.parentPath, entry.name));
    }
  }
  return files;
}

const root = process.argv[2] ?? join(import.meta.dirname, "..");
const files = readFiles(root);
const problems = checkDag(files);
for (const problem of problems) console.error(`check-dag: ${problem}`);
if (problems.length === 0) console.log(`check-dag: ${files.size} files keep the import table`);
process.exitCode = problems.length === 0 ? 0 : 1;
