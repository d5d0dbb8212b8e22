import type {Random} from "@mote/core";
import {type Choice, chosenOf, chosenPlaces} from "./chosen-places.ts";
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

/** As many at most are chosen at a time, direct peers aside. */
export const chosenPeersMax = (target: number): number => target + Math.ceil(target * SUBNET_SHARE);

export interface DialState {
  readonly target: number;
  readonly connected: readonly (Subnets & Choice)[];
  /** Dials under way. */
  readonly dialing: number;
  /** Those that may be dialled now. */
  readonly candidates: readonly Candidate[];
  readonly wanted: readonly Subnet[];
}

/**
 * Whom to dial now: first those who follow a wanted subnet that has too few peers, then others by lot until the target is reached, and the places of the chosen
 * are taken. Those who came in by themselves fill neither these nor a subnet: so they cannot keep this node from looking for others.
 */
export function planDials(state: DialState, random: Random): readonly Candidate[] {
  const {target, connected, dialing, wanted} = state;
  const hands = Math.max(0, DIALS_AT_ONCE_MAX - dialing);
  const ours = chosenOf(connected);
  const room = Math.max(0, target - connected.length - dialing, chosenPlaces(target) - ours.length - dialing);
  const roomForSubnets = chosenPeersMax(target) - ours.length - dialing;

  const planned: Candidate[] = [];
  const rest = shuffled(state.candidates, random);
  for (;;) {
    const scarce = scarceSubnets(wanted, [...ours, ...planned]);
    if (scarce.length === 0 || planned.length >= Math.min(hands, roomForSubnets)) break;
    const best = mostUseful(rest, scarce);
    if (best === null) break;
    planned.push(best);
    rest.splice(rest.indexOf(best), 1);
  }
  const others = rest.slice(0, Math.max(0, Math.min(hands, room) - planned.length));
  return [...planned, ...others];
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
