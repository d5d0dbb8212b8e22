// Votes of four committees of 512, handed to a light node's gossip as the network would; in a process of its own, since the preset is mainnet's.
import {monitorEventLoopDelay} from "node:perf_hooks";
import {SecretKey} from "@chainsafe/bls/blst-native";
import blst from "@chainsafe/blst";
import {attestationDataFromSsz, attestationSigningRoot, createNetworkConfig, knownNetwork, ssz} from "@mote/consensus";
import {ThreadedVerifier} from "@mote/consensus/threaded-verifier";
import {type Clock, type Epoch, hexToBytes, type Log, type Root, SlotClock, type ValidatorIndex} from "@mote/core";
import {
  ForkDigests,
  type Gossip,
  type GossipChainView,
  type GossipKind,
  GossipObserver,
  LightGossip,
  type Received,
  type Validation,
} from "@mote/networking";
import {median} from "./statistics.ts";

const COMMITTEES = 4;
const COMMITTEE_SIZE = 512;
const VOTES = COMMITTEES * COMMITTEE_SIZE;
const SLOT_MS = 12_000;
const SLOTS_PER_EPOCH = 32;
/** In Fulu, years from mainnet's genesis. */
const FIRST_EPOCH = 450_000;
const ROUNDS = 3;
const FORGED_EVERY = 100;
const NEVER = VOTES + 1;
/** Others vote for the block before. */
const VOTE_HEADS = [15, 1] as const;
/** As many messages as a socket hands over in one turn of the event loop. */
const MESSAGES_PER_TURN = 16;
const BATCH_SIZE = 128;
const NS_PER_MS = 1e6;
const RESOLUTION_MS = 1;
const SETTLING_MS = 20;

const root = (byte: number): Root => `0x${byte.toString(16).padStart(2, "0").repeat(32)}` as Root;
const keys = Array.from({length: VOTES}, (_, index) => {
  const bytes = new Uint8Array(32);
  new DataView(bytes.buffer).setUint32(28, index + 1);
  return SecretKey.fromBytes(bytes);
});
const pubkeys = keys.map((key) => key.toPublicKey().toBytes());
const config = createNetworkConfig(knownNetwork("mainnet").chainConfig!, root(0x67));

const silent = () => {};
const log: Log = {debug: silent, info: silent, warn: console.error, error: console.error};
const clock: Clock = {
  nowMs: () => Date.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

const chainView: GossipChainView = {
  proposerAt: () => null,
  committee: (_slot, index) =>
    Array.from({length: COMMITTEE_SIZE}, (_, n) => (index * COMMITTEE_SIZE + n) as ValidatorIndex),
  committeesPerSlot: () => COMMITTEES,
  pubkeyOf: (index) => pubkeys[index] ?? null,
  syncCommitteeAt: () => null,
  hasBlock: () => true,
  finalizedEpoch: () => null,
  isOurs: () => false,
};

type Handler = (received: Received<"beacon_attestation">) => Promise<Validation>;

/** As this round's slot begins now. */
function lightGossip(epoch: number, verifier: ThreadedVerifier): Handler {
  const slot = epoch * SLOTS_PER_EPOCH;
  const genesisTimeSec = (Date.now() - slot * SLOT_MS) / 1000;
  const slotClock = new SlotClock({genesisTimeSec, slotDurationMs: SLOT_MS, slotsPerEpoch: SLOTS_PER_EPOCH}, {clock});
  let handler: Handler | null = null;
  const gossip: Gossip = {
    handle: (kind: GossipKind, taken: unknown) => {
      if (kind === "beacon_attestation") handler = taken as Handler;
    },
    subscribe: silent,
    unsubscribe: silent,
    publish: () => Promise.reject(new Error("nothing is published here")),
    onEcho: () => silent,
  };
  const observer = new GossipObserver({log});
  const peers = {report: silent};
  new LightGossip({config}, {gossip, peers, chainView, slotClock, clock, verifier, observer, log}).start();
  return handler!;
}

/** SSZ of every member's vote. */
function votesOf(epoch: number, forgedEvery: number): Uint8Array[] {
  const slot = epoch * SLOTS_PER_EPOCH;
  const datas = VOTE_HEADS.map((_, head) => ({
    slot,
    index: 0,
    beaconBlockRoot: hexToBytes(root(head + 1)),
    source: {epoch: epoch - 1, root: hexToBytes(root(0xcc))},
    target: {epoch, root: hexToBytes(root(0xbb))},
  }));
  const roots = datas.map((data) => attestationSigningRoot(config, attestationDataFromSsz(data)));
  const [usual, rare] = VOTE_HEADS;
  return keys.map((key, attesterIndex) => {
    const head = attesterIndex % (usual + rare) < usual ? 0 : 1;
    const signedRoot = isForged(attesterIndex, forgedEvery) ? root(0xff) : roots[head]!;
    const signature = key.sign(hexToBytes(signedRoot)).toBytes();
    const committeeIndex = Math.floor(attesterIndex / COMMITTEE_SIZE);
    return ssz.electra.SingleAttestation.serialize({committeeIndex, attesterIndex, data: datas[head]!, signature});
  });
}

const isForged = (index: number, forgedEvery: number): boolean => index % forgedEvery === forgedEvery - 1;

interface Round {
  readonly voteMs: number;
  /** Of this thread. */
  readonly cpuUs: number;
  readonly loopDelayP99Ms: number;
  readonly loopDelayMaxMs: number;
}

async function round(epoch: number, verifier: ThreadedVerifier, forgedEvery: number): Promise<Round> {
  const messages = votesOf(epoch, forgedEvery);
  const handler = lightGossip(epoch, verifier);
  const period = new ForkDigests(config).at(epoch as Epoch);
  const verdicts: Promise<Validation>[] = [];
  const forged = Math.floor(VOTES / forgedEvery);
  // One for each round: the pause between two of them would count as a delay.
  const histogram = monitorEventLoopDelay({resolution: RESOLUTION_MS});
  // What was signed for this round took a second, which is not to count either.
  await new Promise((resolve) => setTimeout(resolve, SETTLING_MS));
  histogram.enable();
  const startedMs = performance.now();
  const cpuBefore = process.threadCpuUsage();
  for (const [at, message] of messages.entries()) {
    const value = ssz.electra.SingleAttestation.deserialize(message);
    const subnetId = Math.floor(at / COMMITTEE_SIZE);
    // Honest peers pass no forged votes on, and of a peer that sent one, what waits behind it is not verified.
    const peer = isForged(at, forgedEvery) ? `forger ${at}` : "a";
    const received = {kind: "beacon_attestation", value, subnetId, period, receivedMs: Date.now(), peer} as const;
    verdicts.push(handler(received));
    if (at % MESSAGES_PER_TURN === MESSAGES_PER_TURN - 1) await new Promise((resolve) => setImmediate(resolve));
  }
  const accepted = (await Promise.all(verdicts)).filter((verdict) => verdict === "accept").length;
  histogram.disable();
  const voteMs = (performance.now() - startedMs) / VOTES;
  const {user, system} = process.threadCpuUsage(cpuBefore);
  if (accepted !== VOTES - forged) throw new Error(`${accepted} of ${VOTES - forged} votes were accepted`);
  const delayMs = (intervalNs: number) => Math.max(0, intervalNs / NS_PER_MS - RESOLUTION_MS);
  return {
    voteMs,
    cpuUs: (user + system) / VOTES,
    loopDelayP99Ms: delayMs(histogram.percentile(99)),
    loopDelayMaxMs: delayMs(histogram.max),
  };
}

/** What the BLS library takes for one of a batch, its key decompressed before. */
function rawMs(): number {
  const message = hexToBytes(root(1));
  const sets = keys.slice(0, BATCH_SIZE).map((key, index) => ({
    pk: blst.PublicKey.fromBytes(pubkeys[index]!),
    sig: key.sign(message).toBytes(),
  }));
  const samplesMs = Array.from({length: 20}, () => {
    const startedMs = performance.now();
    const {pk, sig} = blst.aggregateWithRandomness(sets);
    if (!blst.verify(message, pk, sig)) throw new Error("a batch of good ones did not verify");
    return (performance.now() - startedMs) / BATCH_SIZE;
  });
  return median(samplesMs);
}

const verifier = new ThreadedVerifier({}, {log});
const forgetful = new ThreadedVerifier({keysMax: 1}, {log});
let epoch = FIRST_EPOCH;

async function rounds(by: ThreadedVerifier, forgedEvery: number): Promise<readonly Round[]> {
  const done: Round[] = [];
  for (let n = 0; n < ROUNDS; n++) done.push(await round(epoch++, by, forgedEvery));
  return done;
}

// In the first round code is compiled and keys are decompressed: it does not count.
await round(epoch++, verifier, NEVER);
const good = await rounds(verifier, NEVER);
const strange = await rounds(forgetful, NEVER);
const forged = await rounds(verifier, FORGED_EVERY);
const all = [...good, ...strange, ...forged];
const medianMs = (of: readonly Round[]) => median(of.map(({voteMs}) => voteMs));
console.log(
  JSON.stringify({
    event: "votes",
    votes: VOTES,
    batchSize: BATCH_SIZE,
    rawMs: rawMs(),
    goodMs: medianMs(good),
    strangeMs: medianMs(strange),
    forgedMs: medianMs(forged),
    cpuUs: median(all.map(({cpuUs}) => cpuUs)),
    loopDelayP99Ms: median(all.map(({loopDelayP99Ms}) => loopDelayP99Ms)),
    loopDelayMaxMs: Math.max(...all.map(({loopDelayMaxMs}) => loopDelayMaxMs)),
  }),
);
await Promise.all([verifier.close(), forgetful.close()]);
