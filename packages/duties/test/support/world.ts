import {
  type Attestation,
  type AttestationData,
  type AttestationDataOutcome,
  type AttestationDataRequest,
  type AttesterDuty,
  type ChainEvent,
  type CommitteeIndex,
  type DutyKey,
  type DutyRecord,
  type Epoch,
  type Log,
  type Pubkey,
  type PublishOutcome,
  type Root,
  type Signature,
  type SignOutcome,
  type SingleAttestation,
  type Slot,
  SlotClock,
  type ValidatorIndex,
  type ValidatorInfo,
} from "@mote/core";
import {FakeClock} from "@mote/testing";

/** Doubles of the ports that duties see, each told by the test what to answer. */

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

export class FakeJournal {
  readonly records = new Map<string, {key: DutyKey; reached: Record<string, number>; end: string | null}>();
  readonly withdrawn: DutyKey[] = [];

  open(key: DutyKey): void {
    this.#of(key);
  }
  withdraw(key: DutyKey): void {
    this.withdrawn.push(key);
  }
  reached(key: DutyKey, stage: string, atMs: number): void {
    this.#of(key).reached[stage] ??= atMs;
  }
  undone(key: DutyKey, stage: string): void {
    delete this.#of(key).reached[stage];
  }
  close(key: DutyKey): void {
    this.#of(key).end ??= "done";
  }
  fail(key: DutyKey, reason: string, detail: string): void {
    this.#of(key).end ??= `${reason}${detail === "" ? "" : `: ${detail}`}`;
  }
  subscribe(_: (record: DutyRecord) => void): () => void {
    return () => {};
  }
  of(validatorIndex: number, atSlot: number, kind = "attestation") {
    return this.records.get(`${kind}/${atSlot}/${validatorIndex}`);
  }
  #of(key: DutyKey) {
    const name = `${key.kind}/${key.slot}/${key.validatorIndex}`;
    const record = this.records.get(name) ?? {key, reached: {}, end: null};
    this.records.set(name, record);
    return record;
  }
}

export class FakeLog implements Log {
  readonly lines: string[] = [];
  debug(message: string): void {
    this.lines.push(`debug ${message}`);
  }
  info(message: string): void {
    this.lines.push(`info ${message}`);
  }
  warn(message: string): void {
    this.lines.push(`warn ${message}`);
  }
  error(message: string): void {
    this.lines.push(`error ${message}`);
  }
}

export class FakeChain {
  readonly requests: AttestationDataRequest[] = [];
  answer: (request: AttestationDataRequest) => AttestationDataOutcome | Promise<AttestationDataOutcome> = (
    request,
  ) => ({
    kind: "data",
    data: data(request.slot),
    beaconNodes: ["bn0"],
  });
  aggregate: (request: {attestationDataRoot: Root}) => Promise<Attestation> = () =>
    Promise.reject(new Error("no aggregate"));

  async attestationData(request: AttestationDataRequest): Promise<AttestationDataOutcome> {
    this.requests.push(request);
    return this.answer(request);
  }
  aggregateAttestation(request: {attestationDataRoot: Root}): Promise<Attestation> {
    return this.aggregate(request);
  }
}

export const signature = (n: number): Signature => new Uint8Array(96).fill(n) as Signature;

export class FakeSigner {
  refuse = new Set<number>();
  readonly signed: {data: AttestationData; validatorIndex: number}[] = [];

  async signAttestations(signedData: AttestationData, duties: readonly AttesterDuty[]) {
    return duties.map((each) => ({duty: each, outcome: this.#outcome(signedData, each)}));
  }
  async signSelectionProof(): Promise<SignOutcome> {
    return {kind: "signed", signature: signature(7), signingRoot: root(0), signedMs: 1};
  }
  async signAggregateAndProof(): Promise<SignOutcome> {
    return {kind: "signed", signature: signature(8), signingRoot: root(0), signedMs: 1};
  }
  #outcome(signedData: AttestationData, {validatorIndex}: AttesterDuty): SignOutcome {
    if (this.refuse.has(validatorIndex)) return {kind: "refused", reason: "DOUBLE_VOTE", detail: "told to"};
    this.signed.push({data: signedData, validatorIndex});
    return {kind: "signed", signature: signature(validatorIndex), signingRoot: root(5), recordedMs: 1, signedMs: 2};
  }
}

export class FakePublisher {
  readonly sent: SingleAttestation[][] = [];
  readonly aggregates: unknown[][] = [];
  readonly subscriptions: unknown[][] = [];
  outcome: (message: SingleAttestation, attempt: number) => PublishOutcome = () => ACCEPTED;

  async publishAttestations(attestations: readonly SingleAttestation[]): Promise<PublishOutcome[]> {
    this.sent.push([...attestations]);
    return attestations.map((each) => this.outcome(each, this.sent.length));
  }
  async publishAggregates(aggregates: readonly unknown[]): Promise<PublishOutcome[]> {
    this.aggregates.push([...aggregates]);
    return aggregates.map(() => ACCEPTED);
  }
  async subscribeCommittees(subscriptions: readonly unknown[]): Promise<void> {
    this.subscriptions.push([...subscriptions]);
  }
}

export const ACCEPTED: PublishOutcome = {kind: "accepted", atMs: 3, receipts: []};
export const UNANSWERED: PublishOutcome = {
  kind: "failed",
  reason: "PUBLISH_UNANSWERED",
  receipts: [{path: "bn0", kind: "unanswered", detail: "TIMED_OUT"}],
};
export const REFUSED: PublishOutcome = {
  kind: "failed",
  reason: "PUBLISH_REFUSED",
  receipts: [{path: "bn0", kind: "refused", detail: "bad signature"}],
};

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
