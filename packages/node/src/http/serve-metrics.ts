import type {Log} from "@mote/core";
import type {StartConfig} from "../config/index.ts";
import type {Wired} from "../wire.ts";
import type {Scrape} from "./metrics-server.ts";

export interface ServedMetrics {
  readonly url: string;
  /** Until then there is nothing to measure. */
  show(wired: Wired): void;
  stop(): Promise<void>;
}

/** @throws {ExitError} when the address cannot be listened on */
export async function serveMetrics(
  init: NonNullable<StartConfig["metrics"]>,
  {log}: {readonly log: Log},
): Promise<ServedMetrics> {
  // Loaded only when asked for.
  const [{Metrics}, {MetricsServer}] = await Promise.all([import("./metrics.ts"), import("./metrics-server.ts")]);
  let scrape: Scrape = async () => null;
  const server = new MetricsServer(init, {scrape: () => scrape()});
  const url = `http://${init.address}:${await server.start()}/metrics`;
  log.info(`metrics at ${url}`);
  return {
    url,
    show: ({journal, registry, beaconNodes, p2p}) => {
      const validators = () => registry.counts();
      const metrics = new Metrics({journal, validators, beaconNodes: () => beaconNodes.nodes, p2p});
      scrape = () => metrics.scrape();
    },
    stop: () => server.stop(),
  };
}
