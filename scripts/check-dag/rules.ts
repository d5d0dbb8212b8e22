import {type Import, importsOf} from "./imports.ts";

const SCOPE = "@mote/";
const PEERS = ["core", "consensus"];

/** The import table of the house: which of our packages a package may import. `testing` is for tests, so nobody's sources import it. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  consensus: ["core"],
  "duty-signing": PEERS,
  "slashing-protection": PEERS,
  "light-client": PEERS,
  networking: PEERS,
  "beacon-nodes": PEERS,
  duties: PEERS,
  testing: PEERS,
  devnet: [...PEERS, "networking"],
  node: [...PEERS, "duty-signing", "slashing-protection", "light-client", "networking", "beacon-nodes", "duties"],
  cli: ["node", "core", "duty-signing", "slashing-protection", "devnet"],
  dashboard: ["core"],
};

const SECRET_KEY = "@mote/consensus/secret-key";
const SECRET_KEY_HOLDERS = ["duty-signing", "devnet"];
const DEVNET = "@mote/devnet";
const ENTRY = "packages/cli/src/main.ts";

/** Paths from the repository's root (with `/`) and the text of each file: manifests and sources. */
export type FileMap = ReadonlyMap<string, string>;

interface Manifest {
  readonly path: string;
  readonly name: string;
  readonly exports: Readonly<Record<string, {readonly default?: string}>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

interface SourceFile {
  readonly path: string;
  /** Folder name of the package. */
  readonly owner: string;
  readonly imports: readonly Import[];
}

interface House {
  /** By folder name. */
  readonly manifests: ReadonlyMap<string, Manifest>;
  readonly rootManifest: Manifest | null;
  readonly sources: ReadonlyMap<string, SourceFile>;
}

/** Every breach of the import table, each as one line that names file and rule. Empty when the house is in order. */
export function checkDag(files: FileMap): string[] {
  const house = readHouse(files);
  return [
    ...checkVersions(house),
    ...checkManifests(house),
    ...[...house.sources.values()].flatMap((file) => checkImports(file, house)),
    ...checkFileCycles(house),
    ...checkEntry(house),
  ];
}

function readHouse(files: FileMap): House {
  const manifests = new Map<string, Manifest>();
  const sources = new Map<string, SourceFile>();
  let rootManifest: Manifest | null = null;
  for (const [path, text] of files) {
    const [, folder = "", rest = ""] = /^packages\/([^/]+)\/(.+)$/.exec(path) ?? [];
    if (path === "package.json") rootManifest = readManifest(path, text);
    else if (rest === "package.json") manifests.set(folder, readManifest(path, text));
    else if (rest.startsWith("src/") && /\.[cm]?tsx?$/.test(rest)) {
      sources.set(path, {path, owner: folder, imports: importsOf(text)});
    }
  }
  return {manifests, rootManifest, sources};
}

function readManifest(path: string, text: string): Manifest {
  const {name, exports = {}, dependencies = {}, devDependencies = {}, peerDependencies = {}} = JSON.parse(text);
  return {path, name, exports, dependencies, devDependencies, peerDependencies};
}

const all = (manifest: Manifest): [string, string][] => [
  ...Object.entries(manifest.dependencies),
  ...Object.entries(manifest.devDependencies),
  ...Object.entries(manifest.peerDependencies),
];

function checkVersions({manifests, rootManifest}: House): string[] {
  const problems: string[] = [];
  const first = new Map<string, {version: string; path: string}>();
  const everyManifest = [...(rootManifest === null ? [] : [rootManifest]), ...manifests.values()];
  for (const manifest of everyManifest) {
    for (const [name, version] of all(manifest)) {
      if (!/^(npm:(@[\w.-]+\/)?[\w.-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) {
        problems.push(`${manifest.path}: ${name} is not pinned to an exact version (${version})`);
      }
      const known = first.get(name);
      if (known === undefined) first.set(name, {version, path: manifest.path});
      else if (known.version !== version) {
        problems.push(`${manifest.path}: ${name} is ${version} here and ${known.version} in ${known.path}`);
      }
    }
  }
  return problems;
}

function checkManifests({manifests}: House): string[] {
  const problems: string[] = [];
  for (const [folder, manifest] of manifests) {
    const allowed = MAY_IMPORT[folder];
    if (allowed === undefined) problems.push(`${manifest.path}: package ${folder} is not in the import table`);
    if (manifest.name !== SCOPE + folder) problems.push(`${manifest.path}: must be named ${SCOPE}${folder}`);
    if (folder === "core" && Object.keys(manifest.dependencies).length > 0) {
      problems.push(`${manifest.path}: core has no runtime dependency`);
    }
    for (const name of Object.keys({...manifest.dependencies, ...manifest.peerDependencies})) {
      if (name.startsWith(SCOPE) && !allowed?.includes(name.slice(SCOPE.length))) {
        problems.push(`${manifest.path}: ${folder} may not depend on ${name}`);
      }
    }
    if (folder === "cli" && manifest.dependencies[DEVNET] !== undefined) {
      problems.push(`${manifest.path}: ${DEVNET} must be an optional peer: an installed mote goes without it`);
    }
    for (const name of Object.keys(manifest.devDependencies)) {
      if (!name.startsWith(SCOPE) || name === `${SCOPE}testing`) continue;
      if (!allowed?.includes(name.slice(SCOPE.length)))
        problems.push(`${manifest.path}: ${folder} may not depend on ${name}`);
    }
  }
  const packageCycle = findCycle([...manifests.keys()], (folder) =>
    Object.keys(manifests.get(folder)?.dependencies ?? {})
      .filter((name) => name.startsWith(SCOPE))
      .map((name) => name.slice(SCOPE.length)),
  );
  if (packageCycle !== null) problems.push(`packages depend on each other in a circle: ${packageCycle.join(" → ")}`);
  return problems;
}

function checkImports(file: SourceFile, house: House): string[] {
  const problems: string[] = [];
  for (const each of file.imports) {
    const at = `${file.path}:${each.line}`;
    if (each.specifier === null)
      problems.push(`${at}: import() of something that is not a plain string cannot be checked`);
    else if (each.specifier.startsWith(".")) {
      const target = relativeTarget(file.path, each.specifier);
      if (!target.startsWith(`packages/${file.owner}/src/`))
        problems.push(`${at}: ${each.specifier} leaves the package's src`);
      else if (!house.sources.has(target)) problems.push(`${at}: there is no ${target}`);
    } else if (each.specifier === "node:module" && each.kind !== "type") {
      problems.push(`${at}: node:module can load what no rule sees; use import`);
    } else if (!each.specifier.startsWith("node:")) {
      problems.push(
        ...checkPackageImport(file, each.specifier, each.kind, house).map((problem) => `${at}: ${problem}`),
      );
    }
  }
  return problems;
}

function checkPackageImport(file: SourceFile, specifier: string, kind: Import["kind"], house: House): string[] {
  const problems: string[] = [];
  const name = packageOf(specifier);
  const {owner} = file;
  const manifest = house.manifests.get(owner);
  const isDeclared = manifest?.dependencies[name] !== undefined || manifest?.peerDependencies[name] !== undefined;
  const isDevOnly = !isDeclared && manifest?.devDependencies[name] !== undefined;
  if (!isDeclared && !isDevOnly) problems.push(`${name} is not declared in ${manifest?.path}`);
  if (isDevOnly && kind !== "type") problems.push(`${name} is a devDependency, and is needed at run time`);
  if (owner === "core" && (kind !== "type" || name !== "@lodestar/types" || !file.path.includes("/src/ports/"))) {
    problems.push(
      `core imports nothing but types of @lodestar/types, and these in its ports only; this is ${specifier}`,
    );
  }
  if (!name.startsWith(SCOPE)) return problems;
  const folder = name.slice(SCOPE.length);
  if (!MAY_IMPORT[owner]?.includes(folder)) problems.push(`${owner} may not import ${specifier}`);
  if (specifier === SECRET_KEY && !SECRET_KEY_HOLDERS.includes(owner)) {
    problems.push(`only ${SECRET_KEY_HOLDERS.join(" and ")} may import ${SECRET_KEY}`);
  }
  if (owner === "cli" && folder === "devnet" && kind === "static")
    problems.push(`cli reaches ${name} by import() only`);
  if (owner === "dashboard" && kind !== "type") problems.push("dashboard imports types of core only");
  if (house.manifests.has(folder) && workspaceTarget(specifier, house) === null) {
    problems.push(`${name} does not export ${specifier}`);
  }
  return problems;
}

function checkFileCycles(house: House): string[] {
  const cycle = findCycle([...house.sources.keys()], (path) => {
    const file = house.sources.get(path);
    const relative = file?.imports.filter(({kind, specifier}) => kind === "static" && specifier?.startsWith(".")) ?? [];
    return relative.map(({specifier}) => relativeTarget(path, specifier ?? ""));
  });
  return cycle === null ? [] : [`files import each other in a circle: ${cycle.join(" → ")}`];
}

/** The preset is frozen when @lodestar/params loads, so what the entry loads at once must not reach it. */
function checkEntry(house: House): string[] {
  if (!house.sources.has(ENTRY)) return [`there is no ${ENTRY}`];
  const cameFrom = new Map<string, string | null>([[ENTRY, null]]);
  for (const path of cameFrom.keys()) {
    for (const {kind, specifier} of house.sources.get(path)?.imports ?? []) {
      if (kind !== "static" || specifier === null) continue;
      if (specifier.startsWith("@lodestar/"))
        return [`${[...wayTo(path, cameFrom), specifier].join(" → ")}: loaded before the preset is set`];
      const target = specifier.startsWith(".") ? relativeTarget(path, specifier) : workspaceTarget(specifier, house);
      if (target !== null && !cameFrom.has(target)) cameFrom.set(target, path);
    }
  }
  return [];
}

function wayTo(path: string, cameFrom: ReadonlyMap<string, string | null>): string[] {
  const way: string[] = [];
  for (let at: string | null = path; at !== null; at = cameFrom.get(at) ?? null) way.unshift(at);
  return way;
}

/** The source file behind `@mote/x` or `@mote/x/sub`, by the package's exports; null when it exports no such thing. */
function workspaceTarget(specifier: string, {manifests, sources}: House): string | null {
  const name = packageOf(specifier);
  const folder = name.slice(SCOPE.length);
  const entry = manifests.get(folder)?.exports[`.${specifier.slice(name.length)}`]?.default;
  const path = entry?.replace(/^\.\/dist\//, `packages/${folder}/src/`).replace(/\.js$/, ".ts");
  return path !== undefined && sources.has(path) ? path : null;
}

const packageOf = (specifier: string): string => specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");

function relativeTarget(from: string, specifier: string): string {
  const parts = from.split("/").slice(0, -1);
  for (const step of specifier.split("/")) {
    if (step === "..") parts.pop();
    else if (step !== ".") parts.push(step);
  }
  return parts.join("/");
}

/** The first circle that a depth-first walk meets, with its start repeated at the end; null when there is none. */
function findCycle(nodes: readonly string[], next: (node: string) => readonly string[]): string[] | null {
  const done = new Set<string>();
  const walk = (node: string, way: readonly string[]): string[] | null => {
    const seenAt = way.indexOf(node);
    if (seenAt >= 0) return [...way.slice(seenAt), node];
    if (done.has(node)) return null;
    for (const child of next(node)) {
      const cycle = walk(child, [...way, node]);
      if (cycle !== null) return cycle;
    }
    done.add(node);
    return null;
  };
  for (const node of nodes) {
    const cycle = walk(node, []);
    if (cycle !== null) return cycle;
  }
  return null;
}
