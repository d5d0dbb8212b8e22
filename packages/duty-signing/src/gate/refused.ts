import {type FailureReason, messageOf, type SignOutcome, type SignOutcomes} from "@mote/core";

export type Refused = Extract<SignOutcome, {kind: "refused"}>;

export const refused = (reason: FailureReason, detail: string): Refused => ({kind: "refused", reason, detail});

/** A surprise in one duty is that duty's outcome; it never reaches the others or the caller. */
export async function contained<T>(work: () => T | Promise<T>): Promise<T | Refused> {
  try {
    return await work();
  } catch (error) {
    return refused("INTERNAL_ERROR", messageOf(error));
  }
}

/**
 * Signs one message for several duties: what holds for all of them is looked at once. All are begun in this one go, so that slashing
 * protection writes their records in one batch.
 */
export async function signForEach<Duty, Sound extends {readonly kind: "sound"}>(
  duties: readonly Duty[],
  check: () => Sound | Refused,
  sign: (sound: Sound, duty: Duty) => Promise<SignOutcome>,
): Promise<SignOutcomes<Duty>> {
  const checked = await contained(check);
  return Promise.all(
    duties.map(async (duty) => ({
      duty,
      outcome: checked.kind === "refused" ? checked : await contained(() => sign(checked, duty)),
    })),
  );
}
