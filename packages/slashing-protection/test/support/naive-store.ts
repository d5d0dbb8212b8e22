import type {AttestationRecord, Pubkey, SlashingProtection, Verdict} from "@mote/core";
import {
  highest,
  isSameVoteRecord,
  lowest,
  MemoryHistory,
  MemoryKeyHistory,
  type MemoryOpening,
  MemorySlashingProtection,
  memoryStores,
  type NewProtectionStore,
  override,
  parseInterchange,
  textOf,
} from "@mote/testing";

type Change = (opening: MemoryOpening) => Partial<SlashingProtection>;

/** Protections in memory that forget as they are told to, with one mistake that slashing protections were seen to make. */
export function naiveStores(flaw: Flaw): NewProtectionStore {
  return memoryStores((opening) => {
    const sound = override<MemorySlashingProtection>(opening.sound, forgetting(FORGETTING[flaw] ?? "rightly")(opening));
    return override<SlashingProtection>(sound, FLAWS[flaw]({...opening, sound}));
  });
}

/** How the minimum follows what is forgotten. */
type Manner = "rightly" | "leaves_minimum" | "spares_late_vote";

/** Votes behind `retainEpochs` and all but so many blocks are forgotten with every message. */
const forgetting =
  (manner: Manner): Change =>
  ({sound, history, retainEpochs}) => ({
    recordAttestation: async (pubkey, vote) => {
      const verdict = await sound.recordAttestation(pubkey, vote);
      if (verdict.kind === "accepted") forgetVotes(history.of(pubkey), retainEpochs, manner);
      return verdict;
    },
    recordBlock: async (pubkey, proposal) => {
      const verdict = await sound.recordBlock(pubkey, proposal);
      if (verdict.kind === "accepted") forgetProposals(history.of(pubkey), retainEpochs, manner);
      return verdict;
    },
  });

function forgetVotes(key: MemoryKeyHistory, retainEpochs: number, manner: Manner): void {
  const last = highest([0, ...key.votes.map((vote) => Number(vote.targetEpoch))]) - retainEpochs - 1;
  const spared = manner === "spares_late_vote" ? key.votes.at(-1) : undefined;
  const forgotten = key.votes.filter((vote) => vote.targetEpoch <= last && vote !== spared);
  key.votes = key.votes.filter((vote) => !forgotten.includes(vote));
  if (manner === "leaves_minimum" || key.voteMinimum === null) return;
  key.voteMinimum = {
    sourceEpoch: highest([key.voteMinimum.sourceEpoch, ...forgotten.map((vote) => vote.sourceEpoch)]),
    targetEpoch: highest([key.voteMinimum.targetEpoch, ...forgotten.map((vote) => vote.targetEpoch)]),
  };
}

function forgetProposals(key: MemoryKeyHistory, retainCount: number, manner: Manner): void {
  key.proposals = key.proposals.toSorted((a, b) => (a.slot < b.slot ? -1 : 1));
  const forgotten = key.proposals.splice(0, Math.max(0, key.proposals.length - retainCount));
  if (manner === "leaves_minimum" || key.slotMinimum === null) return;
  key.slotMinimum = highest([key.slotMinimum, ...forgotten.map(({slot}) => slot)]);
}

/** Gives another verdict for some votes, and puts on record what it accepts. */
const judgingVotes =
  (change: (verdict: Verdict, vote: AttestationRecord, key: MemoryKeyHistory) => Verdict): Change =>
  ({sound, history}) => ({
    recordAttestation: async (pubkey, vote) => {
      const before = await sound.recordAttestation(pubkey, vote);
      const verdict = change(before, vote, history.of(pubkey));
      if (before.kind === "refused" && verdict.kind === "accepted") history.of(pubkey).addVote(vote);
      return verdict;
    },
  });

const accepting = (reason: string): Change =>
  judgingVotes((verdict) => (verdict.kind === "refused" && verdict.reason === reason ? {kind: "accepted"} : verdict));

/** Does something to the records of each key of a file once that is in. */
const afterImports =
  (meddle: (key: MemoryKeyHistory, votes: readonly AttestationRecord[]) => void): Change =>
  ({sound, history}) => ({
    importInterchange: async (source) => {
      const file = await fileOf(source);
      const report = await sound.importInterchange(file);
      for (const {pubkey, votes} of parseInterchange(file).keys) meddle(history.of(pubkey), votes);
      return report;
    },
  });

interface File {
  readonly data: readonly {
    readonly pubkey: Pubkey;
    readonly signed_attestations: readonly {readonly target_epoch: string; readonly signing_root?: string}[];
  }[];
}

async function fileOf(source: AsyncIterable<Uint8Array> | object): Promise<File> {
  if (!(Symbol.asyncIterator in source)) return source as File;
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString());
}

const writing =
  (change: (file: File, history: MemoryHistory) => object): Change =>
  ({sound, history}) => ({
    exportInterchange: async function* (pubkeys, options) {
      yield JSON.stringify(change(JSON.parse(await textOf(sound.exportInterchange(pubkeys, options))), history));
    },
  });

/** All that was on record when the call came. */
function snapshotOf(history: MemoryHistory, pubkey: Pubkey): MemoryHistory {
  const key = history.of(pubkey);
  const copy = Object.assign(new MemoryKeyHistory(), {...key, votes: [...key.votes], proposals: [...key.proposals]});
  const snapshot = new MemoryHistory();
  snapshot.keys.set(pubkey, copy);
  return snapshot;
}

const FLAWS = {
  none: () => ({}),
  "forgets on restart": ({history}) => {
    history.keys.clear();
    return {};
  },
  "checks and records in two steps": ({history}) => ({
    recordAttestation: async (pubkey, vote) => {
      const snapshot = new MemorySlashingProtection({history: snapshotOf(history, pubkey)});
      const verdict = await snapshot.recordAttestation(pubkey, vote);
      if (verdict.kind === "accepted") history.of(pubkey).addVote(vote);
      return verdict;
    },
  }),
  "knows no surrounding votes": accepting("SURROUNDING_VOTE"),
  "knows no surrounded votes": accepting("SURROUNDED_VOTE"),
  "has no lowest source": accepting("SOURCE_BELOW_MINIMUM"),
  "has no lowest target": accepting("TARGET_NOT_ABOVE_MINIMUM"),
  "compares targets without roots": judgingVotes((verdict) =>
    verdict.kind === "refused" && verdict.reason === "DOUBLE_VOTE" ? {kind: "already_signed"} : verdict,
  ),
  "takes a record without a root for any vote": judgingVotes((verdict) => {
    if (verdict.kind !== "refused" || verdict.reason !== "DOUBLE_VOTE") return verdict;
    const isRootless = verdict.conflict?.kind === "attestation" && verdict.conflict.signingRoot === null;
    return isRootless ? {kind: "already_signed"} : verdict;
  }),
  "refuses late votes": judgingVotes((verdict, vote, {votes}) => {
    const others = votes.filter((other) => other.signingRoot !== vote.signingRoot);
    const newest = others.toSorted((a, b) => Number(b.targetEpoch) - Number(a.targetEpoch))[0];
    if (verdict.kind !== "accepted" || newest === undefined || vote.targetEpoch > newest.targetEpoch) return verdict;
    const {sourceEpoch, targetEpoch} = newest;
    return {
      kind: "refused",
      reason: "TARGET_NOT_ABOVE_MINIMUM",
      conflict: {kind: "watermark", sourceEpoch, targetEpoch},
    };
  }),
  "names the wrong record": judgingVotes((verdict, vote) =>
    verdict.kind === "refused" && verdict.reason === "DOUBLE_VOTE"
      ? {...verdict, conflict: {kind: "attestation", ...vote}}
      : verdict,
  ),
  "stores the source as the target": judgingVotes((verdict, vote, key) => {
    if (verdict.kind === "accepted") {
      key.votes = key.votes.map((one) => (one === key.votes.at(-1) ? {...one, targetEpoch: vote.sourceEpoch} : one));
    }
    return verdict;
  }),
  "forgets blocks": ({sound, history}) => ({
    recordBlock: async (pubkey, proposal) => {
      const verdict = await sound.recordBlock(pubkey, proposal);
      if (verdict.kind === "accepted") history.of(pubkey).proposals = [];
      return verdict;
    },
  }),
  "forgets without raising the minimum": () => ({}),
  "keeps a vote below the minimum that the vote itself raises": () => ({}),
  "lowers the minimum by an import": afterImports((key, votes) => {
    if (key.voteMinimum === null) return;
    key.voteMinimum = {
      sourceEpoch: lowest([key.voteMinimum.sourceEpoch, ...votes.map((vote) => vote.sourceEpoch)]),
      targetEpoch: lowest([key.voteMinimum.targetEpoch, ...votes.map((vote) => vote.targetEpoch)]),
    };
  }),
  "forgets what it had when an import comes": afterImports((key, votes) => {
    key.votes = [...votes];
  }),
  "loses votes that come while an import is under way": ({sound, history}) => ({
    importInterchange: async (source) => {
      const before = new Map([...history.keys].map(([pubkey, {votes}]) => [pubkey, votes.length]));
      const file = await fileOf(source);
      const report = await sound.importInterchange(file);
      for (const {pubkey, votes} of parseInterchange(file).keys) {
        const key = history.of(pubkey);
        key.votes = key.votes.filter(
          (vote, place) => place < (before.get(pubkey) ?? 0) || votes.some((other) => isSameVoteRecord(vote, other)),
        );
      }
      return report;
    },
  }),
  "imports a bad file up to where it is bad": ({sound}) => ({
    importInterchange: async (source) => {
      const file = await fileOf(source);
      try {
        return await sound.importInterchange(file);
      } catch (error) {
        await sound.importInterchange({...file, data: file.data.slice(0, -1)});
        throw error;
      }
    },
  }),
  "drops the minimum in exports": writing((file, history) => ({
    ...file,
    data: file.data.map((key) => ({
      ...key,
      signed_attestations: key.signed_attestations.filter(
        ({target_epoch, signing_root}) =>
          signing_root !== undefined ||
          history.of(key.pubkey).votes.some((vote) => `${vote.targetEpoch}` === target_epoch),
      ),
    })),
  })),
  "exports votes without roots": writing((file) =>
    JSON.parse(JSON.stringify(file), (name, value) => (name === "signing_root" ? undefined : value)),
  ),
} as const satisfies Record<string, Change>;

export type Flaw = keyof typeof FLAWS;

const FORGETTING: {readonly [F in Flaw]?: Manner} = {
  "forgets without raising the minimum": "leaves_minimum",
  "keeps a vote below the minimum that the vote itself raises": "spares_late_vote",
};

export const FLAW_NAMES = Object.keys(FLAWS).filter((name) => name !== "none") as readonly Flaw[];
