import {type ChainWitness, type ChainWitnesses, messageOf, type SlotClock, sleep} from "@mote/core";
import {blocksAfter, judgeCommittee, type Suspect} from "./chain-votes.ts";
import type {Finding} from "./hold.ts";
import {partition} from "./partition.ts";
import type {Findings, Question} from "./seen-votes.ts";

/** Whole slots after a vote's own that must be over, and blocks that must follow it, before the vote counts as absent. */
const SETTLING_SLOTS = 2;
/** The questions are of this and the last epoch, and so are the blocks that answer them. */
const EPOCHS_READ_MAX = 2;
/** Once enough nodes have answered, the others have so long: theirs may be the only chain that holds a vote. */
const GRACE_MS = 500;
/** Then a question is left open until the next slot. */
const ANSWER_TIMEOUT_MS = 8_000;

export interface EchoComponents {
  readonly chain: ChainWitnesses;
  readonly slotClock: SlotClock;
}

/**
 * Asks the chain about validators that are called live in an epoch without a record there. Some beacon nodes count a vote for the epoch of the
 * block that holds it, so that may be the echo of our own older vote; some count a proposal.
 * Seen is whose vote any node's chain holds. Clean takes as many nodes as calling somebody absent does, and none that saw.
 */
export async function resolveEchoes(
  questions: readonly Question[],
  {chain, slotClock}: EchoComponents,
): Promise<Findings> {
  const ended = new AbortController();
  const {signal} = ended;
  const faults: string[] = [];
  const testimonies: Map<Question, Finding>[] = [];
  const hearings = chain.witnesses().map(async (witness): Promise<boolean> => {
    const testimony = new Map<Question, Finding>();
    testimonies.push(testimony);
    try {
      await hear(witness, questions, testimony, {slotClock, signal});
      return true;
    } catch (error) {
      faults.push(messageOf(error));
      return false;
    }
  });
  await Promise.race([
    Promise.all(hearings),
    succeeded(chain.witnessThreshold, hearings).then(() => sleep(slotClock, GRACE_MS, signal)),
    sleep(slotClock, ANSWER_TIMEOUT_MS, signal),
  ]);
  ended.abort();
  const findings = new Map(questions.map((question) => [question, verdict(question, testimonies, chain)]));
  const isOpen = [...findings.values()].includes("unanswered");
  const fault = faults[0] ?? "not yet told by blocks whether what was seen is the echo of an older vote on record";
  return {of: findings, fault: isOpen ? fault : null};
}

function verdict(
  question: Question,
  testimonies: readonly ReadonlyMap<Question, Finding>[],
  {witnessThreshold}: ChainWitnesses,
): Finding {
  const told = testimonies.map((testimony) => testimony.get(question));
  if (told.includes("seen")) return "seen";
  return told.filter((each) => each === "clean").length >= witnessThreshold ? "clean" : "unanswered";
}

function succeeded(count: number, works: readonly Promise<boolean>[]): Promise<void> {
  return new Promise((resolve) => {
    let left = count;
    for (const work of works) {
      void work.then((hasSucceeded) => {
        if (hasSucceeded && --left === 0) resolve();
      });
    }
  });
}

/** Notes what this node's chain tells, as far as it tells. Rejects when the node does not answer. */
async function hear(
  witness: ChainWitness,
  questions: readonly Question[],
  testimony: Map<Question, Finding>,
  {slotClock, signal}: {readonly slotClock: SlotClock; readonly signal: AbortSignal},
): Promise<void> {
  const [head, suspects] = await Promise.all([witness.head(), suspectsOf(questions, witness)]);
  const nowSlot = slotClock.currentSlot();
  // Should our clock be behind, the head shows it.
  const begunSlot = Math.max(nowSlot, head.slot);
  const [unasked, asked] = partition(suspects, ({question, duty}) => duty.slot < (question.sinceSlot ?? duty.slot));
  for (const {question} of unasked) testimony.set(question, "clean");
  for (const {question, duty} of asked) if (duty.slot > begunSlot) testimony.set(question, "clean");

  const followed = asked.filter(({duty}) => duty.slot < head.slot);
  const bySlot = [...Map.groupBy(followed, ({duty}) => duty.slot)].sort(([a], [b]) => a - b);
  const [oldest] = bySlot[0] ?? [];
  if (oldest === undefined) return;
  const blocksMax = EPOCHS_READ_MAX * slotClock.timing.slotsPerEpoch;
  const blocks = await blocksAfter(oldest, head, {witness, blocksMax, signal});
  for (const [slot, ofSlot] of bySlot) {
    const lengths = await witness.committeeLengths(slot);
    const after = blocks.filter((block) => block.slot > slot);
    const isSettled = nowSlot > slot + SETTLING_SLOTS && after.length >= SETTLING_SLOTS;
    const votes = after.flatMap(({attestations}) => attestations).filter(({data}) => data.slot === slot);
    for (const ofCommittee of Map.groupBy(ofSlot, ({duty}) => duty.committeeIndex).values()) {
      for (const [question, finding] of judgeCommittee(ofCommittee, {votes, lengths, isSettled})) {
        testimony.set(question, finding);
      }
    }
  }
}

/** With the duty that each has in the epoch of its question. */
async function suspectsOf(questions: readonly Question[], witness: ChainWitness): Promise<Suspect[]> {
  const ofEpochs = await Promise.all(
    [...Map.groupBy(questions, ({epoch}) => epoch)].map(async ([epoch, asked]) => {
      const indices = asked.map(({validator}) => validator.index).sort((a, b) => a - b);
      const {duties} = await witness.attesterDuties(epoch, indices);
      const byIndex = new Map(duties.map((duty) => [duty.validatorIndex, duty]));
      return asked.flatMap((question): Suspect[] => {
        const duty = byIndex.get(question.validator.index);
        return duty?.pubkey === question.validator.pubkey ? [{question, duty}] : [];
      });
    }),
  );
  return ofEpochs.flat();
}
