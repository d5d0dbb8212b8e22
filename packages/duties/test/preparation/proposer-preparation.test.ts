import assert from "node:assert/strict";
import {FakeLog, FakeProposerSettings} from "@mote/testing";
import {ProposerPreparation} from "../../src/preparation/proposer-preparation.ts";
import {address} from "../support/blocks.ts";
import {fakePorts, pubkey, SLOT_MS, validator} from "../support/world.ts";

describe("ProposerPreparation", () => {
  function setUp() {
    const ports = fakePorts(9);
    const [log, settings] = [new FakeLog(), new FakeProposerSettings()];
    settings.set(pubkey(1), {feeRecipient: address(1)});
    const validators = [validator(1), validator(2)];
    const service = new ProposerPreparation({...ports, log, settings, registry: {withDuties: () => validators}});
    const sent = () =>
      ports.publisher.preparations.map((all) => all.map((one) => [one.validatorIndex as number, one.feeRecipient]));
    return {...ports, log, settings, service, sent, validators};
  }

  it("tells the fee recipients that are set, once an epoch", async () => {
    const {clock, service, sent} = setUp();
    await service.onSlot();
    await service.lookAhead();
    await service.onSlot();
    assert.deepEqual(sent(), [[[1, address(1)]]]);
    await clock.advance(7 * SLOT_MS);
    await service.lookAhead();
    assert.equal(sent().length, 2);
  });

  it("tells them when they change, and when a validator comes", async () => {
    const {service, sent, settings, validators} = setUp();
    await service.onSlot();
    settings.set(pubkey(1), {feeRecipient: address(7)});
    await service.lookAhead();
    assert.deepEqual(sent().at(-1), [[1, address(7)]]);
    settings.set(pubkey(3), {feeRecipient: address(3)});
    validators.push(validator(3));
    await service.lookAhead();
    assert.deepEqual(sent().at(-1), [
      [1, address(7)],
      [3, address(3)],
    ]);
  });

  it("tells a node that has come, when the next slot begins", async () => {
    const {service, sent} = setUp();
    await service.onSlot();
    service.onChainEvent({kind: "connected", beaconNode: "bn1"});
    await service.onSlot();
    assert.equal(sent().length, 2);
  });

  it("tries again in the next slot when nobody took them, and complains once", async () => {
    const {log, publisher, service, sent} = setUp();
    publisher.deaf.add("bn0");
    await service.onSlot();
    await service.onSlot();
    assert.deepEqual(log.lines, ["warn fee recipients not told to the beacon nodes"]);
    publisher.deaf.clear();
    await service.onSlot();
    assert.equal(sent().length, 1);
  });

  it("has nothing to say when no fee recipient is set", async () => {
    const {service, sent, validators} = setUp();
    validators.shift();
    await service.onSlot();
    assert.deepEqual(sent(), []);
  });
});
