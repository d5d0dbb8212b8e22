import {InvalidValueError, messageOf, type Pubkey, parsePubkey} from "@mote/core";
import type {SignerHttp} from "./signer-http.ts";

/** About 40,000 keys. */
const ANSWER_SIZE_BYTES_MAX = 4_194_304;
/** Nothing waits for it. */
const TIMEOUT_MS = 10_000;

/** The keys that a Web3Signer has, each once. Rejects with what is wrong, in words that follow the signer's name. */
export async function readPublicKeys(http: SignerHttp, signal?: AbortSignal): Promise<readonly Pubkey[]> {
  const {status, text} = await http.request({
    method: "GET",
    path: "/api/v1/eth2/publicKeys",
    urgency: "background",
    answerSizeBytesMax: ANSWER_SIZE_BYTES_MAX,
    timeoutMs: TIMEOUT_MS,
    ...(signal && {signal}),
  });
  if (status !== 200) throw new Error(`answered ${status} to the question for its keys`);
  try {
    return parsePublicKeys(text);
  } catch (error) {
    throw new Error(`answered the question for its keys with something else: ${messageOf(error)}`);
  }
}

/** @throws {InvalidValueError} for anything but a list of keys */
export function parsePublicKeys(text: string): readonly Pubkey[] {
  // Checked before it is parsed: nested lists cost far more memory than their text.
  if (!/^\s*\[[^[\]{}]*\]\s*$/.test(text)) throw new InvalidValueError("no flat list");
  const items = parsedAsJson(text) as readonly unknown[];
  return [...new Set(items.map((item, at) => parsePubkey(item, `key ${at + 1}`)))];
}

function parsedAsJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidValueError("not JSON");
  }
}
