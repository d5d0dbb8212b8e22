import type {Log} from "@mote/core";
import {
  type DeletedKeys,
  InterchangeRefusedError,
  type ItemResult,
  type ValidatorKeys,
} from "../../keys/validator-keys.ts";
import {ApiError, describeFault} from "./api-error.ts";
import {type Fields, fieldsOf, optionalTextOf, pubkeysOf, textsOf} from "./fields.ts";
import {answerItem, countByStatus} from "./outcomes.ts";
import {parseJson} from "./request-body.ts";
import {type Answer, type Call, LIST_SIZE_BYTES_MAX, type Route} from "./route.ts";

/**
 * 1,000 keystores take 1.5 MB; the rest is for their slashing protection. Parsing it blocks the votes of a running node for a moment and takes several times its size in
 * memory, so larger files are for `mote slashing-protection import`, which streams them.
 */
export const IMPORT_SIZE_BYTES_MAX = 32 * 1024 * 1024;

export interface KeyRouteComponents {
  readonly keys: ValidatorKeys;
  readonly log: Log;
}

export function keystoreRoutes(components: KeyRouteComponents): readonly Route[] {
  const path = "/eth/v1/keystores";
  return [
    {method: "GET", path, isChange: false, body: null, handle: async () => listKeystores(components)},
    {
      method: "POST",
      path,
      isChange: true,
      body: {sizeBytesMax: IMPORT_SIZE_BYTES_MAX, order: "turn_first"},
      handle: (call) => importKeystores(call, components),
    },
    {
      method: "DELETE",
      path,
      isChange: true,
      body: {sizeBytesMax: LIST_SIZE_BYTES_MAX, order: "body_first"},
      handle: (call) => deleteKeystores(call, components),
    },
  ];
}

function listKeystores({keys}: KeyRouteComponents): Answer {
  const data = keys.localKeys().map(({pubkey, derivationPath, isReadOnly}) => ({
    validating_pubkey: pubkey,
    ...(derivationPath === null ? {} : {derivation_path: derivationPath}),
    readonly: isReadOnly,
  }));
  return {status: 200, body: {data}};
}

async function importKeystores({body}: Call, {keys, log}: KeyRouteComponents): Promise<Answer> {
  const fields = fieldsOf(body, "the body");
  const texts = textsOf(fields, "keystores");
  const passwords = textsOf(fields, "passwords");
  if (texts.length !== passwords.length)
    throw new ApiError(
      400,
      `there are ${texts.length} keystores and ${passwords.length} passwords: each keystore needs its own`,
    );
  const interchange = interchangeOf(fields);
  const keystores = texts.map((text, at) => ({text, password: passwords[at] ?? ""}));
  let results: readonly ItemResult<"imported" | "duplicate">[];
  try {
    results = await keys.importKeystores(keystores, interchange);
  } catch (error) {
    if (!(error instanceof InterchangeRefusedError)) throw error;
    log.warn("keymanager API: an import was refused for its slashing protection; no key was imported");
    throw new ApiError(400, `slashing_protection is refused, and no key was imported: ${error.message}`);
  }
  log.info("keymanager API: keystores imported", countByStatus(results));
  return {status: 200, body: {data: results.map(answerItem)}};
}

function interchangeOf(fields: Fields): object | null {
  const text = optionalTextOf(fields, "slashing_protection");
  return text === null ? null : fieldsOf(parseJson(text, "slashing_protection"), "slashing_protection");
}

async function deleteKeystores({body}: Call, {keys, log}: KeyRouteComponents): Promise<Answer> {
  const pubkeys = pubkeysOf(fieldsOf(body, "the body"), "pubkeys");
  let deleted: DeletedKeys;
  try {
    deleted = await keys.deleteKeystores(pubkeys);
  } catch (error) {
    log.error("keymanager API: a deletion of keystores could not be finished", {reason: describeFault(error)});
    // The same request again finds what was deleted by then as not_active, and exports its records.
    throw new ApiError(
      500,
      "the deletion could not be finished: do not use these keys elsewhere yet, and send the same request again; Mote's log has the reason",
    );
  }
  log.info("keymanager API: keystores deleted", countByStatus(deleted.results));
  return {
    status: 200,
    body: {data: deleted.results.map(answerItem), slashing_protection: deleted.slashingProtection},
  };
}
