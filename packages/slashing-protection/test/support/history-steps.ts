import fc from "fast-check";

/** A vote's place relative to the key's newest target (a block's: its newest slot), so that it stays near what is remembered. */
export interface VotePlace {
  readonly kind: "vote";
  readonly key: number;
  readonly ahead: number;
  readonly span: number;
  readonly root: number;
}

export type Request =
  | VotePlace
  /** A vote ahead of all others of its key, as honest validators make them. */
  | {readonly kind: "forward"; readonly key: number; readonly skip: number}
  | {readonly kind: "block"; readonly key: number; readonly ahead: number; readonly root: number};

/** In imports a root of −1 means none, and a span may be below 0: a source after its target. Huge ones block their key. */
export type ImportedRecord =
  | Exclude<Request, {kind: "forward"}>
  | {readonly kind: "huge_vote"; readonly key: number; readonly source: bigint; readonly target: bigint}
  | {readonly kind: "huge_block"; readonly key: number; readonly slot: bigint};

export type Step =
  /** Made at once. */
  | {readonly kind: "requests"; readonly requests: readonly Request[]}
  | {readonly kind: "restart"}
  | {
      readonly kind: "import";
      readonly records: readonly ImportedRecord[];
      readonly isStream: boolean;
      /** A bad record stands at the end. */
      readonly isBad: boolean;
    }
  /** Requests before and after the call of an import, with no waiting between them. */
  | {readonly kind: "race"; readonly requests: readonly Request[]; readonly records: readonly ImportedRecord[]}
  | {readonly kind: "look"; readonly key: number; readonly behind: number}
  | {readonly kind: "export"}
  /** The export is imported into an empty store, and life goes on there. */
  | {readonly kind: "move"; readonly isMinified: boolean};

export const KEYS = 2;
const upTo = (max: number, min = 0) => fc.integer({min, max});
const key = upTo(KEYS - 1);
const block = (rootMin: number) =>
  fc.record({kind: fc.constant("block" as const), key, ahead: upTo(4, -6), root: upTo(1, rootMin)});
const vote = (rootMin: number, spanMin: number): fc.Arbitrary<VotePlace> =>
  fc.record({
    kind: fc.constant("vote" as const),
    key,
    ahead: upTo(6, -12),
    span: upTo(14, spanMin),
    root: upTo(1, rootMin),
  });
const huge = fc.bigInt({min: 2n ** 53n, max: 2n ** 64n - 1n});
const importedRecord: fc.Arbitrary<ImportedRecord> = fc.oneof(
  {arbitrary: vote(-1, -1), weight: 40},
  {arbitrary: block(-1), weight: 20},
  {
    arbitrary: fc.record({
      kind: fc.constant("huge_vote" as const),
      key,
      source: fc.oneof(fc.bigInt(0n, 9n), huge),
      target: huge,
    }),
    weight: 1,
  },
  {arbitrary: fc.record({kind: fc.constant("huge_block" as const), key, slot: huge}), weight: 1},
);
const request: fc.Arbitrary<Request> = fc.oneof(
  {arbitrary: vote(0, -1), weight: 3},
  {arbitrary: fc.record({kind: fc.constant("forward" as const), key, skip: upTo(2)}), weight: 2},
  {arbitrary: block(0), weight: 2},
);
const importedRecords = fc.array(importedRecord, {maxLength: 5, size: "max"});
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    arbitrary: fc.record({
      kind: fc.constant("requests" as const),
      requests: fc.array(request, {minLength: 1, maxLength: 10, size: "max"}),
    }),
    weight: 12,
  },
  {arbitrary: fc.record({kind: fc.constant("restart" as const)}), weight: 1},
  {
    arbitrary: fc.record({
      kind: fc.constant("import" as const),
      records: importedRecords,
      isStream: fc.boolean(),
      isBad: fc.nat(3).map((n) => n === 0),
    }),
    weight: 2,
  },
  {
    arbitrary: fc.record({
      kind: fc.constant("race" as const),
      requests: fc.array(request, {minLength: 1, maxLength: 4, size: "max"}),
      records: importedRecords,
    }),
    weight: 2,
  },
  {arbitrary: fc.record({kind: fc.constant("look" as const), key, behind: upTo(12)}), weight: 1},
  {arbitrary: fc.record({kind: fc.constant("export" as const)}), weight: 1},
  {
    arbitrary: fc.record({kind: fc.constant("move" as const), isMinified: fc.nat(5).map((n) => n === 0)}),
    weight: 1,
  },
);

/** With hundreds of votes and blocks when `stepsMax` is 60. */
export const histories = (stepsMax: number): fc.Arbitrary<Step[]> =>
  fc.array(step, {minLength: 1, maxLength: stepsMax, size: "max"});
