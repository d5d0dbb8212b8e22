import assert from "node:assert/strict";
import {pubkeyToHex} from "@mote/core";
import {FakeLog, FakeProposerSettings} from "@mote/testing";
import {BuilderRegistrations} from "../../src/preparation/builder-registrations.ts";
import {address} from "../support/blocks.ts";
import {epoch, fakePorts, GENESIS_SEC, pubkey, SLOT_MS, slot, validator} from "../support/world.ts";

const ON = {isEnabled: true, boostFactor: 100n};

describe("BuilderRegistrations", () => {
  function setUp({count = 2, gloasEpoch = 100} = {}) {
    const ports = fakePorts(9);
    const [log, settings] = [new FakeLog(), new FakeProposerSettings()];
    const validators = Array.from({length: count}, (_, place) => validator(place + 1));
    settings.default = {...settings.default, feeRecipient: address(1), builder: ON};
    const service = new BuilderRegistrations(
      {gloasEpoch: epoch(gloasEpoch)},
      {...ports, log, settings, registry: {withDuties: () => validators}},
    );
    const {signal} = new AbortController();
    const {clock, slotClock, publisher} = ports;
    const lookAhead = async () => {
      const done = service.lookAhead(slotClock.currentSlot(), signal);
      await clock.advance(0);
      for (let turn = 0; turn < count; turn++) await clock.advance(0);
      await done;
    };
    const sent = () => publisher.registrations.map((all) => all.map(({message}) => pubkeyToHex(message.pubkey)));
    return {...ports, log, settings, service, lookAhead, sent, signs: () => ports.signer.signed.length};
  }

  it("registers the keys whose builder is on and whose fee recipient is set, with the time of the clock", async () => {
    const {lookAhead, publisher, sent, service, settings} = setUp({count: 3});
    settings.set(pubkey(2), {builder: {...ON, isEnabled: false}});
    settings.set(pubkey(3), {feeRecipient: null});
    await lookAhead();
    assert.deepEqual(sent(), [[pubkey(1)]]);
    const message = publisher.registrations[0]?.[0]?.message;
    assert.deepEqual([message?.timestamp, message?.gasLimit], [GENESIS_SEC + 9 * 6, 60_000_000]);
    assert.deepEqual(
      [1, 2, 3].map((index) => service.isRegistered(pubkey(index))),
      [true, false, false],
    );
  });

  it("signs once, and sends each epoch and when a node comes", async () => {
    const {clock, lookAhead, sent, service, signs} = setUp();
    await lookAhead();
    await lookAhead();
    assert.deepEqual([sent().length, signs()], [1, 2]);
    service.onChainEvent({kind: "connected", beaconNode: "bn1"});
    await lookAhead();
    assert.equal(sent().length, 2);
    await clock.advance(7 * SLOT_MS);
    await lookAhead();
    assert.deepEqual([sent().length, signs()], [3, 2]);
  });

  it("signs anew what bears the time of a clock that was ahead", async () => {
    const {clock, lookAhead, publisher, signs} = setUp();
    await lookAhead();
    clock.jump(-5_000);
    await lookAhead();
    assert.equal(signs(), 2, "builders allow ten seconds");
    clock.jump(-3_600_000);
    await lookAhead();
    assert.equal(signs(), 4);
    assert.equal(publisher.registrations.at(-1)?.[0]?.message.timestamp, Math.floor(clock.nowMs() / 1000));
  });

  it("signs anew what the operator changed, and that alone", async () => {
    const {lookAhead, sent, service, settings, signs} = setUp();
    await lookAhead();
    settings.set(pubkey(2), {gasLimit: 30_000_000});
    assert.equal(service.isRegistered(pubkey(2)), false);
    await lookAhead();
    assert.deepEqual(sent().at(-1), [pubkey(2)]);
    assert.equal(signs(), 3);
    assert.equal(service.isRegistered(pubkey(2)), true);
  });

  it("takes no key for registered that was not sent, and sends it in the next slot", async () => {
    const {clock, lookAhead, log, publisher, sent, service, signs} = setUp();
    publisher.deaf.add("bn0");
    await lookAhead();
    assert.equal(service.isRegistered(pubkey(1)), false);
    assert.deepEqual(log.lines, ["warn validators not registered with builders"]);
    publisher.deaf.clear();
    await clock.advance(SLOT_MS);
    await lookAhead();
    assert.deepEqual([sent().length, signs()], [1, 2]);
    assert.equal(service.isRegistered(pubkey(1)), true);
  });

  it("tries with growing pauses while nobody takes them, and at once when a node comes", async () => {
    const {clock, lookAhead, publisher, service} = setUp();
    publisher.deaf.add("bn0");
    const tries: number[] = [];
    const {registerValidators} = publisher;
    publisher.registerValidators = (list) => {
      tries.push(Math.round((clock.nowMs() - startMs) / SLOT_MS));
      return registerValidators.call(publisher, list);
    };
    const startMs = clock.nowMs();
    for (let turn = 0; turn < 12; turn++) {
      await lookAhead();
      await clock.advance(SLOT_MS);
    }
    assert.deepEqual(tries, [0, 1, 3, 7]);
    service.onChainEvent({kind: "connected", beaconNode: "bn0"});
    await lookAhead();
    assert.equal(tries.at(-1), 12);
  });

  it("registers a key that signs nothing yet once it does", async () => {
    const {lookAhead, sent, signer} = setUp();
    signer.refusals.set(pubkey(1), "DOPPELGANGER_WATCH");
    await lookAhead();
    signer.refusals.clear();
    await lookAhead();
    assert.deepEqual(sent(), [[pubkey(2)], [pubkey(1)]]);
  });

  it("sends many in batches", async () => {
    const {lookAhead, sent} = setUp({count: 1001});
    await lookAhead();
    assert.deepEqual(
      sent().map(({length}) => length),
      [500, 500, 1],
    );
  });

  it("forgets a key whose builder was switched off", async () => {
    const {lookAhead, service, settings, signs} = setUp();
    await lookAhead();
    settings.set(pubkey(1), {builder: {...ON, isEnabled: false}});
    await lookAhead();
    settings.set(pubkey(1), {builder: ON});
    assert.equal(service.isRegistered(pubkey(1)), false);
    await lookAhead();
    assert.equal(signs(), 3);
  });

  it("has nothing to register from Gloas on", async () => {
    const {clock, lookAhead, sent, service} = setUp({gloasEpoch: 2});
    await lookAhead();
    await clock.advance(7 * SLOT_MS);
    assert.equal(slot(16), 16);
    await lookAhead();
    assert.equal(sent().length, 1);
    assert.equal(service.isRegistered(pubkey(1)), false);
  });
});
