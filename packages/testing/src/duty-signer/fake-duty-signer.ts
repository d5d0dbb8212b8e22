import {createHash} from "node:crypto";
import {
  type AggregateAndProof,
  type AttestationData,
  type AttesterDuty,
  bytesToHex,
  type Clock,
  type DutySigner,
  type FailureReason,
  type Pubkey,
  type Root,
  rootToHex,
  type SignOutcome,
  type Slot,
} from "@mote/core";
import {fakeSignatureOf} from "../duty-signing/fake-signature.ts";

/** Signs duties without keys, cryptography or slashing protection, and remembers what it signed. The signing root is a hash of the message. */
export class FakeDutySigner implements DutySigner {
  /** In the order of the calls. */
  readonly votes: {readonly data: AttestationData; readonly duty: AttesterDuty}[] = [];
  readonly selectionProofs: {readonly pubkey: Pubkey; readonly slot: Slot}[] = [];
  /** Keys that nothing is signed with, and why. */
  readonly refusals = new Map<Pubkey, FailureReason>();
  readonly #clock: Pick<Clock, "nowMs">;

  constructor(components: {readonly clock: Pick<Clock, "nowMs">}) {
    this.#clock = components.clock;
  }

  async signAttestations(
    data: AttestationData,
    duties: readonly AttesterDuty[],
  ): Promise<readonly {readonly duty: AttesterDuty; readonly outcome: SignOutcome}[]> {
    return duties.map((duty) => {
      const outcome = this.#sign(duty.pubkey, data, {recordedMs: this.#clock.nowMs()});
      if (outcome.kind === "signed") this.votes.push({data, duty});
      return {duty, outcome};
    });
  }

  async signSelectionProof(pubkey: Pubkey, slot: Slot): Promise<SignOutcome> {
    const outcome = this.#sign(pubkey, {slot});
    if (outcome.kind === "signed") this.selectionProofs.push({pubkey, slot});
    return outcome;
  }

  async signAggregateAndProof(pubkey: Pubkey, message: AggregateAndProof): Promise<SignOutcome> {
    return this.#sign(pubkey, message);
  }

  #sign(pubkey: Pubkey, message: object, recorded: {readonly recordedMs?: number} = {}): SignOutcome {
    const reason = this.refusals.get(pubkey);
    if (reason !== undefined) return {kind: "refused", reason, detail: "told to"};
    const signingRoot = hashOf(message);
    return {
      kind: "signed",
      signature: fakeSignatureOf(pubkey, signingRoot),
      signingRoot,
      ...recorded,
      signedMs: this.#clock.nowMs(),
    };
  }
}

function hashOf(message: object): Root {
  const text = JSON.stringify(message, (_, value) => (value instanceof Uint8Array ? bytesToHex(value) : value));
  return rootToHex(createHash("sha256").update(text).digest());
}
