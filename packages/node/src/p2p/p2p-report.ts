import type {Slot, SlotClock} from "@mote/core";
import type {LineLog} from "../log/line-log.ts";
import type {P2pStatus} from "../status/node-status.ts";

/** Says how the light node does: to people once an epoch, to machines in every slot. */
export class P2pReport {
  readonly #c: {readonly log: LineLog; readonly slotClock: SlotClock; readonly status: () => P2pStatus};

  constructor(components: {readonly log: LineLog; readonly slotClock: SlotClock; readonly status: () => P2pStatus}) {
    this.#c = components;
  }

  say(slot: Slot): void {
    const {log, slotClock} = this.#c;
    // Before genesis nothing could have been sent or proven.
    if (slot < 0) return;
    const status = this.#c.status();
    log.record("p2p", {slot, ...figuresOf(status)});
    const isFirstOfEpoch = slotClock.firstSlotOf(slotClock.epochOf(slot)) === slot;
    log[isFirstOfEpoch ? "info" : "debug"](`network: ${wordsOf(status)}`);
  }
}

/** Of 1; null while no vote could have come back. */
const echoRateOf = ({votes}: P2pStatus): number | null => (votes.sent === 0 ? null : votes.echoed / votes.sent);

function figuresOf(status: P2pStatus) {
  const {peers, lightClient, vetoes, notProvable} = status;
  return {
    peers: peers.inbound + peers.outbound,
    echoRate: echoRateOf(status),
    lightClientFinalizedEpoch: lightClient.finalizedEpoch,
    lightClientSlot: lightClient.slot,
    vetoes,
    notProvable,
  };
}

function wordsOf({peers, votes, publishes, lightClient, vetoes}: P2pStatus): string {
  const peerCount = peers.inbound + peers.outbound;
  const words = [`${peerCount} ${peerCount === 1 ? "peer" : "peers"}`];
  if (publishes) words.push(`${votes.echoed} of ${votes.sent} votes echoed`);
  const {slot, finalizedEpoch} = lightClient;
  words.push(slot === null ? "light client not begun" : `proven to slot ${slot}, final to epoch ${finalizedEpoch}`);
  const vetoed = Object.entries(vetoes).filter(([, count]) => count > 0);
  if (vetoed.length > 0) words.push(`vetoed: ${vetoed.map(([value, count]) => `${count} × ${value}`).join(", ")}`);
  return words.join(" · ");
}
