import type {Client, ClientHistory} from "./client.ts";

/** A file that should be a keystore; nothing of it was read so far. */
export interface FoundKeystore {
  readonly file: string;
  /** The client had it switched off: it is taken over, and stays off. */
  readonly isEnabled: boolean;
  /** Named for it in the client's own list. Null: to be looked for. */
  readonly password:
    | {readonly kind: "file"; readonly path: string}
    | {readonly kind: "text"; readonly text: string}
    | null;
  /** Folders that may hold its password, likeliest first. */
  readonly passwordDirs: readonly string[];
}

/** What one path that was given turned out to be. */
export interface FoundSource {
  readonly path: string;
  /** Null when nothing tells: keystores as the deposit tools leave them. */
  readonly client: Client | null;
  readonly keystores: readonly FoundKeystore[];
  /** Prysm's one store of all keys. */
  readonly wallets: readonly string[];
  readonly histories: readonly ClientHistory[];
  /** What lies there and cannot be taken over, a sentence each. */
  readonly notes: readonly string[];
}
