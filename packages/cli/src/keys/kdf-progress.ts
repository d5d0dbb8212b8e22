import type {Clock} from "@mote/core";
import type {OutputStream} from "../command-io.ts";
import {ProgressLine} from "../screen/progress-line.ts";

const BAR_CELLS = 20;

export interface KdfCount {
  readonly done: number;
  readonly total: number;
}

/** How far the slow part of locking or unlocking keystores is, and how fast it goes. @param verb "unlocked" */
export function kdfProgress(
  verb: string,
  components: {readonly stream: OutputStream; readonly clock: Clock},
): ProgressLine<KdfCount> {
  const startedAtMs = components.clock.nowMs();
  const describe = (progress: KdfCount): string =>
    kdfProgressText(progress, {verb, tookMs: components.clock.nowMs() - startedAtMs});
  return new ProgressLine({describe}, components);
}

export function kdfProgressText({done, total}: KdfCount, {verb, tookMs}: {verb: string; tookMs: number}): string {
  const cells = total === 0 ? BAR_CELLS : Math.floor((BAR_CELLS * done) / total);
  const bar = `${"█".repeat(cells)}${"░".repeat(BAR_CELLS - cells)}`;
  const rate = tookMs > 0 && done > 0 ? `, ${rateText((1000 * done) / tookMs)} a second` : "";
  return `${bar} ${done} of ${total} keys ${verb}${rate}`;
}

const rateText = (perSecond: number): string => (perSecond < 10 ? perSecond.toFixed(1) : perSecond.toFixed(0));
