import {createHash} from "node:crypto";
import {aggregateSignatures, SecretKey, Signature} from "@chainsafe/blst";
import type {ClusterShape} from "./cluster-shape.ts";

/**
 * Shamir's sharing of BLS keys, and the way back from partial signatures to the whole one. Operator i holds the polynomial's value at i + 1.
 *
 * The library adds points and does not multiply them. So what is shared is the key divided by a small number (`scaleOf`), chosen so that all
 * weights of the interpolation at 0 become small whole numbers: a few additions then put a signature together.
 */

/** Order of the groups of BLS12-381, as in draft-irtf-cfrg-pairing-friendly-curves. */
const ORDER = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n;
/** Of a compressed point: which of the two y is meant. */
const SIGN_BIT = 0x20;

export interface PartialSignature {
  readonly operator: number;
  readonly signature: Signature;
}

/** The sharing of keys in one shape. */
export class KeySharing {
  readonly #shape: ClusterShape;
  readonly #scale: bigint;

  constructor(shape: ClusterShape) {
    this.#shape = shape;
    this.#scale = scaleOf(shape);
  }

  /** One share for each operator. They come from the key itself, so that a devnet that is made again has the same ones: no secret. */
  split(key: SecretKey): SecretKey[] {
    const secret = key.toBytes();
    const higher = Array.from({length: this.#shape.threshold - 1}, (_, degree) => {
      const hash = createHash("sha256").update("devnet key share").update(Uint8Array.of(degree)).update(secret);
      return modulo(toScalar(hash.digest()));
    });
    const polynomial = [modulo(toScalar(secret) * inverse(this.#scale)), ...higher];
    return Array.from({length: this.#shape.operators}, (_, operator) => {
      const at = BigInt(operator + 1);
      const value = polynomial.reduceRight((sum, coefficient) => modulo(sum * at + coefficient), 0n);
      return SecretKey.fromBytes(toBytes(value));
    });
  }

  /** The signature of the whole key, from those of as many different operators as the threshold says. Not checked: all must be good. */
  combine(partials: readonly PartialSignature[]): Signature {
    const group = partials.map(({operator}) => operator);
    return weightedSum(
      partials.map(({operator, signature}) => {
        const {numerator, denominator} = weightAtZero(operator, group);
        const weight = (this.#scale * numerator) / denominator;
        return {weight: absolute(weight), point: weight < 0n ? negate(signature) : signature};
      }),
    );
  }
}

interface Term {
  readonly weight: bigint;
  readonly point: Signature;
}

/** All weights together, from their highest bit down. */
function weightedSum(terms: readonly Term[]): Signature {
  const bits = Math.max(0, ...terms.map(({weight}) => weight.toString(2).length));
  let sum: Signature | null = null;
  for (let bit = BigInt(bits - 1); bit >= 0n; bit--) {
    const doubled: Signature[] = sum === null ? [] : [sum, sum];
    const added = terms.flatMap(({weight, point}) => ((weight >> bit) & 1n ? [point] : []));
    if (doubled.length + added.length > 0) sum = aggregateSignatures([...doubled, ...added]);
  }
  if (sum === null) throw new RangeError("no partial signature to combine");
  return sum;
}

/** Least common multiple of all denominators that an interpolation among these operators can have. */
function scaleOf({threshold, operators}: ClusterShape): bigint {
  let scale = 1n;
  for (const group of subsets(operators, threshold)) {
    for (const operator of group) {
      const {numerator, denominator} = weightAtZero(operator, group);
      const reduced = absolute(denominator) / gcd(absolute(numerator), absolute(denominator));
      scale = (scale * reduced) / gcd(scale, reduced);
    }
  }
  return scale;
}

/** Of Lagrange's interpolation at 0. */
function weightAtZero(operator: number, group: readonly number[]): {numerator: bigint; denominator: bigint} {
  const at = BigInt(operator + 1);
  let [numerator, denominator] = [1n, 1n];
  for (const other of group) {
    if (other === operator) continue;
    numerator *= BigInt(other + 1);
    denominator *= BigInt(other + 1) - at;
  }
  return {numerator, denominator};
}

/** All groups of `size` numbers below `count`, each in rising order. */
function* subsets(count: number, size: number, first = 0): Generator<number[]> {
  if (size === 0) yield [];
  else
    for (let n = first; n <= count - size; n++) for (const rest of subsets(count, size - 1, n + 1)) yield [n, ...rest];
}

function negate(signature: Signature): Signature {
  const bytes = Uint8Array.from(signature.toBytes());
  bytes[0] = (bytes[0] ?? 0) ^ SIGN_BIT;
  return Signature.fromBytes(bytes);
}

const modulo = (value: bigint): bigint => ((value % ORDER) + ORDER) % ORDER;
const absolute = (value: bigint): bigint => (value < 0n ? -value : value);
const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b));

/** By Fermat: the order is prime. */
function inverse(value: bigint): bigint {
  let result = 1n;
  let power = modulo(value);
  for (let exponent = ORDER - 2n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = modulo(result * power);
    power = modulo(power * power);
  }
  return result;
}

const toScalar = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
const toBytes = (scalar: bigint): Uint8Array => Buffer.from(scalar.toString(16).padStart(64, "0"), "hex");
