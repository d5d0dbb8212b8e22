import {ssz} from "@mote/consensus";
import {bytesToHex, type Epoch, hexToBytes, rootToHex, type Slot, type SlotClock} from "@mote/core";
import {digestBytes, type ForkDigests} from "../forks/fork-digests.ts";
import type {LocalStatus} from "../network.ts";
import type {Protocol} from "./protocols.ts";
import {UnsoundError} from "./request-error.ts";

interface StatusComponents {
  readonly digests: ForkDigests;
  readonly slotClock: SlotClock;
}

/** Slots by which the clocks of two peers, and the way between them, may differ when a fork begins. */
const FORK_TOLERANCE_SLOTS = 1;

/** The fork digest is that of the wall clock's epoch, however far the node has come. phase0/p2p-interface.md#status-v1 */
export function encodeStatus(
  status: LocalStatus,
  {version}: Protocol,
  {digests, slotClock}: StatusComponents,
): Uint8Array {
  const common = {
    forkDigest: digestBytes(digests.at(epochAt(slotClock, slotClock.currentSlot()))),
    finalizedRoot: hexToBytes(status.finalizedRoot),
    finalizedEpoch: status.finalizedEpoch,
    headRoot: hexToBytes(status.headRoot),
    headSlot: status.headSlot,
  };
  return version === 1
    ? ssz.phase0.Status.serialize(common)
    : ssz.fulu.Status.serialize({...common, earliestAvailableSlot: status.earliestAvailableSlot});
}

/**
 * What a peer says of its chain. Version 1 knows no earliest slot: such a peer claims to have all blocks.
 * @throws {UnsoundError} of another chain, or with numbers that no chain reaches
 */
export function decodeStatus(
  bytes: Uint8Array,
  {version}: Protocol,
  {digests, slotClock}: StatusComponents,
): LocalStatus {
  const status =
    version === 1
      ? {...ssz.phase0.Status.deserialize(bytes), earliestAvailableSlot: 0}
      : ssz.fulu.Status.deserialize(bytes);
  const digest = bytesToHex(status.forkDigest).slice(2);
  const now = slotClock.currentSlot();
  const ours = [-FORK_TOLERANCE_SLOTS, 0, FORK_TOLERANCE_SLOTS].map(
    (by) => digests.at(epochAt(slotClock, (now + by) as Slot)).digest,
  );
  if (!ours.includes(digest)) throw new UnsoundError("wrong_chain", `its fork digest is ${digest}, not ${ours[1]}`);
  const {finalizedEpoch, headSlot, earliestAvailableSlot} = status;
  if (![finalizedEpoch, headSlot, earliestAvailableSlot].every(Number.isSafeInteger)) {
    throw new UnsoundError("invalid_response", "a status with a number above 2^53−1");
  }
  return {
    finalizedRoot: rootToHex(status.finalizedRoot),
    finalizedEpoch: finalizedEpoch as Epoch,
    headRoot: rootToHex(status.headRoot),
    headSlot: headSlot as Slot,
    earliestAvailableSlot: earliestAvailableSlot as Slot,
  };
}

/** Before genesis it is the first one that counts. */
const epochAt = (slotClock: SlotClock, slot: Slot): Epoch => Math.max(slotClock.epochOf(slot), 0) as Epoch;
