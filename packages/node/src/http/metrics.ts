import type {BeaconNodeInfo} from "@mote/beacon-nodes";
import type {DutyJournal, DutyKind, DutyRecord, Pubkey} from "@mote/core";
import {Counter, collectDefaultMetrics, Gauge, Histogram, Registry} from "prom-client";
import {addP2pMetrics, type P2pMetricsSource} from "./p2p-metrics.ts";

/** What the gauges read at every scrape. */
export interface MetricsSources {
  readonly journal: DutyJournal;
  readonly validators: () => {readonly total: number; readonly withDuties: number};
  readonly beaconNodes: () => readonly BeaconNodeInfo[];
  /** Null without `--p2p`. */
  readonly p2p: P2pMetricsSource | null;
}

/** Per-key series only up to this many keys: beyond it they cost more than they tell. */
const KEYS_WITH_SERIES_MAX = 64;
const SIGNING_BUCKETS_SEC = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];
const TASK_BUCKETS_SEC = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8];

/** The metric names that public dashboards of validator clients read. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #sources: MetricsSources;

  constructor(components: MetricsSources) {
    this.#sources = components;
    collectDefaultMetrics({register: this.#registry});
    this.#addDuties();
    this.#addGauges();
    if (components.p2p !== null) addP2pMetrics(components.p2p, this.#registry);
  }

  /** The exposition text and its content type. */
  async scrape(): Promise<{readonly contentType: string; readonly text: string}> {
    return {contentType: this.#registry.contentType, text: await this.#registry.metrics()};
  }

  #addDuties(): void {
    const registers = [this.#registry];
    const labelNames = ["pubkey"] as const;
    const counted = (name: string, help: string) => new Counter<"pubkey">({name, help, labelNames, registers});
    const counters = countersOf(counted);
    const failed = new Counter({
      name: "vc_failed_duties_total",
      help: "Duties that ended without their effect, by reason",
      labelNames: ["kind", "reason"],
      registers,
    });
    const signing = new Histogram({
      name: "vc_signing_times_seconds",
      help: "From the data's arrival to the signature, slashing protection included",
      buckets: SIGNING_BUCKETS_SEC,
      registers,
    });
    const task = new Histogram({
      name: "vc_attestation_service_task_times_seconds",
      help: "From the head event (or the due time) to the publication of a vote",
      buckets: TASK_BUCKETS_SEC,
      registers,
    });
    const labels = (pubkey: Pubkey): {pubkey?: Pubkey} =>
      this.#sources.validators().total <= KEYS_WITH_SERIES_MAX ? {pubkey} : {};
    const seen = new WeakMap<DutyRecord, Set<"signed" | "published">>();
    this.#sources.journal.subscribe((record) => {
      const {key, reachedMs, end} = record;
      if (end?.kind === "failed") failed.inc({kind: key.kind, reason: end.reason});
      const done = seen.get(record) ?? new Set();
      seen.set(record, done);
      const isVote = key.kind === "attestation";
      if (reachedMs.signed !== undefined && !done.has("signed")) {
        done.add("signed");
        counters[key.kind].signed?.inc(labels(key.pubkey));
        if (isVote) signing.observe((reachedMs.signed - (reachedMs.data ?? reachedMs.signed)) / 1000);
      }
      if (reachedMs.published !== undefined && !done.has("published")) {
        done.add("published");
        counters[key.kind].published.inc(labels(key.pubkey));
        if (isVote) task.observe((reachedMs.published - (reachedMs.seen ?? reachedMs.published)) / 1000);
      }
    });
  }

  #addGauges(): void {
    const gauge = (name: string, help: string, read: () => number) =>
      new Gauge({
        name,
        help,
        registers: [this.#registry],
        collect() {
          this.set(read());
        },
      });
    const {validators, beaconNodes} = this.#sources;
    gauge("vc_validators_total_count", "Validator keys", () => validators().total);
    gauge("vc_validators_enabled_count", "Validator keys with duties", () => validators().withDuties);
    gauge("vc_beacon_nodes_total_count", "Beacon nodes configured", () => beaconNodes().length);
    gauge(
      "vc_beacon_nodes_available_count",
      "Beacon nodes that answer",
      () => beaconNodes().filter(({state}) => state !== "unreachable").length,
    );
    gauge(
      "vc_beacon_nodes_synced_count",
      "Beacon nodes whose data may be signed",
      () => beaconNodes().filter(({state}) => state === "ready").length,
    );
    new Gauge({
      name: "vc_beacon_node_latency",
      help: "Average seconds of the last calls that a beacon node answered",
      labelNames: ["endpoint"],
      registers: [this.#registry],
      collect() {
        for (const {name, latencyMs} of beaconNodes())
          if (latencyMs !== null) this.set({endpoint: name}, latencyMs / 1000);
      },
    });
  }
}

type DutyCounter = Counter<"pubkey">;

/** Signed ones are counted where the dashboards ask for them. */
function countersOf(
  counter: (name: string, help: string) => DutyCounter,
): Readonly<Record<DutyKind, {readonly signed?: DutyCounter; readonly published: DutyCounter}>> {
  const published = (what: string, help: string): DutyCounter =>
    counter(`vc_published_${what}_total`, `${help} that a beacon node took`);
  return {
    attestation: {
      signed: counter("vc_signed_attestations_total", "Attestations signed"),
      published: published("attestations", "Attestations"),
    },
    aggregation: {published: published("aggregates", "Aggregates")},
    proposal: {
      signed: counter("vc_signed_beacon_blocks_total", "Blocks signed"),
      published: published("beacon_blocks", "Blocks"),
    },
    payload_reveal: {published: published("execution_payload_envelopes", "Envelopes of own payloads")},
    sync_message: {published: published("sync_committee_messages", "Sync committee messages")},
    sync_contribution: {published: published("sync_committee_contributions", "Sync committee contributions")},
    payload_attestation: {published: published("payload_attestations", "Payload attestations")},
  };
}
