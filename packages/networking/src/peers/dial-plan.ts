import type {Random} from "@mote/core";
import {follows, type Subnet, type Subnets, scarceSubnets} from "./subnet-wants.ts";

/** A peer that is known of, and not connected. */
export interface Candidate extends Subnets {
  readonly peer: string;
  /** Without `/p2p/…`. */
  readonly multiaddrs: readonly string[];
}

const DIALS_AT_ONCE_MAX = 8;

/** Of the target, what may be dialled above it for the sake of a subnet; the worst others are pruned then. */
const SUBNET_SHARE = 0.25;

export interface DialState {
  readonly target: number;
  readonly connected: readonly Subnets[];
  /** Dials under way. */
  readonly dialing: number;
  /** Those that may be dialled now. */
  readonly candidates: readonly Candidate[];
  readonly wanted: readonly Subnet[];
}

/** Whom to dial now: first those who follow a wanted subnet that has too few peers, then others by lot until the target is reached. */
export function planDials(state: DialState, random: Random): readonly Candidate[] {
  const {target, connected, dialing, wanted} = state;
  const hands = Math.max(0, DIALS_AT_ONCE_MAX - dialing);
  const room = Math.max(0, target - connected.length - dialing);
  const roomForSubnets = room + Math.ceil(target * SUBNET_SHARE) - Math.max(0, connected.length + dialing - target);

  const chosen: Candidate[] = [];
  const rest = shuffled(state.candidates, random);
  for (;;) {
    const scarce = scarceSubnets(wanted, [...connected, ...chosen]);
    if (scarce.length === 0 || chosen.length >= Math.min(hands, roomForSubnets)) break;
    const best = mostUseful(rest, scarce);
    if (best === null) break;
    chosen.push(best);
    rest.splice(rest.indexOf(best), 1);
  }
  const others = rest.slice(0, Math.max(0, Math.min(hands, room) - chosen.length));
  return [...chosen, ...others];
}

function mostUseful(candidates: readonly Candidate[], scarce: readonly Subnet[]): Candidate | null {
  let best: Candidate | null = null;
  let bestUse = 0;
  for (const candidate of candidates) {
    const use = scarce.filter((subnet) => follows(candidate, subnet)).length;
    if (use > bestUse) {
      best = candidate;
      bestUse = use;
    }
  }
  return best;
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const mixed = [...items];
  for (let i = mixed.length - 1; i > 0; i--) {
    const j = Math.floor(random.next() * (i + 1));
    [mixed[i], mixed[j]] = [mixed[j] as T, mixed[i] as T];
  }
  return mixed;
}
