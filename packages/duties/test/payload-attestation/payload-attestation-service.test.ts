import assert from "node:assert/strict";
import {
  type ChainEvent,
  type Epoch,
  FAR_FUTURE_EPOCH,
  hexToBytes,
  type PayloadAttestationDataOutcome,
  type PtcDuty,
  rootToHex,
  type ValidatorIndex,
} from "@mote/core";
import {FakeDutiesSource, FakeLog} from "@mote/testing";
import {PayloadAttestationService} from "../../src/payload-attestation/payload-attestation-service.ts";
import {SlotDriver} from "../support/slot-driver.ts";
import {epoch, fakePorts, GENESIS_SEC, head, pubkey, root, SLOT_MS, SLOTS_PER_EPOCH, slot} from "../support/world.ts";

const PAYLOAD_DUE_MS = 3_000;
const PTC_DUE_MS = 4_500;
/** A twenty-fourth of a slot before the due time. */
const LAST_MS = PTC_DUE_MS - SLOT_MS / 24;
const startMs = (atSlot: number) => GENESIS_SEC * 1000 + atSlot * SLOT_MS;

const ptcDuty = (validatorIndex: number, atSlot: number): PtcDuty => ({
  pubkey: pubkey(validatorIndex),
  validatorIndex: validatorIndex as ValidatorIndex,
  slot: slot(atSlot),
});

const available = (atSlot: number, receivedMs: number, blockRoot = root(1000 + atSlot)): ChainEvent => ({
  kind: "payload_available",
  beaconNode: "bn0",
  slot: slot(atSlot),
  blockRoot,
  receivedMs,
});

const dataOf = (
  atSlot: number,
  isPresent: boolean,
  blockRoot = root(1000 + atSlot),
): PayloadAttestationDataOutcome => ({
  kind: "data",
  data: {
    slot: atSlot,
    beaconBlockRoot: hexToBytes(blockRoot),
    payloadPresent: isPresent,
    blobDataAvailable: isPresent,
  },
});

/** Validators 1 and 2 sit in the committee of every slot. */
function ptcWorld({atSlot = 9, gloasForkEpoch = epoch(0), payloadDueMs = PAYLOAD_DUE_MS} = {}) {
  const ports = fakePorts(atSlot);
  const log = new FakeLog();
  const dutiesSource = new FakeDutiesSource({dutyOf: () => null, dependentRootOf: () => root(10)});
  dutiesSource.ptcOf = (of: Epoch, index: ValidatorIndex) =>
    Array.from({length: SLOTS_PER_EPOCH}, (_, i) => ptcDuty(index, of * SLOTS_PER_EPOCH + i));
  const service = new PayloadAttestationService(
    {
      gloasForkEpoch,
      forkEpochs: [gloasForkEpoch],
      payloadDueMs: () => payloadDueMs,
      payloadAttestationDueMs: () => PTC_DUE_MS,
    },
    {
      ...ports,
      chainData: ports.chain,
      registry: {indicesWithDuties: () => [1, 2] as ValidatorIndex[]},
      dutiesSource,
      log,
    },
  );
  return {...ports, log, dutiesSource, service, driver: new SlotDriver(service, ports)};
}

describe("PayloadAttestationService", () => {
  it("votes for a payload that came early when the deadline of payloads is over, not before, all in one request", async () => {
    const {clock, chain, publisher, service, driver, journal} = ptcWorld();
    await driver.start();
    await driver.begin();
    await clock.advance(1_000);
    service.onChainEvent(available(9, clock.nowMs()));
    await clock.advance(PAYLOAD_DUE_MS - 1_001);
    assert.equal(chain.payloadRequests.length, 0);
    await clock.advance(1);
    assert.deepEqual(
      publisher.payloadVotes.map((votes) => votes.map(({validatorIndex}) => validatorIndex)),
      [[1, 2]],
    );
    assert.equal(publisher.payloadVotes[0]?.[0]?.data.payloadPresent, true);
    const record = journal.of(1, 9, "payload_attestation");
    assert.deepEqual([record?.dueMs, record?.reachedMs.seen], [startMs(9) + PTC_DUE_MS, startMs(9) + 1_000]);
    assert.equal(journal.endOf(1, 9, "payload_attestation"), "done");
  });

  it("votes on the event when it comes after that deadline, and once a slot whatever is announced again", async () => {
    const {clock, publisher, service, driver, signer} = ptcWorld();
    await driver.start();
    await driver.begin();
    await clock.advance(PAYLOAD_DUE_MS + 200);
    assert.equal(publisher.payloadVotes.length, 0);
    service.onChainEvent(available(9, clock.nowMs()));
    await clock.advance(0);
    assert.equal(publisher.payloadVotes.length, 1);
    service.onChainEvent(available(9, clock.nowMs(), root(66)));
    await clock.advance(SLOT_MS);
    assert.equal(publisher.payloadVotes.length, 1);
    assert.equal(signer.signedBy("signPayloadAttestations").length, 2);
  });

  it("asks without an event early enough to be out by the due time", async () => {
    const {clock, chain, publisher, driver} = ptcWorld();
    chain.payload = () => dataOf(9, false);
    await driver.start();
    await driver.begin();
    await clock.advance(LAST_MS - 1);
    assert.equal(chain.payloadRequests.length, 0);
    await clock.advance(1);
    assert.equal(publisher.payloadVotes[0]?.[0]?.data.payloadPresent, false);
    assert.ok(clock.nowMs() < startMs(9) + PTC_DUE_MS);
  });

  it("never asks before the deadline of payloads, though that be the due time itself", async () => {
    const {clock, chain, service, driver} = ptcWorld({payloadDueMs: PTC_DUE_MS});
    await driver.start();
    await driver.begin();
    service.onChainEvent(available(9, clock.nowMs()));
    await clock.advance(PTC_DUE_MS - 1);
    assert.equal(chain.payloadRequests.length, 0);
    await clock.advance(1);
    assert.equal(chain.payloadRequests.length, 1);
  });

  it("leaves 'it is not there' to the last moment when another node announced it", async () => {
    const {clock, chain, publisher, service, driver} = ptcWorld();
    chain.payload = () => dataOf(9, false);
    await driver.start();
    await driver.begin();
    service.onChainEvent(available(9, clock.nowMs()));
    await clock.advance(LAST_MS - 1);
    assert.deepEqual([chain.payloadRequests.length, publisher.payloadVotes.length], [1, 0]);
    chain.payload = () => dataOf(9, true);
    await clock.advance(1);
    assert.equal(publisher.payloadVotes[0]?.[0]?.data.payloadPresent, true);
  });

  it("withdraws the duty when there is no block to vote on", async () => {
    const {chain, publisher, driver, journal} = ptcWorld();
    chain.payload = () => ({kind: "nothing"});
    await driver.start();
    await driver.run(1);
    assert.equal(publisher.payloadVotes.length, 0);
    assert.equal(journal.endOf(1, 9, "payload_attestation"), "withdrawn");
  });

  it("asks again at the last moment when 'nothing' came on the event", async () => {
    const {clock, chain, publisher, service, driver} = ptcWorld();
    chain.payload = () => ({kind: "nothing"});
    await driver.start();
    await driver.begin();
    service.onChainEvent(available(9, clock.nowMs()));
    await clock.advance(PAYLOAD_DUE_MS);
    chain.payload = () => dataOf(9, true);
    await clock.advance(SLOT_MS - PAYLOAD_DUE_MS);
    assert.equal(publisher.payloadVotes.length, 1);
  });

  it("refuses data for another slot or for a block that nobody announced", async () => {
    for (const wrong of [dataOf(8, true), dataOf(9, true, root(66))]) {
      const {clock, chain, publisher, service, driver, journal} = ptcWorld();
      chain.payload = () => wrong;
      await driver.start();
      await driver.begin();
      service.onChainEvent(head(9, clock.nowMs()));
      await clock.advance(SLOT_MS);
      assert.equal(publisher.payloadVotes.length, 0);
      assert.match(journal.endOf(1, 9, "payload_attestation") ?? "", /^BEACON_DATA_INVALID/);
    }
  });

  it("takes the block of any node's last word: one that floods heads crowds out no other", async () => {
    const {clock, publisher, service, driver} = ptcWorld();
    await driver.start();
    await driver.begin();
    service.onChainEvent(head(9, clock.nowMs()));
    for (let i = 0; i < 100; i++) {
      service.onChainEvent(head(9, clock.nowMs(), {beaconNode: "liar", blockRoot: root(2_000 + i)}));
    }
    await clock.advance(SLOT_MS);
    assert.equal(rootToHex(publisher.payloadVotes[0]?.[0]?.data.beaconBlockRoot as Uint8Array), root(1009));
  });

  it("fails when no node answers until the slot is over, and the next slot is served", async () => {
    const {clock, chain, publisher, driver, journal} = ptcWorld();
    const {payload} = chain;
    chain.payload = (request) => (request.slot === 9 ? null : payload(request));
    await driver.start();
    await driver.begin();
    await clock.advance(SLOT_MS - 1);
    assert.equal(journal.endOf(1, 9, "payload_attestation"), null);
    await clock.advance(1);
    assert.match(journal.endOf(1, 9, "payload_attestation") ?? "", /^NO_BEACON_NODE/);
    await driver.run(1);
    assert.equal(publisher.payloadVotes[0]?.[0]?.data.slot, 10);
  });

  it("asks anew at the last moment when the question that an event set off hangs", async () => {
    const {clock, chain, publisher, service, driver} = ptcWorld();
    const {payload} = chain;
    chain.payload = (request) => (chain.payloadRequests.length === 1 ? null : payload(request));
    await driver.start();
    await driver.begin();
    service.onChainEvent(available(9, clock.nowMs()));
    await clock.advance(LAST_MS);
    assert.deepEqual([chain.payloadRequests.length, publisher.payloadVotes.length], [2, 1]);
  });

  it("one refused key stops no other", async () => {
    const {publisher, signer, driver, journal} = ptcWorld();
    signer.refusals.set(pubkey(1), "SIGNER_FAILED");
    await driver.start();
    await driver.run(1);
    assert.deepEqual(
      publisher.payloadVotes[0]?.map(({validatorIndex}) => validatorIndex),
      [2],
    );
    assert.match(journal.endOf(1, 9, "payload_attestation") ?? "", /^SIGNER_FAILED/);
  });

  it("asks for nothing before Gloas, and serves its first slot", async () => {
    const world = ptcWorld({atSlot: 12, gloasForkEpoch: epoch(2)});
    await world.driver.start();
    await world.driver.run(6);
    assert.deepEqual(world.dutiesSource.askedPtc, [2, 3]);
    assert.deepEqual(
      world.publisher.payloadVotes.map((votes) => votes[0]?.data.slot),
      [16, 17],
    );
    const never = ptcWorld({gloasForkEpoch: FAR_FUTURE_EPOCH});
    await never.driver.start();
    never.service.onChainEvent(available(9, 0));
    await never.driver.run(1);
    assert.deepEqual([never.dutiesSource.askedPtc.length, never.publisher.payloadVotes.length], [0, 0]);
  });

  it("re-fetches when the chain names another dependent root, and withdraws what is no duty any more", async () => {
    const {clock, dutiesSource, publisher, service, driver, journal} = ptcWorld();
    await driver.start();
    await driver.begin();
    dutiesSource.dependentRootOf = () => root(77);
    dutiesSource.ptcOf = (_, index) => (index === 2 ? [ptcDuty(2, 9)] : []);
    service.onChainEvent(
      head(9, clock.nowMs(), {currentEpochDependentRoot: root(77), nextEpochDependentRoot: root(77)}),
    );
    await clock.advance(SLOT_MS);
    assert.deepEqual(
      publisher.payloadVotes[0]?.map(({validatorIndex}) => validatorIndex),
      [2],
    );
    assert.equal(journal.endOf(1, 9, "payload_attestation"), "withdrawn");
  });

  it("names slots that went by and duties that a stop cuts short", async () => {
    const {clock, service, driver, journal} = ptcWorld();
    await driver.start();
    await driver.begin();
    await clock.advance(100);
    driver.stopping.abort();
    await clock.advance(0);
    assert.match(journal.endOf(1, 9, "payload_attestation") ?? "", /^SHUTTING_DOWN/);
    service.onPassedBy(slot(10));
    assert.match(journal.endOf(1, 10, "payload_attestation") ?? "", /^SLOT_PASSED_BY/);
  });
});
