import assert from "node:assert/strict";
import {isDeepStrictEqual} from "node:util";
import type {Stream} from "@libp2p/interface";
import type {ForkName} from "@lodestar/params";
import fc from "fast-check";
import {maxCompressedLen} from "../../packages/networking/src/codec/snappy-frames.ts";
import {OFFENCES, type Offence} from "../../packages/networking/src/network.ts";
import {
  DEFAULT_TIMEOUTS,
  type ReqRespTimeouts,
  STREAM_WINDOW_BYTES_MAX,
} from "../../packages/networking/src/reqresp/limits.ts";
import {RequestError, type RequestErrorKind} from "../../packages/networking/src/reqresp/request-error.ts";
import {type HostPair, openPair} from "../../packages/networking/test/reqresp/support/hosts.ts";
import {type Mutation, mutations, putTogether} from "./support/answer-parts.ts";
import {QUESTIONS, RealAnswers, type Sample} from "./support/real-answers.ts";

const RUNS = 200;
/** Of those that take time, or many bytes. */
const FEW_RUNS = 8;
const IMPATIENT: ReqRespTimeouts = {...DEFAULT_TIMEOUTS, requestMs: 50, chunkMs: 50, endMs: 50};
const PIECE_BYTES = 16 * 1024;

interface Outcome {
  /** Before the end, or before the refusal. */
  readonly values: readonly unknown[];
  readonly error: unknown;
  readonly offences: readonly Offence[];
}

describe("real answers of a full node", function () {
  this.timeout(60_000);
  let answers: RealAnswers;
  let pair: HostPair;
  let answer: (stream: Stream) => Promise<unknown>;
  let anyMutation: fc.Arbitrary<Mutation>;

  before(async () => {
    answers = await RealAnswers.collect();
    anyMutation = mutations(answers.digestBytes());
    pair = await openPair("yamux");
  });
  after(() => pair?.close());

  async function ask({ask: asking, roots}: Sample, timeouts = DEFAULT_TIMEOUTS): Promise<Outcome> {
    const offences: Offence[] = [];
    const client = answers.client(pair.asking, timeouts, (offence) => offences.push(offence));
    const values: unknown[] = [];
    try {
      const answered = asking({client, peer: pair.answering.peerId.toString(), roots});
      if (answered instanceof Promise) values.push(...[await answered].flat());
      else for await (const value of answered) values.push(value);
      return {values, error: null, offences};
    } catch (error) {
      return {values, error, offences};
    }
  }
  const says = (bytes: Uint8Array) => async (stream: Stream) => {
    if (bytes.length > 0) stream.send(bytes);
    await stream.close();
  };
  const forEachMutation = (sample: Sample, numRuns: number, check: (bytes: Buffer, by: Mutation) => Promise<void>) =>
    fc.assert(
      fc.asyncProperty(anyMutation, (mutation) => check(mutation.apply(sample.chunks), mutation)),
      {numRuns},
    );

  for (const question of QUESTIONS) {
    describe(question.what, () => {
      let sample: Sample;
      let whole: readonly unknown[];

      before(async () => {
        sample = answers.of(question);
        await pair.answering.handle(question.protocol, (stream) => void answer(stream).catch(() => {}));
      });
      after(() => pair.answering.unhandle(question.protocol));

      it("is taken when it is whole", async () => {
        assert.ok(sample.chunks.length > 0);
        assert.ok(sample.chunks.every(({code}) => code === 0));
        answer = says(putTogether(sample.chunks));
        const {values, error, offences} = await ask(sample);
        assert.deepEqual([error, offences], [null, []]);
        assert.equal(values.length, sample.chunks.length);
        whole = values;
      });

      it("is refused with a reason when it is another, or says nothing that was not said", async () => {
        await forEachMutation(sample, RUNS, async (bytes, by) => {
          answer = says(bytes);
          const outcome = await ask(sample);
          requireOrder(outcome, ["unsound", "refused"]);
          if (by.what === "repeated") assert.notEqual(outcome.error, null, "what was said is said again");
          requireKnown(outcome, whole, by.isOfContent ? question.fixed : (value: unknown) => value);
        });
      });

      it("is left soon when it never ends", async () => {
        const {response} = answers.protocolOf(question);
        const bounds = response.context === "none" ? response.bounds : response.boundsAt(question.fork as ForkName);
        const readBytesMax = maxCompressedLen(bounds?.maxBytes ?? 0) + STREAM_WINDOW_BYTES_MAX + 2 * PIECE_BYTES;
        await forEachMutation(sample, FEW_RUNS, async (bytes) => {
          const rest = Buffer.concat([bytes, putTogether(sample.chunks)]);
          let sentBytes = 0;
          answer = async (stream) => {
            stream.send(bytes);
            while (stream.writeStatus === "writable" && sentBytes <= 2 * readBytesMax) {
              for (let at = 0; at < rest.length; at += PIECE_BYTES) stream.send(rest.subarray(at, at + PIECE_BYTES));
              sentBytes += rest.length;
              await new Promise((resolve) => setImmediate(resolve));
              if (stream.writableNeedsDrain) await stream.onDrain();
            }
          };
          const outcome = await ask(sample);
          requireOrder(outcome, ["unsound", "refused"]);
          assert.ok(sentBytes <= readBytesMax + rest.length, `${sentBytes} bytes of ${readBytesMax}`);
        });
      });

      it("is left in time when no more of it comes", async () => {
        await forEachMutation(sample, FEW_RUNS, async (bytes) => {
          answer = async (stream) => void (bytes.length > 0 && stream.send(bytes));
          requireOrder(await ask(sample, IMPATIENT), ["unsound", "refused", "time_out"]);
        });
      });
    });
  }
});

/** Nothing, or an error of these kinds; what is not sound, or too slow, costs the peer once. */
function requireOrder({error, offences}: Outcome, kinds: readonly RequestErrorKind[]): void {
  if (error === null) {
    assert.deepEqual(offences, []);
    return;
  }
  assert.ok(error instanceof RequestError, String(error));
  assert.ok(kinds.includes(error.kind), `${error.kind}: ${error.message}`);
  assert.equal(offences.length, error.kind === "refused" ? 0 : 1, error.message);
  assert.ok(offences.every((offence) => OFFENCES.includes(offence)));
}

/** Each is one that was answered in truth, and none comes twice. */
function requireKnown({values}: Outcome, whole: readonly unknown[], partOf: (value: never) => unknown): void {
  const left = whole.map((value) => partOf(value as never));
  for (const value of values) {
    const at = left.findIndex((one) => isDeepStrictEqual(one, partOf(value as never)));
    assert.ok(at >= 0, "a value that was not answered");
    left.splice(at, 1);
  }
}
