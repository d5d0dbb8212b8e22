import assert from "node:assert/strict";
import {MemoryBudget} from "../../src/keys/memory-budget.ts";
import {immediate} from "../gate-fixture.ts";

/** Jobs that run until they are told to end. */
class OpenJobs {
  readonly running = new Map<string, () => void>();

  start(budget: MemoryBudget, name: string, memoryBytes: number): Promise<void> {
    return budget.run(memoryBytes, () => new Promise<void>((end) => this.running.set(name, end)));
  }

  async end(name: string): Promise<void> {
    this.running.get(name)?.();
    this.running.delete(name);
    await immediate();
  }

  get names(): string {
    return [...this.running.keys()].join("");
  }
}

describe("MemoryBudget", () => {
  it("runs at once what fits together, and the rest in its order", async () => {
    const budget = new MemoryBudget({memoryBytesMax: 512, jobsMax: 16});
    const jobs = new OpenJobs();
    const all = ["a", "b", "c", "d"].map((name) => jobs.start(budget, name, 256));
    await immediate();
    assert.equal(jobs.names, "ab");
    await jobs.end("b");
    assert.equal(jobs.names, "ac");
    await jobs.end("a");
    await jobs.end("c");
    assert.equal(jobs.names, "d");
    await jobs.end("d");
    await Promise.all(all);
  });

  it("runs a job larger than the budget, but alone", async () => {
    const budget = new MemoryBudget({memoryBytesMax: 512, jobsMax: 16});
    const jobs = new OpenJobs();
    for (const [name, memoryBytes] of [
      ["a", 1],
      ["b", 1024],
      ["c", 1],
    ] as const)
      void jobs.start(budget, name, memoryBytes);
    await immediate();
    assert.equal(jobs.names, "a");
    await jobs.end("a");
    assert.equal(jobs.names, "b");
    await jobs.end("b");
    assert.equal(jobs.names, "c");
  });

  it("bounds jobs that take no memory by their number", async () => {
    const budget = new MemoryBudget({memoryBytesMax: 512, jobsMax: 2});
    const jobs = new OpenJobs();
    for (const name of ["a", "b", "c"]) void jobs.start(budget, name, 0);
    await immediate();
    assert.equal(jobs.names, "ab");
  });

  it("gives the room of a failed job to the next", async () => {
    const budget = new MemoryBudget({memoryBytesMax: 1, jobsMax: 1});
    const failed = budget.run(1, async () => Promise.reject(new Error("no")));
    const next = budget.run(1, async () => "next");
    await assert.rejects(failed, /no/);
    assert.equal(await next, "next");
  });
});
