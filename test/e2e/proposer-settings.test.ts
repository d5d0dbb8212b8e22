import assert from "node:assert/strict";
import {writeFileSync} from "node:fs";
import {join} from "node:path";
import type {Devnet} from "@mote/devnet";
import {BlockReader, type ReadBlock} from "./support/block-reader.ts";
import {endedDuties} from "./support/duty-lines.ts";
import type {MoteProcess} from "./support/mote-process.ts";
import {Room} from "./support/room.ts";
import {begun, explained} from "./support/scenario.ts";
import {FEE_RECIPIENT, startNode} from "./support/start-node.ts";
import {slotEnded} from "./support/vote-tap.ts";

const VALIDATORS = 16;
/** Of builders, before Gloas: theirs is what a blinded block hides. */
const BUILDER_ADDRESS = `0x${"bd".repeat(20)}`;
const SELF_BUILT = String(2n ** 64n - 1n);
const GENESIS_DELAY_SEC = 16;

const addressOf = (index: number, round: number): string =>
  `0x${(0xa0 + round).toString(16)}${index.toString(16).padStart(2, "0").repeat(19)}`;
const nameOf = (index: number): string => `of validator ${index}`;

interface Run {
  readonly devnet: Devnet;
  readonly mote: MoteProcess;
  readonly reader: BlockReader;
}

async function begin(
  room: Room,
  {name, flags = [], ...options}: {name: string; flags?: readonly string[]} & Parameters<Room["devnet"]>[0],
): Promise<Run> {
  const devnet = await room.devnet({validators: VALIDATORS, genesisDelaySec: GENESIS_DELAY_SEC, ...options});
  const reader = new BlockReader(devnet);
  const mote = startNode(room, devnet, {name}, ...flags);
  await explained(mote, () => mote.ready());
  devnet.start();
  return {devnet, mote, reader};
}

interface Changed extends Run {
  /** The slot in which Mote said that it had read the file again. */
  readonly changedSlot: number;
  readonly lastSlot: number;
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
  const lastSlot = 32;
  await slotEnded(devnet, lastSlot);
  return {devnet, mote, reader, changedSlot, lastSlot};
}

/** A beacon node of one, or of three, has the fees of slots 8 to 15 go elsewhere. */
async function payThief(room: Room, {name, beaconNodes}: {name: string; beaconNodes: number}): Promise<Run> {
  const run = await begin(room, {name, beaconNodes, secondsPerSlot: 2, faults: ["bn0:wrong-block=fee-recipient@8-15"]});
  await slotEnded(run.devnet, 18);
  return run;
}

async function buildByOthers(
  room: Room,
  {name, fork, lastSlot}: {name: string; fork: string; lastSlot: number},
): Promise<Run> {
  const flags = ["--builder-proposals"];
  const run = await begin(room, {name, fork, builder: "bids", secondsPerSlot: 2, flags});
  await slotEnded(run.devnet, lastSlot);
  return run;
}

function assertNothingMissed({devnet, mote}: Run): Promise<void> {
  return explained(mote, () => {
    const {proposals, attestations, slashableMessages} = devnet.summary();
    assert.deepEqual([proposals.missed, attestations.missed, slashableMessages], [0, 0, 0]);
  });
}

describe("settings of proposers", function () {
  this.timeout(240_000);
  const room = new Room();
  let changed: Promise<Changed>;
  let alone: Promise<Run>;
  let amongThree: Promise<Run>;
  let blinded: Promise<Run>;
  let bids: Promise<Run>;
  before(() => {
    changed = begun(changeSettings(room));
    alone = begun(payThief(room, {name: "alone", beaconNodes: 1}));
    // Two at a time: each is a chain and a node more on the same machine.
    amongThree = begun(alone.then(() => payThief(room, {name: "among-three", beaconNodes: 3})));
    blinded = begun(amongThree.then(() => buildByOthers(room, {name: "blinded", fork: "fulu", lastSlot: 24})));
    bids = begun(changed.then(() => buildByOthers(room, {name: "bids", fork: "gloas", lastSlot: 32})));
  });
  after(() => room.clear());

  describe("in a file", () => {
    const assertSettled = (blocks: readonly ReadBlock[], roundOf: (index: number) => number) => {
      assert.ok(blocks.length > 0);
      for (const {slot, proposerIndex: index, feeRecipient, graffiti} of blocks) {
        assert.equal(feeRecipient, addressOf(index, roundOf(index)), `slot ${slot}`);
        assert.ok(graffiti.includes(nameOf(index)), `slot ${slot}: ${graffiti}`);
      }
    };

    it("are each key's own", async () => {
      const {mote, reader} = await changed;
      await explained(mote, async () => assertSettled(await reader.blocks(1, 11), () => 0));
    });

    it("are taken up when they change, and no block is missed over it", async () => {
      const {mote, reader, changedSlot, lastSlot} = await changed;
      await explained(mote, async () => {
        const blocks = await reader.blocks(changedSlot + 1, lastSlot);
        assertSettled(blocks, (index) => (index % 2 === 0 ? 1 : 0));
        assert.ok(blocks.some(({proposerIndex}) => proposerIndex % 2 === 0));
      });
      await assertNothingMissed(await changed);
    });
  });

  describe("that a beacon node does not keep to", () => {
    it("leave its block unsigned where there is no other node", async () => {
      const {mote, reader} = await alone;
      await explained(mote, async () => {
        const slots = await reader.slots(1, 18);
        const empty = slots.flatMap((block, at) => (block === null ? [at + 1] : []));
        assert.deepEqual(empty, [8, 9, 10, 11, 12, 13, 14, 15]);
        const ends = endedDuties(mote, "proposal").filter(({end}) => end.kind === "failed");
        assert.deepEqual(
          ends.map(({key, end}) => [key.slot, end.kind === "failed" && end.reason]),
          empty.map((slot) => [slot, "FEE_RECIPIENT_MISMATCH"]),
        );
        for (const {reachedMs} of ends) assert.equal(reachedMs.signed, undefined);
      });
    });

    it("have another node's block taken, and none is missed", async () => {
      const {mote, reader} = await amongThree;
      await explained(mote, async () => {
        const blocks = await reader.blocks(1, 18);
        assert.deepEqual(
          blocks.map(({slot, feeRecipient}) => [slot, feeRecipient]),
          Array.from({length: 18}, (_, at) => [at + 1, FEE_RECIPIENT]),
        );
      });
      await assertNothingMissed(await amongThree);
    });
  });

  describe("with builders", () => {
    it("have their payloads in blinded blocks before Gloas", async () => {
      const {mote, reader} = await blinded;
      await explained(mote, async () => {
        const blocks = await reader.blocks(1, 24);
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
      await assertNothingMissed(await blinded);
    });

    it("have their bids in the blocks of Gloas, which pay the proposer", async () => {
      const {mote, reader} = await bids;
      await explained(mote, async () => {
        const blocks = await reader.blocks(1, 32);
        assert.ok(
          blocks.some(({builderIndex}) => builderIndex !== SELF_BUILT),
          "a bid of the builder was taken",
        );
        assert.deepEqual(
          blocks.filter(({feeRecipient}) => feeRecipient !== FEE_RECIPIENT),
          [],
        );
      });
      await assertNothingMissed(await bids);
    });
  });
});
