import {InvalidValueError, type Slot} from "@mote/core";

/** Both ends included. */
export interface SlotRange {
  readonly first: Slot;
  readonly last: Slot;
}

/**
 * What one endpoint can do wrong, and nothing more is to be said of it.
 *
 * - `down`: connections are refused and open ones torn.
 * - `stuck-head`: the endpoint goes on with the head that it had when the fault began.
 * - `optimistic`: it says that its head is not verified, and refuses what is to be signed as the API asks of such a node.
 * - `http-500`: every request fails.
 * - `no-publish`: what is signed is not taken (503); all else is as ever.
 * - `truncate`: bodies end in the middle, under the content-length of the whole.
 * - `slow-body`: bodies come one byte a second.
 * - `huge-body`: after the true body come 100 MB of blanks.
 * - `stalled-events`: event streams open and stay silent.
 * - `repeated-events`: every event is written three times.
 * - `wrong-aggregate`: aggregates of other data than those that were asked for.
 * - `wrong-contribution`: sync contributions for another block.
 * - `wrong-payload-attestation`: payload attestation data of another slot.
 */
export const FLAG_FAULT_KINDS = [
  "down",
  "stuck-head",
  "optimistic",
  "http-500",
  "no-publish",
  "truncate",
  "slow-body",
  "huge-body",
  "stalled-events",
  "repeated-events",
  "wrong-aggregate",
  "wrong-contribution",
  "wrong-payload-attestation",
] as const;

/**
 * Faults of which there are several sorts; the first is meant when none is named.
 *
 * - `wrong-source`: attestation data with the checkpoint that was justified before, with its true root (`previous`), or with a later block
 *   than the justified one (`later`).
 * - `wrong-data`: attestation data of another slot, with a target in the next epoch, with a source above its target; with a block of the epoch
 *   before as target, with a head that leaves out a block which the sync committee has signed, or with a head that nobody knows.
 * - `wrong-block`: blocks that pay someone else, of another slot or proposer, on a parent that nobody knows, said to be of another fork, or
 *   with an envelope whose payload pays someone else.
 * - `wrong-duties`: duties that are given twice, in different slots, or that lie outside of what was asked for.
 * - `wrong-events`: events of blocks that do not exist, of the slot that has not begun, or slashings that nobody deserved.
 */
export const LIES = {
  "wrong-source": ["previous", "later"],
  "wrong-data": ["slot", "future-target", "source-above-target", "target", "head", "unknown-head"],
  "wrong-block": ["fee-recipient", "slot", "proposer", "parent", "version", "envelope"],
  "wrong-duties": ["duplicated", "out-of-range"],
  "wrong-events": ["roots", "future", "slashings"],
} as const;

/**
 * What the hostile peer of the network does, on top of being one.
 *
 * - `lie`: forged blocks, votes and light-client updates, in gossip and in answers.
 * - `stall`: it reads nothing and answers nothing.
 * - `flood`: streams without end, and messages as fast as they go.
 * - `bombs`: bytes that inflate to many times what is allowed, or promise to.
 * - `fork`: it is of another chain by all that it says of itself.
 */
export const PEER_FAULT_KINDS = ["lie", "stall", "flood", "bombs", "fork"] as const;
export type PeerFaultKind = (typeof PEER_FAULT_KINDS)[number];

export type FlagFaultKind = (typeof FLAG_FAULT_KINDS)[number];
export type LieKind = keyof typeof LIES;
export type Lie<Kind extends LieKind> = (typeof LIES)[Kind][number];

/** `delay`: requests are taken up and events written that much later. */
export type EndpointFault =
  | {readonly kind: FlagFaultKind}
  | {readonly kind: "delay"; readonly delayMs: number}
  | {[Kind in LieKind]: {readonly kind: Kind; readonly how: Lie<Kind>}}[LieKind];

export type FaultSpec =
  /** `slots` null: from the start to the end. */
  | {
      readonly scope: "endpoint";
      readonly endpoint: string;
      readonly fault: EndpointFault;
      readonly slots: SlotRange | null;
    }
  | {readonly scope: "chain"; readonly kind: "skip" | "withhold-payload"; readonly slots: SlotRange}
  | {readonly scope: "chain"; readonly kind: "reorg"; readonly slot: Slot}
  /** `slots` null: from the start to the end. */
  | {readonly scope: "p2p"; readonly kind: PeerFaultKind; readonly slots: SlotRange | null};

export const ENDPOINT_FAULT_KINDS = [...FLAG_FAULT_KINDS, "delay", ...(Object.keys(LIES) as LieKind[])] as const;

const DELAY_MAX_MS = 60_000;
/** Of each kind an example of its slots. */
const CHAIN_FAULT_EXAMPLES = {
  skip: "skip@12-14",
  reorg: "reorg@30",
  "withhold-payload": "withhold-payload@20",
} as const;
const CHAIN_FAULT_KINDS =
  "skip@A-B (no blocks in these slots), reorg@A (block A is late and loses against block A+1), " +
  "withhold-payload@A-B (Gloas: the payloads of these slots are never seen)";
const EXAMPLES = "bn1:down@20-40, bn1:delay=800ms, bn1:wrong-source=later@28-36, skip@12-14, reorg@30";

/**
 * One `--fault`: `ENDPOINT:KIND[=VALUE][@SLOTS]` for an endpoint, `p2p:KIND[@SLOTS]` for a hostile peer, `skip@SLOTS`, `reorg@SLOT` or
 * `withhold-payload@SLOTS` for the chain.
 * @throws {InvalidValueError} whose message names what is wrong and what there is
 */
export function parseFaultSpec(text: string): FaultSpec {
  const fail = (problem: string): never => {
    throw new InvalidValueError(`fault ${JSON.stringify(text)}: ${problem}`);
  };
  const [subject = "", slotsText, ...rest] = text.trim().split("@");
  if (rest.length > 0) fail("has more than one @");
  const slots = slotsText === undefined ? null : parseSlots(slotsText, fail);
  const colon = subject.indexOf(":");
  if (colon < 0) return parseChainFault(subject, slots, fail);
  const [name, what] = [subject.slice(0, colon), subject.slice(colon + 1)];
  return name === "p2p" ? parsePeerFault(what, slots, fail) : parseEndpointFault(name, what, slots, fail);
}

type Fail = (problem: string) => never;

function parseChainFault(kind: string, slots: SlotRange | null, fail: Fail): FaultSpec {
  if (kind !== "skip" && kind !== "reorg" && kind !== "withhold-payload") {
    return fail(
      `${JSON.stringify(kind)} is no fault of the chain; there are ${CHAIN_FAULT_KINDS}. ` +
        `A fault of an endpoint starts with its name, for example ${EXAMPLES}`,
    );
  }
  if (slots === null) return fail(`${kind} needs its slots, for example ${CHAIN_FAULT_EXAMPLES[kind]}`);
  if (slots.first === 0) return fail(`slot 0 is the genesis block, and no fault touches it`);
  if (kind !== "reorg") return {scope: "chain", kind, slots};
  if (slots.first !== slots.last) return fail("reorg takes one slot, for example reorg@30");
  return {scope: "chain", kind, slot: slots.first};
}

function parsePeerFault(what: string, slots: SlotRange | null, fail: Fail): FaultSpec {
  const kind = PEER_FAULT_KINDS.find((one) => one === what);
  if (kind !== undefined) return {scope: "p2p", kind, slots};
  return fail(`there is no kind ${JSON.stringify(what)} of hostile peer; there are ${PEER_FAULT_KINDS.join(", ")}`);
}

function parseEndpointFault(endpoint: string, what: string, slots: SlotRange | null, fail: Fail): FaultSpec {
  if (!/^bn\d{1,3}$/.test(endpoint)) {
    return fail(`${JSON.stringify(endpoint)} is no endpoint; they are called bn0, bn1, … in the order of their ports`);
  }
  const equals = what.indexOf("=");
  const kind = equals < 0 ? what : what.slice(0, equals);
  const value = equals < 0 ? null : what.slice(equals + 1);
  return {scope: "endpoint", endpoint, fault: parseFault(kind, value, fail), slots};
}

function parseFault(kind: string, value: string | null, fail: Fail): EndpointFault {
  if (kind === "delay") return {kind, delayMs: parseDelay(value, fail)};
  if (Object.hasOwn(LIES, kind)) return parseLie(kind as LieKind, value, fail);
  const flag = FLAG_FAULT_KINDS.find((one) => one === kind);
  if (flag === undefined) {
    return fail(`there is no kind ${JSON.stringify(kind)}; there are ${ENDPOINT_FAULT_KINDS.join(", ")}`);
  }
  return value === null ? {kind: flag} : fail(`${kind} takes no value, but ${JSON.stringify(value)} is given`);
}

function parseLie(kind: LieKind, value: string | null, fail: Fail): EndpointFault {
  const sorts: readonly string[] = LIES[kind];
  const how = value ?? sorts[0];
  if (how !== undefined && sorts.includes(how)) return {kind, how} as EndpointFault;
  const [first, ...others] = sorts.map((one) => JSON.stringify(one));
  return fail(`${kind} is ${first} (also without a value) or ${others.join(" or ")}, not ${JSON.stringify(value)}`);
}

function parseDelay(value: string | null, fail: Fail): number {
  const match = /^(\d{1,6})(ms|s)$/.exec(value ?? "");
  const delayMs = match === null ? 0 : Number(match[1]) * (match[2] === "s" ? 1000 : 1);
  if (delayMs >= 1 && delayMs <= DELAY_MAX_MS) return delayMs;
  return fail(
    `delay needs a time from 1ms to ${DELAY_MAX_MS / 1000}s, for example delay=800ms, not ${JSON.stringify(value)}`,
  );
}

function parseSlots(text: string, fail: Fail): SlotRange {
  const match = /^(\d{1,12})(?:-(\d{1,12}))?$/.exec(text);
  if (match === null) {
    return fail(`${JSON.stringify(text)} after @ is no slot and no range of slots, for example @30 or @20-40`);
  }
  const first = Number(match[1]) as Slot;
  const last = Number(match[2] ?? match[1]) as Slot;
  return last < first ? fail(`the range @${text} ends before it begins`) : {first, last};
}
