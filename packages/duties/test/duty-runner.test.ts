import assert from "node:assert/strict";
import {FakeChainEvents, FakeDutiesSource, FakeInclusionSource, FakeLog, FakeValidatorStatuses} from "@mote/testing";
import {DutyRunner} from "../src/duty-runner.ts";
import {ValidatorRegistry} from "../src/validators/validator-registry.ts";
import {AGGREGATE_DUE_MS, DUE_MS, duty, epoch, fakePorts, root, SLOT_MS, validator} from "./support/world.ts";

describe("DutyRunner", () => {
  async function started() {
    const {chain, ...ports} = fakePorts(14);
    const log = new FakeLog();
    const statuses = new FakeValidatorStatuses({infos: [validator(1), validator(2)]});
    const pubkeys = [validator(1).pubkey, validator(2).pubkey];
    const registry = new ValidatorRegistry({pubkeys}, {statuses, log});
    const runner = new DutyRunner(
      {attestationDueMs: () => DUE_MS, aggregateDueMs: () => AGGREGATE_DUE_MS, indexNamesPayload: () => false},
      {
        ...ports,
        registry,
        log,
        chainData: chain,
        chainEvents: new FakeChainEvents(),
        inclusionSource: new FakeInclusionSource({committeeLengths: () => [4]}),
        dutiesSource: new FakeDutiesSource({
          dutyOf: (of, index) => duty(index, of * 8 + index + 4),
          dependentRootOf: () => root(1),
        }),
      },
    );
    await runner.start();
    return {...ports, registry, statuses, runner};
  }

  it("votes once an epoch for each validator, and begins nothing after it was stopped", async () => {
    const {clock, publisher, runner} = await started();
    await clock.advance(8 * SLOT_MS);
    const voted = publisher.votes.flat().map(({attesterIndex, data}) => [attesterIndex, data.slot]);
    assert.deepEqual(voted, [
      [2, 14],
      [1, 21],
    ]);
    await runner.stop();
    await clock.advance(16 * SLOT_MS);
    assert.equal(publisher.votes.length, 2);
  });

  it("learns of a slashing in the slot after the one in which nobody answered", async () => {
    const {clock, registry, statuses, runner} = await started();
    await clock.advance(SLOT_MS + 10);
    statuses.infos = [validator(1, {status: "active_slashed", slashed: true}), validator(2)];
    statuses.failure = "down";
    // Late in the first slot of epoch 2, which asked in vain when its votes were over.
    await clock.advance(2 * SLOT_MS - 1_000);
    assert.equal(registry.mayAttest(validator(1).pubkey, epoch(2)), true);
    statuses.failure = null;
    await clock.advance(SLOT_MS);
    assert.equal(registry.mayAttest(validator(1).pubkey, epoch(2)), false);
    await runner.stop();
  });
});
