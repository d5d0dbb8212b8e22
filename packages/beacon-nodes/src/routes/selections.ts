import {
  bytesToHex,
  type CommitteeSelection,
  InvalidValueError,
  parseSignature,
  parseSlot,
  parseUint,
  parseValidatorIndex,
  type SyncCommitteeSelection,
} from "@mote/core";
import type {BeaconApi, Route} from "../http/beacon-api.ts";
import {BLOCKING_TIMEOUT_MS, SELECTIONS_PER_REQUEST_MAX, SELECTIONS_SIZE_BYTES_MAX} from "../limits.ts";
import {chunked} from "./chunked.ts";
import {type JsonObject, parseList, parseObject} from "./decode.ts";

/** Of the middleware of a distributed validator: it answers when enough of the cluster have sent their shares. */

const route = (template: string): Route => ({
  method: "POST",
  template,
  sizeBytesMax: SELECTIONS_SIZE_BYTES_MAX,
  totalTimeoutMs: BLOCKING_TIMEOUT_MS,
});
const COMMITTEE = route("/eth/v1/validator/beacon_committee_selections");
const SYNC_COMMITTEE = route("/eth/v1/validator/sync_committee_selections");

export function committeeSelections(
  api: BeaconApi,
  partial: readonly CommitteeSelection[],
  signal?: AbortSignal,
): Promise<readonly CommitteeSelection[]> {
  return exchange(api, COMMITTEE, {partial, toJson: selectionToJson, fromJson: selectionFromJson, signal});
}

export function syncCommitteeSelections(
  api: BeaconApi,
  partial: readonly SyncCommitteeSelection[],
  signal?: AbortSignal,
): Promise<readonly SyncCommitteeSelection[]> {
  return exchange(api, SYNC_COMMITTEE, {
    partial,
    toJson: (one) => ({...selectionToJson(one), subcommittee_index: String(one.subcommitteeIndex)}),
    fromJson: (item) => ({
      ...selectionFromJson(item),
      subcommitteeIndex: parseUint(item.subcommittee_index, "subcommittee_index"),
    }),
    signal,
  });
}

interface Exchange<T> {
  readonly partial: readonly T[];
  readonly toJson: (selection: T) => unknown;
  readonly fromJson: (item: JsonObject) => T;
  readonly signal: AbortSignal | undefined;
}

/** All batches at once: each of them may wait for the rest of the cluster. The answer speaks of every duty sent, once, and of no other. */
async function exchange<T extends CommitteeSelection & {readonly subcommitteeIndex?: number}>(
  api: BeaconApi,
  route: Route,
  {partial, toJson, fromJson, signal}: Exchange<T>,
): Promise<readonly T[]> {
  const keyOf = ({validatorIndex, slot, subcommitteeIndex = 0}: T) =>
    `validator ${validatorIndex}, slot ${slot}, subcommittee ${subcommitteeIndex}`;
  const decode = (body: unknown, sent: readonly T[]): readonly T[] => {
    const left = new Set(sent.map(keyOf));
    const found = parseList(parseObject(body, "answer").data, "data", sent.length).map((value) => {
      const selection = fromJson(parseObject(value, "selection"));
      const key = keyOf(selection);
      if (!left.delete(key)) throw new InvalidValueError(`the selection of ${key} was not sent, or comes twice`);
      return selection;
    });
    const [missing] = left;
    if (missing !== undefined) throw new InvalidValueError(`the selection of ${missing} is missing`);
    return found;
  };
  const parts = await Promise.all(
    [...chunked(partial, SELECTIONS_PER_REQUEST_MAX)].map((batch) =>
      api.call(
        {
          route,
          path: route.template,
          body: {json: () => batch.map(toJson)},
          fromJson: (body) => decode(body, batch),
        },
        signal,
      ),
    ),
  );
  return parts.flat();
}

const selectionToJson = ({validatorIndex, slot, selectionProof}: CommitteeSelection) => ({
  validator_index: String(validatorIndex),
  slot: String(slot),
  selection_proof: bytesToHex(selectionProof),
});

const selectionFromJson = (item: JsonObject): CommitteeSelection => ({
  validatorIndex: parseValidatorIndex(item.validator_index, "validator_index"),
  slot: parseSlot(item.slot, "slot"),
  selectionProof: parseSignature(item.selection_proof, "selection_proof"),
});
