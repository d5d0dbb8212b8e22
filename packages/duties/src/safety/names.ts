import type {ValidatorInfo} from "@mote/core";

/** More than this are counted in a line, not named. */
const NAMED_MAX = 8;

/** `validator 5`, or `validators 5 6`. */
export function namesOf(validators: readonly Pick<ValidatorInfo, "index">[]): string {
  const indices = validators.map(({index}) => index).sort((a, b) => a - b);
  return `${indices.length === 1 ? "validator" : "validators"} ${someOf(indices)}`;
}

/** The first few, and how many more there are. */
export function someOf(names: readonly unknown[]): string {
  const more = names.length - NAMED_MAX;
  return names.slice(0, NAMED_MAX).join(" ") + (more > 0 ? ` and ${more} more` : "");
}
