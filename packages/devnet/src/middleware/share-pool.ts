import {type PublicKey, Signature} from "@chainsafe/blst";
import {bytesToHex} from "@mote/core";
import {verifyEach, verifySameMessage} from "../chain/signature-batches.ts";
import type {Cluster} from "./cluster.ts";
import type {ShareSigned} from "./signed-messages.ts";

/** The partial signatures of one message by one validator. */
export interface Gathering {
  /** Hex. Resolves when there are enough of them, with the signature of the whole key. */
  readonly whole: Promise<string>;
  /** How many there are. */
  readonly count: number;
}

export type Added =
  /** `completes`: it was the one that had been missing. */
  | {readonly kind: "taken"; readonly gathering: Gathering; readonly completes: boolean}
  | {readonly kind: "refused"; readonly reason: string};

class OpenGathering implements Gathering {
  readonly partials = new Map<number, Uint8Array>();
  readonly #whole = Promise.withResolvers<string>();

  get whole(): Promise<string> {
    return this.#whole.promise;
  }

  get count(): number {
    return this.partials.size;
  }

  complete(whole: string): void {
    this.#whole.resolve(whole);
  }
}

/** Beyond that, the oldest are forgotten: several epochs of a thousand validators. */
const GATHERINGS_MAX = 65_536;

/** Partial signatures, gathered by validator and signed root, and put together when there are enough. */
export class SharePool {
  readonly #cluster: Cluster;
  readonly #gatherings = new Map<string, OpenGathering>();

  constructor(components: {readonly cluster: Cluster}) {
    this.#cluster = components.cluster;
  }

  /** Each is verified against the operator's share of the validator's key. Outcomes are in the order of the list. */
  add(operator: number, list: readonly ShareSigned[]): Added[] {
    const keys = list.map(({validatorIndex}) => this.#cluster.share(operator, validatorIndex)?.publicKey ?? null);
    const known = list.flatMap((item, i) => {
      const key = keys[i];
      return key === null || key === undefined ? [] : [{item, key}];
    });
    const good = new Set(verified(known));
    return list.map((item, i) => {
      if (keys[i] === null) return {kind: "refused", reason: `validator ${item.validatorIndex} is not of this cluster`};
      if (!good.has(item)) return {kind: "refused", reason: "the signature is not that of this operator's key share"};
      return this.#take(operator, item);
    });
  }

  #take(operator: number, {validatorIndex, signingRoot, slot, signature}: ShareSigned): Added {
    const gathering = this.#gathering(`${validatorIndex}:${bytesToHex(signingRoot)}:${slot ?? ""}`);
    const {threshold} = this.#cluster.shape;
    const wasComplete = gathering.count >= threshold;
    gathering.partials.set(operator, signature);
    const completes = !wasComplete && gathering.count === threshold;
    if (completes) gathering.complete(this.#combine(gathering));
    return {kind: "taken", gathering, completes};
  }

  #combine({partials}: OpenGathering): string {
    const list = [...partials].map(([operator, bytes]) => ({operator, signature: Signature.fromBytes(bytes)}));
    return bytesToHex(this.#cluster.sharing.combine(list).toBytes());
  }

  #gathering(key: string): OpenGathering {
    const known = this.#gatherings.get(key);
    if (known !== undefined) return known;
    const made = new OpenGathering();
    this.#gatherings.set(key, made);
    const [oldest] = this.#gatherings.keys();
    if (this.#gatherings.size > GATHERINGS_MAX && oldest !== undefined) this.#gatherings.delete(oldest);
    return made;
  }
}

interface Signed {
  readonly item: ShareSigned;
  readonly key: PublicKey;
}

/** Those that are good. What many signed alike is verified together. */
function verified(list: readonly Signed[]): ShareSigned[] {
  const groups = [...Map.groupBy(list, ({item}) => bytesToHex(item.signingRoot)).values()];
  const alike = groups.filter(({length}) => length > 1);
  const alone = groups.filter(({length}) => length === 1).flat();
  const verdicts = verifyEach(
    alone.map(({item, key}) => ({message: item.signingRoot, publicKeys: [key], signature: item.signature})),
  );
  return [...alike.flatMap(goodOf), ...alone.flatMap(({item}, i) => (verdicts[i] === true ? [item] : []))];
}

function goodOf(group: readonly Signed[]): ShareSigned[] {
  const [first] = group;
  if (first === undefined) return [];
  const signed = group.map(({item, key}) => ({publicKey: key, signature: item.signature}));
  const verdicts = verifySameMessage(first.item.signingRoot, signed);
  return group.flatMap(({item}, i) => (verdicts[i] === true ? [item] : []));
}
