import {stat} from "node:fs/promises";
import {basename, dirname, join} from "node:path";
import {describeFileError} from "@mote/node/config";
import {RefusedError} from "../../command/refused-error.ts";
import {counted} from "../../command/say.ts";
import {CLIENT_NAMES, type Client, type ClientHistory} from "./client.ts";
import {type FolderNames, isThere, mayBeKeystore, readFolder} from "./folder.ts";
import type {FoundKeystore, FoundSource} from "./found-source.ts";
import {DEFINITIONS_FILE, type DefinedKeys, readDefinitions} from "./lighthouse-definitions.ts";

const PRYSM_WALLET_FILE = "all-accounts.keystore.json";

/** Where below a client's data directory its keystores lie. A folder of any of these names may be given itself. */
const KEYSTORE_FOLDERS = [
  ".",
  "validators",
  "keystores",
  "validator_keys",
  "validator/key-manager/local",
  "key-manager/local",
  "local",
];
/** A folder with a file for each key, named by it. */
const LODESTAR_REMOTE_KEYS = "remoteKeys";
const NIMBUS_REMOTE_KEY = "remote_keystore.json";
const NOTHING_DEFINED: DefinedKeys = {keystores: [], remoteKeys: 0};
const PRYSM_FOLDERS = [".", "accounts", "direct/accounts", "derived/accounts", "imported/accounts"];

/**
 * Looks where the clients keep their keys, and nowhere else: a data directory may hold a whole chain.
 * @throws {RefusedError} when nothing is there
 */
export async function findSource(path: string): Promise<FoundSource> {
  const stats = await stat(path).catch((error: unknown) => {
    throw new RefusedError(`${path} cannot be imported: ${describeFileError(error)}`);
  });
  const source = stats.isDirectory() ? await inFolder(path) : await ofFile(path);
  if (source.keystores.length + source.wallets.length > 0) return source;
  const why = source.notes.length > 0 ? `: ${source.notes.join("; ")}` : "";
  throw new RefusedError(
    `${path} holds no keys that are known: give a client's data directory, a folder of keystores or keystore files${why}`,
  );
}

/** `<keys>:<passwords>`, as Teku's option is written, when it is no path by itself. */
export async function findPair(text: string, absolute: (path: string) => string): Promise<FoundSource | null> {
  const [keys, passwords, ...more] = text.split(":").map(absolute);
  if (keys === undefined || passwords === undefined || more.length > 0 || (await isThere(absolute(text)))) return null;
  if (!(await isThere(keys)) || !(await isThere(passwords))) return null;
  const source = await findSource(keys);
  const isFolder = (await stat(passwords)).isDirectory();
  const keystores = source.keystores.map(
    (keystore): FoundKeystore =>
      isFolder
        ? {...keystore, passwordDirs: [passwords, ...keystore.passwordDirs]}
        : {...keystore, password: {kind: "file", path: passwords}},
  );
  return {...source, client: source.client ?? "teku", keystores};
}

async function ofFile(file: string): Promise<FoundSource> {
  const nothing = {path: file, client: null, keystores: [], wallets: [], histories: [], notes: []};
  if (basename(file) === PRYSM_WALLET_FILE) {
    return {...nothing, client: "prysm", wallets: [file], histories: await historiesBeside([dirname(file)])};
  }
  if (/\.zip$/i.test(file)) return {...nothing, notes: ["unpack the archive first, and give the folder"]};
  const keystores = [keystore(file, passwordDirsOf(dirname(file)))];
  return {...nothing, keystores, histories: await historiesBeside([dirname(file)])};
}

async function inFolder(path: string): Promise<FoundSource> {
  const keystores: FoundKeystore[] = [];
  const notes: string[] = [];
  const clients: Client[] = [];
  const visited: string[] = [];
  let remoteKeys = (await readFolder(join(path, LODESTAR_REMOTE_KEYS)))?.keyFolders.length ?? 0;
  for (const below of KEYSTORE_FOLDERS) {
    const folder = join(path, below);
    const names = await readFolder(folder);
    if (names === null) continue;
    visited.push(folder);
    const found = await keystoresIn(folder, names);
    if (names.files.some((name) => /\.zip$/i.test(name))) notes.push(`unpack the archives in ${folder} first`);
    remoteKeys += found.remoteKeys;
    if (found.keystores.length === 0) continue;
    keystores.push(...found.keystores);
    clients.push(...clientOf(folder, names));
  }
  if (remoteKeys > 0) notes.push(remoteKeysNote(remoteKeys));
  const wallets = await walletsIn(path);
  if (wallets.length > 0) clients.push("prysm");
  const histories = await historiesBeside([...visited, ...wallets.map(dirname)]);
  const client = clients[0] ?? histories[0]?.client ?? null;
  return {path, client, keystores, wallets, histories, notes};
}

async function keystoresIn(folder: string, names: FolderNames): Promise<DefinedKeys> {
  const passwordDirs = passwordDirsOf(folder);
  const defined = names.has(DEFINITIONS_FILE) ? await readDefinitions(folder, passwordDirs) : NOTHING_DEFINED;
  const known = new Set(defined.keystores.map(({file}) => file));
  const found: FoundKeystore[] = [];
  let {remoteKeys} = defined;
  for (const name of names.files) {
    const file = join(folder, name);
    if (mayBeKeystore(name) && name !== PRYSM_WALLET_FILE && !known.has(file)) found.push(keystore(file, passwordDirs));
  }
  for (const name of names.keyFolders) {
    const inside = await readFolder(join(folder, name));
    if (inside?.has(NIMBUS_REMOTE_KEY)) remoteKeys += 1;
    const files = (inside?.files ?? []).filter((each) => mayBeKeystore(each) && each !== NIMBUS_REMOTE_KEY);
    for (const each of files) {
      const file = join(folder, name, each);
      if (!known.has(file)) found.push(keystore(file, [join(folder, name), ...passwordDirs]));
    }
  }
  return {keystores: [...defined.keystores, ...found], remoteKeys};
}

const keystore = (file: string, passwordDirs: readonly string[]): FoundKeystore => ({
  file,
  isEnabled: true,
  password: null,
  passwordDirs,
});

/** Beside the keystores, in Teku's folder, or in the `secrets` of the same data directory. */
function passwordDirsOf(folder: string): readonly string[] {
  const above = dirname(folder);
  const ofTeku = basename(folder) === "local" ? [join(above, "local-passwords")] : [];
  return [folder, ...ofTeku, join(above, "secrets"), join(folder, "secrets"), join(dirname(above), "secrets")];
}

/** The marks by which a folder of keystores tells whose it is. */
function clientOf(folder: string, names: FolderNames): readonly Client[] {
  if (names.has("slashing_protection.sqlite3")) return ["nimbus"];
  if (names.has(DEFINITIONS_FILE) || names.has("slashing_protection.sqlite")) return ["lighthouse"];
  if (basename(folder) === "local" && basename(dirname(folder)) === "key-manager") return ["teku"];
  if (names.keyFolders.length === 0) return [];
  return basename(folder) === "keystores" ? ["lodestar"] : [];
}

async function walletsIn(path: string): Promise<string[]> {
  const files = PRYSM_FOLDERS.map((below) => join(path, below, PRYSM_WALLET_FILE));
  const there = await Promise.all(files.map(isThere));
  return files.filter((_, at) => there[at] === true);
}

/** Databases of what was signed, which lie near the keys. */
async function historiesBeside(folders: readonly string[]): Promise<readonly ClientHistory[]> {
  const found = new Map<string, ClientHistory>();
  for (const folder of folders) {
    for (const history of historyPlaces(folder)) {
      if (!found.has(history.path) && (await isThere(history.path))) found.set(history.path, history);
    }
  }
  return [...found.values()];
}

function historyPlaces(folder: string): readonly ClientHistory[] {
  const above = dirname(folder);
  const twoAbove = dirname(above);
  return [
    {client: "lighthouse", path: join(folder, "slashing_protection.sqlite"), datadir: above},
    {client: "nimbus", path: join(folder, "slashing_protection.sqlite3"), datadir: above},
    {client: "lodestar", path: join(above, "validator-db"), datadir: above},
    {client: "lodestar", path: join(folder, "validator-db"), datadir: folder},
    {client: "mote", path: join(above, "slashing-protection"), datadir: above},
    {client: "mote", path: join(folder, "slashing-protection"), datadir: folder},
    {client: "teku", path: join(twoAbove, "slashprotection"), datadir: dirname(twoAbove)},
    {client: "prysm", path: join(folder, "validator.db"), datadir: folder},
    {client: "prysm", path: join(above, "validator.db"), datadir: above},
    {client: "prysm", path: join(twoAbove, "validator.db"), datadir: twoAbove},
  ];
}

/** They have no secret to take over; without a word about them nobody would miss them before they miss duties. */
const remoteKeysNote = (count: number): string =>
  `${counted(count, "key")} of a remote signer ${count === 1 ? "is" : "are"} not imported: name that signer by mote start --web3signer-url`;

/** How lines for people call it. */
export const sourceName = ({client, path}: FoundSource): string =>
  client === null ? path : `${path} (${CLIENT_NAMES[client]})`;
