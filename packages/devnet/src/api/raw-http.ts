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

/** From here on the response's body ends in the middle, and its connection with it; its headers still promise the whole. */
export function truncateBody(response: ServerResponse): void {
  const whole = response.end.bind(response);
  response.end = ((body?: unknown) => {
    if (typeof body !== "string" && !(body instanceof Uint8Array)) return whole();
    const bytes = Buffer.from(body as Uint8Array);
    if (!response.headersSent && !response.hasHeader("content-length"))
      response.setHeader("content-length", bytes.length);
    response.write(bytes.subarray(0, bytes.length >> 1), () => response.socket?.destroy());
    return response;
  }) as ServerResponse["end"];
}
