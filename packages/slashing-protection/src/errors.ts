import type {Root} from "@mote/core";

/** Why a protection store cannot be opened, or went out of service. Every one means: sign nothing. */
export class ProtectionStoreError extends Error {
  override name = "ProtectionStoreError";
}

/** The store belongs to another chain: its records protect nothing here, and ours would spoil it. */
export class WrongChainError extends ProtectionStoreError {
  override name = "WrongChainError";
  readonly storedGenesisValidatorsRoot: Root;
  readonly genesisValidatorsRoot: Root;

  constructor(path: string, roots: {readonly stored: Root; readonly wanted: Root}) {
    super(
      `slashing protection at ${path} belongs to the chain with genesis validators root ${roots.stored}, not to ${roots.wanted}`,
    );
    this.storedGenesisValidatorsRoot = roots.stored;
    this.genesisValidatorsRoot = roots.wanted;
  }
}

export class ProtectionStoreLockedError extends ProtectionStoreError {
  override name = "ProtectionStoreLockedError";
}

export class ProtectionStoreNotWritableError extends ProtectionStoreError {
  override name = "ProtectionStoreNotWritableError";
}

export class UnknownSchemaVersionError extends ProtectionStoreError {
  override name = "UnknownSchemaVersionError";
}

/** There is no store where there has to be one: its keys may have signed things that nobody here knows of. */
export class ProtectionStoreMissingError extends ProtectionStoreError {
  override name = "ProtectionStoreMissingError";

  /** @param where a path, or a URL without its password */
  constructor(where: string) {
    super(
      `there is no slashing protection at ${where}: restore what was there, or import the keys' history (mote slashing-protection import <file>), ` +
        "or give --init-slashing-protection if these keys have never signed",
    );
  }
}

/** What is read is not what was written: records may be missing, so nothing may be signed from them. */
export class DamagedStoreError extends ProtectionStoreError {
  override name = "DamagedStoreError";
  readonly what: string;
  /** Null where it is not known; {@link DamagedStoreError.at} says it. */
  readonly path: string | null;

  constructor(what: string, options: {readonly path?: string; readonly cause?: unknown} = {}) {
    const {path = null, cause} = options;
    super(
      `slashing protection${path === null ? "" : ` at ${path}`} is damaged: ${what}. Its records cannot be trusted. Move it away and restore ` +
        "what held every vote, or import a history that does (mote slashing-protection import <file>); without one, let the keys sign nothing " +
        "for two whole epochs, then start with --init-slashing-protection",
      cause === undefined ? undefined : {cause},
    );
    this.what = what;
    this.path = path;
  }

  at(path: string): DamagedStoreError {
    return this.path === null ? new DamagedStoreError(this.what, {path, cause: this.cause}) : this;
  }
}

/** A write failed, so what is on disk is unknown until the store is opened again. The failure is the `cause`. */
export class ProtectionWriteFailedError extends ProtectionStoreError {
  override name = "ProtectionWriteFailedError";
}

export class ProtectionStoreClosedError extends ProtectionStoreError {
  override name = "ProtectionStoreClosedError";
}

/** The database of a node set does not answer, or not as it has to. What it said is the `cause`. */
export class ProtectionStoreUnreachableError extends ProtectionStoreError {
  override name = "ProtectionStoreUnreachableError";
  /** The SQLSTATE that the database gave; null when it gave none, as for a lost connection. */
  readonly sqlState: string | null;

  constructor(message: string, options: {readonly cause?: unknown; readonly sqlState?: string | null} = {}) {
    super(message, options.cause === undefined ? undefined : {cause: options.cause});
    this.sqlState = options.sqlState ?? null;
  }
}

/** The database is set up so that it may call committed what a power cut takes away. */
export class ProtectionStoreNotDurableError extends ProtectionStoreError {
  override name = "ProtectionStoreNotDurableError";
}

/** The database of a node set is older than what it has confirmed to this node. */
export class ProtectionRecordsLostError extends ProtectionStoreError {
  override name = "ProtectionRecordsLostError";

  /** @param where a URL without its password */
  constructor(where: string) {
    super(
      `the database ${where} no longer holds a vote that it confirmed: an older copy was restored, or a replica that was behind has taken over. Bring back ` +
        "the newest records; without them, start every Mote on it again, which holds the keys whose votes are not on record",
    );
  }
}
