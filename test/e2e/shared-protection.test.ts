import assert from "node:assert/strict";
import {writeFileSync} from "node:fs";
import {join} from "node:path";
import type {Devnet} from "@mote/devnet";
import {describeWithOwnPostgres} from "../../packages/slashing-protection/test/support/shared-postgres.ts";
import {endedDuties} from "./support/duty-lines.ts";
import type {MoteProcess} from "./support/mote-process.ts";
import type {Room} from "./support/room.ts";
import {Rooms, STORY_TIMEOUT_MS} from "./support/rooms.ts";
import {explained} from "./support/scenario.ts";
import {slotEnded} from "./support/vote-tap.ts";

const VALIDATORS = 16;
const VOTES_A_SLOT = VALIDATORS / 8;
const INIT = "--init-slashing-protection";

const slots = (first: number, last: number): number[] => Array.from({length: last - first + 1}, (_, at) => first + at);

/** One story of one database; each test goes on where the one before ended. */
describeWithOwnPostgres("two Motes with the same keys and one database", {}, (server) => {
  describe("on one chain", function () {
    this.timeout(STORY_TIMEOUT_MS);
    const rooms = new Rooms();
    let room: Room;
    let devnet: Devnet;
    let first: MoteProcess;
    let second: MoteProcess;
    /** Validators whose votes came in each slot. */
    const votesInSlot = new Map<number, number>();
    // Not in a `before`, which would be called where there is no server, too.
    beforeEach(async () => {
      if (devnet !== undefined) return;
      room = await rooms.open();
      devnet = await room.devnet({validators: VALIDATORS, genesisDelaySec: 12});
      devnet.subscribe((event) => {
        if (event.kind !== "slot_ended") return;
        votesInSlot.set(event.slot, devnet.chain.ledger.slot(event.slot)?.published ?? 0);
      });
    });
    after(() => rooms.clear());

    const start = (name: string, password: string, ...flags: readonly string[]): MoteProcess => {
      const passwordFile = join(room.dir, `password-${name}`);
      writeFileSync(passwordFile, `${password}\n`, {mode: 0o600});
      const url = server()
        .url()
        .replace(/:[^:@/]+@/, "@");
      return room.mote(
        ...["start", "--network", "devnet", "--beacon-nodes", devnet.urls.join(), "--json"],
        ...["--interop-keys", `0..${VALIDATORS - 1}`, "--datadir", join(room.dir, name)],
        ...["--slashing-protection-url", url, "--slashing-protection-password-file", passwordFile, ...flags],
      );
    };
    const assertRefused = async (mote: MoteProcess, expected: RegExp): Promise<void> => {
      await explained(mote, async () => {
        // A warning would mean that it waits for a database that is not there.
        await assert.rejects(mote.line(({level}) => level === "warn"));
        const {code} = await mote.exited;
        assert.equal(code, 2);
        const errors = mote.lines.filter(({level}) => level === "error").map(({msg}) => msg);
        assert.match(errors.join("\n"), expected);
        assert.equal(errors.length, 1);
      });
    };
    const assertAllVotesIn = (wanted: readonly number[]): void =>
      assert.deepEqual(
        wanted.map((slot) => `slot ${slot}: ${votesInSlot.get(slot)} votes`),
        wanted.map((slot) => `slot ${slot}: ${VOTES_A_SLOT} votes`),
      );
    const assertNothingSlashable = (): void => assert.deepEqual(devnet.chain.slashings.report().offences, []);
    const linesAbout = (mote: MoteProcess, pattern: RegExp): string[] =>
      mote.lines.map(({msg}) => msg).filter((msg) => pattern.test(msg));

    it("do not start without the tables, nor with a wrong password", async () => {
      await assertRefused(
        start("first", server().password),
        /there is no slashing protection at postgres:.*, start once with --init/,
      );
      await assertRefused(start("first", "not the password"), /password authentication failed/);
    });

    it("vote once for each validator, none fails, and all votes are included", async () => {
      first = start("first", server().password, INIT);
      await explained(first, () => first.ready());
      second = start("second", server().password);
      await explained(second, () => second.ready());
      devnet.start();
      await slotEnded(devnet, 24);
      assertAllVotesIn(slots(0, 24));
      const {expected, included} = devnet.chain.ledger.totals();
      assert.ok(expected >= 2 * VALIDATORS);
      assert.equal(included, expected);
      for (const mote of [first, second]) {
        await explained(mote, () => {
          const ends = endedDuties(mote);
          assert.ok(ends.length >= VALIDATORS);
          assert.deepEqual(
            ends.filter(({end}) => end.kind === "failed"),
            [],
          );
        });
      }
      assertNothingSlashable();
    });

    it("go on as one when the other is killed", async () => {
      assert.ok(second.isRunning, second.story());
      first.signal("SIGKILL");
      await first.exited;
      await slotEnded(devnet, 32);
      await explained(second, () => assertAllVotesIn(slots(25, 32)));
    });

    it("sign nothing while the database is gone, say so once, and go on by themselves when it is back", async () => {
      const gone = /cannot be used; nothing is signed until it can/;
      const back = /can be used again/;
      assert.ok(second.isRunning, second.story());
      await server().kill();
      await explained(second, async () => {
        await second.line(({msg}) => gone.test(msg));
        await slotEnded(devnet, 36);
        assert.deepEqual(
          slots(34, 36).map((slot) => votesInSlot.get(slot)),
          [0, 0, 0],
        );
        await server().restart();
        await second.line(({msg}) => back.test(msg));
        const slot = devnet.chain.currentSlot + 2;
        await slotEnded(devnet, slot + 5);
        assertAllVotesIn(slots(slot, slot + 5));
        assert.equal(linesAbout(second, gone).length, 1);
        assert.equal(linesAbout(second, back).length, 1);
        const reasons = endedDuties(second).flatMap(({end}) => (end.kind === "failed" ? [end.reason] : []));
        assert.deepEqual([...new Set(reasons)], ["PROTECTION_STORE_FAILED"]);
      });
      assertNothingSlashable();
    });
  });
});
