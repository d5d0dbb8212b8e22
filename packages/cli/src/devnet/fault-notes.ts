import type {FaultSpec, ReadOptions} from "@mote/devnet";

type Fork = ReadOptions["fork"];

/** The devnet runs on the minimal preset. */
const SLOTS_PER_EPOCH = 8;
/** Epochs 1 and 2 are justified together, at the end of epoch 2 at the earliest. */
const FIRST_JUSTIFIED_IN_SLOT = 3 * SLOTS_PER_EPOCH;

/** Why a fault does not do what it looks like: the rest of a sentence that begins with it. Null when it does. */
export function noteOf(spec: FaultSpec, fork: Fork): string | null {
  if (isOfGloas(spec) && lastSlotOf(spec) < gloasEpoch(fork) * SLOTS_PER_EPOCH)
    return "has no effect: there is nothing of Gloas in its slots. Try --fork gloas.";
  if (isOldSource(spec) && (spec.slots?.first ?? 0) < FIRST_JUSTIFIED_IN_SLOT)
    return `has no effect before slot ${FIRST_JUSTIFIED_IN_SLOT}: until then the source is genesis, and none was before it.`;
  if (isOldTarget(spec) && (spec.slots?.first ?? 0) < SLOTS_PER_EPOCH)
    return `has no effect before slot ${SLOTS_PER_EPOCH}: until then there is no epoch before.`;
  return null;
}

const isOldTarget = (spec: FaultSpec): spec is EndpointSpec =>
  spec.scope === "endpoint" && spec.fault.kind === "wrong-data" && spec.fault.how === "target";

type EndpointSpec = Extract<FaultSpec, {scope: "endpoint"}>;
type SpanSpec = Extract<FaultSpec, {slots: unknown}>;

function isOfGloas(spec: FaultSpec): spec is SpanSpec {
  if (spec.scope === "chain") return spec.kind === "withhold-payload";
  if (spec.scope === "p2p") return false;
  const {fault} = spec;
  return fault.kind === "wrong-payload-attestation" || (fault.kind === "wrong-block" && fault.how === "envelope");
}

const isOldSource = (spec: FaultSpec): spec is EndpointSpec =>
  spec.scope === "endpoint" && spec.fault.kind === "wrong-source" && spec.fault.how === "previous";

/** A fault without slots lasts to the end. */
const lastSlotOf = ({slots}: SpanSpec): number => slots?.last ?? Number.MAX_SAFE_INTEGER;

function gloasEpoch(fork: Fork): number {
  if (fork === "fulu") return Number.POSITIVE_INFINITY;
  return fork === "gloas" ? 0 : fork.gloasEpoch;
}
