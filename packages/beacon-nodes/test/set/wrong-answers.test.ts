import assert from "node:assert/strict";
import {attestationDataToSsz, ssz} from "@mote/consensus";
import {
  bytesToHex,
  type CommitteeIndex,
  type Epoch,
  type FailureReason,
  rootToHex,
  type ValidatorIndex,
} from "@mote/core";
import {type FakeBeaconNode, type FakeFault, fakeRoot, fakeSignature} from "@mote/testing";
import {NoBeaconNodeError} from "../../src/beacon-node-error.ts";
import type {BeaconNodeSet} from "../../src/beacon-node-set.ts";
import {LEFT_OVER_MS} from "../../src/strategies/timing.ts";
import {changeProposal} from "../support/proposals.ts";
import {DATA_REQUEST, ROUTES} from "../support/questions.ts";
import {SetHarness} from "../support/set-harness.ts";

/** Every field that a beacon node can get wrong: what a set with nobody else says, and that with others it is made good and remembered. */

const SLOT = DATA_REQUEST.slot;
const FEE_RECIPIENT = `0x${"fe".repeat(20)}`;
const EPOCH = 2 as Epoch;

interface Asked {
  readonly isRight: boolean;
  /** Of an outcome, or of what a rejection says of the node. */
  readonly reason: FailureReason | string | null;
  readonly detail: string;
}

type Outcome = {readonly kind: string; readonly reason?: FailureReason; readonly detail?: string};
const told = (outcome: Outcome): Asked => ({
  isRight: outcome.kind !== "failed",
  reason: outcome.reason ?? null,
  detail: outcome.detail ?? "",
});
const settled = async (asking: Promise<unknown>): Promise<Asked> => {
  try {
    await asking;
    return {isRight: true, reason: null, detail: ""};
  } catch (error) {
    assert.ok(error instanceof NoBeaconNodeError, String(error));
    return {isRight: false, reason: error.errors[0]?.reason ?? null, detail: error.message};
  }
};

describe("a wrong answer", () => {
  const h = new SetHarness();
  const untilMs = () => h.clock.nowMs() + 2_000;

  const votes = async (set: BeaconNodeSet) =>
    told(
      await set.attestationData({
        ...DATA_REQUEST,
        untilMs: untilMs(),
        check: ({source, target}) =>
          target.epoch === 2 && source.epoch < target.epoch
            ? null
            : {reason: target.epoch > 2 ? "TARGET_IN_FUTURE" : "BEACON_DATA_INVALID", detail: "as the duty sees it"},
      }),
    );
  const blocks = async (set: BeaconNodeSet) =>
    told(
      await set.block({
        slot: SLOT,
        proposerIndex: h.fakes.at(-1)!.chain.proposerIndexAt(SLOT),
        randaoReveal: fakeSignature(1),
        graffiti: null,
        builderBoostFactor: 100n,
        untilMs: untilMs(),
        check: ({kind, block}) =>
          kind === "full" && bytesToHex(block.body.executionPayload.feeRecipient) !== FEE_RECIPIENT
            ? {reason: "FEE_RECIPIENT_MISMATCH", detail: "not ours"}
            : null,
      }),
    );
  const aggregates = (set: BeaconNodeSet) => {
    const data = attestationDataToSsz(h.fakes.at(-1)!.chain.attestationData(SLOT));
    const attestationDataRoot = rootToHex(ssz.phase0.AttestationData.hashTreeRoot(data));
    const committeeIndex = 0 as CommitteeIndex;
    return settled(set.aggregateAttestation({slot: SLOT, attestationDataRoot, committeeIndex, untilMs: untilMs()}));
  };
  const contributions = (set: BeaconNodeSet) => {
    const beaconBlockRoot = fakeRoot(0xbb);
    return settled(
      set.syncCommitteeContribution({slot: SLOT, subcommitteeIndex: 0, beaconBlockRoot, untilMs: untilMs()}),
    );
  };
  const indices = [1, 2].map((index) => index as ValidatorIndex);
  const attesterDuties = (set: BeaconNodeSet) => settled(set.attesterDuties(EPOCH, indices));
  const proposerDuties = (set: BeaconNodeSet) => settled(set.proposerDuties(EPOCH));
  const syncDuties = (set: BeaconNodeSet) => settled(set.syncDuties(EPOCH, indices));

  const AGGREGATE = "GET /eth/v2/validator/aggregate_attestation";
  const CONTRIBUTION = "GET /eth/v1/validator/sync_committee_contribution";
  const PROPOSERS = "GET /eth/v2/validator/duties/proposer/{epoch}";
  const SYNC_DUTIES = "POST /eth/v1/validator/duties/sync/{epoch}";

  const otherData = (change: object) => (fake: FakeBeaconNode) => {
    const right = fake.chain.attestationData;
    fake.chain.attestationData = (slot) => ({...right(slot), ...change});
  };
  type Body = {readonly data: Record<string, unknown>[]};
  const changed = (operation: string, change: (data: Body["data"]) => unknown) => (fake: FakeBeaconNode) =>
    void fake.faults.set(operation, {kind: "change", change: (body: Body) => ({...body, data: change(body.data)})});
  const every = (fields: object) => (data: Body["data"]) => data.map((duty) => ({...duty, ...fields}));
  const faulty = (operation: string, fault: FakeFault) => (fake: FakeBeaconNode) =>
    void fake.faults.set(operation, fault);
  const TOO_MUCH: FakeFault = {kind: "oversized", sizeBytes: 32 * 1024 * 1024, declared: true};

  interface Case {
    readonly operation: string;
    readonly ask: (set: BeaconNodeSet) => Promise<Asked>;
    readonly reason: string;
    readonly goWrong: (fake: FakeBeaconNode) => unknown;
  }
  const INVALID = "BEACON_DATA_INVALID";
  const cases: Record<string, Case> = {};
  const kind = (operation: string, ask: Case["ask"]) => (name: string, reason: string, goWrong: Case["goWrong"]) => {
    cases[name] = {operation, ask, reason, goWrong};
  };

  const vote = kind(ROUTES.data, votes);
  vote("attestation data of another slot", INVALID, otherData({slot: SLOT + 1}));
  vote("target in the future", "TARGET_IN_FUTURE", otherData({target: {epoch: 3, root: fakeRoot(0x70)}}));
  vote("source above the target", INVALID, otherData({source: {epoch: 3, root: fakeRoot(0x50)}}));
  vote("attestation data cut short", INVALID, faulty(ROUTES.data, {kind: "truncate"}));
  vote("attestation data larger than any", INVALID, faulty(ROUTES.data, TOO_MUCH));
  vote("attestation data byte by byte", "BEACON_DATA_LATE", faulty(ROUTES.data, {kind: "drip"}));

  const block = kind(ROUTES.block, blocks);
  const otherBlock = (fields: object) => (fake: FakeBeaconNode) =>
    changeProposal(fake.chain, "full", (full) => Object.assign(full.block, fields));
  block("block for another slot", INVALID, otherBlock({slot: SLOT + 1}));
  block("block of another proposer", INVALID, otherBlock({proposerIndex: 63}));
  block("block with another randao reveal", INVALID, (fake) =>
    changeProposal(fake.chain, "full", (full) => {
      full.block.body.randaoReveal = new Uint8Array(96);
    }),
  );
  block(
    "block of another version",
    INVALID,
    faulty(ROUTES.block, {kind: "change", change: (body: object) => ({...body, version: "electra"})}),
  );
  block("wrong fee recipient", "FEE_RECIPIENT_MISMATCH", ({chain}) => {
    chain.blockParts = {...chain.blockParts, feeRecipient: `0x${"ff".repeat(20)}`};
  });
  block("block cut short", INVALID, faulty(ROUTES.block, {kind: "truncate"}));
  block("block larger than any", INVALID, faulty(ROUTES.block, TOO_MUCH));
  block("block byte by byte", "BEACON_DATA_LATE", faulty(ROUTES.block, {kind: "drip"}));

  const aggregate = kind(AGGREGATE, aggregates);
  aggregate("aggregate of other data than our vote", "MALFORMED", (fake) => {
    const right = fake.chain.aggregate;
    fake.chain.aggregate = (slot, committee) => {
      const found = right(slot, committee)!;
      return {...found, data: {...found.data, beaconBlockRoot: fakeRoot(9)}};
    };
  });
  aggregate("aggregate of another committee", "MALFORMED", (fake) => {
    const right = fake.chain.aggregate;
    fake.chain.aggregate = (slot) => right(slot, 1);
  });
  aggregate("aggregate larger than any", "TOO_LARGE", faulty(AGGREGATE, TOO_MUCH));

  const contribution = kind(CONTRIBUTION, contributions);
  for (const [field, value] of Object.entries({
    beacon_block_root: fakeRoot(1),
    slot: String(SLOT + 1),
    subcommittee_index: "1",
  })) {
    const change = ({data}: {data: object}) => ({data: {...data, [field]: value}});
    contribution(`contribution with another ${field}`, "MALFORMED", faulty(CONTRIBUTION, {kind: "change", change}));
  }
  contribution("contribution cut short", "TRUNCATED", faulty(CONTRIBUTION, {kind: "truncate"}));

  const attesting = kind(ROUTES.attesterDuties, attesterDuties);
  const dutiesChanged = (change: (data: Body["data"]) => unknown) => changed(ROUTES.attesterDuties, change);
  attesting("attester duties outside the epoch", "MALFORMED", dutiesChanged(every({slot: "24"})));
  attesting(
    "attester duties twice",
    "MALFORMED",
    dutiesChanged(([duty]) => [duty, duty]),
  );
  attesting("attester duties of others", "MALFORMED", dutiesChanged(every({validator_index: "9"})));
  attesting("committees out of range", "MALFORMED", dutiesChanged(every({committee_length: "9007199254740991"})));
  attesting("attester duties larger than any", "TOO_LARGE", faulty(ROUTES.attesterDuties, TOO_MUCH));
  const proposing = kind(PROPOSERS, proposerDuties);
  proposing("proposer duties outside the epoch", "MALFORMED", changed(PROPOSERS, every({slot: "24"})));
  proposing("proposer duties twice", "MALFORMED", changed(PROPOSERS, every({slot: "17"})));
  const syncing = kind(SYNC_DUTIES, syncDuties);
  const seats = {validator_sync_committee_indices: ["100000"]};
  syncing(
    "sync duties out of range",
    "MALFORMED",
    changed(SYNC_DUTIES, () => [{pubkey: `0x${"a0".repeat(48)}`, validator_index: "1", ...seats}]),
  );

  for (const [name, {operation, ask, reason, goWrong}] of Object.entries(cases)) {
    it(`${name}: told, with nobody else to ask`, async () => {
      const set = await h.started(1);
      await goWrong(h.fakes[0]!);
      const asked = await inTime(ask(set));
      assert.equal(asked.isRight, false);
      assert.equal(asked.reason, reason, asked.detail);
      assert.match(asked.detail, /bn0/);
      await leftOver();
      assert.ok((set.nodes[0]?.score ?? 1) < 1, "it counts against the node");
    });

    for (const strategy of ["first", "best"] as const) {
      it(`${name}: another node makes it good (${strategy}), and is asked first from then on`, async () => {
        const strategies = {
          attestation: strategy,
          block: strategy,
          aggregate: strategy,
          contribution: strategy,
        };
        const set = await h.started(2, {strategies});
        await goWrong(h.fakes[0]!);
        const asked = await inTime(ask(set));
        assert.ok(asked.isRight, asked.detail);
        await leftOver();
        const [wrong, right] = set.nodes;
        assert.ok(wrong!.score < right!.score, `${wrong!.score} ${right!.score}`);
        if (strategy === "best") return;
        const askedBefore = h.fakes[0]!.count(operation);
        assert.ok((await inTime(ask(set))).isRight);
        assert.equal(h.fakes[0]!.count(operation), askedBefore);
      });
    }
  }

  /** A node that has not answered is waited for a little more before it is counted. */
  const leftOver = () => h.clock.advance(LEFT_OVER_MS);

  /** The virtual clock goes on while sockets do, for as long as a question may take. */
  async function inTime(asking: Promise<Asked>): Promise<Asked> {
    let isOver = false;
    const end = () => {
      isOver = true;
    };
    asking.then(end, end);
    for (let step = 0; !isOver && step < 240; step++) {
      for (let turn = 0; turn < 60 && !isOver; turn++) await new Promise((resolve) => setImmediate(resolve));
      if (!isOver) await h.clock.advance(25);
    }
    return asking;
  }
});
