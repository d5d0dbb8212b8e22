import type {Connect, StrategyChoices} from "@mote/beacon-nodes";
import {chainConfigFromSpec, createNetworkConfig, type NetworkConfig} from "@mote/consensus";
import {
  type Epoch,
  type ExecutionAddress,
  type SlashingProtection,
  type Slot,
  SlotClock,
  type ValidatorIndex,
} from "@mote/core";
import {
  FakeClock,
  FakeProposerSettings,
  FakeSigner,
  fakePubkey,
  fakeRoot,
  MemorySlashingProtection,
  SeededRandom,
  SentMessageWatch,
  SimulatedBeaconNode,
  SimulatedChain,
  SimulatedNetwork,
} from "@mote/testing";
import type {Joined} from "../../../packages/node/src/chain/join.ts";
import {LineLog} from "../../../packages/node/src/log/line-log.ts";
import {NodeStateLog} from "../../../packages/node/src/log/node-state-log.ts";
import {type Wired, wire} from "../../../packages/node/src/wire.ts";
import {DutyEnds} from "./duty-ends.ts";
import {connectTo} from "./simulated-transport.ts";

export const SLOTS_PER_EPOCH = 8;
export const SLOT_MS = 6_000;
const GENESIS_TIME_SEC = 1_700_000_000;
const VALIDATORS = 24;
/** Three validators attest in each slot: one of ours, and two that always do. */
const OWN_VALIDATORS = 8;
export const FEE_RECIPIENT = `0x${"fe".repeat(20)}` as ExecutionAddress;

/** Fulu until then. */
const GLOAS_EPOCH = 3;
/** What is looked at: an epoch of Fulu and one of Gloas. */
export const FIRST_SLOT = 2 * SLOTS_PER_EPOCH + 2;
export const LAST_SLOT = 4 * SLOTS_PER_EPOCH - 2;
/** Faults come when everything runs, and end before the last slots: whoever was misled must find back by himself. */
const FAULT_FROM_SLOT = FIRST_SLOT + 1;
const FAULT_UNTIL_SLOT = LAST_SLOT - 1;
/** The last slot with a block: what was voted before is in the chain then. */
const BLOCKS_UNTIL_SLOT = LAST_SLOT + 3;
/** Votes stay open until the end of the epoch after their own; the clock is set forward to it. */
const END_SLOT = 5 * SLOTS_PER_EPOCH;

const CONFIG: NetworkConfig = createNetworkConfig(
  chainConfigFromSpec({
    ...Object.fromEntries(
      ["ALTAIR", "BELLATRIX", "CAPELLA", "DENEB", "ELECTRA", "FULU"].map((fork) => [`${fork}_FORK_EPOCH`, "0"]),
    ),
    GLOAS_FORK_EPOCH: String(GLOAS_EPOCH),
    SLOT_DURATION_MS: String(SLOT_MS),
  }),
  fakeRoot(0x67),
);

/** What a fault may look at and set going. */
export interface FaultContext {
  readonly chain: SimulatedChain;
  readonly clock: FakeClock;
  readonly random: SeededRandom;
  readonly slotClock: SlotClock;
  /** Whether the time of the fault has not ended. */
  readonly isOn: () => boolean;
}

export interface SimulationInit {
  readonly seed: number;
  readonly beaconNodes: number;
  readonly strategies: StrategyChoices;
  readonly threshold?: number | null;
  /** The first so many nodes are at fault: those that the order of configuration prefers. */
  readonly faulty: number;
  readonly fault: (node: SimulatedBeaconNode, context: FaultContext) => void;
  /** For subjects that are broken on purpose. */
  readonly protection?: SlashingProtection;
  readonly comparesFeeRecipients?: boolean;
}

/**
 * The real Mote, put together by `wire` as it always is (duties, gate, beacon-node set with its strategies, health and event streams), over beacon nodes
 * in memory and under a clock that is turned by hand. In the place of an adapter stand only: the way to the nodes, the signer, the store.
 */
export class Simulation {
  readonly chain: SimulatedChain;
  readonly network: SimulatedNetwork;
  readonly watch = new SentMessageWatch({feeRecipient: FEE_RECIPIENT});
  readonly ends: DutyEnds;
  readonly errors: string[] = [];
  readonly #init: SimulationInit;
  readonly #clock: FakeClock;
  readonly #slotClock: SlotClock;
  readonly #random: SeededRandom;
  readonly #nodes: readonly SimulatedBeaconNode[];
  readonly #wired: Wired;

  constructor(init: SimulationInit) {
    this.#init = init;
    const timing = {genesisTimeSec: GENESIS_TIME_SEC, slotDurationMs: SLOT_MS, slotsPerEpoch: SLOTS_PER_EPOCH};
    const nowMs = GENESIS_TIME_SEC * 1000 + (FIRST_SLOT - 1) * SLOT_MS + SLOT_MS / 2;
    this.#clock = new FakeClock({nowMs});
    this.#slotClock = new SlotClock(timing, {clock: this.#clock});
    this.#random = new SeededRandom(init);
    this.chain = new SimulatedChain({
      timing,
      validatorCount: VALIDATORS,
      firstSlot: FIRST_SLOT as Slot,
      gloasSlot: (GLOAS_EPOCH * SLOTS_PER_EPOCH) as Slot,
    });
    this.network = new SimulatedNetwork({config: CONFIG, isOutside: isOurs}, {chain: this.chain, clock: this.#clock});
    const shared = {chain: this.chain, clock: this.#clock, random: this.#random};
    this.#nodes = Array.from(
      {length: init.beaconNodes},
      (_, at) =>
        new SimulatedBeaconNode(
          {name: `bn${at}`, feeRecipient: FEE_RECIPIENT},
          {...shared, onMessage: (message) => this.network.take(message)},
        ),
    );
    this.#wired = this.#wire(connectTo(this.#nodes, this));
    this.ends = new DutyEnds(this.#wired);
  }

  /** How often somebody met a fault. */
  get faultsMet(): number {
    return this.#nodes.reduce((sum, {faultsMet}) => sum + faultsMet, 0);
  }

  /** From half a slot before the first to the end of all that was begun. */
  async run(): Promise<void> {
    const {runner, beaconNodes} = this.#wired;
    this.network.start(FIRST_SLOT as Slot, BLOCKS_UNTIL_SLOT as Slot);
    let isOn = true;
    const context = {
      chain: this.chain,
      clock: this.#clock,
      random: this.#random,
      slotClock: this.#slotClock,
      isOn: () => isOn,
    };
    const faulty = this.#nodes.slice(0, this.#init.faulty);
    this.#at(FAULT_FROM_SLOT, () => {
      for (const node of faulty) this.#init.fault(node, context);
    });
    this.#at(FAULT_UNTIL_SLOT, () => {
      isOn = false;
      for (const node of faulty) node.heal();
    });
    const started = beaconNodes.start().then(() => runner.start());
    await this.#clock.advance(SLOT_MS / 2);
    await started;
    await this.#clock.advance(this.#slotClock.startMs(BLOCKS_UNTIL_SLOT as Slot) - this.#clock.nowMs());
    this.#clock.jump(this.#slotClock.startMs(END_SLOT as Slot) - this.#clock.nowMs());
    await this.#clock.advance(SLOT_MS);
    const stopped = runner.stop().then(() => beaconNodes.stop());
    await this.#clock.advance(2 * SLOT_MS);
    await stopped;
  }

  #at(slot: number, run: () => void): void {
    this.#clock.after(this.#slotClock.startMs(slot as Slot) - this.#clock.nowMs(), run);
  }

  #wire(connect: Connect): Wired {
    const {strategies, beaconNodes, threshold = null, comparesFeeRecipients = true} = this.#init;
    const {protection = new MemorySlashingProtection()} = this.#init;
    const sink = {write: (line: string) => void (this.#isError(line) && this.errors.push(line.trim()))};
    const log = new LineLog({level: "error", format: "json"}, {sink, clock: this.#clock});
    const proposerSettings = new FakeProposerSettings();
    proposerSettings.default = {
      ...proposerSettings.default,
      feeRecipient: comparesFeeRecipients ? FEE_RECIPIENT : null,
    };
    const pubkeys = Array.from({length: OWN_VALIDATORS}, (_, index) => fakePubkey(index));
    const signer = new FakeSigner({pubkeys});
    const nodes = Array.from({length: beaconNodes}, (_, at) => ({name: `bn${at}`, url: `http://bn${at}`}));
    const joined = {config: CONFIG, slotClock: this.#slotClock, checkChain: () => null} as Partial<Joined> as Joined;
    const tellPerson = (what: unknown) => void this.errors.push(JSON.stringify(what));
    return wire(
      {
        beaconNodes: {nodes, strategies, threshold},
        joined,
        distributed: false,
        doppelgangerProtection: false,
        onDoppelganger: tellPerson,
        onSlashed: tellPerson,
        rssBytes: () => 0,
      },
      {
        clock: this.#clock,
        random: this.#random,
        log,
        nodeStates: new NodeStateLog({log}),
        protection,
        signer: Object.assign(signer, {pubkeys, close: async () => {}}),
        proposerSettings,
        connect,
      },
    );
  }

  #isError(line: string): boolean {
    return (JSON.parse(line) as {level: string}).level === "error";
  }
}

export const isOurs = (index: ValidatorIndex): boolean => index < OWN_VALIDATORS;

export const ourIndices: readonly ValidatorIndex[] = Array.from(
  {length: OWN_VALIDATORS},
  (_, index) => index as ValidatorIndex,
);

export const gloasFrom = (GLOAS_EPOCH * SLOTS_PER_EPOCH) as Slot;
export const epochOf = (slot: Slot): Epoch => Math.floor(slot / SLOTS_PER_EPOCH) as Epoch;
