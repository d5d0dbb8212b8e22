import type {NodeStatus, RunningFile} from "@mote/node";

const ANSWER_SIZE_BYTES_MAX = 1_048_576;
const ANSWER_TIMEOUT_MS = 5_000;

export type Answer =
  | {readonly kind: "status"; readonly status: NodeStatus}
  /** Nothing of Mote's is there: the file that named it was left behind. */
  | {readonly kind: "gone"}
  /** Something is there that does not answer as it should. */
  | {readonly kind: "no_answer"; readonly detail: string};

/** Asks the running node how it goes; bounded in time and bytes. */
export async function askNode({url, token}: Pick<RunningFile, "url" | "token">, stop: AbortSignal): Promise<Answer> {
  const timeout = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
  try {
    const response = await fetch(`${url}/status`, {
      headers: {authorization: `Bearer ${token}`},
      redirect: "error",
      signal: AbortSignal.any([stop, timeout]),
    });
    const text = await readAtMost(response, ANSWER_SIZE_BYTES_MAX);
    // Whoever has the port now is not the node that made this token.
    if (response.status !== 200) return {kind: "gone"};
    const status = text === null ? null : parseStatus(text);
    return status === null ? {kind: "gone"} : {kind: "status", status};
  } catch (error) {
    if (timeout.aborted) return {kind: "no_answer", detail: `no answer within ${ANSWER_TIMEOUT_MS / 1000} s`};
    if (stop.aborted) return {kind: "no_answer", detail: "stopped"};
    const cause = error instanceof Error ? error.cause : undefined;
    const code = (cause as NodeJS.ErrnoException | undefined)?.code;
    // Refused: nobody listens. Anything else that is not HTTP comes from a stranger on that port.
    if (code === "ECONNREFUSED" || code?.startsWith("HPE_") === true || code === "UND_ERR_SOCKET")
      return {kind: "gone"};
    return {kind: "no_answer", detail: code ?? String(error)};
  }
}

/** Null when there is more than that. */
async function readAtMost(response: Response, sizeBytesMax: number): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of response.body ?? []) {
    sizeBytes += chunk.length;
    if (sizeBytes > sizeBytesMax) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** It is our own node that answers, as the token shows; a server of another kind is told from it by the shape. */
function parseStatus(text: string): NodeStatus | null {
  try {
    const value = JSON.parse(text) as Partial<NodeStatus> | null;
    const isStatus =
      typeof value?.version === "string" && Array.isArray(value.beaconNodes) && Array.isArray(value.slots);
    return isStatus ? (value as NodeStatus) : null;
  } catch {
    return null;
  }
}
