import type {PublicKey, SecretKey} from "@chainsafe/blst";
import {type Pubkey, pubkeyToHex} from "@mote/core";
import type {InteropKeys} from "../interop-keys.ts";
import {type ClusterShape, checkShape} from "./cluster-shape.ts";
import {KeySharing} from "./key-shares.ts";

export interface KeyShare {
  readonly secretKey: SecretKey;
  readonly publicKey: PublicKey;
  readonly pubkey: Pubkey;
}

interface Operator {
  /** In the order of the validators' indices. */
  readonly shares: readonly KeyShare[];
  readonly validatorOfShare: ReadonlyMap<string, Pubkey>;
  readonly shareOfValidator: ReadonlyMap<string, Pubkey>;
}

/** 48 bytes; not the beginning of a signature's 96. */
const PUBKEYS = /0x[0-9a-fA-F]{96}(?![0-9a-fA-F])/g;

/** Who holds which share of which validator's key. What comes from an operator speaks of shares, what comes from the chain of validators. */
export class Cluster {
  readonly shape: ClusterShape;
  readonly sharing: KeySharing;
  readonly #operators: readonly Operator[];

  /** @throws {InvalidValueError} for a shape that is none */
  constructor({keys, shape}: {readonly keys: InteropKeys; readonly shape: ClusterShape}) {
    checkShape(shape);
    this.shape = shape;
    this.sharing = new KeySharing(shape);
    const split = keys.map(({secretKey}) => this.sharing.split(secretKey).map(shareOf));
    this.#operators = Array.from({length: shape.operators}, (_, operator) => {
      const shares = split.flatMap((ofValidator) => ofValidator[operator] ?? []);
      const pairs = keys.map(({pubkey}, index) => [pubkey, shares[index]?.pubkey ?? pubkey] as const);
      return {
        shares,
        shareOfValidator: new Map(pairs),
        validatorOfShare: new Map(pairs.map(([validator, share]) => [share, validator])),
      };
    });
  }

  shares(operator: number): readonly KeyShare[] {
    return this.#operator(operator).shares;
  }

  share(operator: number, validatorIndex: number): KeyShare | null {
    return this.#operator(operator).shares[validatorIndex] ?? null;
  }

  /** A text with the operator's public keys replaced by those of the validators; other keys stay. */
  withValidators(operator: number, text: string): string {
    return replaced(text, this.#operator(operator).validatorOfShare);
  }

  /** The reverse. */
  withShares(operator: number, text: string): string {
    return replaced(text, this.#operator(operator).shareOfValidator);
  }

  #operator(at: number): Operator {
    const operator = this.#operators[at];
    if (operator === undefined) throw new RangeError(`there is no operator ${at}`);
    return operator;
  }
}

function shareOf(secretKey: SecretKey): KeyShare {
  const publicKey = secretKey.toPublicKey();
  return {secretKey, publicKey, pubkey: pubkeyToHex(publicKey.toBytes())};
}

const replaced = (text: string, by: ReadonlyMap<string, string>): string =>
  text.replace(PUBKEYS, (pubkey) => by.get(pubkey.toLowerCase()) ?? pubkey);
