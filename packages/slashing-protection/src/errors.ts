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

/** What was read is not what was written. */
export class DamagedStoreError extends ProtectionStoreError {
  override name = "DamagedStoreError";
}

/** A write failed, so what is on disk is unknown until the store is opened again. The failure is the `cause`. */
export class ProtectionWriteFailedError extends ProtectionStoreError {
  override name = "ProtectionWriteFailedError";
}

export class ProtectionStoreClosedError extends ProtectionStoreError {
  override name = "ProtectionStoreClosedError";
}
