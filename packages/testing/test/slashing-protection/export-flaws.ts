import type {Pubkey} from "@mote/core";
import {textOf} from "../../src/slashing-protection/interchange-file.ts";
import type {MemoryHistory} from "../../src/slashing-protection/memory-history.ts";
import {KEY, type NewProtectionStore} from "../../src/slashing-protection/protection-trial.ts";
import {flawed} from "./flawed-store.ts";

interface File {
  readonly data: {
    readonly pubkey: Pubkey;
    readonly signed_attestations: {readonly target_epoch: string; readonly signing_root?: string}[];
  }[];
}

/** Exports something else than it should. */
const writing = (change: (file: File, history: MemoryHistory) => object): NewProtectionStore =>
  flawed((sound, history) => ({
    exportInterchange: async function* (pubkeys, options) {
      const text = await textOf(sound.exportInterchange(pubkeys, options));
      yield JSON.stringify(change(JSON.parse(text), history));
    },
  }));

const exportsBackwards = writing((file) => ({...file, data: file.data.toReversed()}));
const exportsAKeyInAnyCase = flawed((sound) => ({
  exportInterchange: (pubkeys, options) => sound.exportInterchange(pubkeys ?? [KEY], options),
}));
const countsItsExports = (): NewProtectionStore => {
  let count = 0;
  return writing((file) => ({...file, count: count++}));
};
const dropsTheMinimum = writing((file, history) => ({
  ...file,
  data: file.data.map((key) => ({
    ...key,
    signed_attestations: key.signed_attestations.filter(({signing_root, target_epoch}) => {
      const isRecord = history.of(key.pubkey).votes.some((vote) => `${vote.targetEpoch}` === target_epoch);
      return isRecord && signing_root !== undefined;
    }),
  })),
}));
const neverMinifies = flawed((sound) => ({exportInterchange: (pubkeys) => sound.exportInterchange(pubkeys)}));
const exportsAlwaysAll = flawed((sound) => ({
  exportInterchange: (_, options) => sound.exportInterchange(undefined, options),
}));
const forgetsKeysWithoutVotes = writing((file) => ({
  ...file,
  data: file.data.filter((key) => key.signed_attestations.length > 0),
}));

export const EXPORT_FLAWS: Readonly<Record<string, NewProtectionStore>> = {
  "exports all keys and records in order": exportsBackwards,
  "exports a file without keys when it has none": exportsAKeyInAnyCase,
  "gives equal bytes after a round trip through an empty store, which judges as the first": countsItsExports(),
  "exports a minimum that no record holds": dropsTheMinimum,
  "exports the highest values alone when minified, and what it refuses then is all up to them": neverMinifies,
  "exports the keys that are asked for, known or not, each once and in order": exportsAlwaysAll,
  "exports a key that only blocks have, and one that was never loaded before": forgetsKeysWithoutVotes,
};
