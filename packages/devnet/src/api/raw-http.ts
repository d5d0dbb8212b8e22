import type {IncomingMessage, ServerResponse} from "node:http";

/** For answers that are given without the API server. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {"content-type": "application/json", "content-length": bytes.length}).end(bytes);
}

/** Undefined when the body is too large or no JSON. */
export async function readJson(request: IncomingMessage, sizeBytesMax: number): Promise<unknown> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > sizeBytesMax) return undefined;
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    return undefined;
  }
}

/** An answer that says nothing (204) becomes one that says that nothing was found. */
export function emptyAsNotFound(response: ServerResponse, message: string): void {
  const writeHead = response.writeHead.bind(response);
  response.writeHead = ((status: number, headers?: Record<string, string>) => {
    if (status !== 204) return writeHead(status, headers);
    response.writeHead = writeHead;
    const end = response.end.bind(response);
    response.end = (() => end()) as ServerResponse["end"];
    const bytes = Buffer.from(JSON.stringify({code: 404, message}));
    writeHead(404, {"content-type": "application/json", "content-length": bytes.length});
    response.write(bytes);
    return response;
  }) as ServerResponse["writeHead"];
}
