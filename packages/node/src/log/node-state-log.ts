import type {BeaconNodeState, StateChange} from "@mote/beacon-nodes";
import type {Log} from "@mote/core";

const WORDS: Readonly<Record<BeaconNodeState, string>> = {
  unknown: "not asked yet",
  unreachable: "unreachable, trying again with growing pauses",
  syncing: "syncing: nothing of it is signed",
  optimistic: "optimistic: nothing of it is signed",
  el_offline: "without its execution client: nothing of it is signed",
  wrong_chain: "on another chain: left out",
  ready: "ready",
};

/** One line a change of a beacon node's state, whoever watches the node at the moment. */
export class NodeStateLog {
  readonly #log: Log;
  readonly #states = new Map<string, BeaconNodeState>();

  constructor(components: {readonly log: Log}) {
    this.#log = components.log;
  }

  readonly say = ({name, to, detail}: StateChange): void => {
    if (this.#states.get(name) === to) return;
    this.#states.set(name, to);
    this.#log[to === "ready" ? "info" : "warn"](`${name} is ${WORDS[to]}`, {detail});
  };
}
