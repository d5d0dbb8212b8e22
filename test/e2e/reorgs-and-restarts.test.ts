import assert from "node:assert/strict";
import {assertNothingMissed, type DevnetRun, runDevnet} from "./support/devnet-run.ts";
import {endedDuties} from "./support/duty-lines.ts";
import {type KilledTwice, killBetweenTwoHeads, killTwice, VALIDATORS} from "./support/restarts.ts";
import {Rooms, STORY_TIMEOUT_MS} from "./support/rooms.ts";
import {explained} from "./support/scenario.ts";

const VOTES_A_SLOT = VALIDATORS / 8;

describe("reorgs", function () {
  this.timeout(STORY_TIMEOUT_MS);
  const rooms = new Rooms();
  let reorg: Promise<DevnetRun>;
  let gloasReorg: Promise<DevnetRun>;
  let noReorg: Promise<DevnetRun>;
  let killed: Promise<KilledTwice>;
  let otherHead: ReturnType<typeof killBetweenTwoHeads>;
  let forgotten: ReturnType<typeof killBetweenTwoHeads>;
  before(() => {
    const trouble = ["--fault", "skip@10-12", "--fault", "reorg@20", "--fault", "skip@24"];
    const run = (...argv: readonly string[]) => rooms.live((room) => runDevnet(room, ...argv));
    const quick = ["--seconds-per-slot", "1"];
    reorg = run(...quick, "--epochs", "6", ...trouble);
    gloasReorg = run("--epochs", "4", "--fork", "gloas", "--fault", "reorg@12");
    noReorg = run(...quick, "--epochs", "2", "--fault", "reorg@10", "--fault", "skip@11");
    killed = rooms.live(killTwice);
    otherHead = rooms.live((room) => killBetweenTwoHeads(room, {datadirs: ["kept", "kept"]}));
    forgotten = rooms.live((room) => killBetweenTwoHeads(room, {datadirs: ["lost", "new"], flags: ["--distributed"]}));
  });
  after(() => rooms.clear());

  it("fail a run that asked for one and had none", async () => {
    const {mote, code} = await noReorg;
    await explained(mote, () => {
      assert.equal(code, 1);
      assert.match(mote.stderr, /^mote: reorg@10 was asked for, but no chain_reorg was sent$/m);
    });
  });

  it("cost no vote under Gloas", async () => {
    await assertNothingMissed(await gloasReorg, {epochs: 4});
  });

  it("cost no vote, nor do slots without a block, and the chain finalises", async () => {
    const {finalizedEpoch} = await assertNothingMissed(await reorg, {epochs: 6});
    assert.ok(finalizedEpoch >= 3, `finalised ${finalizedEpoch}`);
  });

  describe("kill -9 in the middle of a slot, and a start on the same datadir", () => {
    it("leads to no slashable message", async () => {
      const {devnet} = await killed;
      assert.equal(devnet.chain.slashings.report().slashableMessages, 0);
    });

    it("has every vote cast again in the next epoch at the latest", async () => {
      const {second, third, votesInSlot, devnet} = await killed;
      const votesOf = (slots: readonly number[]) => slots.map((slot) => votesInSlot.get(slot));
      // The second node was killed in slot 20.
      await explained(second, () => assert.deepEqual(votesOf([16, 17, 18, 19]), Array(4).fill(VOTES_A_SLOT)));
      await explained(third, () =>
        assert.deepEqual(votesOf([24, 25, 26, 27, 28, 29, 30, 31]), Array(8).fill(VOTES_A_SLOT)),
      );
      assert.ok(devnet.chain.justified.epoch >= 3, `justified ${devnet.chain.justified.epoch}`);
    });

    it("refuses the second vote when the same slot has another head by then", async () => {
      const {devnet, restarted} = await otherHead;
      await explained(restarted, () => {
        const ends = endedDuties(restarted).filter(({key}) => key.slot === 1);
        const reasons = ends.map(({end}) => end.kind === "failed" && end.reason);
        assert.deepEqual(reasons, Array(VOTES_A_SLOT).fill("DOUBLE_VOTE"));
      });
      assert.deepEqual(devnet.chain.slashings.report().offences, []);
    });

    it("would be slashable with another datadir that is not compared with the chain, and the devnet would see it", async () => {
      const {devnet, restarted} = await forgotten;
      await explained(restarted, () => {
        const {offences} = devnet.chain.slashings.report();
        assert.deepEqual(
          offences.map(({kind}) => kind),
          Array(VOTES_A_SLOT).fill("double_vote"),
        );
      });
    });
  });
});
