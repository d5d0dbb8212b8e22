import type {AttestationRecord, BlockRecord, Pubkey, Root} from "@mote/core";

/** https://eips.ethereum.org/EIPS/eip-3076: the one version that there is. */
export const INTERCHANGE_FORMAT_VERSION = "5";

/** One thing that an interchange file says, in the order of the file. */
export type InterchangeItem =
  /** The file has this key, with or without records; may come again. */
  | {readonly kind: "key"; readonly pubkey: Pubkey}
  | {readonly kind: "attestation"; readonly pubkey: Pubkey; readonly record: AttestationRecord}
  | {readonly kind: "block"; readonly pubkey: Pubkey; readonly record: BlockRecord};

export interface InterchangeMetadata {
  readonly genesisValidatorsRoot: Root;
}

/** All that a file says of one key, in the order of slots and of targets. */
export interface KeyHistory {
  readonly pubkey: Pubkey;
  readonly blocks: readonly BlockRecord[];
  readonly attestations: readonly AttestationRecord[];
}
