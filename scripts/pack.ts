// Makes ./packed/mote-<version>-<platform>.tgz: the mote command with all that it needs, for `npm install -g` on a machine that reaches no registry.
import {spawnSync} from "node:child_process";
import {chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import {join, relative, resolve} from "node:path";
import {type ProductionPackage, productionTree} from "./pack/production-tree.ts";

const root = join(import.meta.dirname, "..");
const entry = "packages/cli";
const outDir = resolve(process.argv[2] ?? join(root, "packed"));

const readJson = (path: string) => JSON.parse(readFileSync(path, "utf8"));

function npm(args: readonly string[], cwd: string): string {
  const {status, stdout, stderr, error} = spawnSync("npm", args, {cwd, encoding: "utf8", maxBuffer: 2 ** 26});
  if (status !== 0) throw new Error(`npm ${args.join(" ")} failed: ${error?.message ?? stderr}`);
  return stdout;
}

/** The files that npm would publish of our packages, by the package's place. */
function publishedFiles(places: readonly string[]): Map<string, string[]> {
  const folders = places.map((place) => `./${place}`);
  const packed: {files: {path: string}[]}[] = JSON.parse(
    npm(["pack", "--dry-run", "--json", "--ignore-scripts", ...folders], root),
  );
  if (packed.length !== places.length)
    throw new Error(`npm pack told of ${packed.length} packages of ${places.length}`);
  return new Map(packed.map(({files}, nth) => [places[nth] as string, files.map(({path}) => path)]));
}

/** Types and source maps: half of the disk, for compilers and debuggers alone. */
const isForTools = (path: string): boolean => /\.([cm]?ts|map)$/.test(path);

function copyOurs({from, to}: ProductionPackage, files: readonly string[], stage: string): void {
  for (const file of files) if (!isForTools(file)) cpSync(join(root, from, file), join(stage, to, file));
}

function copyTheirs({from, to}: ProductionPackage, stage: string): void {
  const source = join(root, from);
  // What lies below belongs to packages of their own, which may not be needed.
  const below = join(source, "node_modules");
  const filter = (path: string) => path !== below && !isForTools(path);
  cpSync(source, join(stage, to), {recursive: true, dereference: true, filter});
}

/** npm keeps what lies in node_modules of a tarball that says that it bundles it. */
function writeManifest(stage: string): void {
  const manifest = readJson(join(root, entry, "package.json"));
  const bundled = {...manifest, bundleDependencies: Object.keys(manifest.dependencies)};
  writeFileSync(join(stage, "package.json"), `${JSON.stringify(bundled, null, 2)}\n`);
}

const scratch = mkdtempSync(join(tmpdir(), "mote-pack-"));
try {
  // Where the tree is complete and in order, npm packs it as it is.
  const stage = join(scratch, "mote");
  mkdirSync(stage);
  const packages = productionTree(readJson(join(root, "package-lock.json")).packages, {entry, root});
  const ours = publishedFiles(packages.filter(({isOurs}) => isOurs).map(({from}) => from));
  for (const each of packages) {
    if (each.isOurs) copyOurs(each, ours.get(each.from) ?? [], stage);
    else copyTheirs(each, stage);
  }
  for (const name of ["README.md", "LICENSE"]) cpSync(join(root, name), join(stage, name));
  chmodSync(join(stage, "dist/main.js"), 0o755);
  writeManifest(stage);
  const [{filename, version, unpackedSize, size}] = JSON.parse(
    npm(["pack", "--json", "--ignore-scripts", "--pack-destination", scratch], stage),
  );
  mkdirSync(outDir, {recursive: true});
  const target = join(outDir, `mote-${version}-${process.platform}-${process.arch}.tgz`);
  // Copied first: the scratch folder may be on another disk, and a half-written tarball must not have its name.
  cpSync(join(scratch, filename), `${target}.part`);
  renameSync(`${target}.part`, target);
  const mb = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  console.log(
    `${relative(process.cwd(), target)}: ${packages.length} packages, ${mb(size)}, ${mb(unpackedSize)} unpacked`,
  );
  console.log(`npm install -g --offline ${relative(process.cwd(), target)}`);
} finally {
  rmSync(scratch, {recursive: true, force: true});
}
