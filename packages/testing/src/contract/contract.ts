/** What an adapter supplies for one check: the subject with what the check needs to know of it. */
export interface UnderTest {
  /** Called once, at the end of the check. */
  readonly close?: () => Promise<void> | void;
}

/** One promise of a port. Rejects when the subject breaks it, in bounded time. */
export interface ContractCheck<S extends UnderTest> {
  readonly name: string;
  readonly run: (subject: S) => Promise<void> | void;
}

/** Makes a fresh subject: no two checks share one. */
export type SetUp<S extends UnderTest> = () => S | Promise<S>;

/** Turns the checks of a port into a suite that takes only set-up. The suite is called within a `describe`. */
export const contractOf =
  <S extends UnderTest>(checks: readonly ContractCheck<S>[]): ((setUp: SetUp<S>) => void) =>
  (setUp) => {
    for (const check of checks) it(check.name, () => runCheck(check, setUp));
  };

export async function runCheck<S extends UnderTest>(check: ContractCheck<S>, setUp: SetUp<S>): Promise<void> {
  const subject = await setUp();
  try {
    await check.run(subject);
  } finally {
    await subject.close?.();
  }
}
