import type {Attestation, AttestationData, AttesterDuty, EchoedMessage, NetworkEvent, ValidatorIndex} from "@mote/core";
import type {IncludedVote} from "../../src/network/included-votes.ts";
import {root, signature, slot} from "./world.ts";

/** What the network shows in the tests. */

type EventOf<Kind extends NetworkEvent["kind"]> = Extract<NetworkEvent, {kind: Kind}>;

/** Of the only committee of its slot, with these places' bits. */
export function attestationOf(data: AttestationData, places: readonly number[], length = 4): Attestation {
  const bits = new Uint8Array(Math.ceil(length / 8));
  for (const place of places) bits[place >> 3] = (bits[place >> 3] ?? 0) | (1 << (place & 7));
  return {
    aggregationBits: {bits, length},
    committeeBits: {bits: Uint8Array.of(1), length: 4},
    data,
    signature: signature(1),
  };
}

export const includedVote = (duty: AttesterDuty, data: AttestationData): IncludedVote => ({
  duty,
  attestation: attestationOf(data, [duty.validatorCommitteeIndex]),
  blockRoot: root(4_000),
  dependentRoot: null,
});

export const seenVote = (duty: AttesterDuty, data: AttestationData, receivedMs: number): EventOf<"attestation"> => ({
  kind: "attestation",
  vote: {committeeIndex: duty.committeeIndex, attesterIndex: duty.validatorIndex, data, signature: signature(1)},
  receivedMs,
});

export const seenBlock = (
  atSlot: number,
  receivedMs: number,
  over: Partial<EventOf<"block">> = {},
): EventOf<"block"> => ({
  kind: "block",
  slot: slot(atSlot),
  proposerIndex: 99 as ValidatorIndex,
  blockRoot: root(1000 + atSlot),
  parentRoot: root(999 + atSlot),
  attestations: [],
  isSignatureVerified: true,
  receivedMs,
  ...over,
});

export const echo = (
  kind: EchoedMessage["kind"],
  validatorIndex: number,
  atSlot: number,
  receivedMs: number,
): EventOf<"echo"> => ({
  kind: "echo",
  message: {kind, slot: slot(atSlot), validatorIndex: validatorIndex as ValidatorIndex, signature: signature(1)},
  receivedMs,
});
