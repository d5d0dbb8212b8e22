import assert from "node:assert/strict";
import {loadDevnetConfig} from "../../src/devnet/devnet-options.ts";
import {DevnetRefusedError} from "../../src/devnet/devnet-refused-error.ts";
import {checkOptions} from "../../src/devnet/open-devnet.ts";

function check(...argv: string[]): Promise<readonly string[]> {
  const loaded = loadDevnetConfig(["--beacon-nodes", "3", ...argv], () => null);
  return loaded.kind === "ok" ? checkOptions(loaded.config) : assert.fail(loaded.problems.join());
}

describe("checkOptions", () => {
  it("refuses what only the devnet can judge", async () => {
    await assert.rejects(
      check("--fault", "bn5:down"),
      new DevnetRefusedError('fault "bn5:down": there is no bn5; of 3 beacon nodes there is bn0 to bn2'),
    );
    await assert.rejects(check("--dialect", "bn0=klingon"), DevnetRefusedError);
    await assert.rejects(
      check("--genesis-deposits", "/nowhere/deposit_data-1.json"),
      new DevnetRefusedError("--genesis-deposits: /nowhere/deposit_data-1.json cannot be used: there is no such file"),
    );
    await assert.rejects(
      check("--genesis-deposits", import.meta.filename),
      new DevnetRefusedError("open-devnet.test.ts is not JSON"),
    );
  });

  it("says that a wrong source has no effect while genesis is the only one", async () => {
    const early = ["bn1:wrong-source@2-30", "bn1:wrong-source", "bn2:wrong-source=previous@23"];
    const notes = await check(...early.flatMap((text) => ["--fault", text]));
    assert.deepEqual(
      notes.map((note) => note.split(" has no effect before slot 24")[0]),
      early,
    );
  });

  it("says that a target of the epoch before is none in the first epoch", async () => {
    const [note, ...others] = await check(
      "--fault",
      "bn0:wrong-data=target@4-12",
      "--fault",
      "bn0:wrong-data=target@8",
    );
    assert.match(note!, /^bn0:wrong-data=target@4-12 has no effect before slot 8/);
    assert.deepEqual(others, []);
  });

  it("refuses a hostile peer without a network", async () => {
    await assert.rejects(check("--fault", "p2p:lie"), /there are no peers without p2p/);
    assert.deepEqual(await check("--p2p", "--fault", "p2p:lie"), []);
  });

  it("says that faults of Gloas have no effect where Gloas is not", async () => {
    const faults = ["withhold-payload@15", "bn0:wrong-block=envelope@3-15", "bn0:wrong-payload-attestation@3-15"];
    const argv = faults.flatMap((text) => ["--fault", text]);
    for (const fork of ["fulu", "gloas@2"]) {
      const notes = await check("--fork", fork, ...argv);
      assert.deepEqual(
        notes.map((note) => note.split(" has no effect: there is nothing of Gloas")[0]),
        faults,
      );
    }
    for (const fork of ["gloas", "gloas@1"]) assert.deepEqual(await check("--fork", fork, ...argv), []);
    assert.deepEqual(await check("--fork", "gloas@2", "--fault", "bn0:wrong-block=envelope"), []);
  });

  it("says nothing of faults that work from their first slot on", async () => {
    const faults = ["bn1:wrong-source@24", "bn1:wrong-source=later@2", "bn2:down@2", "skip@3"];
    assert.deepEqual(await check(...faults.flatMap((text) => ["--fault", text])), []);
  });
});
