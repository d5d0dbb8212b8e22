import assert from "node:assert/strict";
import {FakeLog} from "@mote/testing";
import {formatPeerAddress} from "../../src/peers/addresses.ts";
import {GoodPeers} from "../../src/peers/good-peers.ts";
import {MemoryFiles} from "./memory-files.ts";
import {PEERS} from "./peer-ids.ts";

describe("GoodPeers", () => {
  const make = (files = new MemoryFiles()) => {
    const log = new FakeLog();
    return {files, log, goodPeers: new GoodPeers({files, log})};
  };
  const address = (peer: string, port = 9000) => ({peer, multiaddr: `/ip4/9.9.9.9/tcp/${port}`});
  const [first = "", second = ""] = PEERS;

  it("has after a restart what it had before, by the newest address of each peer", async () => {
    const {files, goodPeers} = make();
    assert.deepEqual(await goodPeers.load(), []);
    goodPeers.add(address(first));
    goodPeers.add(address(second));
    goodPeers.add(address(first, 9001));
    await goodPeers.save();
    assert.deepEqual(await make(files).goodPeers.load(), [address(second), address(first, 9001)]);
  });

  it("keeps the newest hundred", async () => {
    const {files, goodPeers} = make();
    const lines = Array.from({length: 150}, (_, i) => formatPeerAddress(address(PEERS[i % 60] ?? "", 9000 + i)));
    await files.write("p2p-peers.json", Buffer.from(JSON.stringify(lines)));
    const loaded = await goodPeers.load();
    assert.equal(loaded.length, 60);
    assert.ok(loaded.some(({multiaddr}) => multiaddr.endsWith("9149")));
  });

  for (const content of ["", "nonsense", "{}", '"text"', '["/ip4/1.2.3.4/tcp/1"]', "[null]", `[${"[".repeat(70_000)}`])
    it(`goes on without a file that reads ${content.slice(0, 20)}`, async () => {
      const {goodPeers, log} = make(new MemoryFiles({"p2p-peers.json": content}));
      assert.deepEqual(await goodPeers.load(), []);
      assert.equal(log.lines.length, 1);
    });

  it("tries again to save when the disk was full", async () => {
    const {files, goodPeers, log} = make();
    goodPeers.add(address(first));
    files.isFull = true;
    await goodPeers.save();
    assert.match(log.lines.join(), /warn The list of good peers was not saved/);
    files.isFull = false;
    await goodPeers.save();
    assert.deepEqual(JSON.parse(files.text("p2p-peers.json")), [formatPeerAddress(address(first))]);
  });
});
