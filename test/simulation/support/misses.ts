import type {DutyKey, DutyKind, FailureReason, Slot, ValidatorIndex} from "@mote/core";
import {SEATED_VALIDATORS} from "@mote/testing";
import type {Simulation} from "./simulation.ts";
import {FIRST_SLOT, gloasFrom, isOurs, LAST_SLOT, ourIndices, SLOTS_PER_EPOCH} from "./simulation.ts";

/** Why a duty was in vain: a reason of the closed list, or what the chain alone can tell. */
export type MissReason =
  | FailureReason
  /** It was taken for no duty of ours, and it was one. */
  | "WITHDRAWN"
  /** Nobody here knew of it. */
  | "NEVER_SEEN"
  /** Its message came, and said what no honest node would have had it say. */
  | "WRONG_HEAD"
  | "WRONG_TARGET"
  | "WRONG_SOURCE"
  | "PAYLOAD_NOT_SEEN"
  /** Mote takes it for done, and the chain does not have it. */
  | "NOT_THERE"
  | "STILL_OPEN";

export interface Miss {
  readonly kind: DutyKind;
  readonly slot: Slot;
  readonly validatorIndex: ValidatorIndex;
  readonly reason: MissReason;
  readonly detail: string;
}

/** What the chain is missing of the duties that it gave to our validators, beside what they themselves say they failed at. */
export function missesOf(simulation: Simulation): readonly Miss[] {
  const misses: Miss[] = [];
  for (let at = FIRST_SLOT; at <= LAST_SLOT; at++) {
    const slot = at as Slot;
    for (const validatorIndex of ourIndices) {
      const look = (kind: DutyKind, found: Found) => {
        if (found === "there") return;
        const {reason, detail} =
          found === "absent" ? endOf(simulation, {kind, slot, validatorIndex}) : {reason: found, detail: ""};
        misses.push({kind, slot, validatorIndex, reason, detail});
      };
      if (validatorIndex % SLOTS_PER_EPOCH === slot % SLOTS_PER_EPOCH) {
        look("attestation", voteOf(simulation, slot, validatorIndex));
        if (slot >= gloasFrom) look("payload_attestation", payloadVoteOf(simulation, slot, validatorIndex));
      }
      if (validatorIndex < SEATED_VALIDATORS) look("sync_message", syncMessageOf(simulation, slot, validatorIndex));
      if (simulation.chain.proposerAt(slot) !== validatorIndex) continue;
      const block = simulation.chain.blockAt(slot);
      look("proposal", block === null ? "absent" : "there");
      if (block !== null) look("payload_reveal", block.payloadMs === null ? "absent" : "there");
    }
  }
  return [...misses, ...collectionsFailed(simulation)];
}

type Found = "there" | "absent" | Exclude<MissReason, FailureReason>;

function voteOf({chain}: Simulation, slot: Slot, index: ValidatorIndex): Found {
  const vote = chain.includedVote(slot, index);
  if (vote === null) return "absent";
  const right = chain.voteData(slot, chain.ancestorAt(chain.head.root, slot).root);
  if (vote.source.root !== right.source.root) return "WRONG_SOURCE";
  if (vote.target.root !== right.target.root) return "WRONG_TARGET";
  return vote.beaconBlockRoot === right.beaconBlockRoot ? "there" : "WRONG_HEAD";
}

function syncMessageOf({chain, network}: Simulation, slot: Slot, index: ValidatorIndex): Found {
  const root = network.syncMessages.get(`${slot}/${index}`);
  if (root === undefined) return "absent";
  return root === chain.ancestorAt(chain.head.root, slot).root ? "there" : "WRONG_HEAD";
}

/** Of an empty slot there is nothing to say. */
function payloadVoteOf({chain, network}: Simulation, slot: Slot, index: ValidatorIndex): Found {
  const block = chain.blockAt(slot);
  if (block === null) return "there";
  const vote = network.payloadVotes.get(`${slot}/${index}`);
  if (vote === undefined) return "absent";
  if (vote.root !== block.root) return "WRONG_HEAD";
  return vote.isPresent === (block.payloadMs !== null) ? "there" : "PAYLOAD_NOT_SEEN";
}

function endOf(
  {ends}: Simulation,
  key: Pick<DutyKey, "kind" | "slot" | "validatorIndex">,
): Pick<Miss, "reason" | "detail"> {
  const duty = ends.of(key);
  if (duty === undefined) return {reason: "NEVER_SEEN", detail: ""};
  switch (duty.end?.kind) {
    case "failed":
      return duty.end;
    case "withdrawn":
      return {reason: "WITHDRAWN", detail: ""};
    case "done":
      return {reason: "NOT_THERE", detail: ""};
    default:
      return {reason: "STILL_OPEN", detail: ""};
  }
}

/** Of aggregates and contributions the chain of the simulation keeps no count. */
function collectionsFailed({ends}: Simulation): readonly Miss[] {
  return ends.all().flatMap(({key: {kind, slot, validatorIndex}, end}) => {
    const isCollection = kind === "aggregation" || kind === "sync_contribution";
    if (!isCollection || !isOurs(validatorIndex) || slot > LAST_SLOT || end?.kind !== "failed") return [];
    return [{kind, slot, validatorIndex, reason: end.reason, detail: end.detail}];
  });
}
