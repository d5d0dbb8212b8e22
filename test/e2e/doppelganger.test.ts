import assert from "node:assert/strict";
import {writeFileSync} from "node:fs";
import {join} from "node:path";
import {DUTY_KINDS} from "@mote/core";
import type {Devnet} from "@mote/devnet";
import {describeWithOwnPostgres} from "../../packages/slashing-protection/test/support/shared-postgres.ts";
import {endedDuties} from "./support/duty-lines.ts";
import type {LogLine, MoteProcess} from "./support/mote-process.ts";
import {RequestTap} from "./support/request-tap.ts";
import type {Room} from "./support/room.ts";
import {Rooms, STORY_TIMEOUT_MS} from "./support/rooms.ts";
import {explained} from "./support/scenario.ts";
import {startNode} from "./support/start-node.ts";
import {slotEnded} from "./support/vote-tap.ts";

const SLOTS_PER_EPOCH = 8;
const VALIDATORS = 32;
const VOTES_A_SLOT = VALIDATORS / SLOTS_PER_EPOCH;
const WATCH = "--enable-doppelganger-protection";
const EXIT_DOPPELGANGER = 129;
const ALARM = /another signer is at work with keys of this node/;

const epochNow = ({chain}: Devnet): number => Math.floor(chain.currentSlot / SLOTS_PER_EPOCH);

async function tapOf(room: Room, devnet: Devnet): Promise<{readonly tap: RequestTap; readonly url: string}> {
  const tap = new RequestTap(devnet.urls[0] ?? "");
  const url = await tap.listen();
  room.atEnd(() => tap.close());
  return {tap, url};
}

const isAlarm = ({level, msg}: LogLine): boolean => level === "error" && /another signer is at work/.test(msg);
const isWatching = ({msg}: LogLine): boolean => /watched for another signer/.test(msg);

interface TwoSigners {
  readonly devnet: Devnet;
  readonly first: MoteProcess;
  readonly second: MoteProcess;
  readonly tap: RequestTap;
  readonly code: number | null;
  /** Between the second one's first question and its end. */
  readonly epochs: {readonly started: number; readonly ended: number};
  /** The first one, when the second had ended. */
  readonly goesOn: boolean;
}

/** One votes for everybody; in slot 11 another is started with half of the keys, and no record of what they signed. */
async function startSecondSigner(room: Room): Promise<TwoSigners> {
  const devnet = await room.devnet({validators: VALIDATORS, secondsPerSlot: 2});
  const first = startNode(room, devnet, {name: "first"});
  await explained(first, () => first.ready());
  devnet.start();
  await slotEnded(devnet, 11);
  const {tap, url} = await tapOf(room, devnet);
  const started = epochNow(devnet);
  const second = startNode(room, devnet, {name: "second", keys: "0..15", urls: [url]}, WATCH);
  const {code} = await second.exited;
  const epochs = {started, ended: epochNow(devnet)};
  return {devnet, first, second, tap, code, epochs, goesOn: first.isRunning};
}

interface Restarted {
  readonly mote: MoteProcess;
  /** The slots in which the node was stopped, and in which it was ready again. */
  readonly stopped: number;
  readonly back: number;
  /** Until the last slot. */
  readonly goesOn: boolean;
  /** Votes that had come by the end of each slot. */
  readonly votesInSlot: ReadonlyMap<number, number>;
  /** Before the node that was stopped. */
  readonly tap: RequestTap;
}

/** After slot 11 the only signer is stopped and started again at once, with the option on. */
async function restartQuickly(room: Room): Promise<Restarted> {
  const devnet = await room.devnet({validators: VALIDATORS, secondsPerSlot: 2});
  const votesInSlot = new Map<number, number>();
  devnet.subscribe((event) => {
    if (event.kind === "slot_ended") votesInSlot.set(event.slot, devnet.chain.ledger.slot(event.slot)?.published ?? 0);
  });
  const {tap, url} = await tapOf(room, devnet);
  const first = startNode(room, devnet, {name: "restarted", urls: [url]}, WATCH);
  await explained(first, () => first.ready());
  devnet.start();
  await slotEnded(devnet, 11);
  first.signal("SIGTERM");
  assert.equal((await first.exited).code, 0);
  const stopped = devnet.chain.currentSlot;
  const mote = startNode(room, devnet, {name: "restarted", isNew: false}, WATCH);
  await explained(mote, () => mote.ready());
  const back = devnet.chain.currentSlot;
  await slotEnded(devnet, 27);
  return {mote, stopped, back, goesOn: mote.isRunning, votesInSlot, tap};
}

describe("another signer with the same keys", function () {
  this.timeout(STORY_TIMEOUT_MS);
  const rooms = new Rooms();
  let two: Promise<TwoSigners>;
  let restarted: Promise<Restarted>;
  before(() => {
    two = rooms.live(startSecondSigner);
    restarted = rooms.live(restartQuickly);
  });
  after(() => rooms.clear());

  it("is noticed by the one that came second, which ends with exit code 129 within two epochs", async () => {
    const {second, code, epochs} = await two;
    await explained(second, () => {
      assert.equal(code, EXIT_DOPPELGANGER);
      assert.ok(epochs.ended <= epochs.started + 2, `started in epoch ${epochs.started}, ended in ${epochs.ended}`);
      assert.match(second.lines.findLast(({level}) => level === "error")?.msg ?? "", ALARM);
    });
  });

  it("has had nothing signed by the one that came second", async () => {
    const {devnet, first, second, tap, goesOn} = await two;
    await explained(second, () => {
      assert.ok(
        tap.requests.some((each) => each.includes("/validator/liveness/")),
        "it did ask",
      );
      assert.deepEqual(tap.signed, []);
      for (const kind of DUTY_KINDS) {
        const done = endedDuties(second, kind).filter(({reachedMs}) => reachedMs.signed !== undefined);
        assert.deepEqual(done, [], kind);
      }
    });
    assert.deepEqual(devnet.chain.slashings.report().offences, []);
    assert.ok(goesOn, first.story());
  });

  it("would have been seen to sign: the messages of a node that does pass the same kind of tap", async () => {
    const {tap} = await restarted;
    for (const path of ["/beacon/pool/attestations", "/beacon/pool/sync_committees", "/v2/beacon/blocks"]) {
      assert.ok(
        tap.signed.some((each) => each.includes(path)),
        path,
      );
    }
  });

  it("is not seen in oneself after a quick restart, which costs no more than the time it took", async () => {
    const {mote, stopped, back, goesOn, votesInSlot} = await restarted;
    await explained(mote, () => {
      assert.ok(goesOn);
      assert.deepEqual(
        mote.lines.filter((line) => isAlarm(line) || isWatching(line)),
        [],
      );
      assert.ok(back < 16, `ready in slot ${back}: no quick restart`);
      const short = [...votesInSlot].filter(([slot, votes]) => (slot < stopped || slot > back) && votes < VOTES_A_SLOT);
      assert.deepEqual(short, [], `stopped in slot ${stopped}, back in ${back}`);
    });
  });
});

/** One story of one database; each test goes on where the one before ended. */
describeWithOwnPostgres("two Motes with the same keys, one database, and an eye on other signers", {}, (server) => {
  describe("on one chain", function () {
    this.timeout(STORY_TIMEOUT_MS);
    const rooms = new Rooms();
    let room: Room;
    let devnet: Devnet;
    let first: MoteProcess;
    let second: MoteProcess;
    after(() => rooms.clear());

    const start = (name: string, isNew: boolean): MoteProcess => {
      const passwordFile = join(room.dir, `password-${name}`);
      writeFileSync(passwordFile, `${server().password}\n`, {mode: 0o600});
      const url = server()
        .url()
        .replace(/:[^:@/]+@/, "@");
      const store = ["--slashing-protection-url", url, "--slashing-protection-password-file", passwordFile];
      return startNode(room, devnet, {name, isNew}, ...store, WATCH);
    };
    const assertNoAlarm = (mote: MoteProcess): Promise<void> =>
      explained(mote, () => {
        assert.ok(mote.isRunning);
        assert.deepEqual(mote.lines.filter(isAlarm), []);
      });

    it("sign side by side from genesis on without an alarm", async () => {
      room = await rooms.open();
      devnet = await room.devnet({validators: 16, genesisDelaySec: 12});
      first = start("first", true);
      await explained(first, () => first.ready());
      second = start("second", false);
      await explained(second, () => second.ready());
      devnet.start();
      await slotEnded(devnet, 9);
      for (const mote of [first, second]) await assertNoAlarm(mote);
    });

    it("have one of them replaced by another that was never there, which signs at once", async () => {
      second.signal("SIGTERM");
      assert.equal((await second.exited).code, 0);
      second = start("third", false);
      await explained(second, () => second.ready());
      await slotEnded(devnet, 21);
      for (const mote of [first, second]) await assertNoAlarm(mote);
      await explained(second, () => {
        assert.deepEqual(second.lines.filter(isWatching), []);
      });
    });

    it("miss nothing", () => {
      const {attestations, proposals, slashableMessages} = devnet.summary();
      assert.ok(attestations.expected >= 16);
      assert.deepEqual([attestations.missed, proposals.missed, slashableMessages], [0, 0, 0]);
    });
  });
});
