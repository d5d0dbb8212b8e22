import {
  type AttestationData,
  type AttesterDuty,
  type ChainEvent,
  type CommitteeIndex,
  type Epoch,
  type Pubkey,
  type Root,
  type Signature,
  type Slot,
  SlotClock,
  type ValidatorIndex,
  type ValidatorInfo,
} from "@mote/core";
import {FakeChainData, FakeClock, FakeDutyJournal, FakeDutySigner, FakePublisher} from "@mote/testing";

/** The small chain that the tests of duties play on. */

export const GENESIS_SEC = 1_800_000_000;
export const SLOT_MS = 6_000;
export const SLOTS_PER_EPOCH = 8;
export const DUE_MS = 2_000;
export const AGGREGATE_DUE_MS = 4_000;

export const root = (n: number): Root => `0x${n.toString(16).padStart(64, "0")}` as Root;
export const pubkey = (n: number): Pubkey => `0x${n.toString(16).padStart(96, "0")}` as Pubkey;
export const slot = (n: number): Slot => n as Slot;
export const epoch = (n: number): Epoch => n as Epoch;

export function fakeTime(atSlot: number): {clock: FakeClock; slotClock: SlotClock} {
  const clock = new FakeClock({nowMs: GENESIS_SEC * 1000 + atSlot * SLOT_MS});
  const timing = {genesisTimeSec: GENESIS_SEC, slotDurationMs: SLOT_MS, slotsPerEpoch: SLOTS_PER_EPOCH};
  return {clock, slotClock: new SlotClock(timing, {clock})};
}

export function duty(validatorIndex: number, atSlot: number, over: Partial<AttesterDuty> = {}): AttesterDuty {
  return {
    pubkey: pubkey(validatorIndex),
    validatorIndex: validatorIndex as ValidatorIndex,
    slot: slot(atSlot),
    committeeIndex: 0 as CommitteeIndex,
    committeeLength: 4,
    committeesAtSlot: 1,
    validatorCommitteeIndex: 0,
    ...over,
  };
}

export function data(atSlot: number, over: Partial<AttestationData> = {}): AttestationData {
  const targetEpoch = Math.floor(atSlot / SLOTS_PER_EPOCH);
  return {
    slot: slot(atSlot),
    index: 0,
    beaconBlockRoot: root(1000 + atSlot),
    source: {epoch: epoch(Math.max(0, targetEpoch - 1)), root: root(1)},
    target: {epoch: epoch(targetEpoch), root: root(2)},
    ...over,
  };
}

export function head(
  atSlot: number,
  receivedMs: number,
  over: Partial<Extract<ChainEvent, {kind: "head"}>> = {},
): ChainEvent {
  return {
    kind: "head",
    beaconNode: "bn0",
    slot: slot(atSlot),
    blockRoot: root(1000 + atSlot),
    currentEpochDependentRoot: root(10),
    nextEpochDependentRoot: root(11),
    receivedMs,
    ...over,
  };
}

export const signature = (n: number): Signature => new Uint8Array(96).fill(n) as Signature;

/** What a service is given besides its own data: well-made fakes, on one clock that stands at the start of `atSlot`. */
export function fakePorts(atSlot: number) {
  const {clock, slotClock} = fakeTime(atSlot);
  return {
    clock,
    slotClock,
    chain: new FakeChainData({dataOf: data}, {clock}),
    signer: new FakeDutySigner({clock}),
    publisher: new FakePublisher({paths: ["bn0"]}, {clock}),
    journal: new FakeDutyJournal(),
  };
}

export function validator(index: number, over: Partial<ValidatorInfo> = {}): ValidatorInfo {
  return {
    pubkey: pubkey(index),
    index: index as ValidatorIndex,
    status: "active_ongoing",
    slashed: false,
    activationEpoch: epoch(0),
    exitEpoch: Number.POSITIVE_INFINITY as Epoch,
    ...over,
  };
}
