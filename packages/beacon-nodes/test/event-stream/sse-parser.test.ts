import assert from "node:assert/strict";
import fc from "fast-check";
import {type ServerSentEvent, SseLimitError, SseParser} from "../../src/event-stream/sse-parser.ts";

const LIMITS = {lineSizeBytesMax: 64, eventSizeBytesMax: 128};

function parse(chunks: readonly string[] | readonly Uint8Array[]): ServerSentEvent[] {
  const events: ServerSentEvent[] = [];
  const parser = new SseParser(LIMITS, {onEvent: (event) => events.push(event)});
  for (const chunk of chunks) parser.push(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
  return events;
}

describe("SSE parser", () => {
  it("reads events, comments, fields without value, data of several lines", () => {
    assert.deepEqual(parse([": hello\n\nevent: head\ndata: 1\ndata:2\nid: 7\nretry\n\ndata\n\nevent: none\n\n"]), [
      {event: "head", data: "1\n2"},
      {event: "message", data: ""},
    ]);
  });

  it("says the same however the bytes are cut and whichever line ends are used", () => {
    const text = 'event: head\ndata: {"a":"é"}\n\n:c\n\ndata: x\n\nevent: b\ndata: y\ndata: z\n\n';
    const expected = parse([text]);
    assert.equal(expected.length, 3);
    fc.assert(
      fc.property(
        fc.array(fc.nat(text.length + 10), {maxLength: 12}),
        fc.constantFrom("\n", "\r", "\r\n"),
        (cuts, lineEnd) => {
          const bytes = Buffer.from(text.replaceAll("\n", lineEnd));
          const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
          assert.deepEqual(parse(at.slice(1).map((end, i) => bytes.subarray(at[i], end))), expected);
        },
      ),
    );
  });

  it("refuses a line or an event beyond its bound, at the bound it does not", () => {
    const line = `data:${"x".repeat(59)}`;
    assert.equal(parse([`${line}\n${line}\n\n`]).length, 1);
    assert.throws(() => parse([`${line}x`]), SseLimitError);
    assert.throws(() => parse([`${line}\n${line}\nd\n`]), SseLimitError);
  });

  it("takes comments without end", () => {
    const comments = Array.from({length: 1000}, () => ": still here\n");
    assert.deepEqual(parse([...comments, "data: 1\n\n"]), [{event: "message", data: "1"}]);
  });
});
