import type {AttestationData, Epoch, Slot, ValidatorIndex} from "@mote/core";
import {hashOf, headEvent, type SimulatedBeaconNode} from "@mote/testing";
import {type FaultContext, SLOT_MS} from "./simulation.ts";

type Fault = (node: SimulatedBeaconNode, context: FaultContext) => void;

/** What a beacon node may do wrong, from the moment on in which this is called until it is healed. */
export const FAULTS = {
  // It does not answer, or not in time
  down: (node) => {
    node.conduct.reception = "refuse";
    node.endStreams();
  },
  hang: (node) => {
    node.conduct.reception = "hang";
  },
  "late by 0.3 slots": (node) => late(node, 0.3),
  "late by 1 slot": (node) => late(node, 1),
  "late by 3 slots": (node) => late(node, 3),
  "http 500": (node) => {
    node.conduct.status = 500;
    node.endStreams();
  },
  flapping: (node, context) => flap(node, context),

  // It says itself that it is not ready, or does not know it
  optimistic: (node) => {
    node.view.executionOptimistic = true;
    node.view.syncing = {...node.view.syncing, isOptimistic: true};
  },
  syncing: (node) => {
    node.view.syncing = {...node.view.syncing, isSyncing: true, syncDistance: 100};
  },
  "stuck head": (node) => {
    node.conduct.isStuck = true;
  },
  "fork of its own": (node, context) => fork(node, context),

  // Attestation data
  "older source": (node) =>
    voting(node, (data) => ({...data, source: {...data.source, epoch: before(data.source.epoch)}})),
  "later source": (node) =>
    voting(node, (data) => ({...data, source: {...data.source, epoch: after(data.source.epoch)}})),
  "other source root": (node) => voting(node, (data) => ({...data, source: {...data.source, root: hashOf("source")}})),
  "other target root": (node) => voting(node, (data) => ({...data, target: {...data.target, root: hashOf("target")}})),
  "future target": (node) =>
    voting(node, (data) => ({...data, target: {...data.target, epoch: after(data.target.epoch)}})),
  "source above target": (node) =>
    voting(node, (data) => ({...data, source: {...data.source, epoch: after(after(data.source.epoch))}})),
  "data of another slot": (node) => voting(node, (data) => ({...data, slot: (data.slot - 1) as Slot})),

  // Blocks
  "block of another proposer": (node) =>
    proposing(node, ({proposerIndex, ...asked}) =>
      node.propose({...asked, proposerIndex: (proposerIndex + 1) as ValidatorIndex}),
    ),
  "block of another slot": (node) =>
    proposing(node, ({slot, ...asked}) => node.propose({...asked, slot: (slot - 1) as Slot})),
  "wrong fee recipient": (node) =>
    proposing(node, (asked) => node.propose(asked, {feeRecipient: `0x${"bad0".repeat(10)}`})),

  // What is collected, and what is seen
  "aggregate of other data": (node) =>
    change(node, "GET /eth/v2/validator/aggregate_attestation", (answer: Json) => {
      const data = answer.data as Json;
      return {...answer, data: {...data, data: {...(data.data as Json), beacon_block_root: hashOf("aggregate")}}};
    }),
  "contribution to another root": (node) => {
    const right = node.view.contribution;
    node.view.contribution = (slot, index) => {
      node.faultsMet++;
      return right(slot, index, hashOf("contribution"));
    };
  },
  "payload denied": (node) => {
    const right = node.view.payloadAttestationData;
    node.view.payloadAttestationData = (slot) => {
      const data = right(slot);
      node.faultsMet++;
      return data && {...data, payloadPresent: !data.payloadPresent};
    };
  },

  // Duties
  "duties twice": (node) => duties(node, (list) => [...list, ...list.slice(0, 1)]),
  "duties out of range": (node) =>
    duties(node, (list) =>
      list.map((duty) => ({...duty, slot: String(Number(duty.slot ?? 0) + 64), validator_index: "999999"})),
    ),
  "another dependent root each time": (node, {random}) =>
    changeDuties(node, (answer) => ({...answer, dependent_root: hashOf(`dependent ${random.next()}`)})),

  // Events
  "events stall": (node) => {
    node.conduct.events = () => [];
  },
  "events repeat": (node) => {
    node.conduct.events = (event) => Array.from({length: 20}, () => event);
  },
  "events lie": (node, context) => lie(node, context),
} satisfies Readonly<Record<string, Fault>>;

export type FaultName = keyof typeof FAULTS;
export const FAULT_NAMES = Object.keys(FAULTS) as readonly FaultName[];

type Json = Readonly<Record<string, unknown>>;

const before = (epoch: Epoch): Epoch => (epoch - 1) as Epoch;
const after = (epoch: Epoch): Epoch => (epoch + 1) as Epoch;

function late(node: SimulatedBeaconNode, slots: number): void {
  node.conduct.delayMs = slots * SLOT_MS;
}

function voting(node: SimulatedBeaconNode, distort: (data: AttestationData) => AttestationData): void {
  const {view} = node;
  const right = view.attestationData;
  view.attestationData = (slot) => {
    node.faultsMet++;
    return distort(right(slot));
  };
}

function proposing(node: SimulatedBeaconNode, propose: SimulatedBeaconNode["propose"]): void {
  node.view.proposal = (asked) => {
    node.faultsMet++;
    return propose(asked);
  };
}

function change(node: SimulatedBeaconNode, operation: string, distort: (answer: Json) => unknown): void {
  node.conduct.changes.set(operation, distort as (json: never) => unknown);
}

const DUTY_OPERATIONS = [
  "POST /eth/v1/validator/duties/attester/{epoch}",
  "GET /eth/v2/validator/duties/proposer/{epoch}",
  "POST /eth/v1/validator/duties/sync/{epoch}",
  "POST /eth/v1/validator/duties/ptc/{epoch}",
];

function changeDuties(node: SimulatedBeaconNode, distort: (answer: Json) => unknown): void {
  for (const operation of DUTY_OPERATIONS) change(node, operation, distort);
  // Duties are held until something says that they are not: a stream that comes anew has them asked for again.
  node.endStreams();
}

function duties(node: SimulatedBeaconNode, distort: (list: readonly Json[]) => readonly Json[]): void {
  changeDuties(node, (answer) => ({...answer, data: distort(answer.data as readonly Json[])}));
}

/** Up for most of a slot, down for most of the next. */
function flap(node: SimulatedBeaconNode, {clock, isOn}: FaultContext): void {
  const turn = () => {
    if (!isOn()) return;
    const isUp = node.conduct.reception === "answer";
    node.conduct.reception = isUp ? "refuse" : "answer";
    if (isUp) node.endStreams();
    clock.after(0.7 * SLOT_MS, turn);
  };
  turn();
}

/** Follows blocks that nobody else has, from two blocks back on. */
function fork(node: SimulatedBeaconNode, {chain, clock, slotClock, isOn}: FaultContext): void {
  let parent = chain.ancestorAt(chain.head.root, (chain.head.slot - 1) as Slot);
  node.conduct.isStuck = true;
  const build = () => {
    if (!isOn()) return;
    const slot = slotClock.currentSlot();
    parent = chain.importBlock({slot, root: hashOf(`fork ${slot} on ${parent.root}`), parentRoot: parent.root});
    if (slot >= chain.gloasSlot) parent.payloadMs = clock.nowMs();
    node.setHead(parent);
    clock.after(SLOT_MS, build);
  };
  clock.after(SLOT_MS / 20, build);
}

/** Announces blocks that are not, before those that are, on shufflings that are not; and payloads of such blocks. */
function lie(node: SimulatedBeaconNode, {slotClock}: FaultContext): void {
  node.conduct.events = (event) => {
    const slot = slotClock.currentSlot();
    const root = hashOf(`lie ${slot}`);
    return [
      headEvent({root, slot}, hashOf(`shuffling ${slot}`)),
      headEvent({root: hashOf(`later ${slot}`), slot: (slot + 1) as Slot}, hashOf(`shuffling ${slot}`)),
      {topic: "execution_payload_available", data: {slot: String(slot), block_root: root}},
      event,
    ];
  };
}
