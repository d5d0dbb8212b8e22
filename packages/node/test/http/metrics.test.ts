import assert from "node:assert/strict";
import type {BeaconNodeInfo} from "@mote/beacon-nodes";
import type {DutyKey, Pubkey, Slot, ValidatorIndex} from "@mote/core";
import {ExitError} from "../../src/exit-error.ts";
import {Metrics} from "../../src/http/metrics.ts";
import {MetricsServer} from "../../src/http/metrics-server.ts";
import type {P2pMetricsSource} from "../../src/http/p2p-metrics.ts";
import {Journal} from "../../src/journal/journal.ts";
import type {P2pStatus} from "../../src/status/node-status.ts";

const key: DutyKey = {
  kind: "attestation",
  slot: 9 as Slot,
  validatorIndex: 1 as ValidatorIndex,
  pubkey: "0xabc" as Pubkey,
};

function node(name: string, state: BeaconNodeInfo["state"], latencyMs: number | null): BeaconNodeInfo {
  return {
    name,
    state,
    latencyMs,
    url: "http://localhost",
    isProposerNode: false,
    detail: "",
    score: 1,
    version: null,
    eventStreamStands: true,
  };
}

describe("metrics", () => {
  function setUp(total = 2, p2p: P2pMetricsSource | null = null) {
    const journal = new Journal();
    const metrics = new Metrics({
      journal,
      validators: () => ({total, withDuties: 1}),
      beaconNodes: () => [node("bn0", "ready", 20), node("bn1", "syncing", 10), node("bn2", "unreachable", null)],
      p2p,
    });
    return {journal, metrics};
  }
  const value = (text: string, name: string) => text.split("\n").find((line) => line.startsWith(name));

  it("counts each stage of a duty once, by key while keys are few", async () => {
    const {journal, metrics} = setUp();
    journal.open(key, 0);
    journal.reached(key, "data", 100);
    journal.reached(key, "signed", 110);
    journal.reached(key, "published", 120);
    journal.reached(key, "included", 130);
    journal.close(key);
    const {text} = await metrics.scrape();
    assert.equal(value(text, "vc_signed_attestations_total{"), 'vc_signed_attestations_total{pubkey="0xabc"} 1');
    assert.equal(value(text, "vc_published_attestations_total{"), 'vc_published_attestations_total{pubkey="0xabc"} 1');
    assert.equal(value(text, "vc_signing_times_seconds_sum"), "vc_signing_times_seconds_sum 0.01");
    assert.equal(value(text, "vc_validators_total_count "), "vc_validators_total_count 2");
    assert.ok(value(text, "process_resident_memory_bytes "));
  });

  it("counts blocks and the rest by names of their own", async () => {
    const {journal, metrics} = setUp();
    const block = {...key, kind: "proposal"} as const;
    const message = {...key, kind: "sync_message"} as const;
    for (const duty of [block, message]) {
      journal.open(duty, 0);
      journal.reached(duty, "signed", 110);
      journal.reached(duty, "published", 120);
    }
    const {text} = await metrics.scrape();
    assert.match(text, /^vc_signed_beacon_blocks_total\{pubkey="0xabc"\} 1$/m);
    assert.match(text, /^vc_published_beacon_blocks_total\{pubkey="0xabc"\} 1$/m);
    assert.match(text, /^vc_published_sync_committee_messages_total\{pubkey="0xabc"\} 1$/m);
    assert.doesNotMatch(text, /^vc_signed_attestations_total\{/m);
  });

  it("tells how the beacon nodes are", async () => {
    const {text} = await setUp().metrics.scrape();
    assert.equal(value(text, "vc_beacon_nodes_total_count "), "vc_beacon_nodes_total_count 3");
    assert.equal(value(text, "vc_beacon_nodes_available_count "), "vc_beacon_nodes_available_count 2");
    assert.equal(value(text, "vc_beacon_nodes_synced_count "), "vc_beacon_nodes_synced_count 1");
    assert.equal(value(text, "vc_beacon_node_latency{"), 'vc_beacon_node_latency{endpoint="bn0"} 0.02');
  });

  it("has nothing of peers without --p2p", async () => {
    assert.doesNotMatch((await setUp().metrics.scrape()).text, /mote_p2p|mote_light_client/);
  });

  it("tells how the light node on the network does, and counts no scrape twice", async () => {
    const status: P2pStatus = {
      state: "running",
      peerId: "16Uiu2",
      multiaddrs: [],
      peers: {inbound: 1, outbound: 7},
      publishes: true,
      votes: {sent: 64, echoed: 63},
      lightClient: {finalizedEpoch: 5, slot: null},
      vetoes: {source: 0, target: 2, head: 0},
      notProvable: 3,
    };
    const count = {kind: "beacon_block", validation: "ignore", reason: "seen", count: 4};
    const {metrics} = setUp(2, {status: () => status, gossipCounts: () => [count]});
    await metrics.scrape();
    const {text} = await metrics.scrape();
    assert.equal(value(text, 'mote_p2p_peers{direction="outbound"}'), 'mote_p2p_peers{direction="outbound"} 7');
    assert.match(text, /^mote_p2p_gossip_messages_total\{kind="beacon_block",verdict="ignore",reason="seen"\} 4$/m);
    assert.match(text, /^mote_p2p_vetoes_total\{value="target"\} 2$/m);
    assert.match(text, /^mote_p2p_votes_echoed_total 63$/m);
    assert.match(text, /^mote_light_client_finalized_epoch 5$/m);
    assert.match(text, /^mote_light_client_slot Nan$/im);
  });

  it("has no series by key for many keys", async () => {
    const {journal, metrics} = setUp(65);
    journal.open(key, 0);
    journal.reached(key, "published", 120);
    assert.equal(value((await metrics.scrape()).text, "vc_published_att"), "vc_published_attestations_total 1");
  });

  it("serves /metrics alone, and says in one line that the port is in use", async () => {
    const {metrics} = setUp();
    const server = new MetricsServer({address: "127.0.0.1", port: 0}, {scrape: () => metrics.scrape()});
    const port = await server.start();
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
      assert.match(await answer.text(), /vc_validators_enabled_count 1/);
      assert.equal((await fetch(`http://127.0.0.1:${port}/other`)).status, 404);
      const second = new MetricsServer({address: "127.0.0.1", port}, {scrape: async () => null});
      await assert.rejects(
        second.start(),
        (error) => error instanceof ExitError && /port is in use/.test(error.message),
      );
    } finally {
      await server.stop();
    }
  });
});
