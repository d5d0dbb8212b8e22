import {join} from "node:path";
import type {BlockTaken} from "./chain/chain-init.ts";
import {openChain} from "./chain/open-chain.ts";
import {Child, eventOf} from "./child.ts";
import type {Benchmark, Figure} from "./figure.ts";
import {RawSigning} from "./raw-signing.ts";
import {median} from "./statistics.ts";
import {writeKeystores} from "./write-keystores.ts";

const VALIDATORS = 8;
const SLOT_MS = 1_000;
const LEAD_SEC = 5;
const START_SLOT = 320;
const WARM_UP_SLOTS = 12;
const SLOTS_PER_FORMAT = 40;
const JSON_FROM_SLOT = START_SLOT + WARM_UP_SLOTS + SLOTS_PER_FORMAT;
const LAST_SLOT = JSON_FROM_SLOT + SLOTS_PER_FORMAT;
const RUN_TIMEOUT_MS = LEAD_SEC * 1000 + (LAST_SLOT - START_SLOT + 10) * SLOT_MS;
const BEYOND_SIGNING_MS_MAX = 10;
const MB = 1e6;

/** From the last byte of the answer that holds the block to the signed block's POST, as the beacon node sees both. */
export const block: Benchmark = {
  name: "block",
  async measure(scratchDir) {
    const {keystoresDir, secretsDir} = await writeKeystores(scratchDir, VALIDATORS);
    const init = {slotMs: SLOT_MS, startSlot: START_SLOT, leadSec: LEAD_SEC};
    const chain = await openChain(scratchDir, {
      ...init,
      proposes: true,
      jsonFromSlot: JSON_FROM_SLOT,
      headDelayMs: 250,
    });
    const node = Child.mote([
      ...chain.startWords(join(scratchDir, "data")),
      ...["--keystores-dir", keystoresDir, "--secrets-dir", secretsDir],
    ]);
    const floor = new RawSigning({keys: 1});
    const blocks: BlockTaken[] = [];
    chain.child.onLine((line) => {
      const taken = eventOf(line, "block") as unknown as BlockTaken | null;
      if (taken !== null) blocks.push(taken);
      if (eventOf(line, "votes") !== null) setTimeout(() => floor.round(), SLOT_MS / 2).unref();
    });
    try {
      await node.waitFor("ready", (line) => eventOf(line, "ready"), RUN_TIMEOUT_MS);
      const isLast = (line: string) => ((eventOf(line, "head")?.slot as number) > LAST_SLOT ? true : null);
      await chain.child.waitFor("the last slot", isLast, RUN_TIMEOUT_MS);
    } finally {
      await node.stop();
      await chain.child.stop();
    }
    const floorMs = median(floor.samplesMs);
    const ssz = blocks.filter(({slot}) => slot >= START_SLOT + WARM_UP_SLOTS && slot < JSON_FROM_SLOT);
    // The first of them is asked for twice: that is how the node learns what it may send.
    const json = blocks.filter(({slot}) => slot > JSON_FROM_SLOT + 1);
    return [figure("SSZ", ssz, floorMs, floorMs + BEYOND_SIGNING_MS_MAX), figure("JSON", json, floorMs, null)];
  },
};

function figure(format: string, blocks: readonly BlockTaken[], floorMs: number, valueMax: number | null): Figure {
  const of = (read: (taken: BlockTaken) => number) => median(blocks.map(read));
  return {
    what: `block answered to POST's last byte, ${format}, p50`,
    value: of(({toLastByteMs}) => toLastByteMs),
    unit: "ms",
    floor: {what: "one bare signature", value: floorMs},
    valueMax,
    notes: [
      `to the first byte ${of(({toFirstByteMs}) => toFirstByteMs).toFixed(1)} ms; answer of ${(of(({answerBytes}) => answerBytes) / MB).toFixed(2)} MB, request of ${(of(({requestBytes}) => requestBytes) / MB).toFixed(2)} MB; at most ${Math.max(...blocks.map(({toLastByteMs}) => toLastByteMs)).toFixed(1)} ms, of ${blocks.length} blocks`,
    ],
  };
}
