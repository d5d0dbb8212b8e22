/** One line of the table. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** What the machine itself needs for the least of it, measured in the same run. Null where there is no such thing. */
  readonly floor: {readonly what: string; readonly value: number} | null;
  /** Null where nothing was promised. */
  readonly valueMax: number | null;
  /** More about it, each a line below the table. */
  readonly notes?: readonly string[];
}

export interface Benchmark {
  readonly name: string;
  /**
   * @param scratchDir an empty directory of its own, removed afterwards
   * @throws {Error} when it cannot be measured
   */
  measure(scratchDir: string): Promise<readonly Figure[]>;
}
