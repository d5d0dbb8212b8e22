import assert from "node:assert/strict";
import type {Slot} from "@mote/core";
import type {Devnet, DevnetSummary} from "@mote/devnet";
import {BlockReader, type ReadBlock} from "./support/block-reader.ts";
import {type EndedDuty, failedDuties} from "./support/duty-lines.ts";
import type {MoteProcess} from "./support/mote-process.ts";
import type {Room, RoomDevnetOptions} from "./support/room.ts";
import {Rooms, STORY_TIMEOUT_MS} from "./support/rooms.ts";
import {explained} from "./support/scenario.ts";
import {FEE_RECIPIENT, startNode} from "./support/start-node.ts";
import {slotEnded} from "./support/vote-tap.ts";

const SLOTS_PER_EPOCH = 8;
const SYNC_COMMITTEE_SIZE = 32;
const NEW_COMMITTEE_EPOCH = 8;
const PTC_SIZE = 16;
const SELF_BUILT = String(2n ** 64n - 1n);
const GRAFFITI = "Kieselstein";
const GENESIS_DELAY_SEC = 10;

interface Lived {
  readonly devnet: Devnet;
  readonly mote: MoteProcess;
  readonly lastSlot: number;
  /** As it was when the last slot ended. */
  readonly summary: DevnetSummary;
  /** By Mote's own journal. */
  readonly failed: readonly EndedDuty[];
  /** From slot 1 on. */
  readonly blocks: readonly (ReadBlock | null)[];
  /** Votes of slot 0 that had come when it ended. */
  readonly votesOfSlot0: number;
  /** The seats' validators in epochs 7 and 8, as they were told in epoch 7; null for a chain that does not come so far. */
  readonly committees: readonly [string, string] | null;
}

/** A chain on which one Mote holds all keys, from before its genesis to the end of an epoch. */
async function live(room: Room, {epochs, ...options}: {epochs: number} & RoomDevnetOptions): Promise<Lived> {
  const devnet = await room.devnet({genesisDelaySec: GENESIS_DELAY_SEC, ...options});
  const reader = new BlockReader(devnet);
  const name = devnet.urls[0]?.split(":").at(-1) ?? "";
  const mote = startNode(room, devnet, {name}, "--graffiti", GRAFFITI);
  await explained(mote, async () => {
    await mote.ready();
    assert.ok(devnet.chain.genesis.timeSec * 1000 > Date.now(), "it is ready before genesis");
  });
  devnet.start();
  await slotEnded(devnet, 0);
  // On a busy machine the next slot has begun by now.
  const votesOfSlot0 = devnet.chain.ledger.slot(0 as Slot)?.published ?? 0;
  const lastSlot = epochs * SLOTS_PER_EPOCH - 1;
  let committees: Lived["committees"] = null;
  if (epochs > NEW_COMMITTEE_EPOCH) {
    await slotEnded(devnet, NEW_COMMITTEE_EPOCH * SLOTS_PER_EPOCH - 4);
    const inEpoch = (epoch: number) => syncCommittee(devnet, epoch);
    committees = await Promise.all([inEpoch(NEW_COMMITTEE_EPOCH - 1), inEpoch(NEW_COMMITTEE_EPOCH)]);
  }
  await slotEnded(devnet, lastSlot);
  const [summary, failed] = [devnet.summary(), failedDuties(mote)];
  const blocks = await reader.slots(1, lastSlot);
  return {devnet, mote, lastSlot, summary, failed, blocks, votesOfSlot0, committees};
}

/** What the chain counted: everything asked for was done, and done by the rules. */
function assertNothingMissed({devnet, mote, lastSlot, summary, votesOfSlot0}: Lived): Promise<void> {
  return explained(mote, () => {
    const {attestations, proposals, syncCommittee, payloadAttestations, aggregates, ...rest} = summary;
    const validators = devnet.chain.pubkeys.length;
    const votes = validators * ((lastSlot + 1) / SLOTS_PER_EPOCH - 2);
    assert.equal(votesOfSlot0, validators / SLOTS_PER_EPOCH);
    assert.equal(attestations.expected, votes);
    const {published, included, missed} = attestations;
    assert.deepEqual({published, included, missed}, {published: attestations.expected, included: published, missed: 0});
    const blocks = lastSlot - 1;
    assert.deepEqual(proposals, {expected: blocks, included: blocks, missed: 0});
    assert.equal(syncCommittee.participation, 1);
    assert.equal(payloadAttestations.missed, 0);
    assert.ok(aggregates.published >= blocks, `${aggregates.published} aggregates`);
    assert.equal(aggregates.rejected, 0);
    assert.equal(rest.syncContributions.rejected, 0);
    assert.ok(rest.syncContributions.published >= blocks, `${rest.syncContributions.published} contributions`);
    assert.equal(rest.slashableMessages, 0);
    // The epoch that runs is justified by nobody yet; the one before justifies, and the one before that is final.
    assert.equal(rest.finalizedEpoch, (lastSlot + 1) / SLOTS_PER_EPOCH - 3);
  });
}

/** What Mote's own journal says must be the same. */
function assertNoDutyFailed({mote, failed}: Lived): Promise<void> {
  return explained(mote, () => assert.deepEqual(failed, []));
}

function blocksOf({blocks}: Lived): ReadBlock[] {
  return blocks.map((block, at) => {
    assert.ok(block !== null, `there is no block in slot ${at + 1}`);
    return block;
  });
}

/** Read from the blocks themselves. */
function assertBlocksAreOurs(lived: Lived): ReadBlock[] {
  const blocks = blocksOf(lived);
  for (const {slot, graffiti, feeRecipient, syncBits, builderIndex, version} of blocks) {
    assert.deepEqual(
      {slot, feeRecipient, syncBits, graffiti: graffiti.includes(GRAFFITI), builderIndex},
      {
        slot,
        feeRecipient: FEE_RECIPIENT,
        syncBits: SYNC_COMMITTEE_SIZE,
        graffiti: true,
        builderIndex: version === "gloas" ? SELF_BUILT : null,
      },
    );
  }
  return blocks;
}

/** The seats' validators by a beacon node's duties. */
async function syncCommittee(devnet: Devnet, epoch: number): Promise<string> {
  const indices = devnet.chain.pubkeys.map((_, index) => String(index));
  const response = await fetch(`${devnet.urls[0]}/eth/v1/validator/duties/sync/${epoch}`, {
    method: "POST",
    headers: {"content-type": "application/json"},
    body: JSON.stringify(indices),
  });
  assert.equal(response.status, 200);
  const {data} = (await response.json()) as {
    data: {validator_index: string; validator_sync_committee_indices: string[]}[];
  };
  return data
    .flatMap(({validator_index, validator_sync_committee_indices: seats}) =>
      seats.map((seat) => `${seat}:${validator_index}`),
    )
    .sort()
    .join();
}

describe("a chain that nobody but Mote signs for", function () {
  this.timeout(STORY_TIMEOUT_MS);
  const rooms = new Rooms();
  let fulu: Promise<Lived>;
  let crossing: Promise<Lived>;
  let gloas: Promise<Lived>;
  before(() => {
    fulu = rooms.live((room) => live(room, {epochs: 10, validators: 32, secondsPerSlot: 2}));
    gloas = rooms.live((room) => live(room, {epochs: 5, validators: 32, secondsPerSlot: 2, fork: "gloas"}));
    crossing = rooms.live((room) => live(room, {epochs: 5, validators: 32, secondsPerSlot: 2, fork: "gloas@2"}));
  });
  after(() => rooms.clear());

  describe("under Fulu, across a change of the sync committee", () => {
    it("has every duty done, from slot 0 on", async () => {
      await assertNothingMissed(await fulu);
      await assertNoDutyFailed(await fulu);
    });

    it("has blocks that pay and say what was asked for, with every seat of the sync committee", async () => {
      assertBlocksAreOurs(await fulu);
    });

    it("had another committee from epoch 8 on", async () => {
      const [before, after] = (await fulu).committees ?? ["", ""];
      assert.equal(after.split(",").length, SYNC_COMMITTEE_SIZE);
      assert.notEqual(after, before);
    });
  });

  describe("under Gloas from genesis", () => {
    it("has every duty done, from slot 0 on", async () => {
      await assertNothingMissed(await gloas);
      await assertNoDutyFailed(await gloas);
    });

    it("has the payload committee's votes in every block, and payloads of its own", async () => {
      const blocks = assertBlocksAreOurs(await gloas);
      const without = blocks.filter(({slot, payloadBits}) => slot > 1 && payloadBits !== PTC_SIZE);
      assert.deepEqual(without, []);
    });
  });

  describe("across the fork to Gloas", () => {
    it("has every duty done, from slot 0 on", async () => {
      await assertNothingMissed(await crossing);
      await assertNoDutyFailed(await crossing);
    });

    it("has the payload committee's votes from the fork's first slot on", async () => {
      const blocks = assertBlocksAreOurs(await crossing);
      const fork = 2 * SLOTS_PER_EPOCH;
      for (const {slot, version, payloadBits} of blocks) {
        assert.equal(version, slot < fork ? "fulu" : "gloas");
        assert.equal(payloadBits, slot <= fork ? 0 : PTC_SIZE, `slot ${slot}`);
      }
    });
  });
});
