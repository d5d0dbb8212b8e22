import assert from "node:assert/strict";
import {writeFileSync} from "node:fs";
import {join} from "node:path";
import type {Devnet, DevnetSummary} from "@mote/devnet";
import {BlockReader, type ReadBlock} from "./support/block-reader.ts";
import {type EndedDuty, failedDuties} from "./support/duty-lines.ts";
import type {MoteProcess} from "./support/mote-process.ts";
import type {Room} from "./support/room.ts";
import {Rooms, STORY_TIMEOUT_MS} from "./support/rooms.ts";
import {explained} from "./support/scenario.ts";
import {FEE_RECIPIENT, startNode} from "./support/start-node.ts";
import {slotEnded} from "./support/vote-tap.ts";

const VALIDATORS = 16;
/** Of builders, before Gloas: theirs is what a blinded block hides. */
const BUILDER_ADDRESS = `0x${"bd".repeat(20)}`;
const SELF_BUILT = String(2n ** 64n - 1n);
const GENESIS_DELAY_SEC = 10;

const addressOf = (index: number, round: number): string =>
  `0x${(0xa0 + round).toString(16)}${index.toString(16).padStart(2, "0").repeat(19)}`;
const nameOf = (index: number): string => `of validator ${index}`;

interface Begun {
  readonly devnet: Devnet;
  readonly mote: MoteProcess;
  readonly reader: BlockReader;
}

/** As it was when the last slot had ended. */
interface Lived {
  readonly mote: MoteProcess;
  readonly summary: DevnetSummary;
  /** From slot 1 on. */
  readonly slots: readonly (ReadBlock | null)[];
  readonly failedProposals: readonly EndedDuty[];
}

async function begin(
  room: Room,
  {name, flags = [], ...options}: {name: string; flags?: readonly string[]} & Parameters<Room["devnet"]>[0],
): Promise<Begun> {
  const devnet = await room.devnet({validators: VALIDATORS, genesisDelaySec: GENESIS_DELAY_SEC, ...options});
  const reader = new BlockReader(devnet);
  const mote = startNode(room, devnet, {name}, ...flags);
  await explained(mote, () => mote.ready());
  devnet.start();
  return {devnet, mote, reader};
}

async function goOn({devnet, mote, reader}: Begun, {lastSlot}: {readonly lastSlot: number}): Promise<Lived> {
  await slotEnded(devnet, lastSlot);
  const failedProposals = failedDuties(mote).filter(({key}) => key.kind === "proposal");
  return {mote, summary: devnet.summary(), failedProposals, slots: await reader.slots(1, lastSlot)};
}

interface Changed extends Lived {
  /** The slot in which Mote said that it had read the file again. */
  readonly changedSlot: number;
}

/** Every key has an address and a graffiti of its own; after slot 11, the even ones get another address. */
async function changeSettings(room: Room): Promise<Changed> {
  const file = join(room.dir, "proposers.yaml");
  const settings = ({chain}: Devnet, roundOf: (index: number) => number): string =>
    chain.pubkeys
      .flatMap((pubkey, index) => [
        `  "${pubkey}":`,
        `    fee_recipient: "${addressOf(index, roundOf(index))}"`,
        `    graffiti: ${nameOf(index)}`,
      ])
      .join("\n");
  const write = (devnet: Devnet, roundOf: (index: number) => number) =>
    writeFileSync(
      file,
      `default_config:\n  fee_recipient: "${FEE_RECIPIENT}"\nproposer_config:\n${settings(devnet, roundOf)}\n`,
    );
  const devnet = await room.devnet({validators: VALIDATORS, secondsPerSlot: 2, genesisDelaySec: GENESIS_DELAY_SEC});
  const reader = new BlockReader(devnet);
  write(devnet, () => 0);
  const mote = startNode(room, devnet, {name: "settings"}, "--proposer-settings-file", file);
  await explained(mote, () => mote.ready());
  devnet.start();
  await slotEnded(devnet, 11);
  write(devnet, (index) => (index % 2 === 0 ? 1 : 0));
  await explained(mote, () => mote.line(({msg}) => msg === "--proposer-settings-file was read again"));
  const changedSlot = devnet.chain.currentSlot;
  return {...(await goOn({devnet, mote, reader}, {lastSlot: 32})), changedSlot};
}

/** A beacon node of one, or of three, has the fees of slots 8 to 15 go elsewhere. */
async function payThief(room: Room, {name, beaconNodes}: {name: string; beaconNodes: number}): Promise<Lived> {
  const faults = ["bn0:wrong-block=fee-recipient@8-15"];
  return goOn(await begin(room, {name, beaconNodes, secondsPerSlot: 2, faults}), {lastSlot: 18});
}

async function buildByOthers(
  room: Room,
  {name, fork, lastSlot}: {name: string; fork: string; lastSlot: number},
): Promise<Lived> {
  const flags = ["--builder-proposals"];
  return goOn(await begin(room, {name, fork, builder: "bids", secondsPerSlot: 2, flags}), {lastSlot});
}

/** Those of the slots from `first` to `last` that are there. */
const blocksOf = ({slots}: Lived, first = 1, last = slots.length): ReadBlock[] =>
  slots.slice(first - 1, last).filter((block) => block !== null);

function assertNothingMissed({summary, mote}: Lived): Promise<void> {
  return explained(mote, () => {
    const {proposals, attestations, slashableMessages} = summary;
    assert.deepEqual([proposals.missed, attestations.missed, slashableMessages], [0, 0, 0]);
  });
}

describe("settings of proposers", function () {
  this.timeout(STORY_TIMEOUT_MS);
  const rooms = new Rooms();
  let changed: Promise<Changed>;
  let alone: Promise<Lived>;
  let amongThree: Promise<Lived>;
  let blinded: Promise<Lived>;
  let bids: Promise<Lived>;
  before(() => {
    changed = rooms.live(changeSettings);
    alone = rooms.live((room) => payThief(room, {name: "alone", beaconNodes: 1}));
    amongThree = rooms.live((room) => payThief(room, {name: "among-three", beaconNodes: 3}));
    blinded = rooms.live((room) => buildByOthers(room, {name: "blinded", fork: "fulu", lastSlot: 24}));
    bids = rooms.live((room) => buildByOthers(room, {name: "bids", fork: "gloas", lastSlot: 32}));
  });
  after(() => rooms.clear());

  describe("in a file", () => {
    const assertSettled = (blocks: readonly ReadBlock[], roundOf: (index: number) => number) => {
      assert.ok(blocks.length > 0);
      for (const {slot, proposerIndex: index, feeRecipient, graffiti} of blocks) {
        assert.equal(feeRecipient, addressOf(index, roundOf(index)), `slot ${slot}`);
        assert.ok(graffiti.includes(nameOf(index)), `slot ${slot}: ${graffiti}`);
      }
    };

    it("are each key's own", async () => {
      const lived = await changed;
      await explained(lived.mote, () => assertSettled(blocksOf(lived, 1, 11), () => 0));
    });

    it("are taken up when they change, and no block is missed over it", async () => {
      const lived = await changed;
      await explained(lived.mote, () => {
        const blocks = blocksOf(lived, lived.changedSlot + 1);
        assertSettled(blocks, (index) => (index % 2 === 0 ? 1 : 0));
        assert.ok(blocks.some(({proposerIndex}) => proposerIndex % 2 === 0));
      });
      await assertNothingMissed(lived);
    });
  });

  describe("that a beacon node does not keep to", () => {
    it("leave its block unsigned where there is no other node", async () => {
      const {mote, slots, failedProposals} = await alone;
      await explained(mote, () => {
        const empty = slots.flatMap((block, at) => (block === null ? [at + 1] : []));
        assert.deepEqual(empty, [8, 9, 10, 11, 12, 13, 14, 15]);
        assert.deepEqual(
          failedProposals.map(({key, end}) => [key.slot, end.kind === "failed" && end.reason]),
          empty.map((slot) => [slot, "FEE_RECIPIENT_MISMATCH"]),
        );
        for (const {reachedMs} of failedProposals) assert.equal(reachedMs.signed, undefined);
      });
    });

    it("have another node's block taken, and none is missed", async () => {
      const lived = await amongThree;
      await explained(lived.mote, () => {
        assert.deepEqual(
          blocksOf(lived).map(({slot, feeRecipient}) => [slot, feeRecipient]),
          Array.from({length: 18}, (_, at) => [at + 1, FEE_RECIPIENT]),
        );
      });
      await assertNothingMissed(lived);
    });
  });

  describe("with builders", () => {
    it("have their payloads in blinded blocks before Gloas", async () => {
      const lived = await blinded;
      await explained(lived.mote, () => {
        const blocks = blocksOf(lived);
        assert.ok(blocks.some(({feeRecipient}) => feeRecipient === BUILDER_ADDRESS));
        // Whoever was asked before the registrations had come has built its own.
        const own = blocks.filter(({feeRecipient}) => feeRecipient !== BUILDER_ADDRESS);
        assert.deepEqual(
          own.filter(({feeRecipient}) => feeRecipient !== FEE_RECIPIENT),
          [],
        );
        assert.deepEqual(
          own.filter(({slot}) => slot > 8),
          [],
        );
      });
      await assertNothingMissed(lived);
    });

    it("have their bids in the blocks of Gloas, which pay the proposer", async () => {
      const lived = await bids;
      await explained(lived.mote, () => {
        const blocks = blocksOf(lived);
        assert.ok(
          blocks.some(({builderIndex}) => builderIndex !== SELF_BUILT),
          "a bid of the builder was taken",
        );
        assert.deepEqual(
          blocks.filter(({feeRecipient}) => feeRecipient !== FEE_RECIPIENT),
          [],
        );
      });
      await assertNothingMissed(lived);
    });
  });
});
