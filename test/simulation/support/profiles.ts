import type {StrategyChoices} from "@mote/beacon-nodes";

/** Each strategy where it makes sense, and elsewhere the nearest to it. */
export const PROFILES = {
  first: {
    attestation: "first",
    sync_message: "first",
    payload_attestation: "first",
    aggregate: "first",
    contribution: "first",
    block: "first",
  },
  best: {attestation: "best", sync_message: "best", aggregate: "best", contribution: "best", block: "best"},
  /** As it is unless the operator says otherwise. */
  threshold: {},
} as const satisfies Readonly<Record<string, StrategyChoices>>;

export type ProfileName = keyof typeof PROFILES;
export const PROFILE_NAMES = Object.keys(PROFILES) as readonly ProfileName[];
