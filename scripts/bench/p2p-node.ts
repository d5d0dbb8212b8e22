import {type AddressInfo, createServer} from "node:net";
import {join} from "node:path";
import {SLOTS_PER_EPOCH} from "./chain/bench-chain.ts";
import {openChain} from "./chain/open-chain.ts";
import {Child, eventOf, MOTE} from "./child.ts";
import type {Benchmark, Figure} from "./figure.ts";
import {bareNodeMib, MIB} from "./memory.ts";
import {median} from "./statistics.ts";
import {writeKeystores} from "./write-keystores.ts";

const VALIDATORS = 64;
const PEERS = 8;
const SLOT_MS = 12_000;
const LEAD_SEC = 20;
/** The run crosses the start of an epoch, where all duties are new. */
const START_SLOT = 6 * SLOTS_PER_EPOCH - 6;
/** What came before is start-up. */
const FIRST_SLOT = START_SLOT + 3;
const SLOTS = 8;
const RSS_MIB_MAX = 210;
const CPU_PERCENT_MAX = 8;
/** Of each of these the node must have verified and forwarded so many a slot, or it did less than it is measured for. */
const FORWARDED_PER_SLOT = {beacon_block: 1, sync_committee: 512, light_client_optimistic_update: 1};
/** What comes at the very ends may be counted or not. */
const FORWARDED_SHARE_MIN = 0.85;
const RUN_TIMEOUT_MS = LEAD_SEC * 1000 + (FIRST_SLOT + SLOTS - START_SLOT + 4) * SLOT_MS;

interface Usage {
  readonly atMs: number;
  readonly cpuMs: number;
  readonly rssBytes: number;
}

/**
 * `mote start --p2p` among peers that send what mainnet sends on the topics of a light node, on the mainnet preset and in its own time. The peers are
 * connected with each other too, so that most messages come several times. Of the two light-client updates of a slot the finality update travels on once an
 * epoch, as on mainnet; the others of its kind are looked at.
 */
export const p2pNode: Benchmark = {
  name: "p2p node",
  async measure(scratchDir) {
    const {keystoresDir, secretsDir} = await writeKeystores(scratchDir, VALIDATORS);
    const chain = await openChain(scratchDir, {
      slotMs: SLOT_MS,
      startSlot: START_SLOT,
      leadSec: LEAD_SEC,
      headDelayMs: 1_500,
      script: join(import.meta.dirname, "p2p", "network-process.ts"),
    });
    const peers = chain.listening.multiaddrs as string[];
    const metricsPort = await freePort();
    const words = [
      ...chain.startWords(join(scratchDir, "data")),
      ...["--keystores-dir", keystoresDir, "--secrets-dir", secretsDir],
      ...["--metrics", "--metrics-port", `${metricsPort}`],
      ...["--p2p", "--p2p-no-discovery", "--p2p-listen-address", "127.0.0.1", "--p2p-port", "0"],
      ...["--p2p-direct-peers", peers.join(",")],
    ];
    const node = new Child({argv: ["--import", join(import.meta.dirname, "record-usage.ts"), MOTE, ...words]});
    const usages: Usage[] = [];
    const fromMs = (chain.genesisTimeSec + (FIRST_SLOT * SLOT_MS) / 1000) * 1000;
    const toMs = fromMs + SLOTS * SLOT_MS;
    node.onLine((line) => {
      const usage = eventOf(line, "usage") as unknown as Usage | null;
      if (usage !== null && usage.atMs >= fromMs && usage.atMs < toMs) usages.push(usage);
    });
    const isHead = (slot: number) => (line: string) => (eventOf(line, "head")?.slot === slot ? true : null);
    try {
      await node.waitFor("ready", (line) => eventOf(line, "ready"), RUN_TIMEOUT_MS);
      await chain.child.waitFor("the first slot", isHead(FIRST_SLOT), RUN_TIMEOUT_MS);
      const before = await forwarded(metricsPort);
      await chain.child.waitFor("the last slot", isHead(FIRST_SLOT + SLOTS), RUN_TIMEOUT_MS);
      checkForwarded(before, await forwarded(metricsPort));
    } finally {
      await node.stop();
      await chain.child.stop();
    }
    return figures(usages);
  },
};

type Counts = ReadonlyMap<string, number>;

/** By kind, since the start. */
async function forwarded(metricsPort: number): Promise<Counts> {
  const answer = await fetch(`http://127.0.0.1:${metricsPort}/metrics`);
  const counts = (await answer.text()).matchAll(
    /^mote_p2p_gossip_messages_total{kind="(\w+)",verdict="accept".*} (\d+)$/gm,
  );
  return new Map([...counts].map(([, kind = "", count]) => [kind, Number(count)]));
}

function checkForwarded(before: Counts, after: Counts): void {
  for (const [kind, perSlot] of Object.entries(FORWARDED_PER_SLOT)) {
    const count = (after.get(kind) ?? 0) - (before.get(kind) ?? 0);
    if (count < perSlot * SLOTS * FORWARDED_SHARE_MIN)
      throw new Error(`the node forwarded ${count} of ${perSlot * SLOTS} messages of ${kind}`);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const {port} = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function figures(usages: readonly Usage[]): readonly Figure[] {
  const [begin, end] = [usages[0], usages.at(-1)];
  if (begin === undefined || end === undefined || begin === end) throw new Error("the node did not say what it used");
  const rssMib = usages.map(({rssBytes}) => rssBytes / MIB);
  const cpuMs = end.cpuMs - begin.cpuMs;
  const tookMs = end.atMs - begin.atMs;
  return [
    {
      what: `RSS of mote start --p2p, ${VALIDATORS} validators, ${PEERS} peers, mainnet preset, p50`,
      value: median(rssMib),
      unit: "MiB",
      floor: {what: "bare Node", value: bareNodeMib()},
      valueMax: RSS_MIB_MAX,
      notes: [`${Math.min(...rssMib).toFixed(0)} to ${Math.max(...rssMib).toFixed(0)} MiB, looked at each second`],
    },
    {
      what: "its share of a core at mainnet's rates on light topics",
      value: (100 * cpuMs) / tookMs,
      unit: "%",
      floor: null,
      valueMax: CPU_PERCENT_MAX,
      notes: [
        `${(cpuMs / (tookMs / SLOT_MS)).toFixed(0)} ms of all threads a slot, over ${(tookMs / 1000).toFixed(0)} s`,
      ],
    },
  ];
}
