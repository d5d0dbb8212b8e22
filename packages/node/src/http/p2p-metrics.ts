import {Counter, Gauge, type Registry} from "prom-client";
import type {P2pStatus} from "../status/node-status.ts";

/** How many messages of a kind got this verdict since the start, and why. */
export interface GossipCount {
  readonly kind: string;
  readonly validation: string;
  readonly reason: string | null;
  readonly count: number;
}

export interface P2pMetricsSource {
  status(): P2pStatus;
  gossipCounts(): readonly GossipCount[];
}

/** Dashboards for validator clients know none of these: the names are Mote's own. Read at every scrape. */
export function addP2pMetrics(source: P2pMetricsSource, registry: Registry): void {
  const registers = [registry];
  new Gauge({
    name: "mote_p2p_peers",
    help: "Peers connected, by who dialled",
    labelNames: ["direction"],
    registers,
    collect() {
      const {inbound, outbound} = source.status().peers;
      this.set({direction: "inbound"}, inbound);
      this.set({direction: "outbound"}, outbound);
    },
  });
  counted(
    {name: "mote_p2p_gossip_messages_total", help: "Gossip messages judged", labelNames: ["kind", "verdict", "reason"]},
    () =>
      source
        .gossipCounts()
        .map(({kind, validation: verdict, reason, count}) => [{kind, verdict, reason: reason ?? ""}, count]),
  );
  counted(
    {name: "mote_p2p_vetoes_total", help: "Votes not signed because a value was disproven", labelNames: ["value"]},
    () => Object.entries(source.status().vetoes).map(([value, count]) => [{value}, count]),
  );
  const single = (name: string, help: string, read: (status: P2pStatus) => number) =>
    counted({name, help, labelNames: []}, () => [[{}, read(source.status())]]);
  single("mote_p2p_votes_sent_total", "Votes that went to peers", ({votes}) => votes.sent);
  single("mote_p2p_votes_echoed_total", "Of these, those that came back from other peers", ({votes}) => votes.echoed);
  single(
    "mote_p2p_not_provable_total",
    "Votes signed with a value that was neither proven nor disproven",
    ({notProvable}) => notProvable,
  );
  known(
    "mote_light_client_finalized_epoch",
    "Last epoch that the light client has seen finalized",
    (client) => client.finalizedEpoch,
  );
  known("mote_light_client_slot", "Slot of the newest header that a sync committee has signed", ({slot}) => slot);

  /** Who counts keeps the sum; a counter here only shows it. */
  function counted(
    about: {readonly name: string; readonly help: string; readonly labelNames: string[]},
    read: () => readonly (readonly [Record<string, string>, number])[],
  ): void {
    new Counter({
      ...about,
      registers,
      collect() {
        this.reset();
        for (const [labels, count] of read()) this.inc(labels, count);
      },
    });
  }

  function known(name: string, help: string, read: (client: P2pStatus["lightClient"]) => number | null): void {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read(source.status().lightClient) ?? Number.NaN);
      },
    });
  }
}
