import type {AttestationRecord, BlockRecord, Root} from "@mote/core";
import {maxOf} from "../rules/exact.ts";
import {INTERCHANGE_FORMAT_VERSION, type KeyHistory} from "./interchange.ts";

/** One character is one byte here. */
const PIECE_SIZE_BYTES = 32 * 1024;

/**
 * An EIP-3076 interchange file in pieces of about 32 KiB. Equal histories give equal bytes: lowercase hex, numbers as decimal strings
 * (exact in any language), a root only where one is known, and one record a line, so that a place in the file can be found and compared.
 * @param keys in the order in which they shall stand
 */
export async function* writeInterchange(
  init: {readonly genesisValidatorsRoot: Root; readonly isMinified: boolean},
  keys: AsyncIterable<KeyHistory>,
): AsyncGenerator<string> {
  const version = `"interchange_format_version":"${INTERCHANGE_FORMAT_VERSION}"`;
  let piece = `{"metadata":{${version},"genesis_validators_root":"${init.genesisValidatorsRoot}"},"data":[`;
  let separator = "\n";
  for await (const key of keys) {
    piece += separator;
    separator = ",\n";
    for (const text of textsOfKey(init.isMinified ? minifyHistory(key) : key)) {
      piece += text;
      if (piece.length < PIECE_SIZE_BYTES) continue;
      yield piece;
      piece = "";
    }
  }
  yield `${piece}\n]}\n`;
}

/**
 * All that an empty store needs so as to refuse whatever `history` refuses: one vote of the highest source and the highest target and
 * one block of the highest slot, without roots.
 */
export function minifyHistory({pubkey, blocks, attestations}: KeyHistory): KeyHistory {
  const [block] = blocks;
  const [vote] = attestations;
  return {
    pubkey,
    blocks:
      block === undefined ? [] : [{slot: blocks.map(({slot}) => slot).reduce(maxOf, block.slot), signingRoot: null}],
    attestations:
      vote === undefined
        ? []
        : [
            {
              sourceEpoch: attestations.map(({sourceEpoch}) => sourceEpoch).reduce(maxOf, vote.sourceEpoch),
              targetEpoch: attestations.map(({targetEpoch}) => targetEpoch).reduce(maxOf, vote.targetEpoch),
              signingRoot: null,
            },
          ],
  };
}

function* textsOfKey({pubkey, blocks, attestations}: KeyHistory): Generator<string> {
  yield `{"pubkey":"${pubkey}","signed_blocks":[`;
  yield* textsOfRecords(blocks, textOfBlock);
  yield `],"signed_attestations":[`;
  yield* textsOfRecords(attestations, textOfAttestation);
  yield "]}";
}

function* textsOfRecords<T>(records: readonly T[], textOf: (record: T) => string): Generator<string> {
  let separator = "\n";
  for (const record of records) {
    yield separator + textOf(record);
    separator = ",\n";
  }
}

const textOfBlock = ({slot, signingRoot}: BlockRecord): string => `{"slot":"${slot}"${textOfRoot(signingRoot)}}`;

const textOfAttestation = ({sourceEpoch, targetEpoch, signingRoot}: AttestationRecord): string =>
  `{"source_epoch":"${sourceEpoch}","target_epoch":"${targetEpoch}"${textOfRoot(signingRoot)}}`;

const textOfRoot = (root: Root | null): string => (root === null ? "" : `,"signing_root":"${root}"`);
