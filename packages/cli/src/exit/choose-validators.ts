import {type Pubkey, parseValidatorIndex, type ValidatorIndex} from "@mote/core";
import type {StoredKey} from "@mote/duty-signing";
import type {OperatorClient, ValidatorDetails} from "@mote/node/operator";
import {RefusedError} from "../command/refused-error.ts";
import {selectKeys} from "../keys/select-keys.ts";
import {isOldEnough} from "../requests/checks.ts";
import {timeOf} from "../requests/make-requests.ts";

/** A validator that is to leave, and the keystore that signs for it. */
export interface Leaver {
  readonly key: StoredKey;
  readonly index: ValidatorIndex;
}

/** A validator as its operator names it, who has its keystore. */
export type NamedValidator =
  | {readonly kind: "key"; readonly key: StoredKey}
  | {readonly kind: "index"; readonly index: ValidatorIndex};

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
  const named = namedValidators(words, {all, stored});
  const wanted = named === null ? stored.filter(({isEnabled}) => isEnabled) : await namedKeys(named, stored, operator);
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
  if (named !== null && reasons.length > 0) throw new RefusedError(reasons.join("\nmote: "));
  return {leavers, skipped: reasons};
}

/** Null for all keys. @throws {RefusedError} for what names no key of `stored`, and no index */
export function namedValidators(
  words: readonly string[],
  {all, stored}: {readonly all: boolean; readonly stored: readonly StoredKey[]},
): readonly NamedValidator[] | null {
  if (all && words.length > 0) throw new RefusedError("--all: leave out the validators that you named, or --all");
  if (!all && words.length === 0) {
    throw new RefusedError(
      "which validators? Name them by public key (0x…), or how it begins, or by index; or give --all",
    );
  }
  if (all) return null;
  return words.map((word) => {
    if (INDEX.test(word)) return {kind: "index", index: parseValidatorIndex(word, "a validator")};
    const [key] = selectKeys(stored, {words: [word], all: false}) as [StoredKey];
    return {kind: "key", key};
  });
}

const INDEX = /^\d{1,16}$/;

async function namedKeys(
  named: readonly NamedValidator[],
  stored: readonly StoredKey[],
  operator: OperatorClient,
): Promise<readonly StoredKey[]> {
  const indices = named.flatMap((each) => (each.kind === "index" ? [each.index] : []));
  const byIndex = new Map((await operator.validatorsByIndex(indices)).map(({index, pubkey}) => [index, pubkey]));
  const byPubkey = new Map(stored.map((key) => [key.pubkey, key]));
  const keys = named.map((each) => {
    if (each.kind === "key") return each.key;
    const pubkey = byIndex.get(each.index);
    if (pubkey === undefined) throw new RefusedError(`there is no validator ${each.index} on this chain`);
    const key = byPubkey.get(pubkey);
    if (key !== undefined) return key;
    throw new RefusedError(`there is no keystore of ${pubkey} in the folder: check --datadir or --keystores-dir`);
  });
  return [...new Set(keys)];
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
