import {mkdtemp, readdir, readFile, rm} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {chainConfigFromSpec, createNetworkConfig} from "@mote/consensus";
import {
  type AttestationData,
  type AttesterDuty,
  type CommitteeIndex,
  type Epoch,
  FAR_FUTURE_EPOCH,
  type Pubkey,
  type Root,
  type SignOutcome,
  type SlashingProtection,
  type Slot,
  SlotClock,
  type ValidatorIndex,
  type ValidatorInfo,
} from "@mote/core";
import {MaySign, ValidatorRegistry} from "@mote/duties";
import {
  DiskKeyFolder,
  encryptKeystore,
  interopKeys,
  type KeyFolder,
  type KeyRing,
  loadKeystores,
  openKeyRing,
  SigningGate,
  SystemKeyDisk,
  SystemRandomBytes,
} from "@mote/duty-signing";
import {openLevelSlashingProtection} from "@mote/slashing-protection";
import {FakeClock, FakeLog, FakeProposerSettings, FakeValidatorStatuses} from "@mote/testing";
import {RemoteKeysFile} from "../../../src/keys/remote-keys-file.ts";
import type {RunningValidatorKeys} from "../../../src/keys/running-validator-keys.ts";
import type {KeystoreToImport} from "../../../src/keys/validator-keys.ts";
import {LineLog} from "../../../src/log/line-log.ts";
import {DiskStateFiles} from "../../../src/system/state-files.ts";
import {wireKeys} from "../../../src/wire.ts";

export const SLOTS_PER_EPOCH = 8;
const SLOT_MS = 2_000;
const GENESIS_TIME_SEC = 1_000_000;
export const PASSWORD = "a password";
export const SIGNER_URL = "http://127.0.0.1:9000";
export const GENESIS_VALIDATORS_ROOT = `0x${"77".repeat(32)}` as Root;
const FORKS = ["ALTAIR", "BELLATRIX", "CAPELLA", "DENEB", "ELECTRA", "FULU"];
const CONFIG = createNetworkConfig(
  chainConfigFromSpec(Object.fromEntries(FORKS.map((fork) => [`${fork}_FORK_EPOCH`, "0"]))),
  GENESIS_VALIDATORS_ROOT,
);

export const secretKey = (index: number) => interopKeys([index])[0] as ReturnType<typeof interopKeys>[number];
export const pubkeyOf = (index: number): Pubkey => secretKey(index).pubkey;
export const root = (byte: number): Root => `0x${byte.toString(16).padStart(2, "0").repeat(32)}` as Root;

const keystores = new Map<number, Promise<string>>();

/** Of the well-known key with this number. */
export async function keystoreOf(index: number, password = PASSWORD): Promise<KeystoreToImport> {
  const made =
    keystores.get(index) ??
    encryptKeystore(
      {
        secretKey: secretKey(index),
        password: PASSWORD,
        derivationPath: `m/12381/3600/${index}/0/0`,
        kdf: "pbkdf2",
        createdAtSec: 1,
      },
      {random: new SystemRandomBytes()},
    ).then(({text}) => text);
  keystores.set(index, made);
  return {text: await made, password};
}

/** A disk that is full, or will not let go of what it has. */
export class FaultyKeyDisk extends SystemKeyDisk {
  /** Part of the paths whose writing fails; null: none does. */
  fullFor: string | null = null;
  cannotRemove = false;
  /** Path of a file that cannot be read; null: all can. */
  unreadable: string | null = null;

  override async read(path: string, sizeBytesMax: number): Promise<Uint8Array> {
    if (path === this.unreadable) throw new Error("EIO: i/o error");
    return await super.read(path, sizeBytesMax);
  }

  override async writeWhole(path: string, text: string): Promise<void> {
    if (this.fullFor !== null && path.includes(this.fullFor)) throw new Error("ENOSPC: no space left on device");
    await super.writeWhole(path, text);
  }

  override async removeFile(path: string): Promise<void> {
    if (this.cannotRemove) throw new Error("EROFS: read-only file system");
    await super.removeFile(path);
  }
}

/** The keys of a running node on a real disk with a real store, in slot 40 (epoch 5). All validators are active. */
export class KeysWorld {
  readonly dir: string;
  readonly disk = new FaultyKeyDisk();
  readonly log = new FakeLog();
  readonly clock = new FakeClock({nowMs: GENESIS_TIME_SEC * 1000 + 40 * SLOT_MS});
  readonly statuses = new FakeValidatorStatuses({infos: Array.from({length: 10}, (_, index) => infoOf(index))});
  /** What happened, in order. */
  readonly events: string[] = [];
  /** Called at the event of this name. */
  readonly on = new Map<string, () => void>();
  readonly forgotten: Pubkey[] = [];
  /** Warnings and errors of the keys, as JSON. */
  readonly complaints: string[] = [];
  /** Keys that doppelganger protection was told to watch, whatever their records say. */
  readonly distrusted: Pubkey[] = [];
  readonly #flaws: readonly string[];
  readonly protection: SlashingProtection;
  readonly registry: ValidatorRegistry;
  readonly maySign: MaySign;
  readonly ring: KeyRing;
  readonly folder: KeyFolder;
  readonly gate: SigningGate;
  readonly keys: RunningValidatorKeys;

  static async open(
    init: {
      /** Of a world that has ended. */
      readonly dir?: string;
      readonly hasFolder?: boolean;
      readonly defaultUrl?: string | null;
      /** Events that do not take place, though they say that they did. */
      readonly flaws?: readonly string[];
    } = {},
  ): Promise<KeysWorld> {
    const dir = init.dir ?? (await mkdtemp(join(tmpdir(), "mote-keys-")));
    const store = await openLevelSlashingProtection({
      path: join(dir, "slashing-protection"),
      genesisValidatorsRoot: GENESIS_VALIDATORS_ROOT,
      retainEpochs: 128,
    });
    const world = new KeysWorld({hasFolder: true, defaultUrl: null, flaws: [], ...init, dir}, {store});
    if (init.dir !== undefined) await world.#start();
    return world;
  }

  /** As a node starts: with the keys that are in the folder. */
  async #start(): Promise<void> {
    const {loaded} = await loadKeystores(this.folder.folders, {files: this.disk, onProgress: () => {}});
    this.ring.addLocal(loaded);
    this.maySign.add(loaded.map(({pubkey}) => pubkey));
    await this.registry.readAdded();
  }

  private constructor(
    init: {
      readonly dir: string;
      readonly hasFolder: boolean;
      readonly defaultUrl: string | null;
      readonly flaws: readonly string[];
    },
    {store}: {readonly store: SlashingProtection},
  ) {
    this.dir = init.dir;
    this.#flaws = init.flaws;
    const timing = {genesisTimeSec: GENESIS_TIME_SEC, slotDurationMs: SLOT_MS, slotsPerEpoch: SLOTS_PER_EPOCH};
    const slotClock = new SlotClock(timing, {clock: this.clock});
    const {log, clock, statuses} = this;
    this.protection = this.#noting(store, [
      "recordAttestation",
      "freeze",
      "thaw",
      "importInterchange",
      "exportInterchange",
    ]);
    this.registry = new ValidatorRegistry({pubkeys: []}, {statuses, log});
    const noGuard = {refusal: () => null, onChainEvent: () => {}, onNetworkEvent: () => {}};
    this.maySign = new MaySign({
      registry: this.registry,
      slashingStop: noGuard,
      clockWatch: noGuard,
      staleBackup: null,
      doppelganger: {
        run: async () => false,
        onSlot: async () => {},
        refusalOf: () => null,
        forget: () => {},
        distrust: (pubkeys) => void this.distrusted.push(...pubkeys),
      },
      isRecordedElsewhere: () => false,
      slotClock,
    });
    this.ring = this.#noting(openKeyRing({slotsPerEpoch: SLOTS_PER_EPOCH, cores: 1}, {clock, log}), ["sign", "remove"]);
    const folders = {keystoresDir: join(this.dir, "validator_keys"), secretsDir: join(this.dir, "secrets")};
    this.folder = this.#noting(new DiskKeyFolder({folders}, {disk: this.disk}), ["add", "removeAll"]);
    const maySign = this.#noting(this.maySign, ["add", "remove"]);
    this.gate = new SigningGate(
      {config: CONFIG, distributed: false},
      {
        slotClock,
        protection: this.protection,
        signer: this.ring,
        refusalOf: (pubkey, purpose) => this.maySign.refusalOf(pubkey, purpose),
        proposerSettings: new FakeProposerSettings(),
        log,
        yieldToEventLoop: () => new Promise((resolve) => setImmediate(resolve)),
      },
    );
    const runner = {keysChanged: () => void this.registry.readAdded()} as never;
    this.keys = wireKeys(
      {
        genesisValidatorsRoot: GENESIS_VALIDATORS_ROOT,
        derivationPaths: new Map(),
        configured: [],
        added: [],
        defaultUrl: init.defaultUrl,
      },
      {
        wired: {runner, maySign, gate: this.gate, registry: this.registry, slotClock},
        ring: this.ring,
        folder: init.hasFolder ? this.folder : null,
        remoteFile: new RemoteKeysFile({path: this.remoteKeysPath}, {files: new DiskStateFiles()}),
        protection: this.protection,
        onKeysBrought: async () => void this.events.push("keys brought"),
        settings: {
          effective: () => unused(),
          set: () => unused(),
          unset: () => unused(),
          forget: async (pubkeys) => void this.forgotten.push(...pubkeys),
        },
        log: new LineLog(
          {level: "warn", format: "json"},
          {clock, sink: {write: (line) => void this.complaints.push(line)}},
        ),
      },
    );
  }

  get remoteKeysPath(): string {
    return join(this.dir, "remote-keys.json");
  }

  /** The process ends, and its folders stay. */
  async end(): Promise<void> {
    await this.keys.settled();
    await this.ring.close();
    await this.protection.close();
  }

  async close(): Promise<void> {
    await this.end();
    await rm(this.dir, {recursive: true, force: true});
  }

  async imports(...indices: number[]): Promise<string[]> {
    const keystores = await Promise.all(indices.map((index) => keystoreOf(index)));
    return (await this.keys.importKeystores(keystores, null)).map(({status}) => status);
  }

  /** What became of a vote for this target, in one word. */
  async votes(index: number, targetEpoch: number): Promise<string> {
    const outcome = await this.vote(index, targetEpoch);
    return outcome.kind === "signed" ? "signed" : outcome.reason;
  }

  async vote(
    index: number,
    targetEpoch: number,
    {sourceEpoch = targetEpoch - 1, slotInEpoch = 0, head = 1} = {},
  ): Promise<SignOutcome> {
    const slot = (targetEpoch * SLOTS_PER_EPOCH + slotInEpoch) as Slot;
    const data: AttestationData = {
      slot,
      index: 0,
      beaconBlockRoot: root(head),
      source: {epoch: sourceEpoch as Epoch, root: root(0x55)},
      target: {epoch: targetEpoch as Epoch, root: root(0x66)},
    };
    const duty: AttesterDuty = {
      pubkey: pubkeyOf(index),
      validatorIndex: index as ValidatorIndex,
      slot,
      committeeIndex: 0 as CommitteeIndex,
      committeeLength: 4,
      committeesAtSlot: 1,
      validatorCommitteeIndex: 0,
    };
    const [result] = await this.gate.signAttestations(data, [duty]);
    if (result === undefined) throw new Error("no outcome");
    return result.outcome;
  }

  /** Names of the files that hold keys or passwords. */
  async files(): Promise<string[]> {
    const names = await Promise.all(
      ["validator_keys", "secrets"].map((folder) => readdir(join(this.dir, folder)).catch(() => [])),
    );
    return names.flat().sort();
  }

  async remoteKeysFile(): Promise<unknown> {
    return JSON.parse(await readFile(this.remoteKeysPath, "utf8"));
  }

  /** The same object, whose calls to these methods are events. */
  #noting<T extends object>(subject: T, methods: readonly (keyof T & string)[]): T {
    const {events, on} = this;
    const name = subject.constructor.name;
    return new Proxy(subject, {
      get: (target, property) => {
        const value = Reflect.get(target, property, target);
        if (typeof value !== "function") return value;
        if (!methods.includes(property as keyof T & string)) return value.bind(target);
        return (...args: unknown[]) => {
          const event = `${name}.${String(property)}`;
          events.push(event);
          on.get(event)?.();
          if (this.#flaws.includes(event)) return undefined;
          return value.apply(target, args);
        };
      },
    });
  }
}

function unused(): never {
  throw new Error("nobody asks for settings here");
}

const infoOf = (index: number): ValidatorInfo => ({
  pubkey: pubkeyOf(index),
  index: index as ValidatorIndex,
  status: "active_ongoing",
  slashed: false,
  activationEpoch: 0 as Epoch,
  exitEpoch: FAR_FUTURE_EPOCH,
});
