import type {ChainAnswer, ChainRequest} from "../chain/chain-answers.ts";
import {type SignedChain, SYNC_MEMBERS_FROM} from "./signed-chain.ts";

const INDEX_SIZE_BYTES = 8;
const IDENTITY_SIZE_BYTES = INDEX_SIZE_BYTES + 48 + 8;

/** What a light node asks a beacon node for, beside what every validator needs. Null: it is something else. */
export function networkAnswer(
  chain: SignedChain,
  route: string,
  {query, body}: Omit<ChainRequest, "params">,
): ChainAnswer | null {
  const data = (value: unknown) => ({data: value, execution_optimistic: false, finalized: false});
  switch (route) {
    case "GET /eth/v1/beacon/states/head/committees": {
      const [slot, index] = [query.get("slot"), query.get("index")];
      if (slot === null || index === null) return null;
      const validators = chain.membersOf(Number(slot), Number(index));
      return {json: () => data([{index, slot, validators}])};
    }
    case "GET /eth/v1/beacon/states/head/sync_committees": {
      const validators = chain.committee.committee.pubkeys.map((_, seat) => String(SYNC_MEMBERS_FROM + seat));
      return {json: () => data({validators, validator_aggregates: []})};
    }
    case "POST /eth/v1/beacon/states/head/validator_identities": {
      const indices = JSON.parse(body.toString()) as string[];
      const pubkeys = indices.map((index) => ({index, pubkey: chain.pubkeyOf(Number(index))}));
      return {json: () => data(pubkeys), ssz: () => Buffer.concat(pubkeys.map(identity))};
    }
    default:
      return null;
  }
}

function identity({index, pubkey}: {readonly index: string; readonly pubkey: string}): Buffer {
  const bytes = Buffer.alloc(IDENTITY_SIZE_BYTES);
  bytes.writeBigUInt64LE(BigInt(index));
  bytes.write(pubkey.slice(2), INDEX_SIZE_BYTES, "hex");
  return bytes;
}
