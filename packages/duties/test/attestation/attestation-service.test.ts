import assert from "node:assert/strict";
import type {AttestationDataOutcome} from "@mote/core";
import {AttestationService} from "../../src/attestation/attestation-service.ts";
import {
  ACCEPTED,
  DUE_MS,
  data,
  duty,
  FakeChain,
  FakeJournal,
  FakePublisher,
  FakeSigner,
  fakeTime,
  head,
  REFUSED,
  root,
  SLOT_MS,
  slot,
  UNANSWERED,
} from "../support/world.ts";

describe("AttestationService", () => {
  function setUp({atSlot = 9, duties = [duty(1, 9), duty(2, 9)]} = {}) {
    const {clock, slotClock} = fakeTime(atSlot);
    const [chain, signer, publisher, journal] = [
      new FakeChain(),
      new FakeSigner(),
      new FakePublisher(),
      new FakeJournal(),
    ];
    const service = new AttestationService(
      {
        attestationDueMs: () => DUE_MS,
        indexNamesPayload: () => false,
        dutiesAt: (at) => duties.filter((each) => each.slot === at),
      },
      {chainData: chain, signer, publisher, journal, slotClock},
    );
    const stopping = new AbortController();
    return {clock, slotClock, chain, signer, publisher, journal, service, stopping};
  }

  it("votes on the head event, before the vote is due, for all duties in one request", async () => {
    const {clock, chain, publisher, journal, service, stopping, slotClock} = setUp();
    const voted = service.vote(slot(9), stopping.signal);
    await clock.advance(500);
    assert.equal(publisher.sent.length, 0);
    service.onChainEvent(head(9, slotClock.nowMs()));
    await clock.advance(0);
    assert.equal(publisher.sent.length, 1);
    assert.deepEqual(
      publisher.sent[0]?.map(({attesterIndex}) => attesterIndex),
      [1, 2],
    );
    assert.equal(chain.requests[0]?.head, root(1009));
    assert.deepEqual((await voted)?.data, data(9));
    assert.equal(journal.of(1, 9)?.reached.seen, slotClock.startMs(slot(9)) + 500);
    assert.ok(journal.of(1, 9)?.reached.published);
  });

  it("votes at the due time when no head of the slot was announced", async () => {
    const {clock, chain, publisher, service, stopping, slotClock} = setUp();
    void service.vote(slot(9), stopping.signal);
    service.onChainEvent(head(8, slotClock.nowMs()));
    await clock.advance(DUE_MS - 1);
    assert.equal(publisher.sent.length, 0);
    await clock.advance(1);
    assert.equal(publisher.sent.length, 1);
    assert.equal(chain.requests[0]?.head, undefined);
    assert.equal(chain.requests[0]?.untilMs, slotClock.startMs(slot(10)));
  });

  it("remembers a head that arrived before the slot began by our clock", async () => {
    const {clock, publisher, service, stopping, slotClock} = setUp({atSlot: 8});
    await clock.advance(SLOT_MS - 10);
    service.onChainEvent(head(9, slotClock.nowMs()));
    await clock.advance(10);
    void service.vote(slot(9), stopping.signal);
    await clock.advance(0);
    assert.equal(publisher.sent.length, 1);
  });

  it("tries again with each announcement while the nodes do not agree on the head, and at last at the due time", async () => {
    const {clock, chain, publisher, service, stopping, slotClock} = setUp();
    const notAgreed: AttestationDataOutcome = {kind: "failed", reason: "HEAD_NOT_AGREED", detail: ""};
    chain.answer = (request) =>
      request.head === undefined ? {kind: "data", data: data(9), beaconNodes: []} : notAgreed;
    void service.vote(slot(9), stopping.signal);
    service.onChainEvent(head(9, slotClock.nowMs()));
    await clock.advance(100);
    service.onChainEvent(head(9, slotClock.nowMs(), {beaconNode: "bn1"}));
    await clock.advance(100);
    assert.equal(chain.requests.length, 2);
    assert.equal(publisher.sent.length, 0);
    await clock.advance(DUE_MS);
    assert.deepEqual(
      chain.requests.map((request) => request.head),
      [root(1009), root(1009), undefined],
    );
    assert.equal(publisher.sent.length, 1);
  });

  it("closes every duty with the reason when there are no data", async () => {
    const {clock, chain, signer, journal, service, stopping} = setUp();
    chain.answer = () => ({kind: "failed", reason: "BEACON_NODES_DISAGREE", detail: "bn0 says this, bn1 that"});
    const voted = service.vote(slot(9), stopping.signal);
    await clock.advance(DUE_MS);
    assert.equal(await voted, null);
    assert.equal(signer.signed.length, 0);
    for (const index of [1, 2]) assert.match(journal.of(index, 9)?.end ?? "", /^BEACON_NODES_DISAGREE/);
  });

  for (const [what, wrong, reason] of [
    ["another slot", data(10), "BEACON_DATA_INVALID"],
    ["another target epoch", {...data(9), target: {epoch: 2, root: root(2)}}, "BEACON_DATA_INVALID"],
    ["a committee index in data.index", {...data(9), index: 1}, "BEACON_DATA_INVALID"],
    ["a source above its target", {...data(9), source: {epoch: 5, root: root(2)}}, "SOURCE_AFTER_TARGET"],
    ["a source equal to its target", {...data(9), source: {epoch: 1, root: root(2)}}, "SOURCE_AFTER_TARGET"],
  ] as const) {
    it(`signs nothing for data with ${what}`, async () => {
      const {clock, chain, signer, publisher, journal, service, stopping} = setUp();
      chain.answer = () => ({kind: "data", data: wrong as ReturnType<typeof data>, beaconNodes: ["bn0"]});
      void service.vote(slot(9), stopping.signal);
      await clock.advance(DUE_MS);
      assert.equal(signer.signed.length, 0);
      assert.equal(publisher.sent.length, 0);
      assert.match(journal.of(1, 9)?.end ?? "", new RegExp(`^${reason}`));
    });
  }

  it("publishes the others when one signature is refused", async () => {
    const {clock, signer, publisher, journal, service, stopping} = setUp();
    signer.refuse.add(1);
    const voted = service.vote(slot(9), stopping.signal);
    await clock.advance(DUE_MS);
    assert.deepEqual(
      publisher.sent[0]?.map(({attesterIndex}) => attesterIndex),
      [2],
    );
    assert.match(journal.of(1, 9)?.end ?? "", /^DOUBLE_VOTE/);
    assert.deepEqual(
      (await voted)?.duties.map(({validatorIndex}) => validatorIndex),
      [2],
    );
  });

  it("sends again what no path answered, and only that", async () => {
    const {clock, publisher, journal, service, stopping} = setUp();
    publisher.outcome = ({attesterIndex}, attempt) => (attesterIndex === 2 && attempt === 1 ? UNANSWERED : ACCEPTED);
    void service.vote(slot(9), stopping.signal);
    await clock.advance(DUE_MS + 1000);
    assert.deepEqual(
      publisher.sent.map((batch) => batch.map(({attesterIndex}) => attesterIndex)),
      [[1, 2], [2]],
    );
    assert.ok(journal.of(2, 9)?.reached.published);
  });

  it("gives up after bounded tries, and never resends what was refused", async () => {
    const {clock, publisher, journal, service, stopping} = setUp();
    publisher.outcome = ({attesterIndex}) => (attesterIndex === 1 ? REFUSED : UNANSWERED);
    void service.vote(slot(9), stopping.signal);
    await clock.advance(60_000);
    assert.equal(publisher.sent.length, 5);
    assert.ok(publisher.sent.slice(1).every((batch) => batch.every(({attesterIndex}) => attesterIndex === 2)));
    assert.match(journal.of(1, 9)?.end ?? "", /^PUBLISH_REFUSED: bn0: bad signature/);
    assert.match(journal.of(2, 9)?.end ?? "", /^PUBLISH_UNANSWERED: bn0: TIMED_OUT/);
  });

  it("gives up a vote that waits for its trigger when Mote stops", async () => {
    const {clock, publisher, service, stopping} = setUp();
    const voted = service.vote(slot(9), stopping.signal);
    stopping.abort();
    assert.equal(await voted, null);
    await clock.advance(DUE_MS * 2);
    assert.equal(publisher.sent.length, 0);
  });
});
