import type {BeaconCondition, FakeBeaconNode} from "@mote/testing";
import {FakeClock} from "@mote/testing";
import {BeaconNodeSet} from "../../src/beacon-node-set.ts";
import {Closing, eventually, middleRandom, networkConfig} from "./setup.ts";

const SLOT_MS = 12_000;
export const SLOTS_PER_EPOCH = 8;

/** A set over `count` fake nodes, all of them ready and heard: what the contract suites of its ports are run on. */
export class SetUnderTest {
  readonly clock = new FakeClock({nowMs: 1_000_000});
  readonly fakes: readonly FakeBeaconNode[];
  readonly set: BeaconNodeSet;
  readonly #closing: Closing;

  private constructor(fakes: readonly FakeBeaconNode[], closing: Closing) {
    this.fakes = fakes;
    this.#closing = closing;
    this.set = new BeaconNodeSet(
      {
        nodes: fakes.map(({url}, at) => ({name: `bn${at}`, url})),
        timing: {genesisTimeSec: 1_000, slotDurationMs: SLOT_MS, slotsPerEpoch: SLOTS_PER_EPOCH},
      },
      {clock: this.clock, random: middleRandom, config: networkConfig(), checkChain: () => null},
    );
    closing.add(() => this.set.stop());
  }

  static async start(count: number): Promise<SetUnderTest> {
    const closing = new Closing();
    const fakes: FakeBeaconNode[] = [];
    for (let node = 0; node < count; node++) fakes.push(await closing.fakeNode());
    const subject = new SetUnderTest(fakes, closing);
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
