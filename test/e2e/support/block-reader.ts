import type {Devnet} from "@mote/devnet";

/** What a block says of itself, as its beacon node's JSON has it; nothing of Mote's or of the chain's own code reads it. */
export interface ReadBlock {
  readonly slot: number;
  readonly version: string;
  readonly proposerIndex: number;
  /** Without the zeros that fill it up. */
  readonly graffiti: string;
  readonly feeRecipient: string;
  /** Gloas: of the bid; null before. */
  readonly builderIndex: string | null;
  readonly syncBits: number;
  /** Gloas: bits of the payload committee of the slot before. */
  readonly payloadBits: number;
}

interface BlockJson {
  readonly version: string;
  readonly data: {
    readonly message: {
      readonly slot: string;
      readonly proposer_index: string;
      readonly body: {
        readonly graffiti: string;
        readonly sync_aggregate: {readonly sync_committee_bits: string};
        readonly execution_payload?: {readonly fee_recipient: string};
        readonly signed_execution_payload_bid?: {
          readonly message: {readonly fee_recipient: string; readonly builder_index: string};
        };
        readonly payload_attestations?: readonly {readonly aggregation_bits: string}[];
      };
    };
  };
}

/** Reads each block of the chain through the API of the last beacon node, the one with the fewest faults, once its slot is over. Null for a slot without one. */
export class BlockReader {
  readonly #reading = new Map<number, Promise<ReadBlock | null>>();

  constructor(devnet: Devnet) {
    devnet.subscribe((event) => {
      if (event.kind !== "slot_ended" || event.slot === 0) return;
      const reading = readBlock(`${devnet.urls.at(-1)}`, event.slot);
      reading.catch(() => {});
      this.#reading.set(event.slot, reading);
    });
  }

  /** Blocks of these slots, both ends included. */
  slots(first: number, last: number): Promise<(ReadBlock | null)[]> {
    return Promise.all(
      Array.from({length: last - first + 1}, (_, at) => {
        const reading = this.#reading.get(first + at);
        return reading ?? Promise.reject(new Error(`slot ${first + at} is not over`));
      }),
    );
  }

  /** The same without the slots that have none. */
  async blocks(first: number, last: number): Promise<ReadBlock[]> {
    return (await this.slots(first, last)).filter((block) => block !== null);
  }
}

async function readBlock(url: string, slot: number): Promise<ReadBlock | null> {
  const response = await fetch(`${url}/eth/v2/beacon/blocks/${slot}`, {headers: {accept: "application/json"}});
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(`block ${slot}: ${response.status}`);
  const {version, data} = (await response.json()) as BlockJson;
  const {proposer_index, body} = data.message;
  const bid = body.signed_execution_payload_bid?.message;
  return {
    slot: Number(data.message.slot),
    version,
    proposerIndex: Number(proposer_index),
    graffiti: Buffer.from(body.graffiti.slice(2), "hex").toString().replace(/\0+$/, ""),
    feeRecipient: (bid ?? body.execution_payload)?.fee_recipient.toLowerCase() ?? "none",
    builderIndex: bid?.builder_index ?? null,
    syncBits: bitsOf(body.sync_aggregate.sync_committee_bits),
    payloadBits: (body.payload_attestations ?? []).reduce((sum, each) => sum + bitsOf(each.aggregation_bits), 0),
  };
}

function bitsOf(hex: string): number {
  return [...hex.slice(2)].reduce(
    (sum, digit) => sum + [...Number.parseInt(digit, 16).toString(2)].filter((bit) => bit === "1").length,
    0,
  );
}
