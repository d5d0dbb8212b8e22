import type {LightClientSource, LightClientUpdates} from "@mote/core";
import type {LightGossip} from "@mote/networking";

export interface LightClientFeedComponents {
  readonly gossip: Pick<LightGossip, "subscribeLightClientNews">;
  readonly peers: Pick<LightClientUpdates, "sources">;
  readonly beaconNodes: {lightClientSources(): readonly LightClientSource[]};
}

/** What the light client lives on: gossip as it comes, and for what is missing peers first, then beacon nodes. */
export class LightClientFeed implements LightClientUpdates {
  readonly subscribe: LightClientUpdates["subscribe"];
  readonly #c: LightClientFeedComponents;

  constructor(components: LightClientFeedComponents) {
    this.#c = components;
    this.subscribe = (listener) => components.gossip.subscribeLightClientNews(listener);
  }

  sources(): readonly LightClientSource[] {
    const {peers, beaconNodes} = this.#c;
    return [...peers.sources(), ...beaconNodes.lightClientSources()];
  }
}
