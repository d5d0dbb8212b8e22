import {
  type Epoch,
  messageOf,
  type SlashingProtection,
  type Slot,
  type SlotClock,
  type ValidatorIndex,
  type ValidatorInfo,
  type ValidatorLiveness,
} from "@mote/core";
import {type EchoComponents, resolveEchoes} from "./echo.ts";
import type {Finding} from "./hold.ts";
import {partition} from "./partition.ts";

/** Questions to slashing protection that are under way at a time. */
const EXPLANATIONS_AT_ONCE_MAX = 1_000;

export interface Question {
  readonly validator: ValidatorInfo;
  readonly epoch: Epoch;
  /**
   * When given, only votes of slots from this one on are asked for. What a beacon node calls live may then be an older vote that no record
   * tells of, so only the chain itself can answer.
   */
  readonly sinceSlot?: Slot;
}

export interface Findings {
  /** By question. */
  readonly of: ReadonlyMap<Question, Finding>;
  /** Why one was not answered; null when all were. */
  readonly fault: string | null;
}

export interface SeenVotes extends Findings {
  /** Not answered: seen in an epoch without a record, though perhaps by an older vote or by a proposal of ours. Only the chain itself can tell. */
  readonly suspects: readonly Question[];
  /** Clean by their record: nothing that is learnt later can change it. */
  readonly onRecord: ReadonlySet<Question>;
}

export interface SeenVotesComponents {
  readonly protection: Pick<SlashingProtection, "explains" | "newest">;
  readonly liveness: ValidatorLiveness;
  readonly slotClock: SlotClock;
}

/** Whether the chain saw votes that are not on record. What the records explain is not asked for. */
export async function findUnexplainedVotes(
  questions: readonly Question[],
  components: SeenVotesComponents,
): Promise<SeenVotes> {
  const findings = new Map<Question, Finding>(questions.map((question) => [question, "unanswered"]));
  const faults: string[] = [];
  const unexplained = await explained(questions, findings, faults, components);
  const onRecord = new Set(questions.filter((question) => findings.get(question) === "clean"));
  const seen: Question[] = [];
  await Promise.all(
    [...Map.groupBy(unexplained, ({epoch}) => epoch)].map(async ([epoch, asked]) => {
      const live = await livenessOf(epoch, asked, faults, components);
      for (const question of asked) {
        const isLive = live.get(question.validator.index);
        if (isLive === true) seen.push(question);
        if (isLive === false) findings.set(question, "clean");
      }
    }),
  );
  // Another node on a shared store may have voted between the two questions; its record is older than its vote.
  const unrecorded = await explained(seen, findings, faults, components);
  const suspects = await withOtherTrace(unrecorded, findings, faults, components);
  return {of: findings, fault: faults[0] ?? null, suspects, onRecord};
}

/** Settles the suspects. The records are asked once more: another node on a shared store may have voted while the chain was read. */
export async function findOutSuspects(
  suspects: readonly Question[],
  components: SeenVotesComponents & EchoComponents,
): Promise<Findings> {
  const resolved = await resolveEchoes(suspects, components);
  const findings = new Map(resolved.of);
  const faults: string[] = [];
  const seen = suspects.filter((question) => resolved.of.get(question) === "seen");
  // A store that does not answer leaves it open.
  for (const question of seen) findings.set(question, "unanswered");
  for (const question of await explained(seen, findings, faults, components)) findings.set(question, "seen");
  return {of: findings, fault: faults[0] ?? resolved.fault};
}

/** Notes as seen who can be live by a vote for this epoch alone. @returns the others */
async function withOtherTrace(
  seen: readonly Question[],
  findings: Map<Question, Finding>,
  faults: string[],
  components: SeenVotesComponents,
): Promise<Question[]> {
  const [dated, whole] = partition(seen, ({sinceSlot}) => sinceSlot !== undefined);
  const [proposed, others] = await withProposal(whole, faults, components);
  const echoed = await withRecordBefore(others, findings, faults, components);
  return [...dated, ...proposed, ...echoed];
}

/** Beacon nodes may call a proposer live too. @returns those whose newest proposal was in that epoch, and those who have none there */
async function withProposal(
  seen: readonly Question[],
  faults: string[],
  {protection, slotClock}: SeenVotesComponents,
): Promise<[proposed: Question[], others: Question[]]> {
  const isProposed = new Map<Question, boolean>();
  await Promise.all(
    seen.map(async (question) => {
      try {
        const slot = (await protection.newest(question.validator.pubkey))?.slot ?? null;
        isProposed.set(question, typeof slot === "number" && slotClock.epochOf(slot) === question.epoch);
      } catch (error) {
        faults.push(messageOf(error));
      }
    }),
  );
  return partition([...isProposed.keys()], (question) => isProposed.get(question) === true);
}

/** Notes as seen whose votes cannot be an echo, since the epoch before has none on record either. @returns the others */
async function withRecordBefore(
  seen: readonly Question[],
  findings: Map<Question, Finding>,
  faults: string[],
  components: SeenVotesComponents,
): Promise<Question[]> {
  for (const question of seen) if (question.epoch === 0) findings.set(question, "seen");
  const later = seen.filter(({epoch}) => epoch > 0);
  const before = new Map(later.map((question) => [{...question, epoch: (question.epoch - 1) as Epoch}, question]));
  const ofBefore = new Map<Question, Finding>();
  for (const question of await explained([...before.keys()], ofBefore, faults, components)) {
    findings.set(before.get(question) as Question, "seen");
  }
  return [...ofBefore.keys()].map((question) => before.get(question) as Question);
}

/** Notes as clean what is on record. @returns what is not */
async function explained(
  questions: readonly Question[],
  findings: Map<Question, Finding>,
  faults: string[],
  {protection}: SeenVotesComponents,
): Promise<Question[]> {
  const unexplained: Question[] = [];
  for (let start = 0; start < questions.length; start += EXPLANATIONS_AT_ONCE_MAX) {
    const lot = questions.slice(start, start + EXPLANATIONS_AT_ONCE_MAX);
    await Promise.all(
      lot.map(async (question) => {
        try {
          const explanation = await protection.explains(question.validator.pubkey, {targetEpoch: question.epoch});
          if (explanation === "none") unexplained.push(question);
          else findings.set(question, "clean");
        } catch (error) {
          faults.push(messageOf(error));
        }
      }),
    );
  }
  return unexplained;
}

async function livenessOf(
  epoch: Epoch,
  asked: readonly Question[],
  faults: string[],
  {liveness}: SeenVotesComponents,
): Promise<ReadonlyMap<ValidatorIndex, boolean>> {
  const indices = asked.map(({validator}) => validator.index).sort((a, b) => a - b);
  try {
    const told = await liveness.liveness(epoch, indices);
    if (told.length < indices.length) faults.push("too few beacon nodes answered");
    return new Map(told.map(({index, isLive}) => [index, isLive]));
  } catch (error) {
    faults.push(messageOf(error));
    return new Map();
  }
}
