import type {BeaconCondition, FakeBeaconNode} from "@mote/testing";
import {FakeClock} from "@mote/testing";
import {BeaconNodeSet, type BeaconNodeSetComponents, type BeaconNodeSetInit} from "../../src/beacon-node-set.ts";
import {Closing, eventually, middleRandom, networkConfig} from "./setup.ts";

export const SLOT_MS = 12_000;
export const SLOTS_PER_EPOCH = 8;
/** The clock begins at slot 20. */
export const TIMING = {
  genesisTimeSec: 1_000 - (20 * SLOT_MS) / 1_000,
  slotDurationMs: SLOT_MS,
  slotsPerEpoch: SLOTS_PER_EPOCH,
};

export type SetOptions = Omit<BeaconNodeSetInit, "nodes" | "timing" | "proposerNodes"> &
  Partial<Pick<BeaconNodeSetComponents, "checkChain" | "onStateChange">> & {
    /** How many of the fake nodes, the last ones, are proposer nodes. */
    readonly proposerNodeCount?: number;
  };

/** A set over `count` fake nodes, all of them ready and heard. */
export class SetUnderTest {
  readonly clock = new FakeClock({nowMs: 1_000_000});
  readonly fakes: readonly FakeBeaconNode[];
  readonly set: BeaconNodeSet;
  readonly #closing: Closing;

  private constructor(fakes: readonly FakeBeaconNode[], closing: Closing, options: SetOptions) {
    this.fakes = fakes;
    this.#closing = closing;
    const {proposerNodeCount = 0, checkChain = () => null, onStateChange = () => {}, ...init} = options;
    const addresses = fakes.map(({url}, at) => ({name: `bn${at}`, url}));
    const nodes = addresses.slice(0, addresses.length - proposerNodeCount);
    this.set = new BeaconNodeSet(
      {...init, nodes, proposerNodes: addresses.slice(nodes.length), timing: TIMING},
      {clock: this.clock, random: middleRandom, config: networkConfig(), checkChain, onStateChange},
    );
    closing.add(() => this.set.stop());
  }

  /** Not started. */
  static async make(count: number, options: SetOptions = {}): Promise<SetUnderTest> {
    const closing = new Closing();
    const fakes: FakeBeaconNode[] = [];
    for (let node = 0; node < count; node++) fakes.push(await closing.fakeNode());
    return new SetUnderTest(fakes, closing, options);
  }

  static async start(count: number, options: SetOptions = {}): Promise<SetUnderTest> {
    const subject = await SetUnderTest.make(count, options);
    await subject.set.start();
    await eventually(
      () => subject.set.nodes.every(({eventStreamStands, state}) => eventStreamStands && state === "ready"),
      "start",
    );
    return subject;
  }

  get names(): string[] {
    return this.set.nodes.map(({name}) => name);
  }

  fake(name: string): FakeBeaconNode {
    return this.fakes[this.names.indexOf(name)]!;
  }

  close(): Promise<void> {
    return this.#closing.close();
  }

  readonly become = async (condition: BeaconCondition): Promise<void> => {
    for (const {faults, chain} of this.fakes) {
      faults.clear();
      if (condition === "silent") faults.set("*", {kind: "status", status: 500});
      chain.syncing.isSyncing = condition === "syncing";
      chain.syncing.isOptimistic = condition === "optimistic";
    }
    if (condition !== "syncing" && condition !== "optimistic") return;
    // Nodes are asked for their state once a slot.
    await this.clock.advance(SLOT_MS);
    await eventually(() => this.set.nodes.every(({state}) => state === condition), condition);
  };
}
