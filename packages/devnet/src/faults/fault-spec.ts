import {InvalidValueError, type Slot} from "@mote/core";

/** Both ends included. */
export interface SlotRange {
  readonly first: Slot;
  readonly last: Slot;
}

/**
 * What one endpoint can do wrong.
 *
 * - `down`: connections are refused and open ones torn.
 * - `delay`: requests are taken up and events written that much later.
 * - `stuck-head`: the endpoint goes on with the head that it had when the fault began.
 * - `optimistic`: it says that its head is not verified, and refuses attestation data as the API asks of such a node.
 * - `wrong-source`: attestation data with a source that the chain does not have; see `WrongSource`.
 * - `http-500`: every request fails.
 * - `truncate`: bodies end in the middle, under the content-length of the whole.
 */
export type EndpointFault =
  | {readonly kind: "down" | "stuck-head" | "optimistic" | "http-500" | "truncate"}
  | {readonly kind: "delay"; readonly delayMs: number}
  | {readonly kind: "wrong-source"; readonly source: WrongSource};

/** `previous`: the checkpoint that was justified before, with its true root. `later`: a later block than the justified one. */
export type WrongSource = "previous" | "later";

export type FaultSpec =
  /** `slots` null: from the start to the end. */
  | {
      readonly scope: "endpoint";
      readonly endpoint: string;
      readonly fault: EndpointFault;
      readonly slots: SlotRange | null;
    }
  | {readonly scope: "chain"; readonly kind: "skip"; readonly slots: SlotRange}
  | {readonly scope: "chain"; readonly kind: "reorg"; readonly slot: Slot};

export const ENDPOINT_FAULT_KINDS = [
  "down",
  "delay",
  "stuck-head",
  "optimistic",
  "wrong-source",
  "http-500",
  "truncate",
] as const;

const DELAY_MAX_MS = 60_000;
const CHAIN_FAULT_KINDS = "skip@A-B (no blocks in these slots), reorg@A (block A is late and loses against block A+1)";
const EXAMPLES = "bn1:down@20-40, bn1:delay=800ms, bn1:wrong-source=later@28-36, skip@12-14, reorg@30";

/**
 * One `--fault`: `ENDPOINT:KIND[=VALUE][@SLOTS]` for an endpoint, `skip@SLOTS` or `reorg@SLOT` for the chain.
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
  return colon < 0
    ? parseChainFault(subject, slots, fail)
    : parseEndpointFault(subject.slice(0, colon), subject.slice(colon + 1), slots, fail);
}

type Fail = (problem: string) => never;

function parseChainFault(kind: string, slots: SlotRange | null, fail: Fail): FaultSpec {
  if (kind !== "skip" && kind !== "reorg") {
    return fail(
      `${JSON.stringify(kind)} is no fault of the chain; there are ${CHAIN_FAULT_KINDS}. ` +
        `A fault of an endpoint starts with its name, for example ${EXAMPLES}`,
    );
  }
  if (slots === null)
    return fail(`${kind} needs its slots, for example ${kind === "skip" ? "skip@12-14" : "reorg@30"}`);
  if (kind === "skip") {
    return slots.first === 0
      ? fail("slot 0 is the genesis block and cannot be skipped")
      : {scope: "chain", kind, slots};
  }
  if (slots.first !== slots.last) return fail("reorg takes one slot, for example reorg@30");
  if (slots.first === 0) return fail("slot 0 is the genesis block and cannot be replaced");
  return {scope: "chain", kind, slot: slots.first};
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
  switch (kind) {
    case "delay":
      return {kind, delayMs: parseDelay(value, fail)};
    case "wrong-source":
      if (value === null || value === "previous" || value === "later") return {kind, source: value ?? "previous"};
      return fail(`wrong-source is "previous" (also without a value) or "later", not ${JSON.stringify(value)}`);
    case "down":
    case "stuck-head":
    case "optimistic":
    case "http-500":
    case "truncate":
      return value === null ? {kind} : fail(`${kind} takes no value, but ${JSON.stringify(value)} is given`);
    default:
      return fail(`there is no kind ${JSON.stringify(kind)}; there are ${ENDPOINT_FAULT_KINDS.join(", ")}`);
  }
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
