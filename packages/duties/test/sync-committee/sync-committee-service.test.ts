import assert from "node:assert/strict";
import {isSyncCommitteeAggregator} from "@mote/consensus";
import {bytesToHex, rootToHex, type Signature} from "@mote/core";
import {DistributedSelectionProofs} from "../../src/selections/distributed-selection-proofs.ts";
import {contributionTo, FakeSelections, PERIOD_SLOTS, sentBy, syncWorld} from "../support/sync-world.ts";
import {AGGREGATE_DUE_MS, DUE_MS, GENESIS_SEC, head, root, SLOT_MS, signature, slot} from "../support/world.ts";

const NOBODY = {};
const startMs = (atSlot: number) => GENESIS_SEC * 1000 + atSlot * SLOT_MS;
/** Validator 1 with one seat, validator 2 with three in two subcommittees. */
const SEATS = {1: [0], 2: [1, 9, 15]};

describe("SyncCommitteeService: messages", () => {
  it("go out on the head event of the slot, for the head that it names, all in one request", async () => {
    const {clock, chain, publisher, service, driver, journal} = syncWorld({atSlot: 9, seats: () => SEATS});
    await driver.start();
    await driver.begin();
    await clock.advance(700);
    assert.equal(publisher.syncMessages.length, 0);
    service.onChainEvent(head(9, clock.nowMs()));
    await clock.advance(0);

    assert.deepEqual(sentBy(publisher.syncMessages), [[9, [1, 2]]]);
    assert.equal(chain.headRootRequests[0]?.head, root(1009));
    assert.equal(rootToHex(publisher.syncMessages[0]?.[0]?.beaconBlockRoot as Uint8Array), root(1009));
    const record = journal.of(2, 9, "sync_message");
    assert.deepEqual([record?.dueMs, record?.reachedMs.seen], [startMs(9) + DUE_MS, startMs(9) + 700]);
    assert.equal(journal.endOf(2, 9, "sync_message"), "done");
  });

  it("go out at the due time when no head event comes", async () => {
    const {clock, chain, publisher, driver} = syncWorld({atSlot: 9, seats: () => SEATS});
    await driver.start();
    await driver.begin();
    await clock.advance(DUE_MS - 1);
    assert.equal(publisher.syncMessages.length, 0);
    await clock.advance(1);
    assert.equal(publisher.syncMessages.length, 1);
    assert.equal(chain.headRootRequests[0]?.head, undefined);
  });

  it("wait for the due time when the nodes do not agree on an announced head, and are sent once", async () => {
    const {clock, publisher, service, driver, signer} = syncWorld({atSlot: 9, seats: () => SEATS});
    await driver.start();
    await driver.begin();
    service.onChainEvent(head(9, clock.nowMs(), {blockRoot: root(66)}));
    await clock.advance(DUE_MS - 1);
    assert.equal(publisher.syncMessages.length, 0);
    await clock.advance(1);
    assert.equal(rootToHex(publisher.syncMessages[0]?.[0]?.beaconBlockRoot as Uint8Array), root(1009));
    service.onChainEvent(head(9, clock.nowMs()));
    await clock.advance(SLOT_MS);
    assert.equal(publisher.syncMessages.length, 1);
    assert.equal(signer.signedBy("signSyncCommitteeMessages").length, 2);
  });

  it("are not signed for another head than the one that was asked for", async () => {
    const {clock, chain, signer, service, driver} = syncWorld({atSlot: 9, seats: () => SEATS});
    chain.headOf = () => ({kind: "root", root: root(67)});
    await driver.start();
    await driver.begin();
    service.onChainEvent(head(9, clock.nowMs()));
    await clock.advance(DUE_MS - 1);
    assert.equal(signer.signedBy("signSyncCommitteeMessages").length, 0);
  });

  it("fail, and contributions with them, when no node answers until the slot is over", async () => {
    const {clock, chain, publisher, driver, journal} = syncWorld({atSlot: 9, seats: () => SEATS});
    chain.headOf = () => null;
    await driver.start();
    await driver.begin();
    await clock.advance(SLOT_MS - 1);
    assert.equal(journal.endOf(1, 9, "sync_message"), null);
    await clock.advance(1);
    assert.match(journal.endOf(1, 9, "sync_message") ?? "", /^NO_BEACON_NODE/);
    assert.match(journal.endOf(2, 9, "sync_contribution", 1) ?? "", /^NO_BEACON_NODE/);
    assert.equal(publisher.syncMessages.length, 0);
  });

  it("of one key that is refused stop no other", async () => {
    const {publisher, signer, driver, journal} = syncWorld({atSlot: 9, seats: () => SEATS});
    signer.refusals.set(journalPubkey(1), "SIGNER_FAILED");
    await driver.start();
    await driver.run(1);
    assert.deepEqual(sentBy(publisher.syncMessages), [[9, [2]]]);
    assert.match(journal.endOf(1, 9, "sync_message") ?? "", /^SIGNER_FAILED/);
  });

  it("are asked for by nobody where nobody has a seat", async () => {
    const {chain, publisher, driver} = syncWorld({atSlot: 9, seats: () => NOBODY});
    await driver.start();
    await driver.run(2);
    assert.deepEqual([chain.headRootRequests.length, publisher.syncSubscriptions.length], [0, 0]);
  });

  it("of a slot whose duties come late are still sent", async () => {
    const {clock, dutiesSource, publisher, service, driver, journal} = syncWorld({atSlot: 9, seats: () => SEATS});
    dutiesSource.failure = "down";
    await driver.start();
    await driver.begin();
    await clock.advance(500);
    dutiesSource.failure = null;
    assert.equal(await service.ensureThisEpoch(), true);
    await clock.advance(SLOT_MS - 500);
    assert.deepEqual(sentBy(publisher.syncMessages), [[9, [1, 2]]]);
    assert.equal(journal.endOf(2, 9, "sync_contribution", 1), "done");
  });

  it("of slots that went by, or that a stop cuts short, are failed by name", async () => {
    const {clock, service, driver, journal} = syncWorld({atSlot: 9, seats: () => SEATS});
    await driver.start();
    service.onPassedBy(slot(8));
    assert.match(journal.endOf(2, 8, "sync_message") ?? "", /^SLOT_PASSED_BY/);
    await driver.begin();
    await clock.advance(100);
    driver.stopping.abort();
    await clock.advance(0);
    assert.match(journal.endOf(2, 9, "sync_message") ?? "", /^SHUTTING_DOWN/);
    assert.match(journal.endOf(2, 9, "sync_contribution", 0) ?? "", /^SHUTTING_DOWN/);
  });
});

describe("SyncCommitteeService: periods", () => {
  it("change one slot before the epoch does: slot 62 is the old committee's last, slot 63 the new one's first", async () => {
    const world = syncWorld({atSlot: 58, seats: (period) => (period === 0 ? {1: [0], 2: [9]} : {2: [17], 3: [30]})});
    await world.driver.start();
    await world.driver.run(8);
    assert.deepEqual(sentBy(world.publisher.syncMessages), [
      ...[58, 59, 60, 61, 62].map((at) => [at, [1, 2]]),
      ...[63, 64, 65].map((at) => [at, [2, 3]]),
    ]);
    const subcommittees = world.publisher.contributions
      .flat()
      .map(({message}) => [message.contribution.slot, message.aggregatorIndex, message.contribution.subcommitteeIndex]);
    assert.deepEqual(
      subcommittees.filter(([at]) => at === 62 || at === 63),
      [
        [62, 1, 0],
        [62, 2, 1],
        [63, 2, 2],
        [63, 3, 3],
      ],
    );
  });

  it("are asked for once an epoch, this one and the next, and again at once when the validators change", async () => {
    const {dutiesSource, registry, driver} = syncWorld({atSlot: 8, seats: () => SEATS});
    await driver.start();
    assert.deepEqual(dutiesSource.askedSync, [1, 8]);
    await driver.run(8);
    assert.deepEqual(dutiesSource.askedSync.slice(2), [], "the epoch's remaining slots");
    await driver.run(1);
    assert.deepEqual(dutiesSource.askedSync.slice(2), [2, 8]);
    registry.indices = [...registry.indices, 10 as never];
    await driver.run(1);
    assert.deepEqual(dutiesSource.askedSync.slice(4), [2, 8]);
  });

  it("are asked for in each slot until somebody answers; what was known stays", async () => {
    const {dutiesSource, publisher, driver, log} = syncWorld({atSlot: 15, seats: () => SEATS});
    await driver.start();
    dutiesSource.failure = "down";
    const asked = dutiesSource.askedSync.length;
    await driver.run(3);
    assert.equal(dutiesSource.askedSync.length - asked, 4, "in both slots of epoch 2");
    assert.equal(publisher.syncMessages.length, 3);
    assert.equal(log.lines.filter((line) => /sync committee duties not read/.test(line)).length, 1);
  });

  it("before genesis: the first one only, and slot 0 is served", async () => {
    const {clock, dutiesSource, publisher, driver} = syncWorld({atSlot: -2, seats: () => SEATS});
    await driver.start();
    assert.deepEqual(dutiesSource.askedSync, [0]);
    await clock.advance(2 * SLOT_MS);
    await driver.run(1);
    assert.deepEqual(sentBy(publisher.syncMessages), [[0, [1, 2]]]);
  });

  it("withdraws what a refetch took back before it was signed", async () => {
    const {clock, dutiesSource, publisher, registry, service, driver, journal} = syncWorld({
      atSlot: 9,
      seats: () => SEATS,
    });
    await driver.start();
    await driver.begin();
    dutiesSource.seatsOf = () => null;
    registry.indices = registry.indices.slice(1);
    await service.ensureThisEpoch();
    await clock.advance(SLOT_MS);
    assert.equal(publisher.syncMessages.length, 0);
    assert.equal(journal.endOf(1, 9, "sync_message"), "withdrawn");
    assert.equal(journal.endOf(1, 9, "sync_contribution", 0), "withdrawn");
  });
});

describe("SyncCommitteeService: subscriptions", () => {
  it("cover this period until its end, and the next one ahead of its first slot", async () => {
    const {publisher, driver} = syncWorld({atSlot: 0, seats: (period) => (period === 0 ? {1: [0]} : {2: [3, 9]})});
    await driver.start();
    const own = {validatorIndex: 1, seats: [0], untilEpoch: 8};
    assert.deepEqual(publisher.syncSubscriptions, [[own]]);
    // By lot one to four epochs before; this lot says one.
    await driver.run(PERIOD_SLOTS - 8);
    assert.deepEqual(publisher.syncSubscriptions.slice(1), Array(6).fill([own]), "once an epoch");
    await driver.run(1);
    assert.deepEqual(publisher.syncSubscriptions.at(-1), [own, {validatorIndex: 2, seats: [3, 9], untilEpoch: 16}]);
  });

  it("of the next period come up to four epochs ahead, by lot", async () => {
    const world = syncWorld({atSlot: 4 * 8, seats: (period) => (period === 1 ? {2: [3]} : NOBODY)});
    world.random.next = () => 0.99;
    await world.driver.start();
    assert.equal(world.publisher.syncSubscriptions.length, 1);
    const early = syncWorld({atSlot: 4 * 8 - 1, seats: (period) => (period === 1 ? {2: [3]} : NOBODY)});
    early.random.next = () => 0.99;
    await early.driver.start();
    assert.equal(early.publisher.syncSubscriptions.length, 0);
  });

  it("are told before the first slot begins, at genesis too", async () => {
    const {publisher, service} = syncWorld({atSlot: -2, seats: () => SEATS});
    await service.ensureThisEpoch();
    assert.deepEqual(publisher.syncSubscriptions.length, 1);
  });

  it("are told again to a node that connects, and until some node took them", async () => {
    const {clock, publisher, service, driver} = syncWorld({atSlot: 9, seats: () => SEATS});
    publisher.deaf.add("bn0");
    await driver.start();
    assert.equal(publisher.syncSubscriptions.length, 0);
    publisher.deaf.clear();
    await driver.run(2);
    assert.equal(publisher.syncSubscriptions.length, 1);
    service.onChainEvent({kind: "connected", beaconNode: "bn0"});
    await clock.advance(0);
    assert.equal(publisher.syncSubscriptions.length, 2);
  });
});

describe("SyncCommitteeService: contributions", () => {
  it("are one a subcommittee with a seat, at the due time, each with its own proof", async () => {
    const {clock, chain, publisher, signer, driver, journal} = syncWorld({atSlot: 9, seats: () => SEATS});
    await driver.start();
    await driver.begin();
    await clock.advance(AGGREGATE_DUE_MS - 1);
    assert.equal(chain.contributionRequests.length, 0);
    await clock.advance(1);
    assert.deepEqual(
      chain.contributionRequests.map(({subcommitteeIndex, beaconBlockRoot}) => [subcommitteeIndex, beaconBlockRoot]),
      [
        [0, root(1009)],
        [1, root(1009)],
      ],
    );
    const sent = publisher.contributions.flat().map(({message}) => message);
    assert.deepEqual(
      sent.map(({aggregatorIndex, contribution}) => `${aggregatorIndex} in ${contribution.subcommitteeIndex}`).sort(),
      ["1 in 0", "2 in 0", "2 in 1"],
    );
    assert.equal(new Set(sent.map(({selectionProof}) => bytesToHex(selectionProof))).size, 3);
    assert.equal(signer.signedBy("signSyncCommitteeSelectionProof").filter(ofSlot(9)).length, 3);
    for (const subcommittee of [0, 1]) {
      assert.equal(journal.of(2, 9, "sync_contribution", subcommittee)?.dueMs, startMs(9) + AGGREGATE_DUE_MS);
      assert.equal(journal.endOf(2, 9, "sync_contribution", subcommittee), "done");
    }
  });

  it("are for the root that was signed, though the chain reorged since", async () => {
    const {clock, chain, service, publisher, driver} = syncWorld({atSlot: 9, seats: () => SEATS});
    await driver.start();
    await driver.begin();
    service.onChainEvent(head(9, clock.nowMs()));
    await clock.advance(DUE_MS);
    chain.headOf = () => ({kind: "root", root: root(66)});
    service.onChainEvent(head(9, clock.nowMs(), {blockRoot: root(66)}));
    await clock.advance(SLOT_MS - DUE_MS);
    const roots = publisher.contributions.flat().map(({message}) => rootToHex(message.contribution.beaconBlockRoot));
    assert.deepEqual(new Set(roots), new Set([root(1009)]));
  });

  it("of validators that were not selected are not made", async () => {
    const {publisher, chain, driver, journal} = syncWorld({atSlot: 9, seats: () => SEATS, isAggregator: () => false});
    await driver.start();
    await driver.run(1);
    assert.deepEqual([chain.contributionRequests.length, publisher.contributions.length], [0, 0]);
    assert.equal(journal.of(1, 9, "sync_contribution", 0), undefined);
    assert.equal(journal.endOf(1, 9, "sync_message"), "done");
  });

  it("to another block are not signed", async () => {
    const {chain, publisher, driver, journal} = syncWorld({atSlot: 9, seats: () => SEATS});
    chain.contribution = (request) =>
      contributionTo(request.subcommitteeIndex === 0 ? request : {...request, beaconBlockRoot: root(66)});
    await driver.start();
    await driver.run(1);
    assert.match(journal.endOf(2, 9, "sync_contribution", 1) ?? "", /^BEACON_DATA_INVALID/);
    assert.equal(journal.endOf(2, 9, "sync_contribution", 0), "done");
    assert.ok(publisher.contributions.flat().every(({message}) => message.contribution.subcommitteeIndex === 0));
  });

  it("wait for no other subcommittee's: one without an answer fails alone", async () => {
    const {clock, chain, publisher, driver, journal} = syncWorld({atSlot: 9, seats: () => SEATS});
    chain.contribution = (request) => (request.subcommitteeIndex === 0 ? null : contributionTo(request));
    await driver.start();
    await driver.begin();
    await clock.advance(AGGREGATE_DUE_MS);
    assert.equal(publisher.contributions.length, 1);
    await clock.advance(SLOT_MS - AGGREGATE_DUE_MS);
    assert.match(journal.endOf(1, 9, "sync_contribution", 0) ?? "", /^NO_CONTRIBUTION/);
    assert.equal(journal.endOf(2, 9, "sync_contribution", 1), "done");
  });

  it("do not wait for messages that no node takes", async () => {
    const {clock, publisher, driver} = syncWorld({atSlot: 9, seats: () => SEATS});
    publisher.until.syncMessages = new Promise(() => {});
    await driver.start();
    await driver.begin();
    await clock.advance(AGGREGATE_DUE_MS);
    assert.equal(publisher.contributions.flat().length, 3);
  });

  it("have their selection proofs made two slots ahead, after the work of a slot, one by one", async () => {
    const {clock, signer, driver} = syncWorld({atSlot: 9, seats: () => SEATS});
    await driver.start();
    await driver.run(1);
    const proofsAt = (at: number) => signer.signedBy("signSyncCommitteeSelectionProof").filter(ofSlot(at)).length;
    assert.deepEqual([9, 10, 11, 12].map(proofsAt), [3, 3, 3, 0]);
    await driver.begin();
    await clock.advance(AGGREGATE_DUE_MS - 1);
    assert.deepEqual([11, 12].map(proofsAt), [3, 0], "none beside the messages of slot 10");
    await clock.advance(1);
    assert.deepEqual([10, 11, 12, 13].map(proofsAt), [3, 3, 3, 0], "each is made once");
  });
});

describe("SyncCommitteeService behind DVT middleware", () => {
  /** Bytes of which these proofs are made, and whether they select in a committee of 512. */
  const SELECTED = 2;
  const NOT_SELECTED = 3;

  function distributedWorld() {
    const selections = new FakeSelections();
    const world = syncWorld({
      atSlot: 9,
      seats: () => SEATS,
      isAggregator: (proof: Signature) => isSyncCommitteeAggregator(proof, 512),
      proofs: (ports) => new DistributedSelectionProofs({...ports, selections}),
    });
    return {...world, selections};
  }

  it("asks once a slot, when it has begun; the returned proofs decide, and are in the messages", async () => {
    const {clock, selections, publisher, driver, journal} = distributedWorld();
    selections.sync = async (partial) =>
      partial.map((one) => ({
        ...one,
        selectionProof: signature(one.subcommitteeIndex === 1 ? SELECTED : NOT_SELECTED),
      }));
    await driver.start();
    assert.equal(selections.askedSync.length, 0);
    await driver.begin();
    await clock.advance(AGGREGATE_DUE_MS);
    assert.deepEqual(
      selections.askedSync.map((asked) => asked.map(({slot: at, subcommitteeIndex}) => [at, subcommitteeIndex])),
      [
        [
          [9, 0],
          [9, 0],
          [9, 1],
        ],
      ],
    );
    const sent = publisher.contributions.flat().map(({message}) => message);
    assert.deepEqual(
      sent.map(({aggregatorIndex, contribution, selectionProof}) => [
        aggregatorIndex,
        contribution.subcommitteeIndex,
        selectionProof[0],
      ]),
      [[2, 1, SELECTED]],
    );
    assert.equal(journal.of(1, 9, "sync_contribution", 0), undefined);
  });

  it("contributes late when the middleware answers late, and not at all when it does not", async () => {
    const {clock, selections, publisher, driver} = distributedWorld();
    let answer = () => {};
    selections.sync = (partial) =>
      new Promise((resolve) => {
        answer = () => resolve(partial.map((one) => ({...one, selectionProof: signature(SELECTED)})));
      });
    await driver.start();
    await driver.begin();
    await clock.advance(AGGREGATE_DUE_MS + 500);
    assert.equal(publisher.syncMessages.length, 1);
    assert.equal(publisher.contributions.length, 0);
    answer();
    await clock.advance(0);
    assert.equal(publisher.contributions.flat().length, 3);

    await clock.advance(SLOT_MS - AGGREGATE_DUE_MS - 500);
    await driver.run(2);
    assert.equal(publisher.syncMessages.length, 3);
    assert.equal(publisher.contributions.flat().length, 3);
  });
});

const journalPubkey = (index: number) => `0x${index.toString(16).padStart(96, "0")}` as never;

const ofSlot =
  (at: number) =>
  ({message}: {readonly message: object}) =>
    "slot" in message && message.slot === at;
