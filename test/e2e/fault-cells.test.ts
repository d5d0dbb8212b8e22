import assert from "node:assert/strict";
import type {Devnet} from "@mote/devnet";
import {BlockReader, type ReadBlock} from "./support/block-reader.ts";
import {type EndedDuty, failedDuties} from "./support/duty-lines.ts";
import type {MoteProcess} from "./support/mote-process.ts";
import type {Room} from "./support/room.ts";
import {Rooms, STORY_TIMEOUT_MS} from "./support/rooms.ts";
import {explained} from "./support/scenario.ts";
import {FEE_RECIPIENT, startNode} from "./support/start-node.ts";
import {slotEnded} from "./support/vote-tap.ts";

/** Of the simulation's matrix (test/simulation), three cells with real beacon APIs, real time and real signatures. */

const EVERYTHING_BY_FIRST = ["attestation", "aggregate", "block", "sync-message", "contribution", "payload-attestation"]
  .map((kind) => `${kind}=first`)
  .join();

interface Fault {
  /** As the devnet's `--fault` has it; of the first beacon node of three, the one that the order of configuration prefers. */
  readonly what: string;
  readonly first: number;
  readonly last: number;
}

interface Run {
  readonly name: string;
  readonly faults: readonly Fault[];
  readonly lastSlot: number;
  readonly flags?: readonly string[];
}

interface Lived extends Run {
  readonly mote: MoteProcess;
  /** When the last slot had ended, as all that follows. */
  readonly summary: ReturnType<Devnet["summary"]>;
  readonly blocks: readonly ReadBlock[];
  readonly failed: readonly EndedDuty[];
  /** What the devnet said of the faulty beacon node, by slot. */
  readonly saidOf: ReadonlyMap<number, string>;
}

async function live(room: Room, run: Run): Promise<Lived> {
  const {name, faults, lastSlot, flags = []} = run;
  const devnet = await room.devnet({
    // Every validator aggregates and contributes in each slot, and each message is checked thrice.
    validators: 16,
    secondsPerSlot: 2,
    beaconNodes: 3,
    faults: faults.map(({what, first, last}) => `bn0:${what}@${first}-${last}`),
  });
  const reader = new BlockReader(devnet);
  const saidOf = new Map<number, string>();
  devnet.subscribe((event) => {
    if (event.kind === "slot_ended") saidOf.set(event.slot, JSON.stringify(event.snapshot.endpoints[0]));
  });
  const mote = startNode(room, devnet, {name}, ...flags);
  await explained(mote, () => mote.ready());
  devnet.start();
  await slotEnded(devnet, lastSlot);
  const [summary, failed] = [devnet.summary(), failedDuties(mote)];
  return {...run, mote, saidOf, summary, failed, blocks: await reader.blocks(1, lastSlot)};
}

/** Asserted from the chain: every duty was done, and nothing can be held against anybody. */
function assertNothingMissed({summary, mote, saidOf, faults, lastSlot}: Lived): Promise<void> {
  return explained(mote, () => {
    const {attestations, proposals, syncCommittee, aggregates, syncContributions, slashableMessages} = summary;
    assert.equal(attestations.missed, 0, "votes");
    assert.equal(attestations.published, attestations.expected, "votes published");
    assert.deepEqual(proposals, {expected: lastSlot - 1, included: lastSlot - 1, missed: 0});
    assert.equal(syncCommittee.participation, 1);
    assert.equal(aggregates.rejected + syncContributions.rejected, 0);
    assert.equal(slashableMessages, 0);
    for (const {what, last} of faults) {
      assert.match(saidOf.get(last) ?? "", new RegExp(what), `${what} held to its end`);
      assert.doesNotMatch(saidOf.get(last + 1) ?? what, new RegExp(what), `${what} ended`);
    }
  });
}

describe("cells of the fault matrix on a chain", function () {
  this.timeout(STORY_TIMEOUT_MS);
  const rooms = new Rooms();
  let byFirst: Promise<Lived>;
  let byDefault: Promise<Lived>;
  before(() => {
    byFirst = rooms.live((room) =>
      live(room, {
        name: "first",
        faults: [{what: "down", first: 4, last: 8}],
        lastSlot: 11,
        flags: ["--strategy", EVERYTHING_BY_FIRST],
      }),
    );
    byDefault = rooms.live((room) =>
      live(room, {
        name: "default",
        faults: [
          {what: "wrong-block=fee-recipient", first: 4, last: 10},
          // The genesis checkpoint is the source until epoch 3: earlier, the lie would be the truth.
          {what: "wrong-source", first: 25, last: 29},
        ],
        lastSlot: 33,
      }),
    );
  });
  after(() => rooms.clear());

  it("first, and the first is dead: nothing is missed", async () => assertNothingMissed(await byFirst));

  it("best block, and one of three pays others: nothing is missed, and no fee goes elsewhere", async () => {
    const lived = await byDefault;
    await assertNothingMissed(lived);
    assert.deepEqual([...new Set(lived.blocks.map(({feeRecipient}) => feeRecipient))], [FEE_RECIPIENT]);
    assert.deepEqual(
      lived.failed.filter(({key}) => key.kind === "proposal"),
      [],
    );
  });

  it("threshold, and one of three has another source: nothing is missed, and the chain goes on to finalise", async () => {
    const {summary} = await byDefault;
    assert.equal(summary.attestations.missed, 0);
    assert.ok(summary.finalizedEpoch >= 2, `finalised ${summary.finalizedEpoch}`);
  });
});
