import {join} from "node:path";
import {SLOTS_PER_EPOCH} from "./chain/bench-chain.ts";
import {openChain} from "./chain/open-chain.ts";
import {Child, eventOf} from "./child.ts";
import type {Benchmark} from "./figure.ts";
import {bareNodeMib, MIB} from "./memory.ts";
import {median} from "./statistics.ts";
import {writeKeystores} from "./write-keystores.ts";

const VALIDATORS = 1_000;
const SYNC_SEATS = 2;
/** Twelve times as much happens in a second as on mainnet. */
const SLOT_MS = 1_000;
const LEAD_SEC = 8;
const START_SLOT = 10 * SLOTS_PER_EPOCH;
/** What came before is start-up. */
const STEADY_FROM_SLOT = START_SLOT + 2 * SLOTS_PER_EPOCH;
const LAST_SLOT = START_SLOT + 4 * SLOTS_PER_EPOCH;
const RSS_MIB_MAX = 170;
const RUN_TIMEOUT_MS = LEAD_SEC * 1000 + (LAST_SLOT - START_SLOT + 10) * SLOT_MS;

/** Resident memory of `mote start` with a thousand validators, on the mainnet preset, as it says in each slot's line. */
export const largeMemory: Benchmark = {
  name: "memory of a thousand",
  async measure(scratchDir) {
    const {keystoresDir, secretsDir} = await writeKeystores(scratchDir, VALIDATORS);
    const init = {slotMs: SLOT_MS, startSlot: START_SLOT, leadSec: LEAD_SEC};
    const chain = await openChain(scratchDir, {...init, syncSeats: SYNC_SEATS});
    const node = Child.mote([
      ...chain.startWords(join(scratchDir, "data")),
      ...["--keystores-dir", keystoresDir, "--secrets-dir", secretsDir],
    ]);
    const samples: number[] = [];
    node.onLine((line) => {
      const slot = eventOf(line, "slot");
      if (slot !== null && Number(slot.slot) >= STEADY_FROM_SLOT) samples.push(Number(slot.rssBytes) / MIB);
    });
    try {
      const isLast = (line: string) => ((eventOf(line, "head")?.slot as number) > LAST_SLOT ? true : null);
      await chain.child.waitFor("the last slot", isLast, RUN_TIMEOUT_MS);
    } finally {
      await node.stop();
      await chain.child.stop();
    }
    return [
      {
        what: `RSS of mote start, ${VALIDATORS.toLocaleString("en")} validators, mainnet preset, p50`,
        value: median(samples),
        unit: "MiB",
        floor: {what: "bare Node", value: bareNodeMib()},
        valueMax: RSS_MIB_MAX,
        notes: [
          `${Math.min(...samples).toFixed(0)} to ${Math.max(...samples).toFixed(0)} MiB, of ${samples.length} slots; a second each`,
        ],
      },
    ];
  },
};
