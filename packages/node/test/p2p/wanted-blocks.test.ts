import assert from "node:assert/strict";
import type {Root, Slot} from "@mote/core";
import type {SeenBlock} from "@mote/light-client";
import type {GossipTypes, PeerView} from "@mote/networking";
import {FakeLog, fakeRoot} from "@mote/testing";
import {WantedBlocks} from "../../src/p2p/wanted-blocks.ts";

type Block = GossipTypes["beacon_block"];
const root = (n: number): Root => fakeRoot(n);
/** Stands for the block with this root. */
const block = (n: number) => ({n}) as unknown as Block;
const seen = (value: Block): SeenBlock => ({
  slot: 1 as Slot,
  blockRoot: root((value as unknown as {n: number}).n),
  parentRoot: root(0),
  attestations: [],
});

describe("WantedBlocks", () => {
  /** @param has what each peer gives */
  function setUp(has: Readonly<Record<string, readonly number[] | "fails">>, wanted: number[]) {
    const asked: [string, number][] = [];
    const came: Root[] = [];
    const log = new FakeLog();
    const subject = new WantedBlocks({
      network: {
        peers: {
          list: () => Object.keys(has).map((peerId) => ({peerId}) as PeerView),
          report: () => {},
          wantSubnets: () => {},
          dial: async () => {},
        },
        requests: {
          async *blocksByRoot(peer: string, roots: readonly Root[]) {
            asked.push([peer, roots.length]);
            const own = has[peer];
            if (own === "fails") throw new Error("too slow");
            for (const n of own ?? []) if (roots.includes(root(n))) yield block(n);
          },
        } as never,
      },
      wanted: () => wanted.map(root).filter((one) => !came.includes(one)),
      read: seen,
      onBlock: ({blockRoot}) => came.push(blockRoot),
      log,
    });
    return {subject, asked, came, log};
  }

  it("asks nobody for nothing", async () => {
    const {subject, asked} = setUp({a: [1]}, []);
    await subject.fetch();
    assert.deepEqual(asked, []);
  });

  it("asks the next peer for what the first does not have, and each time begins with another", async () => {
    const {subject, asked, came} = setUp({a: [1], b: [2], c: [3]}, [1, 2]);
    await subject.fetch();
    assert.deepEqual(came, [root(1), root(2)]);
    assert.deepEqual(asked, [
      ["a", 2],
      ["b", 1],
    ]);
    const other = setUp({a: [], b: [], c: [], d: []}, [1]);
    await other.subject.fetch();
    await other.subject.fetch();
    assert.deepEqual(other.asked.map(([peer]) => peer).join(""), "abcbcd");
  });

  it("bounds what it asks for at a time", async () => {
    const {subject, asked} = setUp({a: []}, [1, 2, 3, 4, 5, 6, 7]);
    await subject.fetch();
    assert.deepEqual(asked, [["a", 4]]);
  });

  it("goes on with others when a peer fails, and never twice at once", async () => {
    const {subject, asked, came, log} = setUp({a: "fails", b: [1]}, [1]);
    await Promise.all([subject.fetch(), subject.fetch()]);
    assert.deepEqual(asked.length, 2);
    assert.deepEqual(came, [root(1)]);
    assert.ok(log.lines.every((line) => line.startsWith("debug")));
  });
});
