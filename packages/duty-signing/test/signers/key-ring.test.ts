import assert from "node:assert/strict";
import {verifySignature} from "@mote/consensus";
import type {Pubkey} from "@mote/core";
import {FakeLog, type FakeWeb3Signer, LOOPBACK_TLS_KEY} from "@mote/testing";
import {interopKeys} from "../../src/keys/interop-keys.ts";
import {type KeyRing, type KeyRingInit, openKeyRing} from "../../src/signers/key-ring.ts";
import {config} from "../gate-fixture.ts";
import {attestationOf} from "./support/messages.ts";
import {pubkeys, realClock, sayWhenUnjudged, secretKeys, startFake, warnings} from "./support/remote.ts";

const [a, b, c] = pubkeys as [Pubkey, Pubkey, Pubkey];
const vote = attestationOf(config, 20);

describe("KeyRing", () => {
  sayWhenUnjudged();
  let fake: FakeWeb3Signer;
  let other: FakeWeb3Signer;
  let log: FakeLog;
  let ring: KeyRing;

  const open = (init: Partial<KeyRingInit> = {}): KeyRing =>
    openKeyRing({slotsPerEpoch: 8, cores: 1, ...init}, {clock: realClock, log});
  const remote = (pubkey: Pubkey, {url} = fake) => ({pubkey, url});
  const asked = (): (string | undefined)[] => fake.requests.map(({path}) => path.split("/").at(-1));

  beforeEach(async () => {
    fake = await startFake();
    other = await startFake();
    log = new FakeLog();
    ring = open();
  });
  afterEach(async () => {
    await ring.close();
    await fake.close();
    await other.close();
  });

  it("signs here and at remote signers, each key where it is", async () => {
    ring.addLocal(secretKeys.slice(0, 1));
    ring.addRemote([remote(b), remote(c, other)]);
    assert.deepEqual(ring.pubkeys, [a, b, c]);
    assert.deepEqual(
      pubkeys.map((pubkey) => ring.isRemote(pubkey)),
      [false, true, true],
    );
    for (const pubkey of pubkeys) assert.ok(verifySignature(pubkey, vote.signingRoot, await ring.sign(pubkey, vote)));
    assert.deepEqual(asked(), [b]);
    assert.equal(other.requests.length, 1);
  });

  it("lets the key here win, whichever came first, and says so once", async () => {
    ring.addLocal(secretKeys.slice(0, 1));
    ring.addRemote([remote(a), remote(b)]);
    ring.addRemote([remote(a)]);
    ring.addLocal(secretKeys.slice(0, 2));
    ring.addRemote([remote(b)]);
    assert.deepEqual([ring.isRemote(a), ring.isRemote(b)], [false, false]);
    await Promise.all([ring.sign(a, vote), ring.sign(b, vote)]);
    assert.equal(fake.requests.length, 0);
    assert.equal(warnings(log).length, 2);
    for (const line of warnings(log)) assert.match(line, /The keystore signs; leave one of the two out/);
  });

  it("gives up what a remote signer was asked for when the key comes here", async () => {
    fake.faults.set("sign", {kind: "hang"});
    ring.addRemote([remote(a)]);
    const underWay = assert.rejects(ring.sign(a, vote), /the key is gone/);
    await fake.asked(1);
    ring.addLocal(secretKeys.slice(0, 1));
    await underWay;
    assert.ok(verifySignature(a, vote.signingRoot, await ring.sign(a, vote)));
  });

  it("keeps a remote key where it is", async () => {
    ring.addRemote([remote(a)]);
    ring.addRemote([remote(a, other)]);
    await ring.sign(a, vote);
    assert.deepEqual(asked(), [a]);
  });

  it("has one pool for one signer, however its URL is written", async () => {
    ring.addRemote([remote(a), {pubkey: b, url: `${fake.url}/`}]);
    await ring.sign(a, vote);
    await ring.sign(b, vote);
    assert.equal(fake.socketCount, 1);
  });

  it("adds none of several keys when one has a URL that cannot be used", () => {
    assert.throws(
      () => ring.addRemote([remote(a), {pubkey: b, url: "file://user:secret@x"}]),
      (error: Error) => error.name === "InvalidValueError" && !error.message.includes("secret"),
    );
    assert.deepEqual(ring.pubkeys, []);
  });

  it("lets a key that was removed come back at another place", async () => {
    ring.addLocal(secretKeys.slice(0, 1));
    await ring.remove([a, b]);
    assert.equal(ring.holds(a), false);
    ring.addRemote([remote(a)]);
    await ring.remove([a]);
    ring.addRemote([remote(a, other)]);
    await ring.sign(a, vote);
    assert.equal(other.requests.length, 1);
  });

  it("takes a second thread when there are keys enough for it, and none is lost", async () => {
    const many = interopKeys(Array.from({length: 32}, (_, index) => index));
    ring = open({slotsPerEpoch: 2, cores: 2});
    ring.addLocal(many.slice(0, 20));
    ring.addLocal(many.slice(10));
    await ring.remove([many[31]!.pubkey]);
    const kept = many.slice(0, 31);
    let here = 0;
    let isLater = false;
    // What this thread signs is there before anything else can happen.
    const wishes = kept.map(({pubkey}) => ring.sign(pubkey, vote).finally(() => void (!isLater && here++)));
    process.nextTick(() => {
      isLater = true;
    });
    const signatures = await Promise.all(wishes);
    assert.ok(here > 0 && here < kept.length, `${here} here`);
    for (const [at, secretKey] of kept.entries()) assert.deepEqual(signatures[at], secretKey.sign(vote.signingRoot));
    await assert.rejects(ring.sign(many[31]!.pubkey, vote), /no key/);
  });

  it("refuses certificates that cannot be used, before any key comes", () => {
    assert.throws(() => open({tls: {key: LOOPBACK_TLS_KEY}}), /InvalidValueError/);
  });
});
