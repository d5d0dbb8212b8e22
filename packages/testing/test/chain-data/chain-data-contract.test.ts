import {attestationDataRoot} from "@mote/consensus";
import type {Attestation, AttestationDataOutcome, ChainData, CommitteeIndex, Slot} from "@mote/core";
import {rootToHex} from "@mote/core";
import {fakeChain} from "../../src/beacon-nodes/fake-chain.ts";
import {
  CHAIN_DATA_CHECKS,
  type ChainDataUnderTest,
  chainDataContract,
} from "../../src/chain-data/chain-data-contract.ts";
import {type AggregateRequest, FakeChainData} from "../../src/chain-data/fake-chain-data.ts";
import {FakeClock} from "../../src/clock/fake-clock.ts";
import type {BeaconCondition} from "../../src/contract/beacon-condition.ts";
import {declareFlaws, override} from "../support/flaws.ts";

const SLOT = 17 as Slot;
const chain = fakeChain();
const dataRoot = rootToHex(attestationDataRoot(chain.attestationData(SLOT)));

const aggregateOf = (voteCount: number): Attestation => ({
  ...(chain.aggregate(SLOT, 0) as Attestation),
  aggregationBits: {bits: Uint8Array.of((1 << voteCount) - 1), length: 4},
});

const votesOf = ({aggregationBits}: Attestation): number => aggregationBits.bits[0] ?? 0;

interface World {
  readonly chainData: FakeChainData;
  readonly clock: FakeClock;
  /** By beacon node. */
  readonly aggregates: Map<string, Attestation>;
  condition: BeaconCondition;
}

function sound(flaw: (world: World) => Partial<ChainData> = () => ({})): () => ChainDataUnderTest {
  return () => {
    const clock = new FakeClock({nowMs: 1_000_000});
    const chainData = new FakeChainData({dataOf: chain.attestationData}, {clock});
    const world: World = {chainData, clock, aggregates: new Map(), condition: "ready"};
    const answer = chainData.answer;
    chainData.answer = (request) => (world.condition === "ready" ? answer(request) : null);
    chainData.aggregate = ({attestationDataRoot}) => {
      const byVotes = [...world.aggregates.values()].sort((a, b) => votesOf(b) - votesOf(a));
      return attestationDataRoot === dataRoot ? (byVotes[0] ?? null) : null;
    };
    return {
      chainData: override<ChainData>(chainData, flaw(world)),
      clock,
      data: chain.attestationData(SLOT),
      beaconNodes: ["bn0", "bn1", "bn2"],
      committeeIndex: 0 as CommitteeIndex,
      aggregateOf,
      setAggregate: (name, aggregate) => world.aggregates.set(name, aggregate),
      become: (condition) => {
        world.condition = condition;
      },
    };
  };
}

const failed = (reason: "HEAD_NOT_AGREED" | "NO_BEACON_NODE"): AttestationDataOutcome => ({
  kind: "failed",
  reason,
  detail: "",
});

describe("FakeChainData keeps the contract of its port", () => {
  chainDataContract(sound());
});

describe("the suite of ChainData", () => {
  const names = (beaconNodes: readonly string[]) =>
    sound(({chainData}) => ({
      attestationData: async (request) => ({...(await chainData.attestationData(request)), beaconNodes}),
    }));
  const neverAgreesOnHeads = sound(({chainData}) => ({
    attestationData: async (request) =>
      request.head === undefined ? chainData.attestationData(request) : failed("HEAD_NOT_AGREED"),
  }));
  const ignoresTheHead = sound(({chainData}) => ({
    attestationData: ({head: _, ...request}) => chainData.attestationData(request),
  }));
  const asksOnce = sound(({chainData, clock}) => ({
    attestationData: (request) => chainData.attestationData({...request, untilMs: clock.nowMs()}),
    aggregateAttestation: (request) => chainData.aggregateAttestation({...request, untilMs: clock.nowMs()}),
  }));
  const believes = (gullible: BeaconCondition) =>
    sound((world) => ({
      attestationData: (request) => {
        if (world.condition === gullible) world.condition = "ready";
        return world.chainData.attestationData(request);
      },
    }));
  const neverGivesUp = sound(({chainData}) => ({
    aggregateAttestation: (request) => chainData.aggregateAttestation({...request, untilMs: request.untilMs * 2}),
  }));
  const takesTheFirstAggregate = sound(({chainData, aggregates}) => ({
    aggregateAttestation: async (request: AggregateRequest) =>
      aggregates.values().next().value ?? chainData.aggregateAttestation(request),
  }));

  declareFlaws(CHAIN_DATA_CHECKS, {
    "gives the data of a slot and the names of the beacon nodes that agree": names(["a stranger"]),
    "gives data on the head that was announced": neverAgreesOnHeads,
    "fails at once when the head is another than was announced": ignoresTheHead,
    "does not wait for a head that no beacon node tells of": ignoresTheHead,
    "takes nothing from silent beacon nodes, and asks until the time is up": asksOnce,
    "takes nothing from syncing beacon nodes, and asks until the time is up": believes("syncing"),
    "takes nothing from optimistic beacon nodes, and asks until the time is up": believes("optimistic"),
    "takes data that come while it asks": asksOnce,
    "gives the aggregate with the most votes": takesTheFirstAggregate,
    "takes an aggregate that comes while it asks": asksOnce,
    "rejects when there is no aggregate by the time given": neverGivesUp,
    "gives no aggregate of other data": takesTheFirstAggregate,
  });
});
