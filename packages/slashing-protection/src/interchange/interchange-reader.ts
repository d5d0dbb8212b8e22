import type {Root} from "@mote/core";
import type {InterchangeItem, InterchangeMetadata} from "./interchange.ts";
import {InterchangeParser} from "./interchange-parser.ts";

/** Of a chunk that is parsed at once, so that what it says is bounded too. */
const PIECE_SIZE_BYTES = 64 * 1024;
const LOT_ITEM_COUNT_MAX = 1024;

/**
 * Reads an EIP-3076 interchange file of any size in flat memory: yields what it says in the order of the file, in lots of at most 1024,
 * and returns its metadata. What was yielded counts only once the end is reached: `metadata` may come last, and so may the mistake.
 * @throws {InterchangeError} for anything wrong with the file, with the place; what `source` throws comes as it is
 */
export async function* readInterchange(
  source: AsyncIterable<Uint8Array>,
  init: {
    /** Of the chain that is wanted. Null: whatever the file is of. */
    readonly genesisValidatorsRoot: Root | null;
    readonly onBytes?: (bytesRead: number) => void;
  },
): AsyncGenerator<readonly InterchangeItem[], InterchangeMetadata> {
  const parser = new InterchangeParser(init.genesisValidatorsRoot);
  let bytesRead = 0;
  for await (const chunk of source) {
    for (let start = 0; start < chunk.length; start += PIECE_SIZE_BYTES) {
      const piece = chunk.subarray(start, start + PIECE_SIZE_BYTES);
      parser.feed(piece);
      yield* lotsOf(parser.takeItems());
      bytesRead += piece.length;
      init.onBytes?.(bytesRead);
    }
  }
  return parser.end();
}

function* lotsOf(items: readonly InterchangeItem[]): Generator<readonly InterchangeItem[]> {
  if (items.length > 0 && items.length <= LOT_ITEM_COUNT_MAX) yield items;
  else {
    for (let start = 0; start < items.length; start += LOT_ITEM_COUNT_MAX) {
      yield items.slice(start, start + LOT_ITEM_COUNT_MAX);
    }
  }
}
