import type {ImportReport} from "@mote/core";
import {textOf} from "../../src/slashing-protection/interchange-file.ts";
import type {MemoryHistory} from "../../src/slashing-protection/memory-history.ts";
import {parseInterchange} from "../../src/slashing-protection/memory-interchange.ts";
import type {MemorySlashingProtection} from "../../src/slashing-protection/memory-slashing-protection.ts";
import {KEY, type NewProtectionStore} from "../../src/slashing-protection/protection-trial.ts";
import {flawed} from "./flawed-store.ts";

interface File {
  readonly metadata: object;
  readonly data: readonly {
    readonly pubkey: string;
    readonly signed_attestations?: readonly {readonly source_epoch: string; readonly target_epoch: string}[];
  }[];
}

const isBytes = (source: object): source is AsyncIterable<Uint8Array> => Symbol.asyncIterator in source;

async function fileOf(source: AsyncIterable<Uint8Array> | object): Promise<File> {
  if (!isBytes(source)) return source as File;
  const decoder = new TextDecoder();
  const pieces = async function* () {
    for await (const chunk of source) yield decoder.decode(chunk, {stream: true});
  };
  return JSON.parse(await textOf(pieces()));
}

/** Imports something else than the file says. */
const reading = (change: (file: File) => object): NewProtectionStore =>
  flawed((sound) => ({importInterchange: async (source) => sound.importInterchange(change(await fileOf(source)))}));

/** Does something to the records once a file is in. */
const meddling = (
  meddle: (history: MemoryHistory, before: ReturnType<MemoryHistory["of"]>, file: File) => void,
): NewProtectionStore =>
  flawed((sound, history) => ({
    importInterchange: async (source) => {
      const before = {...history.of(KEY), votes: [...history.of(KEY).votes]} as ReturnType<MemoryHistory["of"]>;
      const file = await fileOf(source);
      const report = await sound.importInterchange(file);
      meddle(history, before, file);
      return report;
    },
  }));

const reporting = (change: (report: ImportReport) => ImportReport): NewProtectionStore =>
  flawed((sound) => ({importInterchange: async (source) => change(await sound.importInterchange(source))}));

const ignoring = (isIgnored: (source: object) => boolean): NewProtectionStore =>
  flawed((sound) => ({
    importInterchange: async (source) => (isIgnored(source) ? {keys: []} : sound.importInterchange(source)),
  }));

const lowersTheMinimum = meddling((history, _before, file) => {
  const votes = parseInterchange(file).keys.find(({pubkey}) => pubkey === KEY)?.votes ?? [];
  const [lowest] = votes.toSorted((a, b) => Number(a.targetEpoch) - Number(b.targetEpoch));
  if (lowest !== undefined) history.of(KEY).voteMinimum = lowest;
});
const raisesNothing = meddling((history, before) => {
  history.of(KEY).voteMinimum = before.voteMinimum ?? history.of(KEY).voteMinimum;
});
const takesTheFirstVoteAsMinimum = meddling((history) => {
  const [first] = history.of(KEY).votes;
  if (first !== undefined) history.of(KEY).voteMinimum = first;
});
const losesWhatComesMeanwhile = meddling((history, before, file) => {
  const [key] = parseInterchange(file).keys;
  history.of(KEY).votes = [...before.votes, ...(key?.votes ?? [])];
});
const reportsKnownAsAdded = reporting(({keys}) => ({
  keys: keys.map((key) => ({
    ...key,
    attestations: {...key.attestations, added: key.attestations.added + key.attestations.known, known: 0},
  })),
}));
const takesOneEntryOfAKey = reading((file) => {
  const names = file.data.map(({pubkey}) => pubkey.toLowerCase());
  return {...file, data: file.data.filter(({pubkey}, index) => names.indexOf(pubkey.toLowerCase()) === index)};
});
const withoutLastEntry = (sound: MemorySlashingProtection, file: File) =>
  sound.importInterchange({...file, data: file.data.slice(0, -1)});
const takesAllUpToTheBadRecord = flawed((sound) => ({
  importInterchange: async (source) => {
    const file = await fileOf(source);
    return sound.importInterchange(file).catch(async (error) => {
      await withoutLastEntry(sound, file);
      throw error;
    });
  },
}));
const takesAnyChain = flawed((sound, {genesisValidatorsRoot}) => ({
  importInterchange: async (source) => {
    const file = await fileOf(source);
    return sound.importInterchange({
      ...file,
      metadata: {...file.metadata, genesis_validators_root: genesisValidatorsRoot},
    });
  },
}));
const isSilentOnFailure = flawed((sound) => ({
  importInterchange: (source) => sound.importInterchange(source).catch(() => ({keys: []})),
}));
const roundsDown = reading((file) =>
  JSON.parse(
    JSON.stringify(file).replaceAll(/"(\d{16,20})"/g, (_, digits) =>
      JSON.stringify(BigInt(digits) > Number.MAX_SAFE_INTEGER ? `${Number.MAX_SAFE_INTEGER}` : digits),
    ),
  ),
);
const dropsOddRecords = reading((file) => ({
  ...file,
  data: file.data.map((key) => ({
    ...key,
    signed_attestations: key.signed_attestations?.filter((vote) => +vote.source_epoch <= +vote.target_epoch),
  })),
}));
const dropsRoots = reading((file) =>
  JSON.parse(JSON.stringify(file), (name, value) => (name === "signing_root" ? undefined : value)),
);
const namesNothingAsSomething = flawed((sound) => ({
  newest: async (pubkey) => (await sound.newest(pubkey)) ?? {sourceEpoch: null, targetEpoch: null, slot: null},
}));

export const IMPORT_FLAWS: Readonly<Record<string, NewProtectionStore>> = {
  "takes in a file, as bytes, and judges by it": ignoring(isBytes),
  "takes in a file, as an object, and judges by it": ignoring((source) => !isBytes(source)),
  "lowers no minimum by an import, and keeps nothing at or below it": lowersTheMinimum,
  "lets nothing surround a vote that it takes in below the minimum": raisesNothing,
  "takes the minimum of a new key over the whole of a file, source and target apart": takesTheFirstVoteAsMinimum,
  "changes nothing when a file comes again": reportsKnownAsAdded,
  "joins what a file says of a key in several places, and counts a message once": takesOneEntryOfAKey,
  "changes nothing when the last of many records is bad": takesAllUpToTheBadRecord,
  "changes nothing when a file is of another chain": takesAnyChain,
  "changes nothing when a file breaks off or cannot be read to its end": isSilentOnFailure,
  "keeps values up to 2^64−1 exactly, and signs nothing more of the kind for their key": roundsDown,
  "takes a source after its target as a minimum, and a record that nothing may surround": dropsOddRecords,
  "knows nothing of a key whose lists are empty or missing": namesNothingAsSomething,
  "reads what other clients write: numbers, capitals, and roots that are null": dropsRoots,
  "lets no vote that is under way slip past an import": losesWhatComesMeanwhile,
};
