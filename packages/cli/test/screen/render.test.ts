import assert from "node:assert/strict";
import {render} from "../../src/screen/render.ts";
import type {ScreenModel} from "../../src/screen/screen-model.ts";
import {STATUS} from "../devnet/fake-devnet.ts";

const MODEL: ScreenModel = {
  status: STATUS,
  validators: 32,
  slotsPerEpoch: 8,
  slotDurationMs: 2000,
  intoSlotMs: 1000,
  nodes: [{name: "micro-node", isRunning: true, rssBytes: 104_857_600, p2p: null}],
  notices: ["slot 20: bn1 is down"],
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: the colours are what is looked for.
const COLOR = /\u001b\[\d+m/g;

describe("render", () => {
  it("draws the whole view", () => {
    assert.equal(
      render(MODEL, {columns: 80, color: false}).join("\n"),
      `
 Mote devnet   fulu · 32 validators

 slot             21
 epoch            2  ━━━━━━━━━━━━━━━━━───────  slot 6 of 8
 justified        epoch 1
 finalised        epoch 0

 slot 21          ○○··  2 of 4 published
 slot 20          ●●●○  3 of 4 included
 slot 3           ●●×●  3 of 4 included, 1 missed

 blocks proposed  19 of 20   1 missed   sync 96.9%   payload votes 15 of 16
 votes included   7 of 8   1 missed   0 slashable
 head to publish  8.0 ms   p50 7.5 ms   p99 21.0 ms
 micro-node       voting   100.0 MiB

 bn0              http://127.0.0.1:5052   serving
 bn1              http://127.0.0.1:5053   down, delay=800ms   as prysm

 ! slot 20: bn1 is down

 ● included  ○ published  · to come  × missed     Ctrl-C stops`.slice(1),
    );
  });

  it("counts down to genesis, and shows no node where there is none", () => {
    const status = {...STATUS, slot: -1, recentSlots: [], totals: {...STATUS.totals, expected: 0}};
    const lines = render({...MODEL, status, intoSlotMs: -3400, nodes: []}, {columns: 80, color: false});
    assert.equal(lines[2], " genesis          in 4 s");
    assert.ok(lines.includes(" votes included   counted from epoch 2 on   1 missed   0 slashable"));
    assert.ok(!lines.some((line) => line.includes("micro-node")));
  });

  it("shows each node of a cluster", () => {
    const nodes = [
      {name: "node0", isRunning: true, rssBytes: 1_048_576, p2p: null},
      {name: "node1", isRunning: false, rssBytes: null, p2p: null},
    ];
    const lines = render({...MODEL, nodes}, {columns: 80, color: false});
    const at = lines.indexOf(" node0            voting   1.0 MiB");
    assert.ok(at > 0);
    assert.equal(lines[at + 1], " node1            gone");
  });

  it("shows a node among its peers", () => {
    const vetoes = {source: 0, target: 1, head: 0};
    const p2p = {peers: 3, echoRate: 0.995, lightClientFinalizedEpoch: 2, vetoes, notProvable: 9};
    const nodes = [{name: "micro-node", isRunning: true, rssBytes: 1_048_576, p2p}];
    const lines = render({...MODEL, nodes}, {columns: 80, color: false});
    const at = lines.indexOf(" micro-node       voting   1.0 MiB");
    assert.equal(lines[at + 1], `${" ".repeat(18)}3 peers   1 veto   99.5% echoed   final to epoch 2`);
  });

  it("never draws wider than the terminal, with any number of votes", () => {
    const cells = Array.from({length: 300}, () => "included" as const);
    const status = {...STATUS, recentSlots: [{slot: 21, cells}]};
    for (const columns of [1, 2, 10, 30, 60, 100, 400]) {
      for (const color of [true, false]) {
        for (const line of render({...MODEL, status, notices: ["x".repeat(500)]}, {columns, color})) {
          const text = line.replace(COLOR, "");
          assert.ok(text.length <= Math.max(1, columns), `${columns}: ${text}`);
        }
      }
    }
    assert.ok(
      render({...MODEL, status}, {columns: 60, color: false}).some((line) => /●… {2}300 of 300 included$/.test(line)),
    );
  });

  it("colours only when asked, and says the same", () => {
    const plain = render(MODEL, {columns: 80, color: false});
    const colored = render(MODEL, {columns: 80, color: true});
    assert.ok(!COLOR.test(plain.join("\n")));
    assert.ok(colored.some((line) => line.includes("\u001b[31m×\u001b[0m")));
    assert.deepEqual(
      colored.map((line) => line.replace(COLOR, "").replace(/ +$/, "")),
      plain,
    );
  });

  it("keeps control characters of a notice off the terminal", () => {
    const lines = render({...MODEL, notices: ["a\u001b[2Jb\nc\u009b"]}, {columns: 80, color: false});
    assert.ok(lines.includes(" ! a [2Jb c"));
  });
});
