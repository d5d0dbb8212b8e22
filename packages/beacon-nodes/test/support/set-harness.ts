import type {FakeBeaconNode, FakeClock} from "@mote/testing";
import type {BeaconNodeSet} from "../../src/beacon-node-set.ts";
import type {ChainIdentity} from "../../src/chain-identity.ts";
import type {BeaconNodeState, StateChange} from "../../src/health.ts";
import {type SetOptions, SetUnderTest} from "./set-under-test.ts";

/** One set a test over fake nodes, closed after it. */
export class SetHarness {
  changes: StateChange[] = [];
  /** What becomes of a node's chain when it is checked. */
  checkChain: (identity: ChainIdentity) => string | null = () => null;
  #subject: SetUnderTest | null = null;

  constructor() {
    beforeEach(() => {
      this.changes = [];
      this.checkChain = () => null;
    });
    afterEach(() => this.#subject?.close());
  }

  get clock(): FakeClock {
    return this.#made.clock;
  }

  get fakes(): readonly FakeBeaconNode[] {
    return this.#made.fakes;
  }

  get states(): BeaconNodeState[] {
    return this.#made.set.nodes.map(({state}) => state);
  }

  async make(count: number, options: SetOptions = {}): Promise<BeaconNodeSet> {
    this.#subject = await SetUnderTest.make(count, {...options, ...this.#listeners});
    return this.#subject.set;
  }

  /** Every node is ready and heard. */
  async started(count: number, options: SetOptions = {}): Promise<BeaconNodeSet> {
    this.#subject = await SetUnderTest.start(count, {...options, ...this.#listeners});
    return this.#subject.set;
  }

  get #listeners(): SetOptions {
    return {
      checkChain: (identity) => this.checkChain(identity),
      onStateChange: (change) => void this.changes.push(change),
    };
  }

  get #made(): SetUnderTest {
    if (this.#subject === null) throw new Error("the test has not made a set");
    return this.#subject;
  }
}
