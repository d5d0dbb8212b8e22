import type {Pubkey, ValidatorIndex} from "@mote/core";
import type {StoredKey} from "@mote/duty-signing";
import type {OperatorClient, ValidatorDetails} from "@mote/node/operator";
import {RefusedError} from "../command/refused-error.ts";
import {isOldEnough} from "../requests/checks.ts";
import {timeOf} from "../requests/make-requests.ts";
import {parseValidatorId, type ValidatorId} from "../requests/validator-id.ts";

/** A validator that is to leave, and the keystore that signs for it. */
export interface Leaver {
  readonly key: StoredKey;
  readonly index: ValidatorIndex;
}

export interface Choice {
  readonly leavers: readonly Leaver[];
  /** Of all keys, those that are left out, and why. */
  readonly skipped: readonly string[];
}

interface ChoiceInit {
  readonly words: readonly string[];
  readonly all: boolean;
  /** What is signed for later may be signed before its time. */
  readonly isForLater: boolean;
}

/** @throws {RefusedError} when one that was named cannot leave, or has no keystore; all reasons together */
export async function chooseValidators(
  {words, all, isForLater}: ChoiceInit,
  stored: readonly StoredKey[],
  operator: OperatorClient,
): Promise<Choice> {
  const ids = idsOf(words, all);
  const wanted = ids === null ? stored.filter(({isEnabled}) => isEnabled) : await namedKeys(ids, stored, operator);
  const known = new Map(
    (await operator.validators(wanted.map(({pubkey}) => pubkey))).map((each) => [each.pubkey, each]),
  );
  const leavers: Leaver[] = [];
  const reasons: string[] = [];
  for (const key of wanted) {
    const details = known.get(key.pubkey);
    const reason = reasonToStay(key.pubkey, details, {operator, isForLater});
    if (reason !== null) reasons.push(reason);
    else if (details !== undefined) leavers.push({key, index: details.index});
  }
  if (ids !== null && reasons.length > 0) throw new RefusedError(reasons.join("\nmote: "));
  return {leavers, skipped: reasons};
}

/** Null for all keys. */
export function idsOf(words: readonly string[], all: boolean): readonly ValidatorId[] | null {
  if (all && words.length > 0) throw new RefusedError("--all: leave out the validators that you named, or --all");
  if (!all && words.length === 0)
    throw new RefusedError("which validators? Name them by public key (0x…) or index, or give --all");
  return all ? null : words.map((word) => parseValidatorId(word, "a validator"));
}

async function namedKeys(
  ids: readonly ValidatorId[],
  stored: readonly StoredKey[],
  operator: OperatorClient,
): Promise<readonly StoredKey[]> {
  const indices = ids.flatMap((id) => (id.kind === "index" ? [id.index] : []));
  const byIndex = new Map((await operator.validatorsByIndex(indices)).map(({index, pubkey}) => [index, pubkey]));
  const byPubkey = new Map(stored.map((key) => [key.pubkey, key]));
  const keys = ids.map((id) => {
    const pubkey = id.kind === "pubkey" ? id.pubkey : byIndex.get(id.index);
    if (pubkey === undefined)
      throw new RefusedError(`there is no validator ${id.kind === "index" ? id.index : ""} on this chain`);
    return storedKey(byPubkey, pubkey);
  });
  return [...new Set(keys)];
}

export function storedKey(byPubkey: ReadonlyMap<Pubkey, StoredKey>, pubkey: Pubkey): StoredKey {
  const key = byPubkey.get(pubkey);
  if (key !== undefined) return key;
  throw new RefusedError(`there is no keystore of ${pubkey} in the folder: check --datadir or --keystores-dir`);
}

function reasonToStay(
  pubkey: Pubkey,
  details: ValidatorDetails | undefined,
  {operator, isForLater}: {readonly operator: OperatorClient; readonly isForLater: boolean},
): string | null {
  if (details === undefined) return `${pubkey} is not known to the chain: it has nothing to leave`;
  const done = reasonThatNoExitIsNeeded(details);
  if (done !== null) return done;
  if (isForLater) return null;
  const {index, status} = details;
  if (status !== "active_ongoing")
    return `validator ${index} is not active yet (${status}): it can leave later, or be pre-signed with --presign`;
  return isOldEnough(details, timeOf(operator))[0] ?? null;
}

/** Null: it is still to leave. */
export function reasonThatNoExitIsNeeded({index, status, exitEpoch}: ValidatorDetails): string | null {
  if (status === "active_exiting") return `validator ${index} is leaving already, at epoch ${exitEpoch}`;
  if (/^(exited|withdrawal|active_slashed)/.test(status))
    return `validator ${index} has left or was slashed (${status}): there is nothing to do`;
  return null;
}
