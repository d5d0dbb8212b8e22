import assert from "node:assert/strict";
import type {ChainEvent, FailureReason, NetworkEvent, Pubkey, Slot, ValidatorInfo} from "@mote/core";
import {FakeLog, FakeValidatorStatuses} from "@mote/testing";
import {MaySign} from "../../src/safety/may-sign.ts";
import type {Refusal, SigningPurpose} from "../../src/safety/refusal.ts";
import {ValidatorRegistry} from "../../src/validators/validator-registry.ts";
import {includedVote} from "../support/network.ts";
import {data, duty, epoch, fakeTime, head, pubkey, SLOTS_PER_EPOCH, slot, validator} from "../support/world.ts";

const DUTIES = ["attest", "propose", "sync"] as const;

/** Guards that say what they are told to, in epoch 5. Validator 1 is ours. */
async function setUp({
  infos = [validator(1)],
  withWatches = true,
  isRecordedElsewhere = false,
}: {
  infos?: ValidatorInfo[];
  withWatches?: boolean;
  isRecordedElsewhere?: boolean;
} = {}) {
  const told: Partial<Record<"slashing" | "clock" | "backup" | "doppelganger" | "network", FailureReason>> = {};
  const calls: string[] = [];
  const say = (who: keyof typeof told): Refusal | null => {
    const reason = told[who];
    return reason === undefined ? null : {reason, detail: who};
  };
  const statuses = new FakeValidatorStatuses({infos});
  const registry = new ValidatorRegistry({pubkeys: [pubkey(1)]}, {statuses, log: new FakeLog()});
  await registry.refresh();
  const guard = (name: "backup" | "doppelganger", isReleased: boolean) => ({
    run: async () => {
      calls.push(`${name} runs`);
      return isReleased;
    },
    onSlot: async (at: Slot) => void calls.push(`${name} in ${at}`),
    refusalOf: () => say(name),
    forget: (pubkeys: readonly Pubkey[]) => void calls.push(`${name} forgets ${pubkeys.length}`),
    distrust: (pubkeys: readonly Pubkey[]) => void calls.push(`${name} distrusts ${pubkeys.length}`),
  });
  const listener = (name: "slashing" | "clock") => ({
    refusal: () => say(name),
    onChainEvent: (event: ChainEvent) => void calls.push(`${name} hears ${event.kind}`),
    onNetworkEvent: (event: NetworkEvent) => void calls.push(`${name} hears ${event.kind}`),
  });
  const maySign = new MaySign({
    registry,
    slashingStop: listener("slashing"),
    clockWatch: listener("clock"),
    staleBackup: withWatches ? guard("backup", false) : null,
    doppelganger: withWatches ? guard("doppelganger", true) : null,
    networkWatch: withWatches
      ? {
          onSlot: (at) => void calls.push(`network in ${at}`),
          onNetworkEvent: ({kind}) => void calls.push(`network hears ${kind}`),
          onIncludedVote: ({duty}) => void calls.push(`network hears of a vote of ${duty.validatorIndex}`),
          refusal: () => say("network"),
        }
      : null,
    isRecordedElsewhere: () => isRecordedElsewhere,
    slotClock: fakeTime(5 * SLOTS_PER_EPOCH).slotClock,
  });
  const reasonOf = (purpose: SigningPurpose) => maySign.refusalOf(pubkey(1), purpose)?.reason ?? "signs";
  return {told, calls, statuses, registry, maySign, reasonOf};
}

describe("MaySign", () => {
  it("lets a key sign that no guard holds", async () => {
    const {reasonOf} = await setUp();
    for (const purpose of [...DUTIES, "administer"] as const) assert.equal(reasonOf(purpose), "signs");
  });

  it("tells the gravest reason first", async () => {
    const {told, reasonOf, registry} = await setUp();
    const steps = [
      ["doppelganger", "DOPPELGANGER_WATCH", DUTIES],
      ["network", "DOPPELGANGER_WATCH", DUTIES],
      ["backup", "VOTES_UNEXPLAINED", ["attest", "propose"]],
      ["clock", "CLOCK_OFF", DUTIES],
    ] as const;
    for (const [who, reason, purposes] of steps) {
      told[who] = reason;
      for (const purpose of purposes) assert.equal(reasonOf(purpose), reason);
    }
    registry.remove([pubkey(1)]);
    for (const purpose of DUTIES) assert.equal(reasonOf(purpose), "KEY_NOT_ACTIVE");
    told.slashing = "VALIDATOR_SLASHED";
    for (const purpose of DUTIES) assert.equal(reasonOf(purpose), "VALIDATOR_SLASHED");
  });

  it("does not hold back a sync committee's messages for records that are old: they cannot be slashed", async () => {
    const {told, reasonOf} = await setUp();
    told.backup = "VOTES_UNEXPLAINED";
    assert.equal(reasonOf("sync"), "signs");
    assert.equal(reasonOf("propose"), "VOTES_UNEXPLAINED");
  });

  it("lets what is no duty be signed for every key of ours, and for no other", async () => {
    const {told, reasonOf, maySign} = await setUp();
    Object.assign(told, {doppelganger: "DOPPELGANGER_WATCH", clock: "CLOCK_OFF", slashing: "VALIDATOR_SLASHED"});
    assert.equal(reasonOf("administer"), "signs");
    assert.equal(maySign.refusalOf(pubkey(2), "administer")?.reason, "KEY_NOT_ACTIVE");
  });

  it("looks for nobody else's votes of a validator that has exited: its seat in the sync committee is kept", async () => {
    const {told, reasonOf} = await setUp({infos: [validator(1, {status: "exited_unslashed", exitEpoch: epoch(5)})]});
    Object.assign(told, {doppelganger: "DOPPELGANGER_WATCH", backup: "LIVENESS_UNKNOWN"});
    assert.equal(reasonOf("sync"), "signs");
    assert.equal(reasonOf("attest"), "KEY_NOT_ACTIVE");
    told.clock = "CLOCK_OFF";
    assert.equal(reasonOf("sync"), "CLOCK_OFF");
  });

  it("drives its guards", async () => {
    const {calls, maySign, statuses, registry} = await setUp();
    assert.equal(await maySign.run(), true);
    await maySign.onSlot(slot(47), new AbortController().signal);
    maySign.onChainEvent(head(40, 0));
    maySign.onNetworkEvent({kind: "slashing", validatorIndices: [], receivedMs: 0});
    maySign.onIncludedVote(includedVote(duty(1, 40), data(40)));
    maySign.remove([pubkey(1)]);
    assert.deepEqual(calls, [
      "backup runs",
      "doppelganger runs",
      "network in 47",
      "doppelganger in 47",
      "slashing hears head",
      "clock hears head",
      "slashing hears slashing",
      "network hears slashing",
      "network hears of a vote of 1",
      "backup forgets 1",
      "doppelganger forgets 1",
    ]);
    maySign.add([pubkey(1)], [pubkey(1)]);
    assert.equal(calls.at(-1), "doppelganger distrusts 1");
    statuses.failure = "down";
    await maySign.run();
    assert.deepEqual(registry.indicesWithDuties(), []);
    statuses.failure = null;
    await maySign.run();
    assert.deepEqual(registry.indicesWithDuties(), [1], "asked for again before the guards");
  });

  it("asks for nobody's votes while the clock is off: what it calls the present may not have come", async () => {
    const {calls, maySign, told} = await setUp();
    told.clock = "CLOCK_OFF";
    assert.equal(await maySign.run(), false);
    await maySign.onSlot(slot(47), new AbortController().signal);
    assert.deepEqual(calls, ["network in 47"], "what the network shows needs no clock");
  });

  it("asks nothing of the past of a key whose records are kept elsewhere, and holds it to all else", async () => {
    const {told, reasonOf} = await setUp({isRecordedElsewhere: true});
    Object.assign(told, {doppelganger: "DOPPELGANGER_WATCH", backup: "VOTES_UNEXPLAINED"});
    assert.equal(reasonOf("attest"), "signs");
    told.clock = "CLOCK_OFF";
    assert.equal(reasonOf("attest"), "CLOCK_OFF");
    told.slashing = "VALIDATOR_SLASHED";
    assert.equal(reasonOf("attest"), "VALIDATOR_SLASHED");
  });

  it("goes without the watches where others' votes are expected", async () => {
    const {maySign, reasonOf} = await setUp({withWatches: false});
    assert.equal(await maySign.run(), false);
    await maySign.onSlot(slot(47), new AbortController().signal);
    assert.equal(reasonOf("attest"), "signs");
  });
});
