import type {BeaconConfig} from "@lodestar/config";
import {DOMAIN_RANDAO} from "@lodestar/params";
import {computeEpochAtSlot, computeSigningRoot} from "@lodestar/state-transition";
import {ssz} from "@lodestar/types";
import {parseSignature, parseUint} from "@mote/core";
import type {AgreedAnswers} from "./agreed-answers.ts";
import {type Answer, RefusedError} from "./answer.ts";
import {listOf, objectOf} from "./json.ts";
import type {SharePool} from "./share-pool.ts";
import {takenOrRefused} from "./taken.ts";
import type {Upstream} from "./upstream.ts";
import {type Patience, wholeSignatures} from "./waiting.ts";

export interface BlockProductionComponents {
  readonly config: BeaconConfig;
  readonly pool: SharePool;
  readonly agreed: AgreedAnswers;
  readonly patience: Patience;
}

const PROPOSERS_MAX = 1_024;
const PROPOSERS_KEPT = 256;

/** Waits for the cluster's randao reveal, asks for one block with it, and gives the same to all. */
export class BlockProduction {
  readonly #components: BlockProductionComponents;
  /** By slot. */
  readonly #proposers = new Map<number, number>();

  constructor(components: BlockProductionComponents) {
    this.#components = components;
  }

  /** Of a slot whose block was asked for; else null. */
  proposerOf(slot: number): number | null {
    return this.#proposers.get(slot) ?? null;
  }

  async answer(operator: number, url: URL, upstream: Upstream): Promise<Answer> {
    const {config, pool, agreed, patience} = this.#components;
    const slot = parseUint(url.pathname.split("/").at(-1), "slot");
    const validatorIndex = await this.#proposer(slot, upstream);
    const epoch = computeEpochAtSlot(slot);
    const signingRoot = computeSigningRoot(ssz.Epoch, epoch, config.getDomain(slot, DOMAIN_RANDAO));
    const signature = parseSignature(url.searchParams.get("randao_reveal"), "randao_reveal");
    const gatherings = takenOrRefused(pool.add(operator, [{validatorIndex, signingRoot, signature}]));
    const [reveal = ""] = await wholeSignatures(gatherings, patience);
    const asked = new URL(url);
    asked.searchParams.set("randao_reveal", reveal);
    return agreed.get(asked.pathname, () => upstream.ask({method: "GET", path: `${asked.pathname}${asked.search}`}));
  }

  async #proposer(slot: number, upstream: Upstream): Promise<number> {
    const known = this.#proposers.get(slot);
    if (known !== undefined) return known;
    const path = `/eth/v1/validator/duties/proposer/${computeEpochAtSlot(slot)}`;
    const {status, body} = await upstream.ask({method: "GET", path});
    if (status !== 200) throw new RefusedError(503, `The proposer of slot ${slot} is not known: status ${status}`);
    const duties = listOf(objectOf(JSON.parse(body.toString()), "answer").data, "data", PROPOSERS_MAX);
    const duty = duties.map((item) => objectOf(item, "duty")).find((each) => each.slot === String(slot));
    if (duty === undefined) throw new RefusedError(404, `The proposer of slot ${slot} is not known`);
    const proposer = parseUint(duty.validator_index, "validator_index");
    this.#proposers.set(slot, proposer);
    const [oldest] = this.#proposers.keys();
    if (this.#proposers.size > PROPOSERS_KEPT && oldest !== undefined) this.#proposers.delete(oldest);
    return proposer;
  }
}
