import type {Pubkey} from "@mote/core";
import {parseSignerUrl} from "../../config/signer-options.ts";
import type {ItemResult} from "../../keys/validator-keys.ts";
import {fieldsOf, listOf, optionalTextOf, pubkeyFrom, pubkeysOf} from "./fields.ts";
import type {KeyRouteComponents} from "./keystore-routes.ts";
import {answerItem, countByStatus} from "./outcomes.ts";
import {type Answer, type Call, LIST_SIZE_BYTES_MAX, type Route} from "./route.ts";

const URL_LENGTH_MAX = 2048;

export function remoteKeyRoutes(components: KeyRouteComponents): readonly Route[] {
  const path = "/eth/v1/remotekeys";
  const body = {sizeBytesMax: LIST_SIZE_BYTES_MAX, order: "body_first"} as const;
  return [
    {method: "GET", path, isChange: false, body: null, handle: async () => listRemoteKeys(components)},
    {method: "POST", path, isChange: true, body, handle: (call) => importRemoteKeys(call, components)},
    {method: "DELETE", path, isChange: true, body, handle: (call) => deleteRemoteKeys(call, components)},
  ];
}

function listRemoteKeys({keys}: KeyRouteComponents): Answer {
  const data = keys.remoteKeys().map(({pubkey, url, isReadOnly}) => ({
    pubkey,
    ...(url === null ? {} : {url: withoutCredentials(url)}),
    readonly: isReadOnly,
  }));
  return {status: 200, body: {data}};
}

/** The signer's password is nobody's business who lists keys. */
function withoutCredentials(text: string): string {
  const url = new URL(text);
  if (url.username === "" && url.password === "") return text;
  url.username = "";
  url.password = "";
  return url.href;
}

async function importRemoteKeys({body}: Call, {keys, log}: KeyRouteComponents): Promise<Answer> {
  const asked = listOf(fieldsOf(body, "the body"), "remote_keys").map((item, at) =>
    readItem(item, `remote_keys[${at}]`),
  );
  // One bad URL does not keep the other keys out.
  const imported = await keys.importRemoteKeys(asked.filter((item) => item.kind === "usable"));
  const rest = imported.values();
  const results = asked.map((item): ItemResult<"imported" | "duplicate"> => {
    if (item.kind === "unusable") return {status: "error", message: item.problem};
    return rest.next().value ?? {status: "error", message: "nothing is known of what became of this key"};
  });
  log.info("keymanager API: remote keys imported", countByStatus(results));
  return {status: 200, body: {data: results.map(answerItem)}};
}

type AskedKey =
  | {readonly kind: "usable"; readonly pubkey: Pubkey; readonly url: string | null}
  | {readonly kind: "unusable"; readonly problem: string};

function readItem(item: unknown, what: string): AskedKey {
  const fields = fieldsOf(item, what);
  const pubkey = pubkeyFrom(fields.pubkey, `${what}.pubkey`);
  const text = optionalTextOf(fields, "url");
  if (text === null) return {kind: "usable", pubkey, url: null};
  if (text.length > URL_LENGTH_MAX)
    return {kind: "unusable", problem: `url has more than ${URL_LENGTH_MAX} characters`};
  const url = parseSignerUrl(text);
  if (url.kind === "bad") return {kind: "unusable", problem: `url ${url.problem}`};
  return {kind: "usable", pubkey, url: url.value};
}

async function deleteRemoteKeys({body}: Call, {keys, log}: KeyRouteComponents): Promise<Answer> {
  const results = await keys.deleteRemoteKeys(pubkeysOf(fieldsOf(body, "the body"), "pubkeys"));
  log.info("keymanager API: remote keys deleted", countByStatus(results));
  return {status: 200, body: {data: results.map(answerItem)}};
}
