import type {ForkName} from "@lodestar/params";
import type {NetworkConfig} from "@mote/consensus";
import {type Epoch, hexToBytes} from "@mote/core";

/** A stretch of epochs with one fork digest: from a fork, or from a change of the blob parameters within it, to the next. */
export interface DigestPeriod {
  /** First epoch of it. */
  readonly epoch: Epoch;
  readonly fork: ForkName;
  /** 8 hex digits, without 0x, as topics bear it. */
  readonly digest: string;
}

/** The fork digests of a chain. fulu/p2p-interface.md, `compute_fork_digest` */
export class ForkDigests {
  /** By epoch, ascending; those of forks and blob parameters that are scheduled. */
  readonly periods: readonly DigestPeriod[];
  readonly #byDigest: ReadonlyMap<string, DigestPeriod>;

  constructor(config: NetworkConfig) {
    const boundaries = config.forkBoundariesAscendingEpochOrder.filter(({epoch}) => Number.isFinite(epoch));
    // Of forks that begin at the same epoch, as on devnets, the last one counts.
    this.periods = boundaries
      .filter(({epoch}, i) => boundaries[i + 1]?.epoch !== epoch)
      .map((boundary) => ({
        epoch: Math.max(boundary.epoch, 0) as Epoch,
        fork: boundary.fork,
        digest: config.forkBoundary2ForkDigestHex(boundary).replace(/^0x/, ""),
      }));
    this.#byDigest = new Map(this.periods.map((period) => [period.digest, period]));
  }

  at(epoch: Epoch): DigestPeriod {
    const period = this.periods.findLast((one) => one.epoch <= epoch);
    if (period === undefined) throw new Error(`no fork at epoch ${epoch}`);
    return period;
  }

  /** The one that begins next; null when none is scheduled. */
  after(epoch: Epoch): DigestPeriod | null {
    return this.periods.find((one) => one.epoch > epoch) ?? null;
  }

  /** Null for a digest that is none of this chain's. @param digest 8 hex digits */
  byDigest(digest: string): DigestPeriod | null {
    return this.#byDigest.get(digest) ?? null;
  }
}

/** 4 bytes. */
export const digestBytes = ({digest}: DigestPeriod): Uint8Array => hexToBytes(`0x${digest}`);
