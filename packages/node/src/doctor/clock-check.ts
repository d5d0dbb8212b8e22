import {existsSync} from "node:fs";
import type {OffsetBounds} from "./beacon-node-probe.ts";
import {type Finding, failure, fine, warning} from "./finding.ts";

const TITLE = "clock";
/** As the running node warns. */
const WARN_MS = 500;
/** Votes would be late or early by a good part of their time. */
const FAIL_MS = 2_000;

export interface ClockFacts {
  /** Of each beacon node that said the time. */
  readonly offsets: readonly {readonly beaconNode: string; readonly bounds: OffsetBounds}[];
  /** The service that keeps this machine's time, where one can be seen. */
  readonly timeService: string | null;
}

/** Where time services leave a sign while they run. A container sees none of its host's. */
const SERVICES: readonly (readonly [path: string, name: string])[] = [
  ["/run/systemd/timesync/synchronized", "systemd-timesyncd"],
  ["/run/chrony/chronyd.pid", "chrony"],
  ["/run/chronyd.pid", "chrony"],
  ["/run/ntpd.pid", "ntpd"],
];

export const visibleTimeService = (): string | null => SERVICES.find(([path]) => existsSync(path))?.[1] ?? null;

/** A lie or a wrong clock of a single beacon node among several changes nothing: more than half must agree that ours is off. */
export function checkClock({offsets, timeService}: ClockFacts): Finding {
  const service = timeService === null ? "no time service is visible from here" : `kept by ${timeService}`;
  if (offsets.length === 0) {
    const what = `no beacon node told the time to compare with; ${service}`;
    return timeService === null
      ? warning(TITLE, what, "Make sure that a time service runs: timedatectl, or chrony.")
      : fine(TITLE, what);
  }
  const needed = Math.floor(offsets.length / 2) + 1;
  const behindMs = nthHighest(
    needed,
    offsets.map(({bounds}) => bounds.lowMs),
  );
  const aheadMs = nthHighest(
    needed,
    offsets.map(({bounds}) => -bounds.highMs),
  );
  const offMs = Math.max(behindMs, aheadMs);
  if (offMs <= WARN_MS) return fine(TITLE, `agrees with the beacon nodes' to the second; ${service}`);
  const detail = `at least ${Math.round(offMs)} ms ${behindMs > aheadMs ? "behind" : "ahead of"} the beacon nodes'; ${service}`;
  const advice = "Set this machine's clock and let a time service keep it: timedatectl set-ntp true, or chrony.";
  return offMs > FAIL_MS ? failure(TITLE, detail, advice) : warning(TITLE, detail, advice);
}

const nthHighest = (n: number, values: readonly number[]): number =>
  values.toSorted((a, b) => b - a)[n - 1] ?? Number.NEGATIVE_INFINITY;
