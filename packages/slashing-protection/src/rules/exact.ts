/** Comparison of recorded epochs and slots: safe integers, or bigints above 2^53−1 (see `RecordedEpoch`). */
export const maxOf = <T extends number | bigint>(a: T, b: T): T => (b > a ? b : a);
export const minOf = <T extends number | bigint>(a: T, b: T): T => (b < a ? b : a);

/** True for what no request can ever reach. */
export const isBeyondSafe = (value: number | bigint): value is bigint => typeof value === "bigint";
