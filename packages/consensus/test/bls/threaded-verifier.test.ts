import assert from "node:assert/strict";
import {Worker} from "node:worker_threads";
import blst from "@chainsafe/blst";
import {hexToBytes, type Log, type Root, type Signature, type SignedBy} from "@mote/core";
import {ThreadedVerifier} from "../../src/bls/threaded-verifier.ts";
import {SecretKey} from "../../src/secret-key.ts";

const ROOT = `0x${"5a".repeat(32)}` as Root;
const OTHER_ROOT = `0x${"5b".repeat(32)}` as Root;
const keys = Array.from({length: 12}, (_, index) => SecretKey.interop(index));
const pubkeys = keys.map(({pubkey}) => hexToBytes(pubkey));
const good = (): SignedBy[] => keys.map((key, index) => ({pubkey: pubkeys[index]!, signature: key.sign(ROOT)}));
const aggregate = (signatures: readonly Uint8Array[]): Signature =>
  blst.aggregateSerializedSignatures([...signatures]).toBytes() as Signature;
const INFINITY_PUBKEY = Uint8Array.from([0xc0, ...new Uint8Array(47)]);
const INFINITY_SIGNATURE = Uint8Array.from([0xc0, ...new Uint8Array(95)]) as Signature;

class Lines implements Log {
  readonly warnings: string[] = [];
  debug(): void {}
  info(): void {}
  warn(message: string): void {
    this.warnings.push(message);
  }
  error(): void {}
}

describe("ThreadedVerifier", () => {
  const log = new Lines();
  const verifier = new ThreadedVerifier({}, {log});
  after(() => verifier.close());

  it("takes what many keys signed, one by one and together", async () => {
    assert.deepEqual(await verifier.verifySameMessage(ROOT, good()), Array(12).fill(true));
    const all = aggregate(good().map(({signature}) => signature));
    assert.equal(await verifier.verifyAggregate(pubkeys, ROOT, all), true);
    assert.equal(await verifier.verifyAggregate(pubkeys, OTHER_ROOT, all), false);
    assert.equal(await verifier.verifyAggregate(pubkeys.slice(1), ROOT, all), false);
    assert.equal(await verifier.verifyAggregate([...pubkeys, pubkeys[0]!], ROOT, all), false);
    assert.equal(await verifier.verifyAggregate(pubkeys.slice(0, 1), ROOT, keys[0]!.sign(ROOT)), true);
  });

  const BAD: readonly {readonly name: string; readonly spoil: (signed: SignedBy) => SignedBy}[] = [
    {name: "another root", spoil: (signed) => ({...signed, signature: keys[3]!.sign(OTHER_ROOT)})},
    {name: "another key", spoil: (signed) => ({...signed, pubkey: pubkeys[11]!})},
    {
      name: "a signature that is no point",
      spoil: (signed) => ({...signed, signature: new Uint8Array(96) as Signature}),
    },
    {name: "a signature at infinity", spoil: (signed) => ({...signed, signature: INFINITY_SIGNATURE})},
    {name: "a short signature", spoil: (signed) => ({...signed, signature: signed.signature.subarray(1) as Signature})},
    {
      name: "a long signature",
      spoil: (signed) => ({...signed, signature: Uint8Array.from([...signed.signature, 0]) as Signature}),
    },
    {name: "a key that is no point", spoil: (signed) => ({...signed, pubkey: new Uint8Array(48).fill(0xab)})},
    {name: "a key at infinity", spoil: () => ({pubkey: INFINITY_PUBKEY, signature: INFINITY_SIGNATURE})},
    {name: "a short key", spoil: (signed) => ({...signed, pubkey: signed.pubkey.subarray(1)})},
  ];
  for (const {name, spoil} of BAD) {
    it(`names ${name} among good ones, wherever it stands`, async () => {
      for (const at of [0, 3, 11]) {
        const signed = good().map((one, index) => (index === at ? spoil(one) : one));
        // Key 11 did sign: the key of the last one is no other key.
        if (at === 11 && name === "another key") continue;
        const verdicts = await verifier.verifySameMessage(ROOT, signed);
        assert.deepEqual(
          verdicts,
          signed.map((_, index) => index !== at),
          `at ${at}`,
        );
      }
    });
  }

  it("names every bad one of several, and all when all are bad", async () => {
    const bad = new Set([1, 2, 7, 11]);
    const spoilt = good().map((one, at) => (bad.has(at) ? {...one, signature: keys[at]!.sign(OTHER_ROOT)} : one));
    assert.deepEqual(
      await verifier.verifySameMessage(ROOT, spoilt),
      good().map((_, at) => !bad.has(at)),
    );
    assert.deepEqual(await verifier.verifySameMessage(OTHER_ROOT, good()), Array(12).fill(false));
  });

  it("does not let two bad ones make each other good", async () => {
    // Their sum is that of two good ones.
    const [first, second, ...others] = good();
    const swapped = [{...first!, signature: second!.signature}, {...second!, signature: first!.signature}, ...others];
    const sum = aggregate(swapped.map(({signature}) => signature));
    assert.equal(await verifier.verifyAggregate(pubkeys, ROOT, sum), true);
    assert.deepEqual(
      await verifier.verifySameMessage(ROOT, swapped),
      swapped.map((_, at) => at > 1),
    );
  });

  it("takes no aggregate with a key that is none, nor of no keys", async () => {
    const all = aggregate(good().map(({signature}) => signature));
    assert.equal(await verifier.verifyAggregate([], ROOT, INFINITY_SIGNATURE), false);
    assert.equal(await verifier.verifyAggregate([INFINITY_PUBKEY], ROOT, INFINITY_SIGNATURE), false);
    assert.equal(await verifier.verifyAggregate([...pubkeys, INFINITY_PUBKEY], ROOT, all), false);
    assert.equal(await verifier.verifyAggregate(pubkeys, ROOT, all.subarray(1) as Signature), false);
    assert.deepEqual(await verifier.verifySameMessage(ROOT, []), []);
  });

  it("answers each of many questions with its own verdicts", async () => {
    const questions = Array.from({length: 20}, (_, n) => (n % 3 === 0 ? OTHER_ROOT : ROOT));
    const answers = await Promise.all(questions.map((root) => verifier.verifySameMessage(root, good().slice(0, 2))));
    assert.deepEqual(
      answers,
      questions.map((root) => [root === ROOT, root === ROOT]),
    );
    assert.deepEqual(log.warnings, []);
  });
});

describe("ThreadedVerifier in trouble", () => {
  /** Dies of its first question, `deaths` times; after that it says that everything is good. */
  function mortalThreads(deaths: number): {readonly startThread: () => Worker; readonly started: () => number} {
    let started = 0;
    const startThread = () => {
      const isDoomed = started++ < deaths;
      const answer = isDoomed
        ? "throw new Error('out of luck')"
        : "parentPort.postMessage({id: order.id, verdicts: Uint8Array.of(1)})";
      const code = `const {parentPort} = require("node:worker_threads"); parentPort.on("message", (order) => { ${answer} });`;
      return new Worker(code, {eval: true});
    };
    return {startThread, started: () => started};
  }
  const ask = (verifier: ThreadedVerifier) => verifier.verifySameMessage(ROOT, good().slice(0, 1));

  it("rejects what was under way when its thread dies, and begins another for the next question", async () => {
    const log = new Lines();
    const verifier = new ThreadedVerifier({}, {log, ...mortalThreads(1)});
    const lost = await Promise.allSettled([ask(verifier), ask(verifier)]);
    for (const one of lost)
      assert.match(String(one.status === "rejected" && one.reason), /thread is gone.*out of luck/);
    assert.deepEqual(await ask(verifier), [true]);
    assert.equal(log.warnings.length, 1);
    await verifier.close();
  });

  it("stops beginning threads that all die", async () => {
    const threads = mortalThreads(Number.POSITIVE_INFINITY);
    const verifier = new ThreadedVerifier({}, {log: new Lines(), ...threads});
    for (let n = 0; n < 5; n++) await assert.rejects(ask(verifier), /thread is gone/);
    await assert.rejects(ask(verifier), /died 5 times/);
    assert.equal(threads.started(), 5);
    await verifier.close();
  });

  it("has room for so many questions, and for one of any size", async () => {
    const verifier = new ThreadedVerifier({waitingBytesMax: 200}, {log: new Lines()});
    const first = verifier.verifySameMessage(ROOT, good());
    await assert.rejects(ask(verifier), /1 questions to answer first/);
    assert.deepEqual(await first, Array(12).fill(true));
    assert.deepEqual(await ask(verifier), [true]);
    await verifier.close();
  });

  it("keeps so many keys ready, and verifies by the others all the same", async () => {
    const verifier = new ThreadedVerifier({keysMax: 3}, {log: new Lines()});
    for (let n = 0; n < 2; n++) assert.deepEqual(await verifier.verifySameMessage(ROOT, good()), Array(12).fill(true));
    await verifier.close();
  });

  it("rejects when it is closed, what was under way included", async () => {
    const verifier = new ThreadedVerifier({}, {log: new Lines()});
    const underWay = ask(verifier);
    const [outcome] = await Promise.all([Promise.allSettled([underWay]), verifier.close()]);
    assert.equal(outcome[0]?.status, "rejected");
    await assert.rejects(ask(verifier), /closed/);
  });
});
