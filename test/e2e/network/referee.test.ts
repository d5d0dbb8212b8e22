import assert from "node:assert/strict";
import type {Devnet} from "@mote/devnet";
import {endedDuties} from "../support/duty-lines.ts";
import type {MoteProcess} from "../support/mote-process.ts";
import {joinFlags, networkLines, openNetwork} from "../support/p2p-node.ts";
import {RequestTap} from "../support/request-tap.ts";
import type {Room} from "../support/room.ts";
import {Rooms, STORY_TIMEOUT_MS} from "../support/rooms.ts";
import {explained} from "../support/scenario.ts";
import {startInTime} from "../support/start-in-time.ts";
import {startNode} from "../support/start-node.ts";
import {slotEnded, voteCells} from "../support/vote-tap.ts";

interface ProvableLie {
  readonly slots: readonly number[];
  readonly value: "source" | "target" | "head";
  readonly evidence: RegExp;
}

const slots = (first: number, last: number): number[] => Array.from({length: last - first + 1}, (_, at) => first + at);

/** With what is proven in their slots. An epoch has eight. */
const PROVABLE: readonly ProvableLie[] = [
  {
    slots: slots(10, 12),
    value: "target",
    // The epoch's first block may be the newest that is proven.
    evidence: /target \(1, .* proven block .* of slot (8, signed by \d+ of 32|\d+ has target \(1, )/,
  },
  {
    slots: slots(13, 15),
    value: "head",
    evidence: /head .* leaves out the proven block .* of slot \d+, signed by \d+ of 32/,
  },
  // Before epoch 3 the genesis checkpoint is the source, and there is none before it to lie with. The epoch's first votes are in its second block.
  {slots: [27, 28], value: "source", evidence: /source \(0, .* but the proven block .* has source \(2, /},
  {slots: [29, 30], value: "source", evidence: /source \(2, .* but the proven block .* has source \(2, /},
  {slots: [34, 35], value: "source", evidence: /source \(0, .* is not on the chain of the finalized block/},
];
const FAULTS = [
  "bn0:wrong-data=target@8-12",
  "bn0:wrong-data=head@13-15",
  "bn0:wrong-data=unknown-head@18-21",
  "bn0:wrong-source@27-28",
  "bn0:wrong-source=later@29-30",
];
/** A target while its epoch is not two slots old, and a head that nobody knows. */
const NOT_PROVABLE = [[8, 9], slots(18, 21)];
/** From then on the chain has finalized epoch 2, and the lie is older than that. */
const BEHIND_FINALITY_SLOT = 34;
const LAST_SLOT = 35;
/** After so many slots a vote is in a block. */
const INCLUSION_SLOTS = 3;

interface Judged {
  readonly devnet: Devnet;
  /** Has keys 0 to 15, and only the beacon node that lies. */
  readonly deceived: MoteProcess;
  /** Has keys 16 to 31, and an honest beacon node beside the one that lies. */
  readonly warned: MoteProcess;
  /** Has all other keys, and only the honest beacon node. */
  readonly honest: MoteProcess;
  /** By slot, whose votes were in blocks when there had been time for it. */
  readonly included: ReadonlyMap<number, {readonly yes: readonly number[]; readonly no: readonly number[]}>;
}

const isDeceived = (validator: number): boolean => validator < 16;

async function judge(room: Room): Promise<Judged> {
  const devnet = await openNetwork(room, {beaconNodes: 2, genesisDelaySec: 14, faults: FAULTS});
  const [liar = "", honestOne = ""] = devnet.urls;
  const tap = new RequestTap(liar);
  const tapped = await tap.listen();
  room.atEnd(() => tap.close());
  const included: Map<number, {yes: number[]; no: number[]}> = new Map();
  devnet.subscribe((event) => {
    if (event.kind !== "slot_ended") return;
    const slot = event.slot - INCLUSION_SLOTS;
    const votersOf = (isIn: boolean): number[] =>
      voteCells(devnet, slot)
        .filter(({cell}) => (cell === "included") === isIn)
        .map(({validatorIndex}) => validatorIndex);
    included.set(slot, {yes: votersOf(true), no: votersOf(false)});
  });
  const start = (name: string, keys: string, urls: readonly string[], ...flags: readonly string[]) =>
    startNode(room, devnet, {name, keys, urls}, ...joinFlags(devnet), ...flags);
  const deceived = start("deceived", "0..15", [tapped]);
  // Two of two would have to agree.
  const warned = start("warned", "16..31", [liar, honestOne], "--strategy", "attestation=first");
  const honest = start("honest", "32..63", [honestOne]);
  await Promise.all([deceived, warned, honest].map((mote) => explained(mote, () => mote.ready())));
  startInTime(devnet);
  await slotEnded(devnet, BEHIND_FINALITY_SLOT - 1);
  tap.lie = {path: "/eth/v1/validator/attestation_data", told: withGenesisSource};
  await slotEnded(devnet, LAST_SLOT);
  return {devnet, deceived, warned, honest, included};
}

function withGenesisSource(answer: object): object {
  const {data} = answer as {readonly data: object};
  return {...answer, data: {...data, source: {epoch: "0", root: `0x${"00".repeat(32)}`}}};
}

/** Alarms of the referee, by the slot that they name. */
function alarms({lines}: MoteProcess) {
  return lines
    .filter(({level, reason}) => level === "error" && reason === "REFEREE_VETO")
    .map(({msg, beaconNode, value}) => ({slot: Number(/^slot (\d+): /.exec(msg)?.[1]), msg, beaconNode, value}));
}

const dutiesIn = (mote: MoteProcess, wanted: readonly number[]) =>
  endedDuties(mote).filter(({key}) => wanted.includes(key.slot));

/** How much a slot has added to what was not provable. */
function notProvableIn(mote: MoteProcess, slot: number): number {
  const upTo = (last: number) => networkLines(mote).findLast((line) => line.slot === last)?.notProvable ?? Number.NaN;
  return upTo(slot) - upTo(slot - 1);
}

describe("a beacon node that lies about what is to be voted on", function () {
  this.timeout(STORY_TIMEOUT_MS);
  const rooms = new Rooms({placesEach: 3});
  let judged: Promise<Judged>;
  before(() => {
    judged = rooms.live(judge);
  });
  after(() => rooms.clear());

  for (const {slots: lied, value, evidence} of PROVABLE) {
    it(`about the ${value} in slots ${lied.join(", ")} has no vote signed, and is named with the evidence`, async () => {
      const {deceived} = await judged;
      await explained(deceived, () => {
        const duties = dutiesIn(deceived, lied);
        assert.ok(duties.length > 0);
        for (const {end, reachedMs} of duties) {
          assert.equal(end.kind === "failed" && end.reason, "REFEREE_VETO", JSON.stringify(end));
          assert.match(end.kind === "failed" ? end.detail : "", evidence);
          assert.deepEqual(
            [reachedMs.recorded, reachedMs.signed, reachedMs.published],
            [undefined, undefined, undefined],
          );
        }
        const raised = alarms(deceived).filter(({slot}) => lied.includes(slot));
        assert.deepEqual(new Set(raised.map(({slot}) => slot)), new Set(duties.map(({key}) => key.slot)));
        for (const alarm of raised) {
          assert.deepEqual([alarm.beaconNode, alarm.value], ["bn0", value]);
          assert.match(alarm.msg, evidence);
        }
      });
    });
  }

  it("about what nothing can disprove is signed for, and counted", async () => {
    const {deceived} = await judged;
    await explained(deceived, () => {
      for (const lied of NOT_PROVABLE) {
        const duties = dutiesIn(deceived, lied);
        assert.ok(duties.length > 0);
        for (const {key, end, reachedMs} of duties) {
          assert.ok(reachedMs.signed !== undefined, `slot ${key.slot}`);
          assert.equal(end.kind === "failed" && end.reason, "NOT_INCLUDED", `slot ${key.slot}: it was a lie`);
          assert.match(end.kind === "failed" ? end.detail : "", /on the network: the slot's block came/);
          assert.ok(notProvableIn(deceived, key.slot) > 0, `slot ${key.slot}`);
        }
      }
      for (const slot of slots(10, 15)) assert.equal(notProvableIn(deceived, slot), 0, `slot ${slot}`);
    });
  });

  it("costs nothing where an honest one can be asked besides", async () => {
    const {warned, included} = await judged;
    await explained(warned, () => {
      const lied = PROVABLE.flatMap((lie) => lie.slots).filter((slot) => slot + INCLUSION_SLOTS <= LAST_SLOT);
      for (const slot of lied) {
        assert.deepEqual(
          included.get(slot)?.no.filter((validator) => !isDeceived(validator)),
          [],
          `slot ${slot}`,
        );
        assert.deepEqual(included.get(slot)?.yes.filter(isDeceived), [], `slot ${slot}`);
      }
      const named = alarms(warned);
      assert.ok(named.length > 0, "the one that lies was asked");
      assert.deepEqual(new Set(named.map(({beaconNode}) => beaconNode)), new Set(["bn0"]));
    });
  });

  it("is not seen in honest ones: nothing true is vetoed", async () => {
    const {devnet, deceived, warned, honest, included} = await judged;
    const lied = new Set(PROVABLE.flatMap((lie) => lie.slots));
    for (const mote of [deceived, warned])
      await explained(mote, () => {
        const others = alarms(mote).filter(({slot}) => !lied.has(slot));
        assert.deepEqual(others, []);
      });
    await explained(honest, () => {
      assert.deepEqual(alarms(honest), []);
      const {peers, vetoes} = networkLines(honest).find(({slot}) => slot === LAST_SLOT)!;
      assert.deepEqual({peers, vetoes}, {peers: 2, vetoes: {source: 0, target: 0, head: 0}});
      for (const [slot, {no}] of included)
        assert.deepEqual(
          no.filter((validator) => validator >= 32),
          [],
          `slot ${slot}`,
        );
    });
    assert.ok(devnet.summary().finalizedEpoch >= 2);
  });

  it("leaves nothing behind for which anybody can be slashed", async () => {
    const {devnet} = await judged;
    assert.deepEqual(devnet.chain.slashings.report().offences, []);
  });
});
