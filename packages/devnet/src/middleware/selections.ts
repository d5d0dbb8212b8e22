import type {BeaconConfig} from "@lodestar/config";
import {DOMAIN_SELECTION_PROOF, DOMAIN_SYNC_COMMITTEE_SELECTION_PROOF} from "@lodestar/params";
import {computeSigningRoot} from "@lodestar/state-transition";
import {ssz} from "@lodestar/types";
import {parseSignature, parseUint} from "@mote/core";
import {type Answer, jsonAnswer} from "./answer.ts";
import {type Json, listOf, objectOf} from "./json.ts";
import type {SharePool} from "./share-pool.ts";
import type {ShareSigned} from "./signed-messages.ts";
import {takenOrRefused} from "./taken.ts";
import {type Patience, wholeSignatures} from "./waiting.ts";

export type SelectionKind = "committee" | "sync_committee";

const SELECTIONS_MAX = 65_536;

/** Partial selection proofs in, whole ones out, as soon as enough of the cluster have sent theirs. */
export class Selections {
  readonly #config: BeaconConfig;
  readonly #pool: SharePool;
  readonly #patience: Patience;

  constructor(components: {readonly config: BeaconConfig; readonly pool: SharePool; readonly patience: Patience}) {
    this.#config = components.config;
    this.#pool = components.pool;
    this.#patience = components.patience;
  }

  async answer(operator: number, kind: SelectionKind, body: unknown): Promise<Answer> {
    const list = listOf(body, "body", SELECTIONS_MAX).map((item) => objectOf(item, "selection"));
    const signed = list.map((selection) => this.#read(kind, selection));
    const gatherings = takenOrRefused(this.#pool.add(operator, signed));
    const proofs = await wholeSignatures(gatherings, this.#patience);
    return jsonAnswer({data: list.map((selection, i) => ({...selection, selection_proof: proofs[i]}))});
  }

  #read(kind: SelectionKind, selection: Json): ShareSigned {
    return {
      validatorIndex: parseUint(selection.validator_index, "validator_index"),
      signingRoot: kind === "committee" ? this.#committeeRoot(selection) : this.#syncCommitteeRoot(selection),
      signature: parseSignature(selection.selection_proof, "selection_proof"),
    };
  }

  #committeeRoot(selection: Json): Uint8Array {
    const slot = parseUint(selection.slot, "slot");
    return computeSigningRoot(ssz.Slot, slot, this.#config.getDomain(slot, DOMAIN_SELECTION_PROOF));
  }

  #syncCommitteeRoot(selection: Json): Uint8Array {
    const slot = parseUint(selection.slot, "slot");
    const subcommitteeIndex = parseUint(selection.subcommittee_index, "subcommittee_index");
    const domain = this.#config.getDomain(slot, DOMAIN_SYNC_COMMITTEE_SELECTION_PROOF);
    return computeSigningRoot(ssz.altair.SyncAggregatorSelectionData, {slot, subcommitteeIndex}, domain);
  }
}
