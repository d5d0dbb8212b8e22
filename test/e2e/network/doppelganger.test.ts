import assert from "node:assert/strict";
import {readFileSync, writeFileSync} from "node:fs";
import {join} from "node:path";
import {setTimeout as sleep} from "node:timers/promises";
import type {AttesterDuty, Epoch, Root, Slot, ValidatorIndex} from "@mote/core";
import type {Devnet} from "@mote/devnet";
import {describeWithOwnPostgres} from "../../../packages/slashing-protection/test/support/shared-postgres.ts";
import type {LogLine, MoteProcess} from "../support/mote-process.ts";
import {joinFlags, networkLines, openNetwork} from "../support/p2p-node.ts";
import type {Room} from "../support/room.ts";
import {Rooms, STORY_TIMEOUT_MS} from "../support/rooms.ts";
import {begun, explained} from "../support/scenario.ts";
import {SecondSigner} from "../support/second-signer.ts";
import {startInTime} from "../support/start-in-time.ts";
import {startNode} from "../support/start-node.ts";
import {slotEnded, type TappedVote, VoteTap, voteCells} from "../support/vote-tap.ts";

const SLOTS_PER_EPOCH = 8;
const VALIDATORS = 32;
const EXIT_DOPPELGANGER = 129;
const EXIT_SLASHED = 130;
const EPOCH = 0 as Epoch;

/** A second signer is at work in slots without a block: there votes wait for their due time, and it comes first. */
const INCLUDED_SLOT = 3;
const EARLY_SLOT = 5;
const OTHER_SLOT = 7;
const RESTART_SLOT = 4;
const SLASHING_SLOT = 9;
const LAST_SLOT = 12;

/** Each node has the keys of those who vote in its slots of the first epoch, and one beacon node. */
const NODES = {
  included: {slots: [INCLUDED_SLOT], beaconNode: 0},
  early: {slots: [EARLY_SLOT], beaconNode: 0},
  other: {slots: [OTHER_SLOT], beaconNode: 0},
  restarted: {slots: [0, 1, 2, RESTART_SLOT, 6], beaconNode: 2},
} as const;
type NodeName = keyof typeof NODES;
type Doubled = Exclude<NodeName, "restarted">;

interface Watched {
  readonly devnet: Devnet;
  readonly votes: readonly TappedVote[];
  readonly motes: Readonly<Record<NodeName, MoteProcess>>;
  /** The slots in which nodes ended. */
  readonly endedIn: ReadonlyMap<MoteProcess, number>;
  /** Whose keys the second signer has. */
  readonly victims: Readonly<Record<NodeName, ValidatorIndex>>;
  readonly restartedIn: number;
  /** What the node that was slashed has left behind. */
  readonly marker: {readonly validators: readonly ValidatorIndex[]; readonly evidence: string};
}

async function slotBegun(devnet: Devnet, slot: number): Promise<void> {
  await slotEnded(devnet, slot - 1);
  while (devnet.chain.currentSlot < slot) await sleep(5);
}

async function watch(room: Room): Promise<Watched> {
  const skipped = [INCLUDED_SLOT, EARLY_SLOT, OTHER_SLOT].map((slot) => `skip@${slot}`);
  const devnet = await openNetwork(room, {
    validators: VALIDATORS,
    genesisDelaySec: 18,
    // Without its events, the last beacon node cannot be who tells of a slashing.
    faults: [...skipped, `bn2:stalled-events@${SLASHING_SLOT - 1}-${LAST_SLOT}`],
  });
  const {chain} = devnet;
  const tap = new VoteTap(devnet);
  const endedIn = new Map<MoteProcess, number>();
  const start = (name: NodeName, isNew = true): MoteProcess => {
    const keys = keysOf(devnet, name).join();
    const urls = [devnet.urls[NODES[name].beaconNode]!];
    const mote = startNode(room, devnet, {name, keys, urls, isNew}, ...joinFlags(devnet));
    void mote.exited.then(() => endedIn.set(mote, chain.currentSlot));
    return mote;
  };
  const names = Object.keys(NODES) as NodeName[];
  const motes = Object.fromEntries(names.map((name) => [name, start(name)])) as Record<NodeName, MoteProcess>;
  await Promise.all(names.map((name) => explained(motes[name], () => motes[name].ready())));
  startInTime(devnet);

  const victimOf = (name: NodeName): AttesterDuty => votersIn(devnet, NODES[name].slots[0])[0]!;
  const signerOf = (name: NodeName) => new SecondSigner(devnet, victimOf(name).validatorIndex);
  const voteOf = (name: NodeName, headRoot: Root) => signerOf(name).vote(victimOf(name), headRoot);
  const rootOf = (slot: number): Root => chain.blockAtSlot(slot as Slot)!.root;
  const anotherUrl = devnet.urls[1]!;

  await slotBegun(devnet, INCLUDED_SLOT);
  // Not by way of a beacon node: peers see it for the first time in a block.
  assert.deepEqual(chain.onSingleAttestations([voteOf("included", rootOf(1))]), [{kind: "accepted"}]);

  const own = new Set(votersIn(devnet, RESTART_SLOT).map(({validatorIndex}) => validatorIndex));
  await tap.next(({validatorIndex}) => own.has(validatorIndex));
  motes.restarted.signal("SIGKILL");
  await motes.restarted.exited;
  motes.restarted = start("restarted", false);
  const isBack = begun(motes.restarted.ready().then(() => chain.currentSlot));

  await slotBegun(devnet, EARLY_SLOT);
  // What Mote is going to sign.
  await signerOf("early").tellVote(voteOf("early", chain.head.root), anotherUrl);
  await slotBegun(devnet, OTHER_SLOT);
  await signerOf("other").tellVote(voteOf("other", rootOf(4)), anotherUrl);
  await slotBegun(devnet, SLASHING_SLOT);
  await signerOf("restarted").tellDoubleVote();
  await slotEnded(devnet, LAST_SLOT);
  const victims = Object.fromEntries(names.map((name) => [name, victimOf(name).validatorIndex])) as Watched["victims"];
  const marker = JSON.parse(readFileSync(join(room.dir, "restarted", "slashed.json"), "utf8"));
  return {devnet, votes: tap.votes, motes, endedIn, victims, marker, restartedIn: await isBack};
}

function votersIn({chain}: Devnet, slot: number): AttesterDuty[] {
  const everybody = chain.pubkeys.map((_, index) => index as ValidatorIndex);
  return (chain.attesterDuties(EPOCH, everybody) ?? []).filter((duty) => duty.slot === slot);
}

const keysOf = (devnet: Devnet, name: NodeName): ValidatorIndex[] =>
  NODES[name].slots.flatMap((slot) => votersIn(devnet, slot).map(({validatorIndex}) => validatorIndex));

const isAlarm = ({level, reason, msg}: LogLine): boolean =>
  level === "error" && (reason === "DOPPELGANGER_WATCH" || /another signer is at work/.test(msg));

async function assertCaught(watched: Watched, name: Doubled, told: (victim: number) => RegExp) {
  const mote = watched.motes[name];
  const victim = watched.victims[name];
  await explained(mote, async () => {
    assert.equal(mote.isRunning, false);
    assert.equal((await mote.exited).code, EXIT_DOPPELGANGER);
    const endedIn = watched.endedIn.get(mote) ?? Number.NaN;
    const [begunIn] = NODES[name].slots;
    assert.ok(endedIn >= begunIn && endedIn <= begunIn + SLOTS_PER_EPOCH, `ended in slot ${endedIn}`);
    const errors = mote.lines.filter(({level}) => level === "error");
    assert.match(errors[0]?.msg ?? "", told(victim));
    assert.equal(errors[0]?.reason, "DOPPELGANGER_WATCH");
    assert.match(
      errors.at(-1)?.msg ?? "",
      new RegExp(
        `another signer is at work with keys of this node: validator ${victim} signed elsewhere in epoch ${EPOCH}`,
      ),
    );
  });
}

describe("on the network, another signer with the same keys", function () {
  this.timeout(STORY_TIMEOUT_MS);
  const rooms = new Rooms({placesEach: 3});
  let watched: Promise<Watched>;
  before(() => {
    watched = rooms.live(watch);
  });
  after(() => rooms.clear());

  it("is seen by a vote in a block that was not signed here: exit code 129", async () => {
    await assertCaught(
      await watched,
      "included",
      (victim) =>
        new RegExp(
          `validator ${victim}: the network has \\(in block 0x\\w{64}\\) a vote of slot ${INCLUDED_SLOT} that was not signed here`,
        ),
    );
  });

  it("is seen by a vote that travels before it is signed here: exit code 129", async () => {
    await assertCaught(
      await watched,
      "early",
      (victim) =>
        new RegExp(
          `validator ${victim}: the network has a vote of slot ${EARLY_SLOT} that came before it was signed here`,
        ),
    );
    const {votes, devnet, motes} = await watched;
    await explained(motes.early, () => {
      // It is no other vote: the node has signed the same with its other keys.
      const voters = votersIn(devnet, EARLY_SLOT).map(({validatorIndex}) => validatorIndex);
      const ofSlot = votes.filter(({validatorIndex}) => voters.includes(validatorIndex));
      assert.deepEqual(new Set(ofSlot.map(({validatorIndex}) => validatorIndex)), new Set(voters));
      assert.equal(new Set(ofSlot.map(({root}) => root)).size, 1);
    });
  });

  it("is seen by a vote that says otherwise: exit code 129", async () => {
    await assertCaught(
      await watched,
      "other",
      (victim) =>
        new RegExp(`validator ${victim}: the network has a vote of slot ${OTHER_SLOT} that was not signed here`),
    );
  });

  it("has brought about what a slasher would find, and no other key has", async () => {
    const {devnet, victims} = await watched;
    const {offences} = devnet.chain.slashings.report();
    const offenders = offences.map(({validatorIndex}) => validatorIndex);
    assert.deepEqual(new Set(offenders), new Set([victims.included, victims.other]));
  });

  it("ends the node with exit code 130 by a proof that travels, whatever its beacon node tells", async () => {
    const {motes, victims, endedIn, marker} = await watched;
    const {restarted} = motes;
    await explained(restarted, async () => {
      assert.equal(restarted.isRunning, false);
      assert.equal((await restarted.exited).code, EXIT_SLASHED);
      const ended = endedIn.get(restarted) ?? Number.NaN;
      assert.ok(ended >= SLASHING_SLOT && ended < LAST_SLOT, `ended in slot ${ended}`);
      assert.deepEqual(marker.validators, [victims.restarted]);
      assert.match(marker.evidence, /a proof on the network/);
    });
  });

  it("is not seen in oneself, killed and started again in the slot of one's vote", async () => {
    const {motes, devnet, votes, restartedIn} = await watched;
    const {restarted} = motes;
    await explained(restarted, () => {
      assert.ok(restartedIn < SLOTS_PER_EPOCH, `ready in slot ${restartedIn}: no quick restart`);
      assert.deepEqual(restarted.lines.filter(isAlarm), []);
      const seen = networkLines(restarted).find(({slot}) => slot === SLASHING_SLOT - 1);
      assert.equal(seen?.peers, 3);
      const cells = voteCells(devnet, RESTART_SLOT).map(({cell}) => cell);
      assert.deepEqual(new Set(cells), new Set(["included"]));
      const own = new Set(keysOf(devnet, "restarted"));
      assert.ok(
        votes.some(({validatorIndex, targetEpoch}) => own.has(validatorIndex) && targetEpoch > EPOCH),
        "it goes on",
      );
    });
  });
});

describe("on the network, two Motes with the same keys and a database each", function () {
  this.timeout(STORY_TIMEOUT_MS);
  const rooms = new Rooms({placesEach: 3});
  after(() => rooms.clear());

  it("are told apart by their blocks, and the one that came too late ends with exit code 129", async () => {
    const room = await rooms.open();
    const devnet = await room.devnet({validators: 16, genesisDelaySec: 8, beaconNodes: 2, p2p: true});
    const motes = devnet.urls.map((url, i) =>
      startNode(room, devnet, {name: `own-${i}`, urls: [url]}, "--graffiti", `own-${i}`, ...joinFlags(devnet)),
    );
    await Promise.all(motes.map((mote) => explained(mote, () => mote.ready())));
    startInTime(devnet);
    const late = await Promise.race(motes.map((mote) => mote.exited.then(() => mote)));
    await explained(late, async () => {
      assert.equal((await late.exited).code, EXIT_DOPPELGANGER);
      assert.ok(devnet.chain.currentSlot < SLOTS_PER_EPOCH, `slot ${devnet.chain.currentSlot}`);
      const [first] = late.lines.filter(({level}) => level === "error");
      assert.match(first?.msg ?? "", /the network has a block of slot \d+ that was not signed here/);
    });
  });
});

/** What the store holds is ours, whoever of two made it. */
describeWithOwnPostgres("on the network, two Motes with the same keys and one database", {}, (server) => {
  describe("on one chain", function () {
    this.timeout(STORY_TIMEOUT_MS);
    const rooms = new Rooms({placesEach: 3});
    after(() => rooms.clear());

    it("do not take each other for another signer", async () => {
      const room = await rooms.open();
      const devnet = await room.devnet({
        validators: 16,
        genesisDelaySec: 8,
        beaconNodes: 2,
        p2p: true,
      });
      const start = (name: string, beaconNode: number, isNew: boolean): MoteProcess => {
        const passwordFile = join(room.dir, `password-${name}`);
        writeFileSync(passwordFile, `${server().password}\n`, {mode: 0o600});
        const url = server()
          .url()
          .replace(/:[^:@/]+@/, "@");
        const store = ["--slashing-protection-url", url, "--slashing-protection-password-file", passwordFile];
        return startNode(room, devnet, {name, isNew, urls: [devnet.urls[beaconNode]!]}, ...store, ...joinFlags(devnet));
      };
      const first = start("first", 0, true);
      await explained(first, () => first.ready());
      const second = start("second", 1, false);
      await explained(second, () => second.ready());
      startInTime(devnet);
      await slotEnded(devnet, SLOTS_PER_EPOCH + 3);
      for (const mote of [first, second]) {
        await explained(mote, () => {
          assert.ok(mote.isRunning);
          assert.deepEqual(mote.lines.filter(isAlarm), []);
          assert.equal(networkLines(mote).at(-1)?.peers, 2);
        });
      }
      assert.deepEqual(devnet.chain.slashings.report().offences, []);
    });
  });
});
