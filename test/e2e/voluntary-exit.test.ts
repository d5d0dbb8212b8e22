import assert from "node:assert/strict";
import {mkdtempSync} from "node:fs";
import {join} from "node:path";
import {BeaconNodeSet} from "@mote/beacon-nodes";
import {SlotClock} from "@mote/core";
import type {Devnet} from "@mote/devnet";
import {exitVoluntarily, ValidatorRegistry, type VoluntaryExitOutcome} from "@mote/duties";
import {interopKeys, LocalSigner, SigningGate} from "@mote/duty-signing";
import {SystemClock} from "@mote/node/system-clock";
import {openLevelSlashingProtection} from "@mote/slashing-protection";
import {FakeLog, FakeProposerSettings} from "@mote/testing";
import type {Room} from "./support/room.ts";
import {Rooms, STORY_TIMEOUT_MS} from "./support/rooms.ts";
import {explained} from "./support/scenario.ts";
import {startNode} from "./support/start-node.ts";
import {slotEnded} from "./support/vote-tap.ts";

const LEAVER = 3;
const SLOTS_PER_EPOCH = 8;
/** The devnet lets validators go after two epochs. */
const EXIT_SLOT = 2 * SLOTS_PER_EPOCH;

/** What a command would put together that a person has asked for an exit: the gate and the beacon nodes, beside the node that runs. */
async function exitOf(room: Room, devnet: Devnet, index: number): Promise<VoluntaryExitOutcome> {
  const {config, genesis} = devnet.chain;
  const clock = new SystemClock();
  const log = new FakeLog();
  const timing = {
    genesisTimeSec: genesis.timeSec,
    slotDurationMs: config.SLOT_DURATION_MS,
    slotsPerEpoch: SLOTS_PER_EPOCH,
  };
  const slotClock = new SlotClock(timing, {clock});
  const nodes = devnet.urls.map((url, i) => ({name: `bn${i}`, url}));
  const beaconNodes = new BeaconNodeSet(
    {nodes, timing},
    {clock, random: {next: () => 0.5}, config, checkChain: () => null},
  );
  room.atEnd(() => beaconNodes.stop());
  await beaconNodes.start();
  const signer = new LocalSigner({secretKeys: interopKeys([index])});
  const registry = new ValidatorRegistry({pubkeys: signer.pubkeys}, {statuses: beaconNodes, log});
  await registry.refresh();
  const protection = await openLevelSlashingProtection({
    path: mkdtempSync(join(room.dir, "exit-")),
    genesisValidatorsRoot: genesis.validatorsRoot,
    retainEpochs: 8,
  });
  room.atEnd(() => protection.close());
  const gate = new SigningGate(
    {config, distributed: false},
    {
      slotClock,
      protection,
      signer,
      refusalOf: (pubkey, purpose) => registry.refusalOf(pubkey, purpose, slotClock.currentEpoch()),
      proposerSettings: new FakeProposerSettings(),
      log,
      yieldToEventLoop: () => new Promise((resolve) => setImmediate(resolve)),
    },
  );
  const [pubkey] = signer.pubkeys;
  assert.ok(pubkey !== undefined);
  return exitVoluntarily(pubkey, {registry, signer: gate, publisher: beaconNodes, slotClock});
}

describe("a voluntary exit", function () {
  this.timeout(STORY_TIMEOUT_MS);
  const rooms = new Rooms();
  let room: Room;
  before(async () => {
    room = await rooms.open();
  });
  after(() => rooms.clear());

  it("is taken by the chain, a second one is refused, and the node goes on", async () => {
    const devnet = await room.devnet({validators: 16, secondsPerSlot: 1});
    const mote = startNode(room, devnet, {name: "node"});
    await explained(mote, () => mote.ready());
    devnet.start();
    const stateOf = () => devnet.chain.head.state.validators.getReadonly(LEAVER);
    assert.equal(stateOf().exitEpoch, Number.POSITIVE_INFINITY);

    await slotEnded(devnet, EXIT_SLOT);
    assert.deepEqual(await exitOf(room, devnet, LEAVER), {kind: "published", validatorIndex: LEAVER});
    for (let slot = devnet.chain.currentSlot; stateOf().exitEpoch === Number.POSITIVE_INFINITY; slot++) {
      assert.ok(slot < EXIT_SLOT + 2 * SLOTS_PER_EPOCH, "no block took the exit");
      await slotEnded(devnet, slot);
    }
    const again = await exitOf(room, devnet, LEAVER);
    assert.ok(again.kind === "refused" && again.reason === "KEY_NOT_ACTIVE", JSON.stringify(again));
    await explained(mote, () => {
      assert.ok(mote.isRunning);
      assert.equal(devnet.chain.slashings.report().slashableMessages, 0);
    });
  });
});
