import assert from "node:assert/strict";
import type {AttestationDataOutcome} from "@mote/core";
import {FakeLog, FakeReferee, MemorySlashingProtection} from "@mote/testing";
import {AttestationService} from "../../src/attestation/attestation-service.ts";
import {RefereeCheck} from "../../src/attestation/referee-check.ts";
import {dutyKey} from "../../src/duty-key.ts";
import {OldSourceQuestion} from "../../src/safety/old-source.ts";
import {DUE_MS, data, duty, epoch, fakePorts, head, pubkey, root, SLOT_MS, slot} from "../support/world.ts";

describe("AttestationService", () => {
  function setUp({atSlot = 9, duties = [duty(1, 9), duty(2, 9)]} = {}) {
    const ports = fakePorts(atSlot);
    const {chain, signer, publisher, journal, slotClock} = ports;
    for (const each of duties) journal.open(dutyKey("attestation", each), slotClock.startMs(each.slot) + DUE_MS);
    const [log, protection, referee] = [new FakeLog(), new MemorySlashingProtection(), new FakeReferee()];
    const arrivals = {ofSlot: () => "no block of this slot was seen"};
    const oldSource = new OldSourceQuestion({protection, log});
    const service = new AttestationService(
      {
        attestationDueMs: () => DUE_MS,
        indexNamesPayload: () => false,
        dutiesAt: (at) => duties.filter((each) => each.slot === at),
      },
      {
        chainData: chain,
        signer,
        publisher,
        journal,
        oldSource,
        slotClock,
        arrivals,
        referee: new RefereeCheck({referee, log}),
      },
    );
    const stopping = new AbortController();
    return {...ports, log, protection, referee, service, stopping};
  }

  it("votes on the head event, before the vote is due, for all duties in one request", async () => {
    const {clock, chain, publisher, journal, service, stopping, slotClock} = setUp();
    const voted = service.vote(slot(9), stopping.signal);
    await clock.advance(500);
    assert.equal(publisher.votes.length, 0);
    service.onChainEvent(head(9, slotClock.nowMs()));
    await clock.advance(0);
    assert.equal(publisher.votes.length, 1);
    assert.deepEqual(
      publisher.votes[0]?.map(({attesterIndex}) => attesterIndex),
      [1, 2],
    );
    assert.equal(chain.requests[0]?.head, root(1009));
    assert.deepEqual((await voted)?.data, data(9));
    assert.equal(journal.of(1, 9)?.reachedMs.seen, slotClock.startMs(slot(9)) + 500);
    assert.ok(journal.of(1, 9)?.reachedMs.published);
  });

  it("votes at the due time when no head of the slot was announced", async () => {
    const {clock, chain, publisher, service, stopping, slotClock} = setUp();
    void service.vote(slot(9), stopping.signal);
    service.onChainEvent(head(8, slotClock.nowMs()));
    await clock.advance(DUE_MS - 1);
    assert.equal(publisher.votes.length, 0);
    await clock.advance(1);
    assert.equal(publisher.votes.length, 1);
    assert.equal(chain.requests[0]?.head, undefined);
    assert.equal(chain.requests[0]?.untilMs, slotClock.startMs(slot(10)));
  });

  it("fails a duty that is learnt of when the votes of its slot are decided, and no other", async () => {
    const {clock, publisher, journal, service, stopping, slotClock} = setUp();
    const late = duty(3, 9);
    void service.vote(slot(9), stopping.signal);
    service.onDuties([duty(1, 9), duty(2, 9), late]);
    assert.equal(publisher.votes.length, 0, "there is time until the vote is due");
    await clock.advance(DUE_MS);
    const next = duty(4, 10);
    for (const each of [late, next]) journal.open(dutyKey("attestation", each), slotClock.startMs(each.slot) + DUE_MS);
    service.onDuties([duty(1, 9), duty(2, 9), late, next]);
    assert.deepEqual(
      [1, 2, 3].map((index) => journal.of(index, 9)?.end?.kind ?? "open"),
      ["open", "open", "failed"],
    );
    assert.equal(journal.of(4, 10)?.end, null);
  });

  it("remembers a head that arrived before the slot began by our clock", async () => {
    const {clock, publisher, service, stopping, slotClock} = setUp({atSlot: 8});
    await clock.advance(SLOT_MS - 10);
    service.onChainEvent(head(9, slotClock.nowMs()));
    await clock.advance(10);
    void service.vote(slot(9), stopping.signal);
    await clock.advance(0);
    assert.equal(publisher.votes.length, 1);
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
    assert.equal(publisher.votes.length, 0);
    await clock.advance(DUE_MS);
    assert.deepEqual(
      chain.requests.map((request) => request.head),
      [root(1009), root(1009), undefined],
    );
    assert.equal(publisher.votes.length, 1);
  });

  it("closes every duty with the reason when there are no data", async () => {
    const {clock, chain, signer, journal, service, stopping} = setUp();
    chain.answer = () => ({kind: "failed", reason: "BEACON_NODES_DISAGREE", detail: "bn0 says this, bn1 that"});
    const voted = service.vote(slot(9), stopping.signal);
    await clock.advance(DUE_MS);
    assert.equal(await voted, null);
    assert.equal(signer.votes.length, 0);
    for (const index of [1, 2]) assert.match(journal.endOf(index, 9) ?? "", /^BEACON_NODES_DISAGREE/);
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
      assert.equal(signer.votes.length, 0);
      assert.equal(publisher.votes.length, 0);
      assert.match(journal.endOf(1, 9) ?? "", new RegExp(`^${reason}`));
    });
  }

  it("signs nothing that the referee vetoes, on a head event and at the due time, and names the beacon node once a slot", async () => {
    const {clock, signer, journal, service, stopping, slotClock, referee, log} = setUp();
    const evidence = "head 0x…03f1 leaves out the proven block 0x…03e8 of slot 7";
    referee.verdictOf = () => ({kind: "veto", value: "head", evidence});
    void service.vote(slot(9), stopping.signal);
    service.onChainEvent(head(9, slotClock.nowMs()));
    await clock.advance(DUE_MS - 1);
    assert.equal(referee.judged.length, 1, "on the head event");
    await clock.advance(1);
    assert.equal(referee.judged.length, 2, "and when the vote was due");
    assert.equal(signer.votes.length, 0);
    assert.equal(journal.endOf(1, 9), `REFEREE_VETO: ${evidence}; on the network: no block of this slot was seen`);
    assert.deepEqual(log.lines, [`error slot 9: what bn0 says was not signed: ${evidence}`]);
  });

  it("signs what nothing speaks against, proven or not", async () => {
    for (const verdict of [{kind: "proven"}, {kind: "not_provable", values: ["head"]}] as const) {
      const {clock, signer, service, stopping, referee, log} = setUp();
      referee.verdictOf = () => verdict;
      void service.vote(slot(9), stopping.signal);
      await clock.advance(DUE_MS);
      assert.equal(signer.votes.length, 2);
      assert.deepEqual(log.lines, []);
    }
  });

  it("leaves data that cannot be a vote of the slot to the first check, and the referee alone", async () => {
    const {clock, chain, service, stopping, referee} = setUp();
    chain.answer = () => ({kind: "data", data: data(10), beaconNodes: ["bn0"]});
    void service.vote(slot(9), stopping.signal);
    await clock.advance(DUE_MS);
    assert.deepEqual(referee.judged, []);
  });

  it("publishes the others when one signature is refused", async () => {
    const {clock, signer, publisher, journal, service, stopping} = setUp();
    signer.refusals.set(pubkey(1), "DOUBLE_VOTE");
    const voted = service.vote(slot(9), stopping.signal);
    await clock.advance(DUE_MS);
    assert.deepEqual(
      publisher.votes[0]?.map(({attesterIndex}) => attesterIndex),
      [2],
    );
    assert.match(journal.endOf(1, 9) ?? "", /^DOUBLE_VOTE/);
    assert.deepEqual(
      (await voted)?.duties.map(({validatorIndex}) => validatorIndex),
      [2],
    );
  });

  it("asks the operator when the beacon nodes justify less than was voted from", async () => {
    const {clock, signer, protection, log, service, stopping} = setUp();
    const vote = {sourceEpoch: epoch(1), targetEpoch: epoch(2), signingRoot: root(3)};
    await protection.recordAttestation(pubkey(1), vote);
    signer.refusals.set(pubkey(1), "SURROUNDING_VOTE");
    const voted = service.vote(slot(9), stopping.signal);
    await clock.advance(DUE_MS);
    await (await voted)?.published;
    assert.match(log.lines.join(), /^error the beacon nodes' justified epoch 0 is older than 1,/);
  });

  it("sends again what no path answered, and only that", async () => {
    const {clock, publisher, journal, service, stopping} = setUp();
    publisher.judge = ({validatorIndex, attempt}) =>
      validatorIndex === 2 && attempt === 1 ? "unanswered" : "accepted";
    void service.vote(slot(9), stopping.signal);
    await clock.advance(DUE_MS + 1000);
    assert.deepEqual(
      publisher.votes.map((batch) => batch.map(({attesterIndex}) => attesterIndex)),
      [[1, 2], [2]],
    );
    assert.ok(journal.of(2, 9)?.reachedMs.published);
  });

  it("hands the vote on to be aggregated, whether or not the beacon nodes answer", async () => {
    const {clock, publisher, service, stopping} = setUp();
    publisher.until.votes = new Promise(() => {});
    const voted = service.vote(slot(9), stopping.signal);
    await clock.advance(DUE_MS);
    const vote = await Promise.race([voted, clock.advance(SLOT_MS).then(() => null)]);
    assert.equal(vote?.duties.length, 2);
  });

  it("gives up after bounded tries, and never resends what was refused", async () => {
    const {clock, publisher, journal, service, stopping} = setUp();
    publisher.judge = ({validatorIndex}) => (validatorIndex === 1 ? "refused" : "unanswered");
    void service.vote(slot(9), stopping.signal);
    await clock.advance(60_000);
    assert.equal(publisher.votes.length, 5);
    assert.ok(publisher.votes.slice(1).every((batch) => batch.every(({attesterIndex}) => attesterIndex === 2)));
    assert.match(journal.endOf(1, 9) ?? "", /^PUBLISH_REFUSED: bn0: bad signature/);
    assert.match(journal.endOf(2, 9) ?? "", /^PUBLISH_UNANSWERED: bn0: TIMED_OUT/);
  });

  it("gives up a vote that waits for its trigger when Mote stops", async () => {
    const {clock, publisher, service, stopping} = setUp();
    const voted = service.vote(slot(9), stopping.signal);
    stopping.abort();
    assert.equal(await voted, null);
    await clock.advance(DUE_MS * 2);
    assert.equal(publisher.votes.length, 0);
  });
});
