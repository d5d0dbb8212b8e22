import assert from "node:assert/strict";
import type {AttestationData, Checkpoint, JudgedValue, RefereeVerdict, Root} from "@mote/core";
import {abbreviate} from "@mote/core";
import fc from "fast-check";
import {LightClientReferee, type SeenBlock} from "../../src/referee/light-client-referee.ts";
import {
  attestation,
  epoch,
  epochOf,
  HonestChain,
  type Luck,
  root,
  SLOT_MS,
  SLOTS_PER_EPOCH,
  slot,
  time,
} from "./honest-chain.ts";

/** What of a chain a referee is told, and when: everything at once, unless said otherwise. */
interface Told {
  readonly isBlockSeen?: (at: number) => boolean;
  readonly isProofSeen?: (at: number) => boolean;
  readonly signed?: (at: number) => number;
  readonly isFinalityTold?: boolean;
  readonly fromSlot?: number;
}

/** A referee that follows a chain, its clock at the due time of votes. */
class Watched {
  readonly clock;
  readonly referee: LightClientReferee;
  readonly #chain: HonestChain;
  readonly #told: Told;
  #at = 0;

  constructor(chain: HonestChain, told: Told = {}, Subject = LightClientReferee) {
    const {clock, slotClock} = time(0);
    this.clock = clock;
    this.referee = new Subject({slotClock});
    this.#chain = chain;
    this.#told = told;
  }

  /** To the due time of that slot; what comes by then is told. `onDue` is called in each slot on the way. */
  async goTo(at: number, onDue: (at: number) => void = () => {}): Promise<this> {
    while (this.#at < at) {
      this.#at++;
      await this.clock.advance(SLOT_MS);
      this.#tell(this.#at);
      onDue(this.#at);
    }
    return this;
  }

  #tell(at: number): void {
    const {isBlockSeen = () => true, isProofSeen = () => true, signed = () => 32, fromSlot = 0} = this.#told;
    if (at < fromSlot) return;
    for (const block of this.#chain.blocks.values())
      if (block.slot === at && isBlockSeen(at)) this.referee.onBlock(this.#chain.seen(block));
    const proof = this.#chain.proof(at - 1, signed(at));
    if (proof === null || !isProofSeen(at)) return;
    this.referee.onProven(proof);
    const finalized = this.#chain.finalized(epochOf(proof.header.slot));
    if (this.#told.isFinalityTold !== false && proof.participation.isSupermajority && finalized !== null)
      this.referee.onFinalized({slot: slot(finalized.slot), root: finalized.root});
  }
}

/** Takes each block that it sees for proven. */
class GullibleReferee extends LightClientReferee {
  override onBlock(block: SeenBlock): void {
    super.onBlock(block);
    super.onProven({
      header: {slot: block.slot, root: block.blockRoot, parentRoot: block.parentRoot},
      participation: {signed: 32, seats: 32, isSupermajority: true},
      signatureSlot: slot(block.slot + 1),
    });
  }
}

const vetoOf = (verdict: RefereeVerdict): JudgedValue | null => (verdict.kind === "veto" ? verdict.value : null);
const SLOTS = 6 * SLOTS_PER_EPOCH;

describe("LightClientReferee", () => {
  describe("never vetoes an honest vote", () => {
    const luck = fc.constantFrom<Luck>("block", "block", "block", "block", "none", "late", "orphaned");
    const chance = fc.integer({min: 0, max: 99});
    const life = fc.record({
      luck: fc.array(luck, {minLength: SLOTS, maxLength: SLOTS}),
      blocks: fc.array(chance, {minLength: SLOTS, maxLength: SLOTS}),
      proofs: fc.array(chance, {minLength: SLOTS, maxLength: SLOTS}),
      signed: fc.array(fc.integer({min: 16, max: 32}), {minLength: SLOTS, maxLength: SLOTS}),
      lossPercent: fc.constantFrom(0, 10, 50),
      fromSlot: fc.integer({min: 0, max: SLOTS}),
    });

    /** @returns how many votes were proven */
    async function live(Subject: typeof LightClientReferee): Promise<number> {
      let proven = 0;
      await fc.assert(
        fc.asyncProperty(life, async ({luck: lucks, blocks, proofs, signed, lossPercent, fromSlot}) => {
          const chain = new HonestChain({luckAt: (at) => lucks[at] ?? "none", slots: SLOTS});
          const told = {
            isBlockSeen: (at: number) => (blocks[at] ?? 0) >= lossPercent,
            isProofSeen: (at: number) => (proofs[at] ?? 0) >= lossPercent,
            signed: (at: number) => signed[at] ?? 32,
            fromSlot,
          };
          const watched = new Watched(chain, told, Subject);
          await watched.goTo(SLOTS - 2, (at) => {
            for (const vote of [chain.vote(at), chain.laggingVote(at)]) {
              const verdict = watched.referee.judge(vote);
              assert.notEqual(verdict.kind, "veto", `slot ${at}: ${JSON.stringify(verdict)}`);
              if (verdict.kind === "proven") proven++;
            }
          });
        }),
        {numRuns: 150, endOnFailure: true},
      );
      return proven;
    }

    it("whatever of blocks and proofs is missed, through empty slots, late blocks, reorgs and a restart", async () => {
      const proven = await live(LightClientReferee);
      assert.ok(proven > 500, `only ${proven} votes were proven: nothing was tested`);
    });

    it("and one that believes what it merely sees is caught at it", async () => {
      await assert.rejects(live(GullibleReferee), /Property failed/);
    });

    it("when 2/3 of a committee signed a block that the chain then left all the same, as soon as the next one is proven", async () => {
      const chain = new HonestChain({slots: SLOTS});
      const left = new HonestChain({slots: SLOTS, fork: {of: chain, fromSlot: 19, branch: 1}});
      const watched = new Watched(chain, {isProofSeen: (at) => at !== 20});
      const proof = left.proof(19);
      assert.ok(proof !== null);
      await watched.goTo(20);
      watched.referee.onBlock(left.seen(left.head(19)));
      watched.referee.onProven(proof);
      await watched.goTo(21);
      assert.deepEqual(watched.referee.judge(chain.vote(21)), {kind: "not_provable", values: ["target", "head"]});
      await watched.goTo(22);
      assert.equal(watched.referee.judge(chain.vote(22)).kind, "proven");
    });

    it("on a branch whose source is another than that of the one which the chain left", async () => {
      const start = 5 * SLOTS_PER_EPOCH;
      const {clock, slotClock} = time(start - 3);
      const referee = new LightClientReferee({slotClock});
      const [late, early] = [4, 3].map((of) => ({epoch: epoch(of), root: root(of * SLOTS_PER_EPOCH)}));
      const target = {epoch: epoch(5), root: root(start, 1)};
      const ofLeft = {slot: slot(start), index: 0, beaconBlockRoot: root(start, 1), source: late as Checkpoint, target};
      const see = async (at: number, parent: Root, branch: number, votes: readonly AttestationData[] = []) => {
        await clock.advance(slotClock.startMs(slot(at)) + SLOT_MS / 2 - slotClock.nowMs());
        const blockRoot = root(at, branch);
        referee.onBlock({slot: slot(at), blockRoot, parentRoot: parent, attestations: votes.map(attestation)});
      };
      const prove = (at: number, parentRoot: Root, branch: number) =>
        referee.onProven({
          header: {slot: slot(at), root: root(at, branch), parentRoot},
          participation: {signed: 32, seats: 32, isSupermajority: true},
          signatureSlot: slot(at + 1),
        });
      for (let at = start - 3; at < start; at++) await see(at, root(at - 1), 0);
      await see(start, root(start - 1), 1);
      await see(start + 1, root(start, 1), 1, [ofLeft]);
      prove(start, root(start - 1), 1);
      await see(start + 2, root(start - 2), 2);
      prove(start + 1, root(start, 1), 1);
      await see(start + 3, root(start + 2, 2), 2);
      const vote = {
        slot: slot(start + 4),
        index: 0,
        beaconBlockRoot: root(start + 3, 2),
        source: early as Checkpoint,
        target: {epoch: epoch(5), root: root(start - 2)},
      };
      assert.equal(vetoOf(referee.judge(vote)), "source", "so long the other branch is the proven one");
      // The branch that lost the block which justified the later epoch; votes for its own epoch cannot be in it yet.
      prove(start + 2, root(start - 2), 2);
      await clock.advance(SLOT_MS);
      assert.equal(referee.judge(vote).kind, "not_provable");
    });

    it("when nothing is known", () => {
      const {referee} = new Watched(new HonestChain({slots: SLOTS}));
      assert.deepEqual(referee.judge(new HonestChain({slots: SLOTS}).vote(20)), {
        kind: "not_provable",
        values: ["source", "target", "head"],
      });
    });
  });

  describe("vetoes what the evidence contradicts", () => {
    const chain = new HonestChain({slots: SLOTS});
    const other = root(777, 9);
    const at = async (of: number, told: Told = {}) => (await new Watched(chain, told).goTo(of)).referee;
    const judged = async (vote: AttestationData, told: Told = {}) => (await at(vote.slot, told)).judge(vote);

    it("a source that is not that of votes in proven blocks", async () => {
      const vote = chain.vote(4 * SLOTS_PER_EPOCH + 3, {source: {epoch: epoch(3), root: other}});
      const verdict = await judged(vote, {isFinalityTold: false});
      const {root: honest} = chain.source(4);
      const block = chain.head(4 * SLOTS_PER_EPOCH + 2);
      assert.deepEqual(verdict, {
        kind: "veto",
        value: "source",
        evidence:
          `source (3, ${abbreviate(other)}) but the proven block ${abbreviate(block.root)} of slot 34 ` +
          `has source (3, ${abbreviate(honest)})`,
      });
    });

    for (const [what, source] of [
      ["older than what finality shows to be justified", {epoch: epoch(2), root: chain.checkpoint(2).root}],
      ["another root than what finality shows to be justified", {epoch: epoch(3), root: other}],
    ] as const) {
      it(`a source that is ${what}, in the third slot`, async () => {
        const vote = chain.vote(4 * SLOTS_PER_EPOCH + 2, {source});
        assert.equal(vetoOf(await judged(vote)), "source");
        const early = chain.vote(4 * SLOTS_PER_EPOCH + 1, {source});
        assert.equal((await judged(early)).kind, "not_provable", "in the second slot it is not certain yet");
      });
    }

    it("a source before what is final, in any slot", async () => {
      const source = {epoch: epoch(1), root: chain.checkpoint(1).root};
      const verdict = await judged(chain.vote(4 * SLOTS_PER_EPOCH + 1, {source}));
      assert.equal(vetoOf(verdict), "source");
      assert.match(verdict.kind === "veto" ? verdict.evidence : "", /finalized block 0x[0-9a-f]+… of slot 16/);
    });

    for (const [what, target] of [
      ["unknown", other],
      ["a block too old", chain.head(4 * SLOTS_PER_EPOCH - 1).root],
      ["a block too new", chain.head(4 * SLOTS_PER_EPOCH + 1).root],
    ] as const) {
      it(`a target that is ${what}, from the third slot on`, async () => {
        const vote = (of: number) => chain.vote(of, {target: {epoch: epoch(4), root: target}});
        assert.equal(vetoOf(await judged(vote(4 * SLOTS_PER_EPOCH + 2))), "target");
        assert.equal((await judged(vote(4 * SLOTS_PER_EPOCH + 1))).kind, "not_provable");
      });
    }

    it("a head that leaves out a block that was proven when the slot began, and names who signed it", async () => {
      assert.deepEqual(await judged(chain.vote(37, {beaconBlockRoot: chain.head(34).root})), {
        kind: "veto",
        value: "head",
        evidence:
          `head ${abbreviate(chain.head(34).root)} leaves out the proven block ${abbreviate(chain.head(35).root)} ` +
          "of slot 35, signed by 32 of 32",
      });
      const laggard = chain.vote(37, {beaconBlockRoot: chain.head(35).root});
      assert.equal((await judged(laggard)).kind, "proven", "a node that lags by one block is not stopped");
    });

    it("a head on a fork whose votes are those of the liar alone", async () => {
      const fork = new HonestChain({slots: SLOTS, fork: {of: chain, fromSlot: 33, branch: 1}});
      const watched = new Watched(chain);
      await watched.goTo(37, (each) => {
        if (each >= 33) watched.referee.onBlock(fork.seen(fork.head(each)));
      });
      assert.equal(vetoOf(watched.referee.judge(chain.vote(37, {beaconBlockRoot: fork.head(37).root}))), "head");
      assert.equal(watched.referee.judge(chain.vote(37)).kind, "proven");
    });

    it("target and head on a branch that finality has left behind", async () => {
      const fork = new HonestChain({slots: SLOTS, fork: {of: chain, fromSlot: 12, branch: 1}});
      const watched = new Watched(chain, {isProofSeen: (each) => each % SLOTS_PER_EPOCH === 1 && each < 35});
      await watched.goTo(34, (each) => watched.referee.onBlock(fork.seen(fork.head(each))));
      assert.equal(vetoOf(watched.referee.judge(chain.vote(34, {beaconBlockRoot: fork.head(34).root}))), "head");
      const target = {epoch: epoch(4), root: fork.head(32).root};
      assert.equal(vetoOf(watched.referee.judge(chain.vote(33, {target}))), "target");
    });

    it("not on the word of less than 2/3 of the committee", async () => {
      const lie = chain.vote(37, {beaconBlockRoot: chain.head(34).root, target: {epoch: epoch(4), root: other}});
      assert.equal((await judged(lie, {signed: () => 21})).kind, "not_provable");
      assert.equal(vetoOf(await judged(lie, {signed: () => 22})), "target");
    });

    it("not on the word of blocks that were merely seen", async () => {
      const lie = chain.vote(37, {
        beaconBlockRoot: chain.head(30).root,
        target: {epoch: epoch(4), root: other},
        source: {epoch: epoch(1), root: other},
      });
      assert.equal((await judged(lie, {isProofSeen: () => false})).kind, "not_provable");
    });

    it("not on evidence that contradicts itself", async () => {
      const referee = await at(38, {isFinalityTold: false, isProofSeen: (told) => told !== 38});
      const proof = chain.proof(37);
      assert.ok(proof !== null);
      const [forged, lie] = [root(5_000, 3), {epoch: epoch(3), root: other}];
      referee.onProven({...proof, header: {slot: slot(37), root: forged, parentRoot: root(5_001, 3)}});
      referee.onBlock({
        slot: slot(37),
        blockRoot: forged,
        parentRoot: root(5_001, 3),
        attestations: [attestation(chain.vote(36, {source: lie}))],
      });
      for (const source of [lie, chain.source(4)])
        assert.notEqual(vetoOf(referee.judge(chain.vote(38, {source}))), "source");
    });
  });

  describe("what it asks for", () => {
    const chain = new HonestChain({slots: SLOTS});

    it("is what is missing in the newest proven chain, until the block is known that its committees rest on", async () => {
      const {referee} = await new Watched(chain, {isBlockSeen: () => false, isProofSeen: (at) => at === 37}).goTo(37);
      let asked = 0;
      for (let wanted = referee.wantedBlocks(); wanted.length > 0; wanted = referee.wantedBlocks()) {
        for (const each of wanted) {
          const block = chain.blocks.get(each);
          assert.ok(block !== undefined);
          referee.onBlock(chain.seen(block));
          assert.ok(++asked < 30);
        }
      }
      assert.equal(asked, 14, "the blocks of slots 36 to 23, and none of them twice");
      assert.equal(referee.provenRootAt(slot(3 * SLOTS_PER_EPOCH - 1)), chain.head(23).root);
      assert.equal(referee.provenRootAt(slot(22)), null);
      assert.equal(referee.provenRootAt(slot(37)), null, "what is proven ends with slot 36");
      assert.equal(referee.isProven(chain.head(33).root), true);
    });

    it("is nothing while gossip brings all blocks", async () => {
      const watched = new Watched(chain);
      await watched.goTo(40, (at) => {
        if (at >= SLOTS_PER_EPOCH + 1) assert.deepEqual(watched.referee.wantedBlocks(), []);
      });
    });
  });

  it("forgets what is older than finality needs, and keeps a few blocks a slot, whatever comes", async () => {
    const chain = new HonestChain({slots: SLOTS});
    const watched = new Watched(chain);
    await watched.goTo(9);
    for (let n = 0; n < 100; n++)
      watched.referee.onBlock({slot: slot(9), blockRoot: root(n, 7), parentRoot: root(8), attestations: []});
    const proof = chain.proof(9);
    assert.ok(proof !== null);
    await watched.goTo(10);
    assert.equal(watched.referee.isProven(chain.head(9).root), true, "what is proven finds its place");
    await watched.goTo(45);
    assert.equal(watched.referee.isProven(chain.head(9).root), false);
    assert.equal(watched.referee.isProven(chain.head(44).root), true);
    assert.equal(watched.referee.isProven(root(1, 7)), false);
  });

  it("counts the verdicts, each data of a slot once", async () => {
    const chain = new HonestChain({slots: SLOTS});
    const {referee} = await new Watched(chain).goTo(37);
    const head = chain.vote(37, {beaconBlockRoot: chain.head(30).root});
    for (let times = 0; times < 3; times++) {
      referee.judge(chain.vote(37));
      referee.judge(head);
      referee.judge(chain.vote(37, {beaconBlockRoot: root(9, 9)}));
    }
    assert.deepEqual(referee.counts(), {proven: 1, notProvable: 1, vetoes: {source: 0, target: 0, head: 1}});
  });
});
