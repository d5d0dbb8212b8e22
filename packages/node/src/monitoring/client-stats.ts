import type {BeaconNodeInfo} from "@mote/beacon-nodes";

/** What the figures are made of, read when they are sent. */
export interface ClientStatsSources {
  readonly validators: () => {readonly total: number; readonly withDuties: number};
  readonly beaconNodes: () => readonly Pick<BeaconNodeInfo, "state">[];
  /** Of this process, since it began. */
  readonly cpuSec: () => number;
  readonly rssBytes: () => number;
}

/**
 * The figures of a validator client as beaconcha.in and its like take them: version 1, a flat object. https://github.com/gobitfly/eth2-client-metrics
 * Counts and resources only: nothing that names a key, an address or a beacon node.
 */
export function clientStats(
  {version, nowMs}: {readonly version: string; readonly nowMs: number},
  {validators, beaconNodes, cpuSec, rssBytes}: ClientStatsSources,
): Readonly<Record<string, string | number | boolean>> {
  const [first, ...others] = beaconNodes();
  const {total, withDuties} = validators();
  return {
    version: 1,
    timestamp: nowMs,
    process: "validator",
    client_name: "mote",
    client_version: version,
    client_build: buildOf(version),
    cpu_process_seconds_total: Math.floor(cpuSec()),
    memory_process_bytes: rssBytes(),
    sync_eth2_fallback_configured: others.length > 0,
    // Mote asks all of its nodes: it "is on the fallback" when the first one cannot serve and another does.
    sync_eth2_fallback_connected: first?.state !== "ready" && others.some(({state}) => state === "ready"),
    validator_total: total,
    validator_active: withDuties,
  };
}

/** 1.12.3 is 1012003: a number that grows with the version. */
function buildOf(version: string): number {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.+-]/).map((part) => Number.parseInt(part, 10) || 0);
  return major * 1_000_000 + minor * 1_000 + patch;
}
