import type {DutyKind} from "@mote/core";
import {FAULT_NAMES, type FaultName} from "./faults.ts";
import type {MissReason} from "./misses.ts";
import {PROFILE_NAMES, type ProfileName} from "./profiles.ts";

/** How many nodes there are, and how many of them are at fault: those that the order of configuration prefers. */
export interface Odds {
  readonly beaconNodes: number;
  readonly faulty: number;
}

/** Which duties may be in vain, and how they end then. A kind that is not named is never missed. */
export type Loss = Readonly<Partial<Record<DutyKind, readonly MissReason[]>>>;
export type KeptPromise = "no miss" | {readonly mayMiss: Loss};

/**
 * What no cell may show, whatever its strategy and its odds: a slashable message, fees that go elsewhere, two things said of one slot, a duty whose end
 * is not on the closed list. This table is about misses.
 *
 * `first` believes whom it asks. It is safe against silence, and against what can be seen to be wrong; a node that is wrong in itself alone, and the
 * best by its figures, is believed.
 */
const BY_FIRST: Readonly<Partial<Record<FaultName, Loss>>> = {
  "fork of its own": {
    attestation: ["WRONG_HEAD", "WRONG_TARGET"],
    sync_message: ["WRONG_HEAD"],
    payload_attestation: ["WRONG_HEAD"],
    proposal: ["NOT_INCLUDED"],
  },
  "older source": {attestation: ["PUBLISH_REFUSED"], aggregation: ["NO_AGGREGATE"]},
  "other source root": {attestation: ["PUBLISH_REFUSED"], aggregation: ["NO_AGGREGATE"]},
  "other target root": {attestation: ["WRONG_TARGET"]},
  "payload denied": {payload_attestation: ["PAYLOAD_NOT_SEEN"]},
};

/** `best` believes the newest head that anybody has, and whoever comes with it; blocks rest on what most build on. */
const BY_BEST: Readonly<Partial<Record<FaultName, Loss>>> = {
  "fork of its own": {attestation: ["WRONG_HEAD", "WRONG_TARGET"], sync_message: ["WRONG_HEAD"]},
  "older source": {attestation: ["PUBLISH_REFUSED"], aggregation: ["NO_AGGREGATE"]},
  "other source root": {attestation: ["PUBLISH_REFUSED"], aggregation: ["NO_AGGREGATE"]},
  "other target root": {attestation: ["WRONG_TARGET"]},
};

/** `threshold` misses nothing while T nodes are honest. */
const BY_THRESHOLD: Readonly<Partial<Record<FaultName, Loss>>> = {};

/** What needs T nodes when fewer say anything. */
const withoutAgreement = (reason: MissReason): Loss => ({
  attestation: [reason],
  sync_message: [reason],
  sync_contribution: [reason],
  payload_attestation: [reason],
});

/**
 * Two of four at fault, where three must agree: nobody votes, rather than somebody wrongly. Blocks and collections need no agreement, nor do heads
 * beyond being told by three, so that a fork that half of the nodes follow may win them.
 */
const BY_THRESHOLD_WITHOUT_ENOUGH: Readonly<Partial<Record<FaultName, Loss>>> = {
  down: withoutAgreement("NO_BEACON_NODE"),
  hang: withoutAgreement("BEACON_DATA_LATE"),
  // Only a vote on a payload has less time left than that, when it is due.
  "late by 0.3 slots": {payload_attestation: ["BEACON_DATA_LATE"]},
  "late by 1 slot": withoutAgreement("BEACON_DATA_LATE"),
  "late by 3 slots": withoutAgreement("BEACON_DATA_LATE"),
  "http 500": withoutAgreement("NO_BEACON_NODE"),
  // Up in time for all that may wait for it.
  flapping: {payload_attestation: ["NO_BEACON_NODE"]},
  optimistic: withoutAgreement("NO_BEACON_NODE"),
  syncing: withoutAgreement("NO_BEACON_NODE"),
  // Until the next epoch begins, the target of an old head is the same.
  "stuck head": {attestation: ["BEACON_NODES_DISAGREE"], payload_attestation: ["BEACON_NODES_DISAGREE"]},
  "fork of its own": {
    attestation: ["BEACON_NODES_DISAGREE", "WRONG_HEAD"],
    sync_message: ["WRONG_HEAD"],
    payload_attestation: ["BEACON_NODES_DISAGREE"],
    proposal: ["NOT_INCLUDED"],
  },
  "older source": {attestation: ["BEACON_NODES_DISAGREE"]},
  "later source": {attestation: ["SOURCE_AFTER_TARGET"]},
  "other source root": {attestation: ["BEACON_NODES_DISAGREE"]},
  "other target root": {attestation: ["BEACON_NODES_DISAGREE"]},
  "future target": {attestation: ["BEACON_DATA_INVALID"]},
  "source above target": {attestation: ["SOURCE_AFTER_TARGET"]},
  "data of another slot": {attestation: ["BEACON_DATA_INVALID"]},
  "payload denied": {payload_attestation: ["BEACON_NODES_DISAGREE"]},
};

const TABLE: Readonly<Record<ProfileName, Readonly<Partial<Record<FaultName, Loss>>>>> = {
  first: BY_FIRST,
  best: BY_BEST,
  threshold: BY_THRESHOLD,
};

export interface Cell {
  readonly fault: FaultName;
  readonly profile: ProfileName;
  readonly odds: Odds;
}

const HALF: Odds = {beaconNodes: 4, faulty: 2};

/** One of three and one of four; agreement also where it cannot be had. */
const ONE_AT_FAULT: readonly Odds[] = [
  {beaconNodes: 3, faulty: 1},
  {beaconNodes: 4, faulty: 1},
];
const ODDS: Readonly<Record<ProfileName, readonly Odds[]>> = {
  first: ONE_AT_FAULT,
  best: ONE_AT_FAULT,
  threshold: [...ONE_AT_FAULT, HALF],
};

export const CELLS: readonly Cell[] = FAULT_NAMES.flatMap((fault) =>
  PROFILE_NAMES.flatMap((profile) => ODDS[profile].map((odds) => ({fault, profile, odds}))),
);

export function promiseOf({fault, profile, odds}: Cell): KeptPromise {
  const table = odds === HALF ? BY_THRESHOLD_WITHOUT_ENOUGH : TABLE[profile];
  const loss = table[fault];
  return loss === undefined ? "no miss" : {mayMiss: loss};
}
