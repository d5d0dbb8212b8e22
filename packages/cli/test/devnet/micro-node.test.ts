import assert from "node:assert/strict";
import {mkdtempSync, rmSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {MicroNode} from "../../src/devnet/micro-node.ts";

/** A stand-in for `mote`, which does what its first word says. */
const STAND_IN = `
const say = (line) => console.log(JSON.stringify(line));
const [how] = process.argv.slice(2);
process.on("SIGTERM", () => { if (how !== "stubborn") process.exit(0); });
if (how === "die") { console.error("TypeError: oh"); process.exit(1); }
say({level: "info", msg: "env", rssBytes: Object.keys(process.env).filter((name) => name.startsWith("MOTE_")).length});
say({level: "warn", msg: "slot 3", reason: "NO_BEACON_NODE", detail: "all down"});
say({level: "info", event: "ready"});
say({level: "info", event: "slot", slot: 1, rssBytes: 12345});
say({level: "info", event: "p2p", peers: 3, echoRate: 0.5, lightClientFinalizedEpoch: null, vetoes: {source: 1, target: 0, head: 2}, notProvable: 4});
say({level: "info", event: "p2p_peer", peers: 99});
setInterval(() => {}, 1000);
`;

describe("MicroNode", () => {
  const dir = mkdtempSync(join(tmpdir(), "mote-cli-"));
  const mainPath = join(dir, "main.mjs");
  const warnings: string[] = [];
  const start = (how: string, env = {}) =>
    new MicroNode({argv: [how], mainPath, env}, {onWarning: (line) => warnings.push(line)});

  before(() => writeFileSync(mainPath, STAND_IN));
  after(() => rmSync(dir, {recursive: true}));

  it("hears readiness, warnings and memory, and stops the process", async () => {
    const node = start("well");
    await node.ready;
    assert.deepEqual(warnings, ["slot 3: NO_BEACON_NODE: all down"]);
    assert.deepEqual(await node.stop(), {code: 0, signal: null});
    assert.equal(node.rssBytes, 12345);
    const vetoes = {source: 1, target: 0, head: 2};
    assert.deepEqual(node.p2p, {peers: 3, echoRate: 0.5, lightClientFinalizedEpoch: null, vetoes, notProvable: 4});
    assert.deepEqual(node.exit, {code: 0, signal: null});
  });

  it("keeps the last words of a process that dies", async () => {
    const node = start("die");
    assert.deepEqual(await node.exited, {code: 1, signal: null});
    assert.deepEqual(node.lastWords, ["TypeError: oh"]);
  });

  it("kills a process that does not stop", async () => {
    const node = start("stubborn");
    await node.ready;
    assert.deepEqual(await node.stop(), {code: null, signal: "SIGKILL"});
  });

  it("keeps settings of the person's own node away from it", async () => {
    const rssBytes: (number | null)[] = [];
    const node = new MicroNode(
      {argv: ["well"], mainPath, env: {MOTE_DATADIR: "/precious"}},
      {onWarning: () => rssBytes.push(node.rssBytes)},
    );
    await node.ready;
    await node.stop();
    assert.deepEqual(rssBytes, [0]);
  });
});
