import {existsSync} from "node:fs";
import {join} from "node:path";

/** What of the lockfile's entries is needed here. https://docs.npmjs.com/cli/configuring-npm/package-lock-json */
export interface LockEntry {
  readonly version?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, {readonly optional?: boolean}>>;
}
/** By the place in the repository: `node_modules/a`, `packages/b`, `packages/b/node_modules/c`. */
export type LockEntries = Readonly<Record<string, LockEntry>>;

export interface ProductionPackage {
  /** Where it lies in the repository. */
  readonly from: string;
  /** Where it belongs in the installed package: what `from`'s neighbours find there is what they find in the repository. Empty: the package itself. */
  readonly to: string;
  /** One of ours, of which only what its manifest names is taken. */
  readonly isOurs: boolean;
}

/**
 * What `entry` needs to run, as the lockfile has it: the exact versions, the repository's overrides included. Optional packages that are not
 * installed here are for other platforms.
 * @param entry a workspace folder such as `packages/cli`
 */
export function productionTree(
  entries: LockEntries,
  {entry, root}: {readonly entry: string; readonly root: string},
): ProductionPackage[] {
  const places = new Set([entry]);
  for (const place of places) {
    for (const {name, isOptional} of needsOf(entries[place] ?? {})) {
      const found = findFrom(entries, place, name);
      const target = found === null ? null : followLink(entries, found);
      if (target !== null && existsSync(join(root, target))) places.add(target);
      else if (!isOptional) throw new Error(`${place} needs ${name}, which is not installed`);
    }
  }
  const packages = [...places].map((from) => ({from, to: placeOf(from, entry, entries), isOurs: isWorkspace(from)}));
  const taken = new Map<string, string>();
  for (const {from, to} of packages) {
    const other = taken.get(to);
    if (other !== undefined) throw new Error(`${from} and ${other} would both lie at ${to}`);
    taken.set(to, from);
  }
  return packages;
}

function needsOf({dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta}: LockEntry) {
  const isOptional = (name: string): boolean => optionalDependencies?.[name] !== undefined;
  const peers = Object.keys(peerDependencies ?? {}).filter((name) => peerDependenciesMeta?.[name]?.optional !== true);
  const names = new Set([...Object.keys({...dependencies, ...optionalDependencies}), ...peers]);
  return [...names].map((name) => ({name, isOptional: isOptional(name)}));
}

/** As Node looks for it: in the `node_modules` of each folder on the way up. */
function findFrom(entries: LockEntries, place: string, name: string): string | null {
  for (let at = place; ; at = at.slice(0, Math.max(0, at.lastIndexOf("/")))) {
    const candidate = `${at === "" ? "" : `${at}/`}node_modules/${name}`;
    if (entries[candidate] !== undefined) return candidate;
    if (at === "") return null;
  }
}

const followLink = (entries: LockEntries, place: string): string =>
  entries[place]?.link === true ? (entries[place].resolved ?? place) : place;

const isWorkspace = (place: string): boolean => /^packages\/[^/]+$/.test(place);

/** `packages/a/node_modules/b` lies below where `packages/a` is linked. */
function placeOf(from: string, entry: string, entries: LockEntries): string {
  const [, workspace, below = ""] = /^(packages\/[^/]+)(?:\/(.+))?$/.exec(from) ?? [];
  if (workspace === undefined) return from;
  if (workspace === entry) return below;
  const link = Object.keys(entries).find(
    (place) => entries[place]?.link === true && entries[place].resolved === workspace,
  );
  if (link === undefined) throw new Error(`${workspace} is not linked into node_modules`);
  return below === "" ? link : `${link}/${below}`;
}
