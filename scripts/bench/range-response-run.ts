// One node asks another for a range of blocks, quickly and then slowly; in a process of their own, whose memory is looked at.
import {setTimeout as pause} from "node:timers/promises";
import {noise} from "@chainsafe/libp2p-noise";
import type {Libp2p} from "@libp2p/interface";
import {tcp} from "@libp2p/tcp";
import {yamux} from "@libp2p/yamux";
import {ForkName} from "@lodestar/params";
import {sszTypesFor} from "@lodestar/types";
import {createNetworkConfig, knownNetwork} from "@mote/consensus";
import {type Clock, type Epoch, type Log, type Root, type Slot, SlotClock} from "@mote/core";
import {
  type EncodedBlock,
  ForkDigests,
  type LocalChain,
  type LocalStatus,
  REQUEST_NAMES,
  ReqRespClient,
  ReqRespServer,
  STREAM_WINDOW_BYTES_MAX,
} from "@mote/networking";
import {createLibp2p} from "libp2p";
import {MIB} from "./memory.ts";

const BLOCKS = 128;
const TRANSACTIONS = 100;
const TRANSACTION_BYTES = 1000;
const WARM_UPS = 4;
const SLOW_MS = 30;
/** Blocks. */
const LOOK_EVERY = 8;
const SLOT_MS = 12_000;
const SLOTS_PER_EPOCH = 32;
/** In Fulu, years from mainnet's genesis. */
const FIRST_SLOT = 450_000 * SLOTS_PER_EPOCH;
const UNLIMITED = {tokens: 1e9, perMs: 1};

const config = createNetworkConfig(knownNetwork("mainnet").chainConfig!, `0x${"67".repeat(32)}` as Root);
const digests = new ForkDigests(config);
const silent = () => {};
const log: Log = {debug: silent, info: silent, warn: console.error, error: console.error};
const clock: Clock = {
  nowMs: () => Date.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
const genesisTimeSec = Math.floor(Date.now() / 1000 - (FIRST_SLOT * SLOT_MS) / 1000);
const slotClock = new SlotClock({genesisTimeSec, slotDurationMs: SLOT_MS, slotsPerEpoch: SLOTS_PER_EPOCH}, {clock});

let madeBlocks = 0;
const root = `0x${"00".repeat(32)}` as Root;
const status: LocalStatus = {
  finalizedRoot: root,
  finalizedEpoch: 0 as Epoch,
  headRoot: root,
  headSlot: 0 as Slot,
  earliestAvailableSlot: 0 as Slot,
};
const chain: LocalChain = {
  status: () => status,
  blocksByRange: (startSlot, count) => blocks(startSlot, count),
  blocksByRoot: () => [],
  lightClientBootstrap: () => null,
  lightClientUpdates: () => [],
  lightClientFinalityUpdate: () => null,
  lightClientOptimisticUpdate: () => null,
};

function* blocks(startSlot: Slot, count: number): Generator<EncodedBlock> {
  const types = sszTypesFor(ForkName.fulu as ForkName.fulu);
  const template = types.SignedBeaconBlock.defaultValue();
  template.message.body.executionPayload.transactions = Array.from({length: TRANSACTIONS}, () =>
    crypto.getRandomValues(new Uint8Array(TRANSACTION_BYTES)),
  );
  let parentRoot: Uint8Array = new Uint8Array(32);
  for (let slot = startSlot; slot < startSlot + count; slot++) {
    // A block that was hashed keeps its root, so each is an object of its own.
    const message = {...template.message, slot, parentRoot};
    madeBlocks++;
    yield {slot: slot as Slot, ssz: types.SignedBeaconBlock.serialize({...template, message})};
    parentRoot = types.BeaconBlock.hashTreeRoot(message);
  }
}

const openHost = (): Promise<Libp2p> =>
  createLibp2p({
    addresses: {listen: ["/ip4/127.0.0.1/tcp/0"]},
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux({streamOptions: {maxStreamWindowSize: STREAM_WINDOW_BYTES_MAX}})],
    connectionMonitor: {enabled: false},
  });

const [asking, answering] = await Promise.all([openHost(), openHost()]);
const common = {
  slotClock,
  digests,
  chain,
  log,
  localMetadata: () => ({seqNumber: 0n, attnets: [], syncnets: [], custodyGroupCount: 0}),
  onOffence: (...offence: unknown[]) => console.error(offence),
  news: {},
};
const quotas = Object.fromEntries(REQUEST_NAMES.map((name) => [name, UNLIMITED])) as unknown as ConstructorParameters<
  typeof ReqRespClient
>[0]["quotas"] &
  object;
const client = new ReqRespClient({config, quotas}, {...common, node: asking});
await new ReqRespServer({config, quotas}, {...common, node: answering}).start();
await asking.dial(answering.getMultiaddrs());

async function takeAll(pauseMs: number, look: (takenBlocks: number) => void): Promise<void> {
  madeBlocks = 0;
  let takenBlocks = 0;
  const request = {startSlot: FIRST_SLOT as Slot, count: BLOCKS};
  for await (const _ of client.blocksByRange(answering.peerId.toString(), request)) {
    look(++takenBlocks);
    if (pauseMs > 0) await pause(pauseMs);
  }
  if (takenBlocks !== BLOCKS) throw new Error(`${takenBlocks} blocks came`);
}

/** Garbage that waits for its collection says more of the collector than of what is held. */
function heldBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage.rss();
}

for (let round = 0; round < WARM_UPS; round++) await takeAll(0, silent);
const base = heldBytes();
let peak = base;
let aheadMax = 0;
await takeAll(SLOW_MS, (takenBlocks) => {
  if (takenBlocks % LOOK_EVERY === 0) peak = Math.max(peak, heldBytes());
  aheadMax = Math.max(aheadMax, madeBlocks - takenBlocks);
});
const blockKb = Math.round((TRANSACTIONS * TRANSACTION_BYTES) / 1000);
console.log(
  JSON.stringify({
    event: "range_response",
    blocks: BLOCKS,
    blockKb,
    baseMib: base / MIB,
    riseMib: (peak - base) / MIB,
    aheadMax,
  }),
);
await Promise.all([asking.stop(), answering.stop()]);
