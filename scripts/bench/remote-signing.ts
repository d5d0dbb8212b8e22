import {join} from "node:path";
import {chainConfigFromSpec, createNetworkConfig, SLOTS_PER_EPOCH} from "@mote/consensus";
import {
  type AttestationData,
  type AttesterDuty,
  type Clock,
  type Log,
  type ProposerSettingsSource,
  type Pubkey,
  type SlashingProtection,
  type Slot,
  SlotClock,
} from "@mote/core";
import {openKeyRing, SigningGate} from "@mote/duty-signing";
import {Child, eventOf} from "./child.ts";
import type {Benchmark, Figure} from "./figure.ts";
import {RawSigning} from "./raw-signing.ts";
import {median, percentile, timed} from "./statistics.ts";
import {randomRoot} from "./votes.ts";

/** The votes of a slot of 10,000 validators. */
const VOTES = 313;
/** In the first of them the signer's keys are proven, one by one; in the others code is still being compiled. */
const WARM_UPS = 5;
const ROUNDS = 20;
const REMOTE_MS_MAX = 300;
const START_TIMEOUT_MS = 30_000;
const SLOT_DURATION_MS = 12_000;
const FIRST_SLOT = 3_000_000;
const FORKS = ["ALTAIR", "BELLATRIX", "CAPELLA", "DENEB", "ELECTRA", "FULU"];
const FULU_FROM_GENESIS = Object.fromEntries(FORKS.map((fork) => [`${fork}_FORK_EPOCH`, "0"]));

/** The signing gate with a protection that accepts at once, and a remote signer in a process of its own. */
export const remoteSigning: Benchmark = {
  name: "remote signing",
  async measure() {
    const server = new Child({argv: [join(import.meta.dirname, "remote", "web3signer-server.ts"), `${VOTES}`]});
    try {
      const listening = await server.waitFor("its port", (line) => eventOf(line, "listening"), START_TIMEOUT_MS);
      const {url, pubkeys} = listening as unknown as {readonly url: string; readonly pubkeys: readonly Pubkey[]};
      return [await measureVotes(url, pubkeys)];
    } finally {
      await server.stop();
    }
  },
};

async function measureVotes(url: string, pubkeys: readonly Pubkey[]): Promise<Figure> {
  const clock = new SteppingClock();
  const ring = openKeyRing({slotsPerEpoch: SLOTS_PER_EPOCH, cores: 2}, {clock, log: silent});
  ring.addRemote(pubkeys.map((pubkey) => ({pubkey, url})));
  const gate = openGate(clock, ring);
  const floor = new RawSigning({keys: VOTES});
  const samplesMs: number[] = [];
  try {
    for (let round = 0; round < WARM_UPS + ROUNDS; round++) {
      clock.slot = FIRST_SLOT + round;
      samplesMs.push(await timed(() => voteInSlot(gate, clock.slot as Slot, pubkeys)));
      floor.round();
    }
  } finally {
    await ring.close();
  }
  const counted = samplesMs.slice(WARM_UPS);
  return {
    what: `remote signing, ${VOTES} votes, p50`,
    value: median(counted),
    unit: "ms",
    floor: {what: "bare signing of as many votes on one thread", value: median(floor.samplesMs)},
    valueMax: REMOTE_MS_MAX,
    notes: [
      `p95 ${percentile(counted, 0.95).toFixed(0)} ms; the first round, in which each key is proven, ${samplesMs[0]?.toFixed(0)} ms`,
    ],
  };
}

function openGate(clock: SteppingClock, signer: ReturnType<typeof openKeyRing>): SigningGate {
  const config = createNetworkConfig(chainConfigFromSpec(FULU_FROM_GENESIS), randomRoot());
  const timing = {genesisTimeSec: 0, slotDurationMs: SLOT_DURATION_MS, slotsPerEpoch: SLOTS_PER_EPOCH};
  const protection: Partial<SlashingProtection> = {recordAttestation: async () => ({kind: "accepted"})};
  const proposerSettings: Partial<ProposerSettingsSource> = {};
  return new SigningGate(
    {config, distributed: false},
    {
      slotClock: new SlotClock(timing, {clock}),
      protection: protection as SlashingProtection,
      signer,
      refusalOf: () => null,
      proposerSettings: proposerSettings as ProposerSettingsSource,
      log: silent,
      yieldToEventLoop: () => new Promise((resolve) => setImmediate(resolve)),
    },
  );
}

async function voteInSlot(gate: SigningGate, slot: Slot, pubkeys: readonly Pubkey[]): Promise<void> {
  const results = await gate.signAttestations(
    dataOf(slot),
    pubkeys.map((pubkey) => ({pubkey, slot}) as AttesterDuty),
  );
  for (const {outcome} of results) if (outcome.kind !== "signed") throw new Error(outcome.detail);
}

function dataOf(slot: Slot): AttestationData {
  const epoch = Math.floor(slot / SLOTS_PER_EPOCH);
  return {
    slot,
    index: 0,
    beaconBlockRoot: randomRoot(),
    source: {epoch: epoch - 1, root: randomRoot()},
    target: {epoch, root: randomRoot()},
  } as AttestationData;
}

/** Goes as the machine's does, within a slot of one's choice. */
class SteppingClock implements Clock {
  slot = FIRST_SLOT;

  nowMs(): number {
    return this.slot * SLOT_DURATION_MS + (performance.now() % SLOT_DURATION_MS);
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  }
}

const silent: Log = {debug: () => {}, info: () => {}, warn: () => {}, error: () => {}};
