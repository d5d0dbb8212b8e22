import type {DevnetStatus, SlotVotes} from "./devnet-handle.ts";

/** One slot as a line, once the slot is over. */
export function slotLine(votes: SlotVotes, status: DevnetStatus, slotsPerEpoch: number): string {
  const published = votes.cells.filter((cell) => cell !== "expected" && cell !== "missed").length;
  const parts = [
    `slot ${votes.slot}`,
    `epoch ${Math.floor(votes.slot / slotsPerEpoch)}`,
    `justified ${status.justifiedEpoch}`,
    `finalised ${status.finalizedEpoch}`,
    `votes ${published}/${votes.cells.length}`,
    `included ${status.totals.included}/${status.totals.expected}`,
  ];
  if (status.headToPublishMs.last !== null) parts.push(`${status.headToPublishMs.last.toFixed(1)} ms`);
  const faulty = status.beaconNodes.filter(({faults}) => faults.length > 0);
  for (const {name, faults} of faulty) parts.push(`${name} ${faults.join("+")}`);
  return parts.join(" · ");
}
