import {type Clock, InvalidValueError} from "@mote/core";
import {parseBoundedJson} from "./http/bounded-json.ts";
import {type HttpAddress, HttpClient} from "./http/http-client.ts";
import {SPEC_SIZE_BYTES_MAX} from "./limits.ts";

/** A start waits for this at most: who answers later is asked again once the chain's types are there. */
const TOTAL_TIMEOUT_MS = 3_000;
const ROUTE = "/eth/v1/config/spec";

/** What a node says of its chain, not judged yet but for its shape: names with texts. */
export interface EarlySpec {
  readonly beaconNode: string;
  readonly spec: Readonly<Record<string, string>>;
}

/**
 * Asks every node once, before anything of the chain is loaded: the preset of its types cannot be changed after that.
 * @returns the first answer that is a spec, null when there was none
 */
export async function earlySpec(
  nodes: readonly (HttpAddress & {readonly name: string})[],
  {clock, signal}: {readonly clock: Clock; readonly signal: AbortSignal},
): Promise<EarlySpec | null> {
  const enough = new AbortController();
  const asked = nodes.map((node) => specOf(node, {clock, signal: AbortSignal.any([signal, enough.signal])}));
  try {
    return await Promise.any(asked);
  } catch {
    return null;
  } finally {
    enough.abort();
  }
}

async function specOf(
  node: HttpAddress & {readonly name: string},
  {clock, signal}: {readonly clock: Clock; readonly signal: AbortSignal},
): Promise<EarlySpec> {
  const client = new HttpClient(node, {clock});
  try {
    const {status, body} = await client.request({
      route: ROUTE,
      method: "GET",
      path: ROUTE,
      headers: {accept: "application/json"},
      bodySizeBytesMax: SPEC_SIZE_BYTES_MAX,
      connectTimeoutMs: TOTAL_TIMEOUT_MS,
      totalTimeoutMs: TOTAL_TIMEOUT_MS,
      signal,
    });
    if (status !== 200) throw new InvalidValueError(`status ${status}`);
    return {beaconNode: node.name, spec: parseSpec(parseBoundedJson(body.toString("utf8")))};
  } finally {
    client.close();
  }
}

/** Lists, such as the blob schedule, decide no preset and are left out. */
function parseSpec(body: unknown): Readonly<Record<string, string>> {
  const {data} = (body ?? {}) as {data?: unknown};
  if (typeof data !== "object" || data === null) throw new InvalidValueError("no spec");
  return Object.fromEntries(Object.entries(data).filter(([, value]) => typeof value === "string"));
}
