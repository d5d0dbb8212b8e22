import type {Root, Signature, ValidatorIndex} from "@mote/core";
import type {GossipChainView} from "../chain-view.ts";
import {ignore, type Judgement, reject} from "./judgement.ts";
import type {SameMessageBatches} from "./same-message-batches.ts";
import {SeenRoots} from "./seen-roots.ts";

/** Of a validator of ours so many different messages are looked at: the second already says that somebody else signs with its key. */
const OWN_ROOTS_MAX = 4;

export interface SignedMessage {
  /** Who sent it. */
  readonly peer: string;
  /** The slot or epoch of which its validator may send one message. */
  readonly period: number;
  /** Tells messages of one validator apart that may stand side by side. */
  readonly key: number;
  readonly validatorIndex: ValidatorIndex;
  readonly signingRoot: Root;
  readonly signature: Signature;
}

/**
 * Verifies messages of which a validator may send one a period. What differs from the first is passed over unseen, except from a validator of ours,
 * of which it is evidence.
 */
export class OnePerPeriod {
  readonly #chainView: GossipChainView;
  readonly #batches: SameMessageBatches;
  readonly #seen: SeenRoots;

  constructor(
    init: {readonly periodsMax: number},
    components: {readonly chainView: GossipChainView; readonly batches: SameMessageBatches},
  ) {
    this.#seen = new SeenRoots(init);
    this.#chainView = components.chainView;
    this.#batches = components.batches;
  }

  /** `first` and `another` (of a validator of ours only) are well signed and new; anything else is the end of the message. */
  async look(message: SignedMessage): Promise<"first" | "another" | Judgement> {
    const {peer, period, key, validatorIndex, signingRoot, signature} = message;
    if (this.#isKnown(message)) return ignore("seen");
    const pubkey = this.#chainView.pubkeyOf(validatorIndex);
    if (pubkey === null) return ignore("unknown_key");
    const isGood = await this.#batches.verify({peer, signingRoot, signed: {pubkey, signature}});
    if (isGood === null) return ignore("too_many_unproven");
    if (!isGood) return reject("bad_signature");
    // Others of the same validator may have been verified meanwhile.
    if (this.#isKnown(message)) return ignore("seen");
    const isFirst = this.#seen.rootsOf(period, key).length === 0;
    this.#seen.add(period, key, signingRoot);
    return isFirst ? "first" : "another";
  }

  #isKnown({period, key, validatorIndex, signingRoot}: SignedMessage): boolean {
    const roots = this.#seen.rootsOf(period, key);
    const rootsMax = this.#chainView.isOurs(validatorIndex) ? OWN_ROOTS_MAX : 1;
    return roots.length >= rootsMax || roots.includes(signingRoot);
  }
}
