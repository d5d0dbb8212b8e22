import {createHash} from "node:crypto";
import {
  type AggregateAndProof,
  type AttestationData,
  type AttesterDuty,
  bytesToHex,
  type Clock,
  type DutySigner,
  type FailureReason,
  type ProducedBlock,
  type PtcDuty,
  type Pubkey,
  type Root,
  rootToHex,
  type SelfBuiltPayload,
  type SignOutcome,
  type SignOutcomes,
  type Slot,
  type SyncDuty,
} from "@mote/core";
import {fakeSignatureOf} from "../duty-signing/fake-signature.ts";

type MessageOf<Method extends keyof DutySigner> = Parameters<DutySigner[Method]>[1];

/** One signing of the fake: the port's method, the key, and what it was given to sign. */
export interface FakeSigning {
  readonly method: keyof DutySigner;
  readonly pubkey: Pubkey;
  readonly message: object;
}

/** Signs duties without keys, cryptography or slashing protection, and remembers what it signed. The signing root is a hash of the message. */
export class FakeDutySigner implements DutySigner {
  /** All that was signed, in the order of the calls. */
  readonly signed: FakeSigning[] = [];
  /** In the order of the calls. */
  readonly votes: {readonly data: AttestationData; readonly duty: AttesterDuty}[] = [];
  readonly selectionProofs: {readonly pubkey: Pubkey; readonly slot: Slot}[] = [];
  /** Keys that nothing is signed with, and why. */
  readonly refusals = new Map<Pubkey, FailureReason>();
  /** Methods that refuse every key, and why. */
  readonly methodRefusals = new Map<keyof DutySigner, FailureReason>();
  readonly #clock: Pick<Clock, "nowMs">;

  constructor(components: {readonly clock: Pick<Clock, "nowMs">}) {
    this.#clock = components.clock;
  }

  /** What one method has signed, in the order of the calls. */
  signedBy(method: keyof DutySigner): FakeSigning[] {
    return this.signed.filter((signing) => signing.method === method);
  }

  async signAttestations(data: AttestationData, duties: readonly AttesterDuty[]): Promise<SignOutcomes<AttesterDuty>> {
    const results = this.#signEach("signAttestations", data, duties, {recordedMs: this.#clock.nowMs()});
    for (const {duty, outcome} of results) if (outcome.kind === "signed") this.votes.push({data, duty});
    return results;
  }

  async signSelectionProof(pubkey: Pubkey, slot: Slot): Promise<SignOutcome> {
    const outcome = this.#sign("signSelectionProof", pubkey, {slot});
    if (outcome.kind === "signed") this.selectionProofs.push({pubkey, slot});
    return outcome;
  }

  async signAggregateAndProof(pubkey: Pubkey, message: AggregateAndProof): Promise<SignOutcome> {
    return this.#sign("signAggregateAndProof", pubkey, message);
  }

  async signRandaoReveal(pubkey: Pubkey, slot: Slot): Promise<SignOutcome> {
    return this.#sign("signRandaoReveal", pubkey, {slot});
  }

  async signBlock(pubkey: Pubkey, produced: ProducedBlock): Promise<SignOutcome> {
    return this.#sign("signBlock", pubkey, produced.block, {recordedMs: this.#clock.nowMs()});
  }

  async signExecutionPayloadEnvelope(pubkey: Pubkey, payload: SelfBuiltPayload): Promise<SignOutcome> {
    return this.#sign("signExecutionPayloadEnvelope", pubkey, payload.envelope);
  }

  async signSyncCommitteeMessages(
    message: {readonly slot: Slot; readonly beaconBlockRoot: Root},
    duties: readonly SyncDuty[],
  ): Promise<SignOutcomes<SyncDuty>> {
    return this.#signEach("signSyncCommitteeMessages", message, duties);
  }

  async signSyncCommitteeSelectionProof(
    pubkey: Pubkey,
    data: MessageOf<"signSyncCommitteeSelectionProof">,
  ): Promise<SignOutcome> {
    return this.#sign("signSyncCommitteeSelectionProof", pubkey, data);
  }

  async signContributionAndProof(pubkey: Pubkey, message: MessageOf<"signContributionAndProof">): Promise<SignOutcome> {
    return this.#sign("signContributionAndProof", pubkey, message);
  }

  async signPayloadAttestations(
    data: Parameters<DutySigner["signPayloadAttestations"]>[0],
    duties: readonly PtcDuty[],
  ): Promise<SignOutcomes<PtcDuty>> {
    return this.#signEach("signPayloadAttestations", data, duties);
  }

  async signProposerPreferences(
    pubkey: Pubkey,
    preferences: MessageOf<"signProposerPreferences">,
  ): Promise<SignOutcome> {
    return this.#sign("signProposerPreferences", pubkey, preferences);
  }

  async signValidatorRegistration(
    pubkey: Pubkey,
    registration: MessageOf<"signValidatorRegistration">,
  ): Promise<SignOutcome> {
    return this.#sign("signValidatorRegistration", pubkey, registration);
  }

  async signVoluntaryExit(pubkey: Pubkey, exit: MessageOf<"signVoluntaryExit">): Promise<SignOutcome> {
    return this.#sign("signVoluntaryExit", pubkey, exit);
  }

  #signEach<Duty extends {readonly pubkey: Pubkey}>(
    method: keyof DutySigner,
    message: object,
    duties: readonly Duty[],
    recorded?: {readonly recordedMs: number},
  ): SignOutcomes<Duty> {
    return duties.map((duty) => ({duty, outcome: this.#sign(method, duty.pubkey, message, recorded)}));
  }

  #sign(
    method: keyof DutySigner,
    pubkey: Pubkey,
    message: object,
    recorded: {readonly recordedMs?: number} = {},
  ): SignOutcome {
    const reason = this.refusals.get(pubkey) ?? this.methodRefusals.get(method);
    if (reason !== undefined) return {kind: "refused", reason, detail: "told to"};
    this.signed.push({method, pubkey, message});
    const signingRoot = hashOf(method, message);
    return {
      kind: "signed",
      signature: fakeSignatureOf(pubkey, signingRoot),
      signingRoot,
      ...recorded,
      signedMs: this.#clock.nowMs(),
    };
  }
}

/** The method stands in for the domain: equal messages of two kinds have two roots. */
function hashOf(method: string, message: object): Root {
  const text = JSON.stringify(message, (_, value) => {
    if (typeof value === "bigint") return `${value}`;
    return value instanceof Uint8Array ? bytesToHex(value) : value;
  });
  return rootToHex(createHash("sha256").update(method).update(text).digest());
}
