import assert from "node:assert/strict";
import {type BlockOutcome, type ProducedBlock, type ProposerDuty, type Pubkey, sleep} from "@mote/core";
import {FakeDutiesSource, FakeLog, FakeProposerSettings, FakeValidatorStatuses} from "@mote/testing";
import {PayloadReveal} from "../../src/block/payload-reveal.ts";
import {ProposalService} from "../../src/block/proposal-service.ts";
import {proposerDuties} from "../../src/block/proposer-duties.ts";
import {RandaoReveals} from "../../src/block/randao-reveals.ts";
import {ValidatorRegistry} from "../../src/validators/validator-registry.ts";
import {address, type BlockSort, OTHERS, OURS, produced, proposerDuty} from "../support/blocks.ts";
import {DUE_MS, epoch, fakePorts, pubkey, root, SLOT_MS, slot, validator} from "../support/world.ts";

const PAYLOAD_DUE_MS = 3_000;

describe("ProposalService", () => {
  async function setUp({atSlot = 9, hasBid = false, distributed = false, duties = [proposerDuty(1, 9)]} = {}) {
    const ports = fakePorts(atSlot);
    const {chain, slotClock} = ports;
    const [log, settings] = [new FakeLog(), new FakeProposerSettings()];
    settings.default = {...settings.default, feeRecipient: OURS};
    const registry = new ValidatorRegistry(
      {pubkeys: [pubkey(1), pubkey(2)]},
      {statuses: new FakeValidatorStatuses({infos: [validator(1), validator(2)]}), log},
    );
    await registry.refresh();
    const dutiesSource = new FakeDutiesSource({dutyOf: () => null, dependentRootOf: () => root(1)});
    const assigned = {duties};
    dutiesSource.proposersOf = (of) => assigned.duties.filter((duty) => slotClock.epochOf(duty.slot) === of);
    const components = {...ports, log, registry, dutiesSource, settings, chainData: chain};
    const published: {duty: ProposerDuty; produced: ProducedBlock}[] = [];
    const told = new Set<Pubkey>();
    const proposers = proposerDuties({forkEpochs: []}, components);
    const service = new ProposalService(
      {
        attestationDueMs: () => DUE_MS,
        hasBid: () => hasBid,
        distributed,
        isToldToBuilders: ({pubkey: key}) => told.has(key),
        onPublished: (duty, produced) => published.push({duty, produced}),
      },
      {
        ...components,
        duties: proposers,
        randao: new RandaoReveals(components),
        reveal: new PayloadReveal({payloadDueMs: () => PAYLOAD_DUE_MS}, components),
      },
    );
    await proposers.ensureCurrent();
    const stopping = new AbortController();
    /** The beacon node makes blocks of this sort from now on. */
    const makes = (sort: BlockSort, change: (made: ProducedBlock) => ProducedBlock = (made) => made) => {
      chain.produce = (request): BlockOutcome => ({
        kind: "block",
        produced: change(produced(sort, request)),
        beaconNode: "bn0",
      });
    };
    makes(hasBid ? "selfBuilt" : "full");
    const begin = (at: number) => service.onSlot(slot(at), stopping.signal);
    return {...ports, assigned, begin, dutiesSource, makes, published, registry, told, service, settings, stopping};
  }

  it("asks for the block when its slot begins, with a randao signed ahead, and publishes what it signed", async () => {
    const {begin, chain, clock, journal, published, publisher, settings, signer, slotClock} = await setUp({atSlot: 8});
    const graffiti = new Uint8Array(32).fill(5);
    settings.set(pubkey(1), {graffiti});
    void begin(8);
    await clock.advance(SLOT_MS - 1);
    assert.deepEqual(
      signer.signed.map(({method}) => method),
      ["signRandaoReveal"],
    );
    await clock.advance(1);
    void begin(9);
    await clock.advance(0);
    assert.deepEqual(
      signer.signed.map(({method}) => method),
      ["signRandaoReveal", "signBlock"],
    );
    const [request] = chain.blockRequests;
    assert.deepEqual([request?.slot, request?.proposerIndex, request?.builderBoostFactor], [9, 1, 0n]);
    assert.deepEqual(request?.graffiti, graffiti);
    assert.ok((request?.untilMs ?? Number.POSITIVE_INFINITY) < slotClock.startMs(slot(10)) - SLOT_MS / 10);
    assert.equal(publisher.blocks[0]?.beaconNode, "bn0");
    assert.equal(publisher.blocks[0]?.produced, published[0]?.produced);
    const record = journal.of(1, 9, "proposal");
    const startMs = slotClock.startMs(slot(9));
    assert.equal(record?.dueMs, startMs);
    for (const stage of ["seen", "data", "recorded", "signed", "published"] as const)
      assert.equal(record?.reachedMs[stage], startMs, stage);
    assert.equal(record?.end, null, "the chain has the last word");
  });

  it("signs the randao at once when nobody could ahead", async () => {
    const {begin, clock, publisher, signer} = await setUp();
    void begin(9);
    await clock.advance(0);
    assert.deepEqual(
      signer.signed.map(({method}) => method),
      ["signRandaoReveal", "signBlock"],
    );
    assert.equal(publisher.blocks.length, 1);
  });

  it("tries a refused randao again when its slot begins", async () => {
    const {begin, clock, publisher, signer} = await setUp({atSlot: 8});
    signer.methodRefusals.set("signRandaoReveal", "DOPPELGANGER_WATCH");
    void begin(8);
    await clock.advance(SLOT_MS);
    signer.methodRefusals.clear();
    void begin(9);
    await clock.advance(0);
    assert.equal(publisher.blocks.length, 1);
  });

  for (const [what, of, reason] of [
    ["the randao", "signRandaoReveal", "DOPPELGANGER_WATCH"],
    ["the block", "signBlock", "DOUBLE_PROPOSAL"],
  ] as const) {
    it(`publishes nothing when ${what} is not signed, and says why`, async () => {
      const {begin, clock, journal, publisher, signer} = await setUp();
      signer.methodRefusals.set(of, reason);
      void begin(9);
      await clock.advance(SLOT_MS);
      assert.equal(publisher.blocks.length, 0);
      assert.match(journal.endOf(1, 9, "proposal") ?? "", new RegExp(`^${reason}`));
    });
  }

  it("signs no block that is not the one it asked for", async () => {
    const {begin, clock, journal, makes, signer} = await setUp();
    makes("full", (made) => {
      made.block.slot = 8;
      return made;
    });
    void begin(9);
    await clock.advance(SLOT_MS);
    assert.deepEqual(signer.signedBy("signBlock"), []);
    assert.match(journal.endOf(1, 9, "proposal") ?? "", /^BEACON_DATA_INVALID/);
  });

  it("signs no block that pays another", async () => {
    const {begin, clock, journal, settings, signer} = await setUp();
    settings.set(pubkey(1), {feeRecipient: address(77)});
    void begin(9);
    await clock.advance(SLOT_MS);
    assert.deepEqual(signer.signedBy("signBlock"), []);
    assert.match(journal.endOf(1, 9, "proposal") ?? "", /^FEE_RECIPIENT_MISMATCH/);
  });

  it("gives up in time when nobody makes a block", async () => {
    const {begin, chain, clock, journal} = await setUp();
    chain.produce = () => null;
    void begin(9);
    await clock.advance(SLOT_MS - 1);
    assert.match(journal.endOf(1, 9, "proposal") ?? "", /^NO_BEACON_NODE/);
  });

  it("weighs a builder only when it is on and knows our settings", async () => {
    const {begin, chain, clock, assigned, told, service, settings} = await setUp();
    assigned.duties = [9, 10, 11].map((at) => proposerDuty(1, at));
    service.onChainEvent({kind: "connected", beaconNode: "bn0"});
    await clock.advance(0);
    const factors = async (at: number) => {
      void begin(at);
      await clock.advance(SLOT_MS);
      return chain.blockRequests.at(-1)?.builderBoostFactor;
    };
    told.add(pubkey(1));
    assert.equal(await factors(9), 0n, "it is off");
    settings.set(pubkey(1), {builder: {isEnabled: true, boostFactor: 120n}});
    assert.equal(await factors(10), 120n);
    told.clear();
    assert.equal(await factors(11), 0n, "it was not told");
  });

  it("asks for each block once, when the duties are told anew only after their slot", async () => {
    const {begin, chain, clock, dutiesSource, journal, registry} = await setUp();
    // A key less: the duties of the epoch are asked for again, and the answer takes more than a slot.
    registry.remove([pubkey(2)]);
    const answer = dutiesSource.proposerDuties.bind(dutiesSource);
    dutiesSource.proposerDuties = (of) => sleep(clock, SLOT_MS + 1000).then(() => answer(of));
    void begin(9);
    await clock.advance(SLOT_MS);
    void begin(10);
    await clock.advance(SLOT_MS * 2);
    assert.deepEqual(
      chain.blockRequests.map((request) => request.slot),
      [9],
    );
    assert.equal(journal.of(1, 9, "proposal")?.end, null, "it is out, and the chain has the last word");
  });

  it("signs a blinded block of an allowed builder", async () => {
    const {begin, clock, makes, publisher, told, settings} = await setUp();
    settings.set(pubkey(1), {builder: {isEnabled: true, boostFactor: 100n}});
    told.add(pubkey(1));
    makes("blinded");
    void begin(9);
    await clock.advance(0);
    assert.equal(publisher.blocks[0]?.produced.kind, "blinded");
  });

  it("leaves a share's randao and fee recipient to the gate and the cluster", async () => {
    const {begin, clock, makes, publisher} = await setUp({distributed: true});
    makes("full", (made) => {
      const asked = {slot: slot(9), proposerIndex: 1, randaoReveal: new Uint8Array(96) as never};
      return made.kind === "full" ? produced("full", asked, OTHERS) : made;
    });
    void begin(9);
    await clock.advance(0);
    assert.equal(publisher.blocks.length, 1);
  });

  it("sends a block again that no path answered, and never one that was refused", async () => {
    const {begin, clock, journal, publisher} = await setUp();
    publisher.judge = ({attempt}) => (attempt < 3 ? "unanswered" : "accepted");
    void begin(9);
    await clock.advance(SLOT_MS);
    assert.equal(publisher.blocks.length, 3);
    assert.ok(journal.of(1, 9, "proposal")?.reachedMs.published);

    const other = await setUp();
    other.publisher.judge = () => "refused";
    void other.begin(9);
    await other.clock.advance(SLOT_MS);
    assert.equal(other.publisher.blocks.length, 1);
    assert.match(other.journal.endOf(1, 9, "proposal") ?? "", /^PUBLISH_REFUSED/);
    assert.deepEqual(other.published, []);
  });

  it("proposes nothing in the genesis slot, and nothing for others", async () => {
    const stranger = {...proposerDuty(1, 2), pubkey: pubkey(77)};
    const {begin, chain, clock, journal} = await setUp({
      atSlot: 0,
      duties: [proposerDuty(1, 0), proposerDuty(77, 1), stranger],
    });
    for (const at of [0, 1, 2]) {
      void begin(at);
      await clock.advance(SLOT_MS);
    }
    assert.deepEqual(chain.blockRequests, []);
    assert.equal(journal.of(1, 0, "proposal"), undefined);
  });

  it("learns of a duty in the slot's first moments, and proposes late rather than never", async () => {
    const {begin, chain, clock, dutiesSource, publisher} = await setUp({atSlot: 15, duties: [proposerDuty(1, 24)]});
    dutiesSource.failure = "down";
    await clock.advance(9 * SLOT_MS);
    void begin(24);
    await clock.advance(600);
    assert.deepEqual(chain.blockRequests, []);
    dutiesSource.failure = null;
    await clock.advance(300);
    assert.equal(publisher.blocks.length, 1);
  });

  it("asks no more who proposes when a block would find no votes", async () => {
    const {begin, clock, dutiesSource} = await setUp({duties: []});
    await clock.advance(16 * SLOT_MS);
    dutiesSource.failure = "down";
    void begin(25);
    await clock.advance(DUE_MS);
    const {length} = dutiesSource.askedProposers;
    assert.ok(length > 2 + 4, "more than once");
    await clock.advance(SLOT_MS - DUE_MS);
    assert.equal(dutiesSource.askedProposers.length, length);
  });

  it("leaves a proposal that was begun open for the chain's word", async () => {
    const {begin, clock, journal} = await setUp();
    void begin(9);
    await clock.advance(SLOT_MS);
    void begin(10);
    await clock.advance(0);
    assert.equal(journal.endOf(1, 9, "proposal"), null);
  });

  it("closes a duty that it learnt of too late", async () => {
    const {assigned, begin, chain, clock, journal, service} = await setUp({duties: []});
    void begin(9);
    await clock.advance(DUE_MS + 500);
    assigned.duties = [proposerDuty(1, 9)];
    service.onChainEvent({kind: "connected", beaconNode: "bn0"});
    await clock.advance(SLOT_MS - DUE_MS - 500);
    assert.equal(journal.endOf(1, 9, "proposal"), null);
    void begin(10);
    await clock.advance(0);
    assert.match(journal.endOf(1, 9, "proposal") ?? "", /^BEACON_DATA_LATE/);
    assert.deepEqual(chain.blockRequests, []);
  });

  it("closes the proposals of a slot that went by unseen", async () => {
    const {journal, service} = await setUp();
    service.onPassedBy(slot(9));
    assert.match(journal.endOf(1, 9, "proposal") ?? "", /^SLOT_PASSED_BY/);
  });

  describe("in Gloas", () => {
    const gloas = {hasBid: true};

    it("publishes the payload of its own bid right after the block was accepted", async () => {
      const {begin, clock, journal, publisher, signer, slotClock} = await setUp(gloas);
      void begin(9);
      await clock.advance(0);
      assert.deepEqual(
        signer.signed.map(({method}) => method),
        ["signRandaoReveal", "signBlock", "signExecutionPayloadEnvelope"],
      );
      const {produced: made} = publisher.blocks[0] ?? {};
      assert.ok(made?.kind === "bid");
      assert.equal(publisher.envelopes[0]?.signed.message, made.payload?.envelope);
      assert.equal(publisher.envelopes[0]?.beaconNode, "bn0");
      assert.equal(journal.endOf(1, 9, "payload_reveal"), "done");
      assert.equal(journal.of(1, 9, "payload_reveal")?.dueMs, slotClock.startMs(slot(9)) + PAYLOAD_DUE_MS);
    });

    it("waits for the block's answer, but not beyond what the payload needs to be seen in time", async () => {
      const {begin, clock, publisher} = await setUp(gloas);
      publisher.until.blocks = new Promise(() => {});
      void begin(9);
      await clock.advance(PAYLOAD_DUE_MS - SLOT_MS / 12 - 1);
      assert.equal(publisher.envelopes.length, 0);
      await clock.advance(1);
      assert.equal(publisher.envelopes.length, 1);
    });

    it("reveals at once when the answer is there, however late the block was", async () => {
      const {begin, chain, clock, makes, publisher} = await setUp(gloas);
      chain.produce = () => null;
      void begin(9);
      await clock.advance(PAYLOAD_DUE_MS + 500);
      makes("selfBuilt");
      await clock.advance(100);
      assert.equal(publisher.envelopes.length, 1);
    });

    it("waits a moment for the answer to a late block, too", async () => {
      const {begin, chain, clock, makes, publisher} = await setUp(gloas);
      chain.produce = () => null;
      publisher.until.blocks = sleep(clock, PAYLOAD_DUE_MS + 700);
      publisher.judge = ({kind}) => (kind === "blocks" ? "refused" : "accepted");
      void begin(9);
      await clock.advance(PAYLOAD_DUE_MS + 500);
      makes("selfBuilt");
      await clock.advance(SLOT_MS);
      assert.equal(publisher.blocks.length, 1);
      assert.equal(publisher.envelopes.length, 0);
    });

    it("keeps the payload of a block that was refused", async () => {
      const {begin, clock, journal, publisher} = await setUp(gloas);
      publisher.judge = ({kind}) => (kind === "blocks" ? "refused" : "accepted");
      void begin(9);
      await clock.advance(SLOT_MS);
      assert.equal(publisher.envelopes.length, 0);
      assert.match(journal.endOf(1, 9, "payload_reveal") ?? "", /^PUBLISH_REFUSED/);
    });

    it("reveals nothing for a builder's bid", async () => {
      const {begin, chain, clock, journal, makes, publisher, settings, told} = await setUp(gloas);
      settings.set(pubkey(1), {builder: {isEnabled: true, boostFactor: 150n}});
      told.add(pubkey(1));
      makes("buildersBid");
      void begin(9);
      await clock.advance(SLOT_MS);
      assert.equal(chain.blockRequests[0]?.builderBoostFactor, 150n);
      assert.equal(publisher.blocks.length, 1);
      assert.equal(publisher.envelopes.length, 0);
      assert.equal(journal.of(1, 9, "payload_reveal"), undefined);
    });

    it("says why a payload was not signed, and follows its block all the same", async () => {
      const {begin, clock, journal, published, publisher, signer} = await setUp(gloas);
      signer.methodRefusals.set("signExecutionPayloadEnvelope", "SIGNER_FAILED");
      void begin(9);
      await clock.advance(0);
      assert.match(journal.endOf(1, 9, "payload_reveal") ?? "", /^SIGNER_FAILED/);
      assert.equal(publisher.envelopes.length, 0);
      assert.equal(published.length, 1);
    });
  });

  it("is told of the proposers of this and the next epoch", async () => {
    const {dutiesSource} = await setUp();
    assert.deepEqual(dutiesSource.askedProposers, [epoch(1), epoch(2)]);
  });
});
