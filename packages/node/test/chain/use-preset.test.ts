import assert from "node:assert/strict";
import {spawn} from "node:child_process";
import {mkdtempSync, rmSync, writeFileSync} from "node:fs";
import {createServer, type Server} from "node:http";
import type {AddressInfo} from "node:net";
import {tmpdir} from "node:os";
import {join} from "node:path";

const src = (path: string) => JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href);

/** The preset is settled once in a process, so each case is a process of its own. */
function inProcess(config: object, then: string): Promise<Record<string, unknown>> {
  const script = `
    const {usePreset} = await import(${src("chain/use-preset.ts")});
    const {SystemClock} = await import(${src("system/system-clock.ts")});
    const config = ${JSON.stringify(config)};
    try {
      await usePreset(config, {clock: new SystemClock(), signal: new AbortController().signal});
      const consensus = await import("@mote/consensus");
      const {ssz} = consensus;
      console.log(JSON.stringify({preset: consensus.activePresetName, slots: consensus.SLOTS_PER_EPOCH, ...(${then})}));
    } catch (error) {
      console.log(JSON.stringify({error: error.message, exitCode: error.exitCode}));
    }`;
  return new Promise((resolve, reject) => {
    const env = {...process.env};
    delete env.LODESTAR_PRESET;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
      cwd: join(import.meta.dirname, "../.."),
      env,
      timeout: 30_000,
    });
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk) => {
      out += chunk;
    });
    child.stderr.on("data", (chunk) => {
      err += chunk;
    });
    child.on("close", () => (out === "" ? reject(new Error(err)) : resolve(JSON.parse(out))));
  });
}

const nodesAt = (...urls: string[]) => urls.map((url, at) => ({name: `bn${at}`, url}));

describe("usePreset", function () {
  this.timeout(60_000);
  const dir = mkdtempSync(join(tmpdir(), "mote-preset-"));
  const servers: Server[] = [];
  after(() => {
    for (const server of servers) server.close();
    rmSync(dir, {recursive: true});
  });

  async function specServer(answer: string, status = 200): Promise<string> {
    const server = createServer((_, response) => {
      response.writeHead(status, {"content-type": "application/json"});
      response.end(answer);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  const testnet = (preset: string, config: string) => {
    writeFileSync(join(dir, "config.yaml"), config);
    return inProcess(
      {network: {kind: "testnet", dir, name: "t", preset}, nodes: nodesAt()},
      "{sync: ssz.altair.SyncAggregate.fields.syncCommitteeBits.lengthBits, bits: ssz.electra.Attestation.fields.aggregationBits.limitBits}",
    );
  };
  const devnet = (...urls: string[]) => inProcess({network: {kind: "devnet"}, nodes: nodesAt(...urls)}, "{}");

  it("makes the types of gnosis in a process of its own", async () => {
    const network = {kind: "known", name: "gnosis"};
    const result = await inProcess(
      {network, nodes: nodesAt()},
      "{slotMs: consensus.knownNetwork('gnosis').chainConfig.SLOT_DURATION_MS, withdrawals: ssz.capella.Withdrawals.limit}",
    );
    assert.deepEqual(result, {preset: "gnosis", slots: 16, slotMs: 5000, withdrawals: 8});
  });

  it("follows the values that a testnet changes", async () => {
    const config =
      "PRESET_BASE: minimal\nSLOTS_PER_EPOCH: 6\nSYNC_COMMITTEE_SIZE: 40\nMAX_VALIDATORS_PER_COMMITTEE: 100\n";
    assert.deepEqual(await testnet("minimal", config), {preset: "minimal", slots: 6, sync: 40, bits: 400});
  });

  for (const [value, why] of [
    ["SYNC_COMMITTEE_SIZE: 30", /SYNC_COMMITTEE_SIZE is 30.*cut into 4 parts/],
    ["MAX_ATTESTATIONS_ELECTRA: 0", /MAX_ATTESTATIONS_ELECTRA is 0.*above 0/],
    ["SLOTS_PER_EPOCH: many", /SLOTS_PER_EPOCH/],
    ["MAX_BYTES_PER_TRANSACTION: 16", /MAX_BYTES_PER_TRANSACTION is 16/],
  ] as const) {
    it(`refuses ${value} by name`, async () => {
      const {error, exitCode} = await testnet("minimal", `${value}\n`);
      assert.match(String(error), why);
      assert.equal(exitCode, 2);
    });
  }

  it("takes a devnet's preset from the node that answers, and its changed values", async () => {
    const answer = JSON.stringify({data: {PRESET_BASE: "mainnet", SLOTS_PER_EPOCH: "12", BLOB_SCHEDULE: []}});
    const [silent, broken, good] = [await specServer("", 503), await specServer("[{]"), await specServer(answer)];
    assert.deepEqual(await devnet(silent, broken, good), {preset: "mainnet", slots: 12});
  });

  it("guesses while no node answers", async () => {
    assert.deepEqual(await devnet(await specServer("{}")), {preset: "minimal", slots: 8});
  });

  it("refuses a preset that it does not know", async () => {
    const {error, exitCode} = await devnet(await specServer(JSON.stringify({data: {PRESET_BASE: "huge"}})));
    assert.match(String(error), /bn0 has the preset "huge"; Mote knows mainnet, minimal, gnosis/);
    assert.equal(exitCode, 2);
  });
});
