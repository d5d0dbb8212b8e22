import type {altair} from "@lodestar/types";
import {attestationDataRoot, ssz} from "@mote/consensus";
import {
  type Attestation,
  type ChainData,
  type CommitteeIndex,
  type DataFailure,
  type ExecutionAddress,
  hexToBytes,
  rootToHex,
  type Slot,
  type ValidatorIndex,
} from "@mote/core";
import {fakeRoot, fakeSignature} from "../../src/beacon-nodes/fake-answers.ts";
import {fakeChain} from "../../src/beacon-nodes/fake-chain.ts";
import {
  CHAIN_DATA_CHECKS,
  type ChainDataUnderTest,
  chainDataContract,
} from "../../src/chain-data/chain-data-contract.ts";
import {FakeChainData} from "../../src/chain-data/fake-chain-data.ts";
import {FakeClock} from "../../src/clock/fake-clock.ts";
import type {BeaconCondition} from "../../src/contract/beacon-condition.ts";
import {fullBlock} from "../../src/duty-signer/produced-blocks.ts";
import {declareFlaws, override} from "../support/flaws.ts";

const SLOT = 17 as Slot;
const HEAD = fakeRoot(0xbb);
const chain = fakeChain();
const dataRoot = rootToHex(attestationDataRoot(chain.attestationData(SLOT)));
const produced = fullBlock({slot: SLOT, feeRecipient: `0x${"fe".repeat(20)}` as ExecutionAddress});

const aggregateOf = (voteCount: number): Attestation => ({
  ...(chain.aggregate(SLOT, 0) as Attestation),
  aggregationBits: {bits: Uint8Array.of((1 << voteCount) - 1), length: 4},
});

const contributionOf = (voteCount: number): altair.SyncCommitteeContribution => {
  const contribution = ssz.altair.SyncCommitteeContribution.defaultValue();
  Object.assign(contribution, {slot: SLOT, subcommitteeIndex: 2, beaconBlockRoot: hexToBytes(HEAD)});
  for (let bit = 0; bit < voteCount; bit++) contribution.aggregationBits.set(bit, true);
  return contribution;
};

interface World {
  readonly chainData: FakeChainData;
  readonly clock: FakeClock;
  /** By beacon node. */
  readonly aggregates: Map<string, Attestation>;
  readonly contributions: Map<string, altair.SyncCommitteeContribution>;
  readonly makers: string[];
  condition: BeaconCondition;
}

const most = <T>(byNode: ReadonlyMap<string, T>, bitsOf: (value: T) => Uint8Array): T | null =>
  [...byNode.values()].sort((a, b) => (bitsOf(b)[0] ?? 0) - (bitsOf(a)[0] ?? 0))[0] ?? null;

function sound(flaw: (world: World) => Partial<ChainData> = () => ({})): () => ChainDataUnderTest {
  return () => {
    const clock = new FakeClock({nowMs: 1_000_000});
    const chainData = new FakeChainData({dataOf: chain.attestationData}, {clock});
    const world: World = {
      chainData,
      clock,
      aggregates: new Map(),
      contributions: new Map(),
      makers: [],
      condition: "ready",
    };
    const isReady = () => world.condition === "ready";
    const {answer, headOf, payload} = chainData;
    chainData.answer = (request) => (isReady() ? answer(request) : null);
    chainData.headOf = (request) => (isReady() ? headOf(request) : null);
    chainData.payload = (request) => (isReady() ? payload(request) : null);
    chainData.aggregate = ({attestationDataRoot}) =>
      attestationDataRoot === dataRoot ? most(world.aggregates, ({aggregationBits}) => aggregationBits.bits) : null;
    chainData.contribution = ({beaconBlockRoot}) =>
      beaconBlockRoot === HEAD ? most(world.contributions, ({aggregationBits}) => aggregationBits.uint8Array) : null;
    chainData.produce = () => {
      const [beaconNode] = world.makers;
      return isReady() && beaconNode !== undefined ? {kind: "block", produced, beaconNode} : null;
    };
    return {
      chainData: override<ChainData>(chainData, flaw(world)),
      clock,
      data: chain.attestationData(SLOT),
      beaconNodes: ["bn0", "bn1", "bn2"],
      committeeIndex: 0 as CommitteeIndex,
      aggregateOf,
      setAggregate: (name, aggregate) => world.aggregates.set(name, aggregate),
      contributionOf,
      setContribution: (name, contribution) => world.contributions.set(name, contribution),
      blockRequest: {
        slot: SLOT,
        proposerIndex: 0 as ValidatorIndex,
        randaoReveal: fakeSignature(1),
        graffiti: null,
        builderBoostFactor: 100n,
      },
      produced,
      makesBlocks: (name) => world.makers.push(name),
      payload: {slot: SLOT, beaconBlockRoot: hexToBytes(HEAD), payloadPresent: true, blobDataAvailable: true},
      hidePayloadBlock: () => {
        chainData.payload = () => ({kind: "nothing"});
      },
      become: (condition) => {
        world.condition = condition;
      },
    };
  };
}

const failed = (reason: "HEAD_NOT_AGREED" | "NO_BEACON_NODE"): DataFailure => ({kind: "failed", reason, detail: ""});

describe("FakeChainData keeps the contract of its port", () => {
  chainDataContract(sound());
});

describe("the suite of ChainData", () => {
  const namesAStranger = sound(({chainData}) => ({
    attestationData: async (request) => ({...(await chainData.attestationData(request)), beaconNodes: ["a stranger"]}),
    block: async (request) => ({...(await chainData.block(request)), beaconNode: "a stranger"}),
  }));
  const neverAgreesOnHeads = sound(({chainData}) => ({
    attestationData: async (request) =>
      request.head === undefined ? chainData.attestationData(request) : failed("HEAD_NOT_AGREED"),
    headRoot: async (request) => (request.head === undefined ? chainData.headRoot(request) : failed("HEAD_NOT_AGREED")),
  }));
  const ignoresTheHead = sound(({chainData}) => ({
    attestationData: ({head: _, ...request}) => chainData.attestationData(request),
    headRoot: ({head: _, ...request}) => chainData.headRoot(request),
  }));
  const hasAnotherHead = sound(() => ({headRoot: async () => ({kind: "root", root: fakeRoot(1)})}));
  const asksOnce = sound(({chainData, clock}) => ({
    attestationData: (request) => chainData.attestationData({...request, untilMs: clock.nowMs()}),
    headRoot: (request) => chainData.headRoot({...request, untilMs: clock.nowMs()}),
    aggregateAttestation: (request) => chainData.aggregateAttestation({...request, untilMs: clock.nowMs()}),
    syncCommitteeContribution: (request) => chainData.syncCommitteeContribution({...request, untilMs: clock.nowMs()}),
    block: (request) => chainData.block({...request, untilMs: clock.nowMs()}),
    payloadAttestationData: (request) => chainData.payloadAttestationData({...request, untilMs: clock.nowMs()}),
  }));
  const believes = (gullible: BeaconCondition) =>
    sound((world) => {
      const believing = <Request, Result>(ask: (request: Request) => Result) => {
        return (request: Request): Result => {
          if (world.condition === gullible) world.condition = "ready";
          return ask(request);
        };
      };
      const {chainData} = world;
      return {
        attestationData: believing((request) => chainData.attestationData(request)),
        headRoot: believing((request) => chainData.headRoot(request)),
        block: believing((request) => chainData.block(request)),
        payloadAttestationData: believing((request) => chainData.payloadAttestationData(request)),
      };
    });
  const checksNothing = sound(({chainData}) => ({
    attestationData: (request) => chainData.attestationData({...request, check: () => null}),
    block: (request) => chainData.block({...request, check: () => null}),
    payloadAttestationData: (request) => chainData.payloadAttestationData({...request, check: () => null}),
  }));
  const neverGivesUp = sound(({chainData}) => ({
    aggregateAttestation: (request) => chainData.aggregateAttestation({...request, untilMs: request.untilMs * 2}),
    syncCommitteeContribution: (request) =>
      chainData.syncCommitteeContribution({...request, untilMs: request.untilMs * 2}),
    block: (request) => chainData.block({...request, untilMs: request.untilMs * 2}),
  }));
  const takesTheFirst = sound(({chainData, aggregates, contributions}) => ({
    aggregateAttestation: async (request) =>
      aggregates.values().next().value ?? chainData.aggregateAttestation(request),
    syncCommitteeContribution: async (request) =>
      contributions.values().next().value ?? chainData.syncCommitteeContribution(request),
  }));
  const seesNoPayload = sound(({chainData}) => ({
    payloadAttestationData: async (request) => {
      const outcome = await chainData.payloadAttestationData(request);
      return outcome.kind === "data" ? {kind: "data", data: {...outcome.data, payloadPresent: false}} : outcome;
    },
  }));
  const needsAPayload = sound(({chainData}) => ({
    payloadAttestationData: async (request) => {
      const outcome = await chainData.payloadAttestationData(request);
      return outcome.kind === "nothing" ? failed("NO_BEACON_NODE") : outcome;
    },
  }));
  const unfit = (what: string) => ({
    [`takes no ${what} from silent beacon nodes, and asks until the time is up`]: asksOnce,
    [`takes no ${what} from syncing beacon nodes, and asks until the time is up`]: believes("syncing"),
    [`takes no ${what} from optimistic beacon nodes, and asks until the time is up`]: believes("optimistic"),
  });
  const refused = (what: string) => ({[`takes no ${what} that the check refuses, and says why`]: checksNothing});

  declareFlaws(CHAIN_DATA_CHECKS, {
    "gives the data of a slot": namesAStranger,
    "gives the head of a slot": hasAnotherHead,
    ...Object.fromEntries(
      ["data", "head"].flatMap((what) => [
        [`gives the ${what} when that head was announced`, neverAgreesOnHeads],
        [`gives no ${what}, and says so at once, when another head was announced`, ignoresTheHead],
        [`does not wait for ${what} on a head that no beacon node tells of`, ignoresTheHead],
        [`takes the ${what} that comes while it asks`, asksOnce],
        ...Object.entries(unfit(what)),
      ]),
    ),
    ...refused("data"),
    ...Object.fromEntries(
      ["aggregate", "contribution"].flatMap((what) => [
        [`gives the ${what} with the most votes`, takesTheFirst],
        [`takes the ${what} that comes while it asks`, asksOnce],
        [`rejects when there is no ${what} by the time given`, neverGivesUp],
        [`gives no ${what} of votes on something else`, takesTheFirst],
      ]),
    ),
    "gives a block and the name of the beacon node that made it": namesAStranger,
    "takes the block that comes while it asks": asksOnce,
    "fails when there is no block by the time given": neverGivesUp,
    ...unfit("block"),
    ...refused("block"),
    "gives what was seen of a slot's payload": seesNoPayload,
    "says that there is nothing to vote on in a slot without a block": needsAPayload,
    ...unfit("word on a payload"),
    ...refused("word on a payload"),
  });
});
