import type {Pubkey} from "@mote/core";
import {
  type DeletedKeys,
  InterchangeRefusedError,
  type ItemResult,
  type KeystoreToImport,
  type LocalKey,
  type RemoteKeyEntry,
  type SignedExit,
  type ValidatorKeys,
} from "../../../../src/keys/validator-keys.ts";

const GENESIS_ROOT = `0x${"67".repeat(32)}`;
/** That is taken in. */
export const INTERCHANGE = {
  metadata: {interchange_format_version: "5", genesis_validators_root: GENESIS_ROOT},
  data: [],
};

/** Keys without cryptography: a "keystore" is JSON with its `pubkey`, and `password` opens it. What was deleted keeps its records. */
export class FakeValidatorKeys implements ValidatorKeys {
  static readonly password = "the right password";
  readonly local = new Map<Pubkey, LocalKey>();
  readonly remote = new Map<Pubkey, RemoteKeyEntry>();
  /** Keys that have signed. */
  readonly records = new Set<Pubkey>();
  readonly interchanges: (object | null)[] = [];
  readonly exitEpochs: (number | null)[] = [];
  /** The next request ends like this. */
  failure: Error | null = null;
  /** Of a disk that takes no more. */
  itemProblem: string | null = null;
  exit: SignedExit = {kind: "signed", message: {epoch: 7, validatorIndex: 3}, signature: `0x${"5a".repeat(96)}`};
  /** Requests wait for it. */
  pause: Promise<void> = Promise.resolve();
  underWay = 0;
  underWayMax = 0;

  holds(pubkey: Pubkey): boolean {
    return this.local.has(pubkey) || this.remote.has(pubkey);
  }

  localKeys(): readonly LocalKey[] {
    return [...this.local.values()];
  }

  importKeystores(
    keystores: readonly KeystoreToImport[],
    interchange: object | null,
  ): Promise<readonly ItemResult<"imported" | "duplicate">[]> {
    return this.#request(() => {
      this.interchanges.push(interchange);
      const {metadata} = (interchange ?? INTERCHANGE) as {metadata?: {genesis_validators_root?: unknown} | null};
      if (metadata?.genesis_validators_root !== GENESIS_ROOT)
        throw new InterchangeRefusedError("it is of another chain");
      return keystores.map((keystore) => this.#importKeystore(keystore));
    });
  }

  #importKeystore({text, password}: KeystoreToImport): ItemResult<"imported" | "duplicate"> {
    if (this.itemProblem !== null) return {status: "error", message: this.itemProblem};
    const pubkey = pubkeyIn(text);
    if (pubkey === null) return {status: "error", message: "it is no keystore"};
    if (password !== FakeValidatorKeys.password) return {status: "error", message: "the password does not open it"};
    if (this.remote.has(pubkey)) return {status: "error", message: "a remote signer signs with this key here"};
    if (this.local.has(pubkey)) return {status: "duplicate"};
    this.local.set(pubkey, {pubkey, derivationPath: null, isReadOnly: false});
    return {status: "imported"};
  }

  deleteKeystores(pubkeys: readonly Pubkey[]): Promise<DeletedKeys> {
    return this.#request(() => {
      const results = pubkeys.map((pubkey): DeletedKeys["results"][number] => {
        if (this.itemProblem !== null) return {status: "error", message: this.itemProblem};
        if (this.remote.has(pubkey)) return {status: "error", message: "a remote signer signs with this key here"};
        if (this.local.delete(pubkey)) return {status: "deleted"};
        return this.records.has(pubkey) ? {status: "not_active"} : {status: "not_found"};
      });
      const refused = new Set(pubkeys.filter((_, place) => results[place]?.status === "error"));
      const data = [...new Set(pubkeys)]
        .filter((pubkey) => this.records.has(pubkey) && !refused.has(pubkey))
        .map((pubkey) => ({pubkey, signed_blocks: [], signed_attestations: []}));
      return {results, slashingProtection: JSON.stringify({...INTERCHANGE, data})};
    });
  }

  remoteKeys(): readonly RemoteKeyEntry[] {
    return [...this.remote.values()];
  }

  importRemoteKeys(
    keys: readonly {readonly pubkey: Pubkey; readonly url: string | null}[],
  ): Promise<readonly ItemResult<"imported" | "duplicate">[]> {
    return this.#request(() =>
      keys.map(({pubkey, url}) => {
        if (this.itemProblem !== null) return {status: "error", message: this.itemProblem};
        if (this.local.has(pubkey)) return {status: "error", message: "this node has a keystore of this key"};
        if (this.remote.has(pubkey)) return {status: "duplicate"};
        this.remote.set(pubkey, {pubkey, url, isReadOnly: false});
        return {status: "imported"};
      }),
    );
  }

  deleteRemoteKeys(pubkeys: readonly Pubkey[]): Promise<readonly ItemResult<"deleted" | "not_found">[]> {
    return this.#request(() =>
      pubkeys.map((pubkey) => ({status: this.remote.delete(pubkey) ? "deleted" : "not_found"})),
    );
  }

  signVoluntaryExit(pubkey: Pubkey, epoch: number | null): Promise<SignedExit> {
    return this.#request(() => {
      this.exitEpochs.push(epoch);
      const {exit} = this;
      if (!this.holds(pubkey)) return {kind: "refused", reason: "KEY_NOT_ACTIVE", detail: "it is not here"};
      if (exit.kind === "refused" || epoch === null) return exit;
      return {...exit, message: {...exit.message, epoch}};
    });
  }

  async #request<T>(answer: () => T): Promise<T> {
    this.underWayMax = Math.max(this.underWayMax, ++this.underWay);
    try {
      await this.pause;
      const {failure} = this;
      this.failure = null;
      if (failure !== null) throw failure;
      return answer();
    } finally {
      this.underWay--;
    }
  }
}

function pubkeyIn(text: string): Pubkey | null {
  try {
    const {pubkey} = JSON.parse(text);
    return typeof pubkey === "string" ? (pubkey as Pubkey) : null;
  } catch {
    return null;
  }
}
