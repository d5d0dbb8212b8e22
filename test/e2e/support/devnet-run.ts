import assert from "node:assert/strict";
import type {MoteProcess} from "./mote-process.ts";
import type {Room} from "./room.ts";
import {explained} from "./scenario.ts";

type DutyTotals = Readonly<Record<"expected" | "included" | "missed", number>>;

/** The JSON line at the end of `mote devnet --json`. */
export interface Summary {
  readonly slots: number;
  readonly finalizedEpoch: number;
  readonly justifiedEpoch: number;
  readonly attestations: Readonly<
    Record<"expected" | "published" | "included" | "missed" | "correctHead" | "correctTarget", number>
  >;
  readonly proposals: DutyTotals;
  readonly syncCommittee: {readonly participation: number};
  readonly payloadAttestations: DutyTotals;
  readonly aggregates: {readonly published: number; readonly rejected: number};
  readonly syncContributions: {readonly published: number; readonly rejected: number};
  readonly headToPublishMs: {readonly p50: number; readonly p99: number};
  readonly slashableMessages: number;
  readonly rssBytes: number;
}

export interface DevnetRun {
  readonly mote: MoteProcess;
  readonly code: number | null;
}

const SLOTS_PER_EPOCH = 8;

/** Unless a run says otherwise. */
const SECONDS_PER_SLOT = 2;
const VALIDATORS = 32;

/** Runs `mote devnet --json <argv>` to its end. */
export async function runDevnet(room: Room, ...argv: readonly string[]): Promise<DevnetRun> {
  const unless = (name: string, value: number) => (argv.includes(name) ? [] : [name, `${value}`]);
  const defaults = [...unless("--seconds-per-slot", SECONDS_PER_SLOT), ...unless("--validators", VALIDATORS)];
  const mote = room.mote("devnet", ...defaults, "--json", ...argv);
  const {code} = await mote.exited;
  return {mote, code};
}

/** @throws {AssertionError} unless standard output is one line, and that line a summary of exactly the promised shape */
export function readSummary({mote}: DevnetRun): Summary {
  const [line = "", ...more] = mote.stdout.split("\n");
  assert.deepEqual(more, [""], "one line on standard output");
  const summary: Summary = JSON.parse(line);
  assert.equal(JSON.stringify(shapeOf(summary)), JSON.stringify(SHAPE));
  return summary;
}

const SHAPE = {
  slots: "number",
  finalizedEpoch: "number",
  justifiedEpoch: "number",
  attestations: {
    expected: "number",
    published: "number",
    included: "number",
    missed: "number",
    correctHead: "number",
    correctTarget: "number",
  },
  proposals: {expected: "number", included: "number", missed: "number"},
  syncCommittee: {participation: "number"},
  payloadAttestations: {expected: "number", included: "number", missed: "number"},
  aggregates: {published: "number", rejected: "number"},
  syncContributions: {published: "number", rejected: "number"},
  headToPublishMs: {p50: "number", p99: "number"},
  slashableMessages: "number",
  rssBytes: "number",
};

function shapeOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, shapeOf(member)]));
}

/** Asserts what every healthy run has: exit 0, every vote included whose window has passed, nothing slashable. */
export function assertNothingMissed(
  run: DevnetRun,
  {epochs, validators = VALIDATORS}: {epochs: number; validators?: number},
) {
  return explained(run.mote, () => {
    assert.equal(run.code, 0);
    const summary = readSummary(run);
    const {slots, attestations, slashableMessages, rssBytes} = summary;
    assert.equal(slots, epochs * SLOTS_PER_EPOCH);
    // A vote may be included up to the end of the epoch after its own, and that slot must have passed.
    const votes = (epochs - 2) * validators;
    const {expected, published, included, missed} = attestations;
    assert.deepEqual(
      {expected, published, included, missed},
      {expected: votes, published: votes, included: votes, missed: 0},
    );
    assert.equal(slashableMessages, 0);
    assert.ok(rssBytes > 0);
    return summary;
  });
}

/** Asserts of a run in which nothing was wrong that the other duties were done as the votes were: all of them, and each by the rules. */
export function assertEveryDutyDone(
  {slots, proposals, syncCommittee, payloadAttestations, aggregates, syncContributions}: Summary,
  {gloasSlots = 0}: {readonly gloasSlots?: number} = {},
): void {
  // Slot 0 is the genesis block's, and the last slot is not over.
  const blocks = slots - 2;
  assert.deepEqual(proposals, {expected: blocks, included: blocks, missed: 0});
  assert.equal(syncCommittee.participation, 1);
  assert.equal(payloadAttestations.missed, 0);
  assert.ok(payloadAttestations.included >= gloasSlots, `${payloadAttestations.included} payload votes`);
  for (const {published, rejected} of [aggregates, syncContributions]) {
    assert.ok(published >= blocks, `${published} published`);
    assert.equal(rejected, 0);
  }
}

/** Asserts that a fault came and went: a run in which nothing was wrong proves nothing. */
export function assertFaultHeld({mote}: DevnetRun, endpoint: string, fault: string, from: number, to: number): void {
  assert.match(mote.stderr, new RegExp(`^slot ${from}: ${endpoint} is ${fault}$`, "m"));
  assert.match(mote.stderr, new RegExp(`^slot ${to + 1}: ${endpoint} is well again$`, "m"));
}
