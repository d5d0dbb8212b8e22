import assert from "node:assert/strict";
import {verifySignature} from "@mote/consensus";
import type {Signature, Slot} from "@mote/core";
import {
  FakeClock,
  FakeLog,
  type FakeWeb3Signer,
  type FakeWeb3SignerFault,
  LOOPBACK_TLS_CERT,
  LOOPBACK_TLS_KEY,
} from "@mote/testing";
import {selectionProofToSign} from "../../../src/signers/signable-message.ts";
import {Web3Signer, type Web3SignerInit} from "../../../src/signers/web3signer/web3signer.ts";
import {config, forkingConfig, GLOAS_EPOCH, root, SLOTS_PER_EPOCH} from "../../gate-fixture.ts";
import {attestationOf, everyKnownMessage, everyMessage, UNKNOWN_KINDS} from "../support/messages.ts";
import {pubkeys, realClock, sayWhenUnjudged, startFake, stranger, warnings} from "../support/remote.ts";

const GLOAS_SLOT = GLOAS_EPOCH * SLOTS_PER_EPOCH;
const [pubkey] = pubkeys;
const vote = attestationOf(config, 20);

describe("Web3Signer", () => {
  sayWhenUnjudged();
  let fake: FakeWeb3Signer;
  let signer: Web3Signer;
  let log: FakeLog;

  const open = (init: Partial<Web3SignerInit> = {}, clock = realClock): Web3Signer => {
    signer?.close();
    signer = new Web3Signer({url: fake.url, ...init}, {clock, log});
    signer.add(pubkeys);
    return signer;
  };
  const sign = (): Promise<Signature> => signer.sign(pubkey!, vote);

  beforeEach(async () => {
    log = new FakeLog();
    fake = await startFake();
    open();
  });
  afterEach(async () => {
    signer.close();
    await fake.close();
  });

  it("tells the signer what it is to sign: every kind, before and after a fork", async () => {
    for (const slot of [GLOAS_SLOT - 1, GLOAS_SLOT]) {
      for (const message of everyKnownMessage(forkingConfig, slot)) {
        const signature = await signer.sign(pubkey!, message);
        assert.ok(verifySignature(pubkey!, message.signingRoot, signature), message.kind);
      }
    }
    assert.deepEqual(fake.complaints, []);
    assert.equal(fake.requests.length, 22);
  });

  it("and a signer finds out a root that is not the message's", async () => {
    for (const message of everyKnownMessage(forkingConfig, GLOAS_SLOT)) {
      await assert.rejects(
        signer.sign(pubkey!, {...message, signingRoot: root(9)}),
        /does not take the request \(400\)/,
      );
    }
    assert.equal(fake.complaints.length, 11);
  });

  it("says once of each kind that the API does not have it, and asks for nothing", async () => {
    const unknown = everyMessage(forkingConfig, GLOAS_SLOT).filter(({kind}) => UNKNOWN_KINDS.includes(kind));
    for (const message of [...unknown, ...unknown]) {
      await assert.rejects(
        signer.sign(pubkey!, message),
        /^Error: the remote signer http:\/\/127.* cannot sign [a-z ]+$/,
      );
    }
    assert.equal(fake.requests.length, 0);
    assert.equal(warnings(log).length, UNKNOWN_KINDS.length);
    assert.match(warnings(log)[0]!, /cannot sign payload attestations/);
  });

  it("takes an answer in plain text", async () => {
    fake.answersInText = true;
    assert.ok(verifySignature(pubkey!, vote.signingRoot, await sign()));
  });

  it("says of an answer without signature what it means", async () => {
    for (const [status, meaning] of [
      [400, /does not take the request \(400\)/],
      [404, /does not have this key \(404\)/],
      [412, /its own slashing protection forbids it \(412\)/],
      [500, /answered 500/],
      [302, /answered 302/],
      [204, /answered 204/],
    ] as const) {
      fake.faults.set("sign", {kind: "status", status});
      await assert.rejects(sign(), meaning);
    }
  });

  it("believes nothing that is no signature of this key and message", async () => {
    const json = "application/json";
    const texts = [
      "",
      "null",
      "[]",
      "{}",
      '{"signature":7}',
      '{"signature":"0x12"}',
      '{"signature":',
      `"0x${"zz".repeat(96)}"`,
    ];
    const faults: [FakeWeb3SignerFault, RegExp][] = texts.flatMap((text) => [
      [{kind: "text", text, contentType: json}, /no signature$/],
      [{kind: "text", text, contentType: "text/plain"}, /no signature$/],
    ]);
    faults.push(
      [{kind: "text", text: `{"signature":"0x${"c0".padEnd(192, "0")}"}`, contentType: json}, /not this key's/],
      [{kind: "other_root", signingRoot: root(7)}, /not this key's, or not of this message/],
    );
    for (const [fault, meaning] of faults) {
      fake.faults.set("sign", fault);
      await assert.rejects(sign(), meaning, JSON.stringify(fault));
    }
    fake.faults.clear();
    await sign();
  });

  it("looks at the first signature of each key, and believes the others", async () => {
    await sign();
    fake.faults.set("sign", {kind: "other_root", signingRoot: root(7)});
    await sign();
    await assert.rejects(signer.sign(pubkeys[1]!, vote), /not this key's, or not of this message/);
  });

  it("reads no more than its bound, and survives whatever comes instead of HTTP", async () => {
    for (const [fault, meaning] of [
      [{kind: "oversized", sizeBytes: 1_000_000}, /more than 4096 bytes/],
      [{kind: "reset"}, /cannot be reached \(ECONNRESET\)/],
      [{kind: "truncate"}, /broke off in its answer/],
      [{kind: "garbage"}, /did not answer in HTTP/],
    ] as const) {
      fake.faults.set("sign", fault);
      // A fresh pool: a break on a kept connection is another matter.
      open();
      await assert.rejects(sign(), meaning);
    }
  });

  it("waits a quarter of the slot, and no longer", async () => {
    const clock = new FakeClock({nowMs: 0});
    fake.faults.set("sign", {kind: "hang"});
    open({}, clock);
    const slotMs = 12_000;
    const slow = {...vote, config: {...config, SLOT_DURATION_MS: slotMs}};
    const asked = assert.rejects(signer.sign(pubkey!, slow), /did not answer within 3000 ms/);
    await fake.asked(1);
    await clock.advance(slotMs / 4 - 1);
    fake.faults.clear();
    const other = signer.sign(pubkeys[1]!, slow);
    await clock.advance(1);
    await asked;
    assert.ok(verifySignature(pubkeys[1]!, vote.signingRoot, await other), "one that hangs keeps no other");
  });

  it("asks again when the signer had closed a kept connection, with the same words", async () => {
    await Promise.all(pubkeys.map((key) => signer.sign(key, vote)));
    const sockets = fake.socketCount;
    // The next request on each of these finds its connection gone.
    fake.faults.set("sign", {kind: "reset"});
    const again = sign();
    await fake.asked(pubkeys.length + 1);
    fake.faults.clear();
    assert.ok(verifySignature(pubkey!, vote.signingRoot, await again));
    assert.ok(fake.socketCount >= sockets);
    const bodies = fake.requests.map(({body}) => JSON.stringify(body));
    assert.equal(new Set(bodies).size, 1);
  });

  it("holds no more than 16 connections", async () => {
    await Promise.all(Array.from({length: 100}, (_, n) => signer.sign(pubkeys[n % 3]!, vote)));
    assert.equal(fake.requests.length, 100);
    assert.ok(fake.socketCount <= 16, `${fake.socketCount}`);
  });

  it("asks first for what is urgent, once all connections are busy", async () => {
    let release = () => {};
    fake.faults.set("sign", {kind: "delay", until: new Promise((resolve) => (release = resolve))});
    const [block] = everyKnownMessage(config, 20).filter(({kind}) => kind === "block");
    const proofs = Array.from({length: 60}, (_, n) => selectionProofToSign(config, (16 + n) as Slot));
    const underWay = [...proofs, block!].map((message) => signer.sign(pubkey!, message));
    await fake.asked(16);
    release();
    await Promise.all(underWay);
    const types = fake.requests.map(({body}) => body.type);
    assert.ok(types.indexOf("BLOCK_V2") < 32, `the block came as number ${types.indexOf("BLOCK_V2")}`);
  });

  it("lets nobody wait behind a key that is gone", async () => {
    fake.faults.set("sign", {kind: "hang"});
    const underWay = Array.from({length: 500}, () => assert.rejects(sign(), /the key is gone/));
    await fake.asked(16);
    fake.faults.clear();
    const other = signer.sign(pubkeys[1]!, vote);
    await signer.remove([pubkey!]);
    await Promise.all(underWay);
    assert.ok(verifySignature(pubkeys[1]!, vote.signingRoot, await other));
    assert.equal(fake.requests.length, 17);
  });

  it("gives up what is under way for a removed key", async () => {
    fake.faults.set("sign", {kind: "hang"});
    const asked = assert.rejects(sign(), /was not waited for: the key is gone/);
    await fake.asked(1);
    await signer.remove([pubkey!]);
    await asked;
    await assert.rejects(sign(), /no key 0x/);
  });

  it("speaks TLS, shows its certificate, and trusts nobody else's", async () => {
    await fake.close();
    const pem = {ca: LOOPBACK_TLS_CERT, cert: LOOPBACK_TLS_CERT, key: LOOPBACK_TLS_KEY};
    fake = await startFake({tls: pem});
    open({tls: pem});
    assert.ok(verifySignature(pubkey!, vote.signingRoot, await sign()));
    open({tls: {ca: LOOPBACK_TLS_CERT}});
    await assert.rejects(sign(), /cannot be reached|broke off/);
    open({tls: {cert: LOOPBACK_TLS_CERT, key: LOOPBACK_TLS_KEY}});
    await assert.rejects(sign(), /cannot be reached \(\w*SELF_SIGNED\w*\)/);
  });

  it("refuses certificates that are none, and says nothing of them", () => {
    for (const tls of [
      {cert: LOOPBACK_TLS_CERT},
      {key: LOOPBACK_TLS_KEY},
      {ca: "secret"},
      {cert: "secret", key: LOOPBACK_TLS_KEY},
    ]) {
      assert.throws(
        () => open({tls}),
        (error: Error) => error.name === "InvalidValueError" && !error.message.includes("secret"),
      );
    }
  });

  it("sends the credentials of its URL and shows them nowhere", async () => {
    open({url: fake.url.replace("//", "//user:pa%24s@")});
    await sign();
    assert.equal(fake.requests[0]?.headers.authorization, `Basic ${Buffer.from("user:pa$s").toString("base64")}`);
    fake.faults.set("sign", {kind: "status", status: 500});
    await assert.rejects(sign(), (error: Error) => !/pa\$s|pa%24s|user/.test(error.message));
    assert.equal(signer.name.includes("user"), false);
  });

  it("refuses a URL that cannot be a signer's", () => {
    for (const url of ["", "signer", "ftp://signer", "http://signer?x=1", "http://signer#a", "http://%zz:p@signer"]) {
      assert.throws(() => open({url}), /InvalidValueError/, url);
    }
  });

  it("keeps to the path of its base URL", async () => {
    open({url: `${fake.url}/behind/`});
    await assert.rejects(sign(), /404/);
    assert.equal(fake.requests[0]?.path, `/behind/api/v1/eth2/sign/${pubkey}`);
  });

  it("does not ask for a key that it was not given", async () => {
    await assert.rejects(signer.sign(stranger.pubkey, vote), /no key/);
    assert.equal(fake.requests.length, 0);
  });
});
