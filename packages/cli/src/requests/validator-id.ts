import {InvalidValueError, type Pubkey, parsePubkey, parseValidatorIndex, type ValidatorIndex} from "@mote/core";
import type {OperatorClient, ValidatorDetails} from "@mote/node/operator";
import {isPublicKey} from "@mote/node/operator";
import {RefusedError} from "../command/refused-error.ts";

/** A validator as a person names it. */
export type ValidatorId =
  | {readonly kind: "pubkey"; readonly pubkey: Pubkey}
  | {readonly kind: "index"; readonly index: ValidatorIndex};

/** @param field names what it is for. @throws {InvalidValueError} for what is neither a public key nor an index */
export function parseValidatorId(text: string, field: string): ValidatorId {
  if (/^\d{1,16}$/.test(text)) return {kind: "index", index: parseValidatorIndex(text, field)};
  if (!/^0x[0-9a-f]{96}$/i.test(text)) {
    throw new InvalidValueError(
      `${field} is named by its index, or by its public key of 0x and 96 hex digits, not by ${JSON.stringify(text.slice(0, 100))}`,
    );
  }
  const pubkey = parsePubkey(text, field);
  if (!isPublicKey(pubkey)) {
    throw new InvalidValueError(`${pubkey} is no public key of BLS: a character of it was mistyped or lost`);
  }
  return {kind: "pubkey", pubkey};
}

export const nameOfId = (id: ValidatorId): string => (id.kind === "pubkey" ? id.pubkey : `validator ${id.index}`);

/**
 * What the chain knows of a validator; null when nobody is asked.
 * @throws {RefusedError} when it knows no such validator, or only the chain could tell its public key
 */
export async function lookUp(
  id: ValidatorId,
  operator: Pick<OperatorClient, "validators" | "validatorsByIndex"> | null,
): Promise<ValidatorDetails | null> {
  if (operator === null) {
    if (id.kind === "pubkey") return null;
    throw new RefusedError(`validator ${id.index}: give its public key, or --beacon-nodes to look it up`);
  }
  const [details] =
    id.kind === "pubkey" ? await operator.validators([id.pubkey]) : await operator.validatorsByIndex([id.index]);
  if (details !== undefined) return details;
  throw new RefusedError(`${nameOfId(id)} is not known to the chain: check it, and --network`);
}
