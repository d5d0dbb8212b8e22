import assert from "node:assert/strict";
import type {Pubkey} from "@mote/core";
import {FakeClock, FakeLog, type FakeWeb3Signer, type FakeWeb3SignerFault} from "@mote/testing";
import {parsePublicKeys} from "../../../src/signers/web3signer/public-keys.ts";
import {type RemoteKeyChange, RemoteKeyList} from "../../../src/signers/web3signer/remote-key-list.ts";
import {pubkeys, startFake, warnings} from "../support/remote.ts";

const [a, b, c] = pubkeys as [Pubkey, Pubkey, Pubkey];
const REREAD_MS = 60_000;
const RETRY_MS = 5_000;

describe("RemoteKeyList", () => {
  let fake: FakeWeb3Signer;
  let clock: FakeClock;
  let log: FakeLog;
  let changes: RemoteKeyChange[];
  let list: RemoteKeyList;
  let takeOver: () => Promise<void>;

  beforeEach(async () => {
    fake = await startFake({pubkeys: [a, b]});
    clock = new FakeClock({nowMs: 0});
    log = new FakeLog();
    changes = [];
    takeOver = async () => {};
    const onChange = (change: RemoteKeyChange) => {
      changes.push(change);
      return takeOver();
    };
    list = new RemoteKeyList({url: fake.url}, {clock, log, onChange});
  });
  afterEach(async () => {
    list.stop();
    await fake.close();
  });

  /** Lets it read once more; what it has read is taken over when this resolves. */
  async function reread(afterMs = REREAD_MS): Promise<void> {
    const asked = fake.requests.length + 1;
    await clock.advance(afterMs);
    await fake.asked(asked);
    for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  it("gives the keys that the signer lists, and then what changes", async () => {
    await list.start();
    assert.deepEqual(changes, [{added: [a, b], removed: []}]);
    await reread();
    assert.equal(changes.length, 1, "nothing has changed");
    fake.pubkeys.delete(a);
    fake.pubkeys.add(c);
    await reread();
    assert.deepEqual(changes[1], {added: [c], removed: [a]});
    assert.deepEqual(list.pubkeys, [b, c]);
    assert.deepEqual(log.lines, []);
  });

  it("keeps its keys through errors, nonsense and an empty list, and says so once", async () => {
    await list.start();
    const faults: FakeWeb3SignerFault[] = [
      {kind: "status", status: 500},
      {kind: "reset"},
      {kind: "text", text: `["${a}","0x12"]`, contentType: "application/json"},
      {kind: "oversized", sizeBytes: 5_000_000},
      {kind: "text", text: "[]", contentType: "application/json"},
    ];
    for (const [at, fault] of faults.entries()) {
      fake.faults.set("publicKeys", fault);
      await reread(at === 0 ? REREAD_MS : RETRY_MS);
      await reread(RETRY_MS);
      assert.equal(warnings(log).length, at + 1, `${JSON.stringify(fault)}: ${log.lines.join("\n")}`);
    }
    assert.match(log.lines[0]!, /answered 500 to the question for its keys; the 2 known ones stay$/);
    assert.match(log.lines.at(-1)!, /says that it has no keys; the 2 known ones stay$/);
    assert.equal(changes.length, 1);
    fake.faults.clear();
    await reread(RETRY_MS);
    assert.match(log.lines.at(-1)!, /^info .* lists its keys again: 2$/);
    assert.equal(changes.length, 1);
  });

  it("starts without its signer and asks for it more often until it is there", async () => {
    fake.faults.set("publicKeys", {kind: "status", status: 503});
    await list.start();
    assert.match(warnings(log)[0]!, /none are known yet$/);
    fake.faults.clear();
    await reread(RETRY_MS);
    assert.deepEqual(changes, [{added: [a, b], removed: []}]);
  });

  it("gives a change again that could not be taken over", async () => {
    takeOver = async () => {
      throw new Error("the disk is full");
    };
    await list.start();
    assert.deepEqual(list.pubkeys, []);
    assert.match(warnings(log)[0]!, /the disk is full/);
    takeOver = async () => {};
    await reread(RETRY_MS);
    assert.deepEqual(changes, Array(2).fill({added: [a, b], removed: []}));
    assert.deepEqual(list.pubkeys, [a, b]);
  });

  it("asks no more once it is stopped, not even when it is being asked", async () => {
    fake.faults.set("publicKeys", {kind: "hang"});
    const started = list.start();
    await fake.asked(1);
    list.stop();
    await started;
    await clock.advance(10 * REREAD_MS);
    assert.equal(fake.requests.length, 1);
    assert.deepEqual([changes, log.lines], [[], []]);
  });
});

describe("a list of public keys", () => {
  it("has each key once, in lower case", () => {
    assert.deepEqual(parsePublicKeys(` [ "${a}", "0x${a.slice(2).toUpperCase()}" ,"${b}"]\n`), [a, b]);
    assert.deepEqual(parsePublicKeys("[]"), []);
  });

  it("is nothing else", () => {
    const nested = "[".repeat(1_000_000);
    for (const text of ["", "null", "{}", "[1]", "[null]", `["${a}"`, `[["${a}"]]`, `["${a}",]`, nested, `["${a}0"]`]) {
      assert.throws(() => parsePublicKeys(text), /InvalidValueError/, text.slice(0, 20));
    }
  });
});
