import type {LightClientSource, LightClientUpdates} from "@mote/core";
import type {PeerRequests, Peers, PeerView} from "./network.ts";
import {protocolId} from "./reqresp/protocols.ts";

const PROTOCOL_IDS = [
  protocolId("light_client_bootstrap", 1),
  protocolId("light_client_updates_by_range", 1),
  protocolId("light_client_finality_update", 1),
  protocolId("light_client_optimistic_update", 1),
];

interface Components {
  readonly peers: Pick<Peers, "list" | "report">;
  readonly requests: PeerRequests;
}

/** The connected peers that serve light clients. */
export class PeerLightClientSources implements Pick<LightClientUpdates, "sources"> {
  readonly #components: Components;

  constructor(components: Components) {
    this.#components = components;
  }

  sources(): readonly LightClientSource[] {
    return this.#components.peers
      .list()
      .filter(({protocols}) => PROTOCOL_IDS.every((id) => protocols.includes(id)))
      .toSorted((one, other) => other.score - one.score)
      .map((peer) => this.#source(peer));
  }

  #source({peerId}: PeerView): LightClientSource {
    const {peers, requests} = this.#components;
    return {
      name: `peer ${peerId}`,
      bootstrap: (blockRoot) => requests.lightClientBootstrap(peerId, blockRoot),
      updates: (startPeriod, count) => requests.lightClientUpdates(peerId, startPeriod, count),
      finalityUpdate: () => requests.lightClientFinalityUpdate(peerId),
      optimisticUpdate: () => requests.lightClientOptimisticUpdate(peerId),
      blame: (reason) => peers.report(peerId, "invalid_response", reason),
    };
  }
}
