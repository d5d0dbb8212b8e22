import assert from "node:assert/strict";
import {ApiError} from "../../../src/http/keymanager/api-error.ts";
import {TurnLine} from "../../../src/http/keymanager/turn-line.ts";

describe("TurnLine", () => {
  it("runs one after another, in order, also after one has failed", async () => {
    const line = new TurnLine({waitingMax: 10});
    const said: string[] = [];
    const work = (name: string) => async () => {
      said.push(`${name} begins`);
      await Promise.resolve();
      said.push(`${name} ends`);
      if (name === "b") throw new Error("b failed");
      return name;
    };
    const ends = await Promise.allSettled(["a", "b", "c"].map((name) => line.run(work(name))));
    assert.deepEqual(said, ["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
    assert.deepEqual(
      ends.map(({status}) => status),
      ["fulfilled", "rejected", "fulfilled"],
    );
  });

  it("lets nobody in any more once it is closed, and who is in finish", async () => {
    const line = new TurnLine({waitingMax: 2});
    const inside = line.run(async () => "done");
    await Promise.resolve();
    const waiting = line.run(async () => assert.fail("it was closed"));
    line.close();
    await assert.rejects(waiting, (error) => error instanceof ApiError && error.status === 503);
    assert.equal(await inside, "done");
  });

  it("sends away who finds it full, and takes the next when there is room again", async () => {
    const line = new TurnLine({waitingMax: 2});
    let goOn = () => {};
    const first = line.run(
      () =>
        new Promise<void>((resolve) => {
          goOn = resolve;
        }),
    );
    await Promise.resolve();
    const waiting = [line.run(async () => {}), line.run(async () => {})];
    await assert.rejects(
      line.run(async () => {}),
      (error) => error instanceof ApiError && error.status === 503,
    );
    goOn();
    await Promise.all([first, ...waiting]);
    await line.run(async () => {});
  });
});
