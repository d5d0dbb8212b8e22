import type {Pubkey} from "@mote/core";
import {decodeProposal, decodeVote, PROPOSALS, pubkeyOf, sealOf, VOTES} from "./codec.ts";
import {assertTally} from "./key-history.ts";
import type {SealedSummary} from "./key-ledger.ts";
import {EMPTY_TALLY, type KeySummary, type Tally, tallyAfter} from "./key-summary.ts";
import type {Entry, KeyRange, ProtectionReader} from "./protection-database.ts";

/** Of every key that has records of the kind, what they add up to. @throws {DamagedStoreError} when one is not what was written */
async function tallyRecords(
  reader: ProtectionReader,
  range: KeyRange,
  decode: (entry: Entry) => unknown,
): Promise<Map<Pubkey, Tally>> {
  const tallies = new Map<Pubkey, Tally>();
  for await (const entry of reader.stream(range)) {
    decode(entry);
    const pubkey = pubkeyOf(entry.key);
    tallies.set(pubkey, tallyAfter(tallies.get(pubkey) ?? EMPTY_TALLY, [sealOf(entry)]));
  }
  return tallies;
}

export interface StoreTallies {
  readonly votes: ReadonlyMap<Pubkey, Tally>;
  readonly proposals: ReadonlyMap<Pubkey, Tally>;
}

/** Reads every record of the store. */
export async function tallyStore(reader: ProtectionReader): Promise<StoreTallies> {
  return {
    votes: await tallyRecords(reader, VOTES, decodeVote),
    proposals: await tallyRecords(reader, PROPOSALS, decodeProposal),
  };
}

/** @throws {DamagedStoreError} unless `tallies`, of all records that are there, are those of the summaries */
export function assertComplete(tallies: StoreTallies, summaries: ReadonlyMap<Pubkey, SealedSummary>): void {
  const tallyOf = (of: (summary: KeySummary) => Tally) => (pubkey: Pubkey) => {
    const sealed = summaries.get(pubkey);
    return sealed === undefined ? EMPTY_TALLY : of(sealed.summary);
  };
  const [votesOf, proposalsOf] = [tallyOf(({voteTally}) => voteTally), tallyOf(({proposalTally}) => proposalTally)];
  for (const pubkey of new Set([...tallies.votes.keys(), ...tallies.proposals.keys(), ...summaries.keys()])) {
    assertTally(votesOf(pubkey), tallies.votes.get(pubkey) ?? EMPTY_TALLY, pubkey);
    assertTally(proposalsOf(pubkey), tallies.proposals.get(pubkey) ?? EMPTY_TALLY, pubkey);
  }
}
