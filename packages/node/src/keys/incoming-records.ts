import {type Pubkey, parsePubkey, type SlashingProtection} from "@mote/core";
import {InterchangeError} from "@mote/slashing-protection";
import {InterchangeRefusedError} from "./validator-keys.ts";

/** What the records that came with keys say of them. */
export interface IncomingRecords {
  /** Keys that they name, with votes or without. */
  readonly named: ReadonlySet<Pubkey>;
  /** Keys whose newest vote was not known here before: no copy of our own records, then. */
  readonly told: ReadonlySet<Pubkey>;
}

export const NO_RECORDS: IncomingRecords = {named: new Set(), told: new Set()};

/**
 * @param pubkeys those of which `told` is to be known
 * @throws {InterchangeRefusedError} when the interchange is malformed or of another chain
 */
export async function takeInRecords(
  {interchange, pubkeys}: {readonly interchange: object; readonly pubkeys: readonly Pubkey[]},
  {protection}: {readonly protection: Pick<SlashingProtection, "newest" | "importInterchange">},
): Promise<IncomingRecords> {
  const newestTargets = () =>
    Promise.all(pubkeys.map(async (pubkey) => (await protection.newest(pubkey))?.targetEpoch ?? -1));
  const before = await newestTargets();
  try {
    await protection.importInterchange(interchange);
  } catch (error) {
    if (error instanceof InterchangeError) throw new InterchangeRefusedError(error.message, {cause: error});
    throw error;
  }
  const after = await newestTargets();
  return {
    named: namedIn(interchange),
    told: new Set(pubkeys.filter((_, place) => (after[place] ?? -1) > (before[place] ?? -1))),
  };
}

/** Of an interchange that was accepted, and so has these fields. */
const namedIn = (interchange: object): ReadonlySet<Pubkey> =>
  new Set((interchange as {data: {pubkey: unknown}[]}).data.map(({pubkey}) => parsePubkey(pubkey, "pubkey")));
