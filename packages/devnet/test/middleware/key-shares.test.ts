import assert from "node:assert/strict";
import {Signature, verify} from "@chainsafe/blst";
import {interopKeys} from "../../src/interop-keys.ts";
import {checkShape} from "../../src/middleware/cluster-shape.ts";
import {KeySharing} from "../../src/middleware/key-shares.ts";

const MESSAGE = new Uint8Array(32).fill(7);
const [KEY] = interopKeys(1);

function* groups(count: number, size: number, first = 0): Generator<number[]> {
  if (size === 0) yield [];
  else for (let n = first; n < count; n++) for (const rest of groups(count, size - 1, n + 1)) yield [n, ...rest];
}

describe("key shares", () => {
  const shapes = [
    {threshold: 2, operators: 3},
    {threshold: 3, operators: 4},
    {threshold: 4, operators: 4},
    {threshold: 5, operators: 8},
  ];
  for (const shape of shapes) {
    it(`any ${shape.threshold} of ${shape.operators} make the signature of the whole key, in any order`, () => {
      const {secretKey} = KEY!;
      const whole = secretKey.sign(MESSAGE).toHex();
      const sharing = new KeySharing(shape);
      const shares = sharing.split(secretKey);
      assert.equal(shares.length, shape.operators);
      for (const group of groups(shape.operators, shape.threshold)) {
        const partials = group.map((operator) => ({operator, signature: shares[operator]!.sign(MESSAGE)}));
        assert.equal(sharing.combine(partials).toHex(), whole, group.join());
        assert.equal(sharing.combine(partials.reverse()).toHex(), whole, group.join());
      }
    });
  }

  it("one share too few, or one of another operator's, makes no signature of it", () => {
    const shape = {threshold: 3, operators: 4};
    const sharing = new KeySharing(shape);
    const shares = sharing.split(KEY!.secretKey);
    const partial = (operator: number, share = operator) => ({operator, signature: shares[share]!.sign(MESSAGE)});
    for (const partials of [
      [partial(0), partial(1)],
      [partial(0), partial(1), partial(2, 3)],
    ]) {
      const bytes = sharing.combine(partials).toBytes();
      assert.equal(verify(MESSAGE, KEY!.secretKey.toPublicKey(), Signature.fromBytes(bytes)), false);
    }
  });

  it("a key has the same shares each time, and no two of them are alike", () => {
    const shape = {threshold: 3, operators: 4};
    const [once, again] = [1, 2].map(() => new KeySharing(shape).split(KEY!.secretKey).map((share) => share.toHex()));
    assert.deepEqual(once, again);
    assert.equal(new Set([...(once ?? []), KEY!.secretKey.toHex()]).size, 5);
  });

  it("refuses shapes in which two groups could sign apart, or that are too large", () => {
    for (const [threshold, operators] of [
      [2, 4],
      [5, 4],
      [5, 9],
      [0, 0],
      [2.5, 4],
    ] as const) {
      assert.throws(() => checkShape({threshold, operators}), /at most 8 operators/, `${threshold}-of-${operators}`);
    }
    for (const shape of shapes) checkShape(shape);
  });
});
