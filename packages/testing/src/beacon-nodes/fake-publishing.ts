import {error, type FakeAnswer, type FakeRequest} from "./fake-answers.ts";

interface Judging {
  /** What is wrong with the n-th item published; null takes it. */
  readonly judge: (index: number) => string | null;
}

/** Counts the items of an SSZ list. */
type CountSsz = (bytes: Buffer) => number;

export const sizedItems =
  ({fixedSize}: {readonly fixedSize: number | null}): CountSsz =>
  (bytes) =>
    bytes.length / (fixedSize ?? Number.NaN);

/** The first offset of an SSZ list of variable-size items is the size of the table of offsets. */
export const variableItems: CountSsz = (bytes) => bytes.readUInt32LE(0) / 4;

/** @param countSsz absent where the API takes JSON alone, and then no `Eth-Consensus-Version` either */
export function publishAnswer(
  {judge}: Judging,
  {headers, body}: FakeRequest,
  {ssz: countSsz}: {readonly ssz?: CountSsz},
): FakeAnswer {
  const isSsz = headers["content-type"] === "application/octet-stream";
  if (isSsz && countSsz === undefined) return error(415, "only JSON");
  if (countSsz !== undefined && headers["eth-consensus-version"] === undefined) {
    return error(400, "Eth-Consensus-Version is missing");
  }
  const count = isSsz && countSsz !== undefined ? countSsz(body) : (JSON.parse(body.toString()) as unknown[]).length;
  const failures = Array.from({length: count}, (_, index) => ({index, message: judge(index)})).filter(
    ({message}) => message !== null,
  );
  return failures.length === 0 ? {status: 200} : {status: 400, json: {code: 400, message: "some failures", failures}};
}

/** For one message a request. @param request given where `Eth-Consensus-Version` is required */
export function takenAnswer({judge}: Judging, request?: FakeRequest): FakeAnswer {
  if (request !== undefined && request.headers["eth-consensus-version"] === undefined) {
    return error(400, "Eth-Consensus-Version is missing");
  }
  const message = judge(0);
  return message === null ? {status: 200} : error(400, message);
}
