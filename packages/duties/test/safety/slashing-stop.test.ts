import assert from "node:assert/strict";
import type {ChainEvent, ValidatorIndex} from "@mote/core";
import {FakeLog, FakeValidatorStatuses} from "@mote/testing";
import {type Slashing, SlashingStop} from "../../src/safety/slashing-stop.ts";
import {ValidatorRegistry} from "../../src/validators/validator-registry.ts";
import {pubkey, validator} from "../support/world.ts";

/** Validators 1 to 3 are ours. */
async function started({threshold = 2, infos = [1, 2, 3].map((index) => validator(index))} = {}) {
  const log = new FakeLog();
  const statuses = new FakeValidatorStatuses({infos});
  const registry = new ValidatorRegistry({pubkeys: [1, 2, 3].map(pubkey)}, {statuses, log});
  const slashings: Slashing[] = [];
  const stop = new SlashingStop(
    {beaconNodeThreshold: threshold, onSlashed: (slashing) => slashings.push(slashing)},
    {registry, log},
  );
  await registry.refresh();
  return {log, statuses, registry, slashings, stop};
}

const named = (beaconNode: string, ...indices: number[]): ChainEvent => ({
  kind: "slashing",
  beaconNode,
  validatorIndices: indices as ValidatorIndex[],
});

describe("SlashingStop", () => {
  it("is silent while nobody is slashed, and about the validators of others", async () => {
    const {stop, slashings, log} = await started();
    for (const node of ["bn0", "bn1", "bn2"]) stop.onChainEvent(named(node, 7, 8));
    assert.equal(stop.refusal(), null);
    assert.deepEqual(slashings, []);
    assert.deepEqual(log.lines, []);
  });

  it("stops when a status says so, and names all that do", async () => {
    const {stop, slashings, statuses, registry} = await started();
    statuses.infos = [1, 2, 3].map((index) =>
      validator(index, index === 2 ? {} : {slashed: true, status: "active_slashed"}),
    );
    await registry.refresh();
    assert.equal(stop.refusal()?.reason, "VALIDATOR_SLASHED");
    assert.match(stop.refusal()?.detail ?? "", /validators 1 3 /);
    assert.deepEqual(slashings, [{validatorIndices: [1, 3], evidence: "the validators' statuses on the chain"}]);
    statuses.infos = [validator(2, {slashed: true, status: "active_slashed"})];
    await registry.refresh();
    assert.equal(slashings.length, 1, "told once");
  });

  it("stops at the start when the slashing came while nobody ran, and is not talked out of it", async () => {
    const {stop, slashings, statuses, registry} = await started({
      infos: [validator(1, {slashed: true, status: "exited_slashed"}), validator(2)],
    });
    assert.equal(slashings.length, 1);
    statuses.infos = [validator(1), validator(2)];
    await registry.refresh();
    registry.remove([pubkey(1)]);
    assert.equal(stop.refusal()?.reason, "VALIDATOR_SLASHED");
    assert.equal(slashings.length, 1, "told once");
  });

  it("does not stop for one that was slashed weeks before the start", async () => {
    const {stop, slashings, log} = await started({
      infos: [validator(1, {slashed: true, status: "withdrawal_possible"}), validator(2)],
    });
    for (const node of ["bn0", "bn1"]) stop.onChainEvent(named(node, 1));
    assert.equal(stop.refusal(), null);
    assert.deepEqual(slashings, []);
    assert.deepEqual(log.lines, ["warn a validator of these keys was slashed long ago: remove its key"]);
  });

  it("stops when as many beacon nodes as it takes announce it, and not when one repeats itself", async () => {
    const {stop, slashings, log} = await started();
    stop.onChainEvent(named("bn0", 2));
    stop.onChainEvent(named("bn0", 2, 1));
    stop.onChainEvent(named("bn1", 3));
    assert.equal(stop.refusal(), null);
    assert.equal(log.lines.length, 3, "each validator once");
    stop.onChainEvent(named("bn1", 1, 9));
    assert.equal(stop.refusal()?.reason, "VALIDATOR_SLASHED");
    assert.deepEqual(slashings, [{validatorIndices: [1], evidence: "proofs announced by 2 beacon nodes"}]);
    stop.onChainEvent(named("bn1", 2));
    assert.equal(slashings.length, 1);
  });

  it("says in one line whom a beacon node names, however many these are", async () => {
    const {stop, log} = await started();
    stop.onChainEvent(named("bn0", 1, 2, 3));
    assert.deepEqual(log.lines, [
      "error bn0 alone says that validators 1 2 3 are to be slashed; waiting for others to say so",
    ]);
  });

  it("believes a proof on the network, whose signatures were verified, at once", async () => {
    const {stop, slashings} = await started();
    const seen = (...indices: number[]) =>
      stop.onNetworkEvent({kind: "slashing", validatorIndices: indices as ValidatorIndex[], receivedMs: 0});
    seen(7, 8);
    assert.equal(stop.refusal(), null, "these are not ours");
    seen(8, 3, 2);
    assert.equal(stop.refusal()?.reason, "VALIDATOR_SLASHED");
    seen(1);
    assert.deepEqual(slashings, [
      {validatorIndices: [2, 3], evidence: "a proof on the network, whose signatures hold"},
    ]);
  });

  it("does not stop for what was known to be slashed", async () => {
    const infos = [validator(1), validator(2, {slashed: true, status: "withdrawal_done"})];
    const {stop, slashings} = await started({infos});
    stop.onNetworkEvent({kind: "slashing", validatorIndices: [2 as ValidatorIndex], receivedMs: 0});
    assert.deepEqual(slashings, []);
  });

  it("believes the only beacon node there is", async () => {
    const {stop, slashings} = await started({threshold: 1});
    stop.onChainEvent(named("bn0", 2));
    assert.equal(stop.refusal()?.reason, "VALIDATOR_SLASHED");
    assert.deepEqual(slashings, [{validatorIndices: [2], evidence: "proofs announced by 1 beacon node"}]);
  });
});
