import assert from "node:assert/strict";
import type {Liveness, ValidatorIndex} from "@mote/core";
import {FakeClock} from "@mote/testing";
import {BeaconNodeError, NoBeaconNodeError} from "../../src/beacon-node-error.ts";
import {gatherLiveness} from "../../src/strategies/liveness.ts";
import {thresholdOf} from "../../src/strategies/threshold.ts";
import {LIVENESS_GRACE_MS} from "../../src/strategies/timing.ts";

const indices = [1, 2, 3] as ValidatorIndex[];

/** The indices that a node has seen, or what it does instead of telling; `late` tells at the end of the time for stragglers. */
type Node = readonly number[] | "fail" | "hang" | "crash" | {readonly late: readonly number[]};

function gather(nodes: readonly Node[], {configured = nodes.length} = {}) {
  const clock = new FakeClock({nowMs: 0});
  const stopping = new AbortController();
  const tell = (live: readonly number[]): Liveness[] => indices.map((index) => ({index, isLive: live.includes(index)}));
  const askers = nodes.map((node, at) => ({
    name: `bn${at}`,
    ask: async () => {
      if (node === "hang") return new Promise<Liveness[]>(() => {});
      if (node === "crash") throw new TypeError("a bug");
      if (node === "fail")
        throw new BeaconNodeError({reason: "UNREACHABLE", beaconNode: `bn${at}`, route: "r", detail: "d"});
      if ("late" in node) {
        await new Promise<void>((resolve) => clock.after(LIVENESS_GRACE_MS - 1, resolve));
        return tell(node.late);
      }
      return tell(node);
    },
  }));
  const result = gatherLiveness(
    {indices, threshold: thresholdOf(configured), signal: stopping.signal},
    {clock, askers},
  ).then(
    (told) => told.map(({index, isLive}) => (isLive ? `${index} live` : `${index} absent`)).join(", "),
    (error: unknown) => error,
  );
  return {clock, stopping, result};
}

describe("gatherLiveness", () => {
  it("calls live who any node saw", async () => {
    assert.equal(await gather([[], [2], [3]]).result, "1 absent, 2 live, 3 live");
  });

  it("calls absent who enough nodes did not see, though others fail", async () => {
    assert.equal(await gather([[], [], "fail"]).result, "1 absent, 2 absent, 3 absent");
  });

  it("calls nobody absent when too few answered, and live who was seen", async () => {
    assert.equal(await gather([[2], "fail", "fail"]).result, "2 live");
    assert.equal(await gather([[2]], {configured: 3}).result, "2 live");
  });

  it("rejects when too few answered and nobody was seen, with the reasons", async () => {
    for (const nodes of [[[], "fail", "fail"], ["fail", "fail", "fail"], []] as Node[][]) {
      const error = await gather(nodes, {configured: 3}).result;
      assert.ok(error instanceof NoBeaconNodeError, String(error));
      assert.equal(error.errors.length, nodes.filter((node) => node === "fail").length);
    }
  });

  it("waits a little for those who may have seen more, and no longer", async () => {
    const late = gather([[], [], {late: [3]}]);
    await late.clock.advance(LIVENESS_GRACE_MS - 1);
    assert.equal(await late.result, "1 absent, 2 absent, 3 live");
    const hung = gather([[], [], "hang"]);
    await hung.clock.advance(LIVENESS_GRACE_MS);
    assert.equal(await hung.result, "1 absent, 2 absent, 3 absent");
  });

  it("ends when it is told to stop", async () => {
    const {clock, stopping, result} = gather(["hang", []]);
    await clock.advance(0);
    stopping.abort();
    const error = await result;
    assert.ok(error instanceof NoBeaconNodeError);
    assert.match(error.message, /no answer in time from bn0/);
  });

  it("does not hide a bug", async () => {
    assert.ok((await gather(["crash", []]).result) instanceof TypeError);
  });
});
