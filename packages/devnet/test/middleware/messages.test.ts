import assert from "node:assert/strict";
import {ForkName} from "@lodestar/params";
import {ssz, sszTypesFor} from "@lodestar/types";
import type {Slot} from "@mote/core";
import {SlotPlayer, type TestVoters, testKeys} from "../chain/support.ts";
import {TestValidators} from "../support/test-validators.ts";
import {MiddlewareUnderTest, VALIDATORS} from "./support.ts";

interface Signers {
  readonly voters: TestVoters;
  readonly validators: TestValidators;
}

interface Subject {
  readonly name: string;
  readonly path: string;
  /** As JSON, signed by whoever it is asked of. */
  readonly make: (signers: Signers) => unknown;
}

/** A chain in the middle of slot 2, whose validators have done their duties until then. */
function played(under: MiddlewareUnderTest): SlotPlayer {
  const player = new SlotPlayer(under.chain);
  player.playTo(2);
  return player;
}

function subjectsOf(under: MiddlewareUnderTest, fork: "fulu" | "gloas"): Subject[] {
  const player = played(under);
  const slot = 2 as Slot;
  const next = 3 as Slot;
  const types = sszTypesFor(fork === "fulu" ? ForkName.fulu : ForkName.gloas);
  const unsigned = player.validators.produce(next);
  const {proposerIndex} = unsigned.block;
  const data = player.voters.data(slot);
  const [duty] = player.voters.duties(slot);
  const aggregate = duty === undefined ? null : player.voters.aggregateOf(duty, data);
  const [contribution] = player.validators.contributions(slot);
  if (aggregate === null || contribution === undefined) throw new Error("the chain has nothing to aggregate");
  const signedBlock = ({validators}: Signers) => validators.block(unsigned.block);
  const common: Subject[] = [
    {
      name: "votes",
      path: "/eth/v2/beacon/pool/attestations",
      make: ({voters}) => voters.singles(slot, data).map((vote) => ssz.electra.SingleAttestation.toJson(vote)),
    },
    {
      name: "aggregates",
      path: "/eth/v2/validator/aggregate_and_proofs",
      make: ({voters}) => [types.SignedAggregateAndProof.toJson(voters.resign(aggregate.message) as never)],
    },
    {
      name: "sync messages",
      path: "/eth/v1/beacon/pool/sync_committees",
      make: ({validators}) =>
        validators.syncMessages(slot).map((message) => ssz.altair.SyncCommitteeMessage.toJson(message)),
    },
    {
      name: "contributions",
      path: "/eth/v1/validator/contribution_and_proofs",
      make: ({validators}) => [ssz.altair.SignedContributionAndProof.toJson(validators.outer(contribution.message))],
    },
    {
      name: "exits",
      path: "/eth/v1/beacon/pool/voluntary_exits",
      make: ({validators}) => ssz.phase0.SignedVoluntaryExit.toJson(validators.exit(5, 0)),
    },
  ];
  if (fork === "fulu") {
    return [
      ...common,
      {
        name: "blocks with their blobs",
        path: "/eth/v2/beacon/blocks?broadcast_validation=gossip",
        make: (signers) => ({
          signed_block: types.SignedBeaconBlock.toJson(signedBlock(signers) as never),
          kzg_proofs: [],
          blobs: [],
        }),
      },
    ];
  }
  const {envelope} = unsigned;
  if (envelope === null) throw new Error("a block of Gloas without its payload");
  const payloadVotes = player.validators.payloadAttestations(slot);
  assert.ok(payloadVotes.length > 0);
  return [
    ...common,
    {
      name: "blocks",
      path: "/eth/v2/beacon/blocks",
      make: (signers) => types.SignedBeaconBlock.toJson(signedBlock(signers) as never),
    },
    {
      name: "envelopes",
      path: "/eth/v1/beacon/execution_payload_envelopes",
      make: ({validators}) =>
        ssz.gloas.SignedExecutionPayloadEnvelope.toJson(validators.envelope(envelope, proposerIndex)),
    },
    {
      name: "payload votes",
      path: "/eth/v1/beacon/pool/payload_attestations",
      make: ({validators}) =>
        validators.payloadAttestations(slot).map((vote) => ssz.gloas.PayloadAttestationMessage.toJson(vote)),
    },
    {
      name: "proposer preferences",
      path: "/eth/v1/validator/proposer_preferences",
      make: ({validators}) => [ssz.gloas.SignedProposerPreferences.toJson(validators.preferences(next, proposerIndex))],
    },
  ];
}

for (const fork of ["fulu", "gloas"] as const) {
  describe(`messages signed with key shares, in ${fork}`, () => {
    let under: MiddlewareUnderTest;
    let subjects: Subject[];
    before(async () => {
      under = new MiddlewareUnderTest(fork);
      await under.open();
      subjects = subjectsOf(under, fork);
    });
    after(() => under.close());

    const names =
      fork === "fulu"
        ? ["votes", "aggregates", "sync messages", "contributions", "exits", "blocks with their blobs"]
        : [
            "votes",
            "aggregates",
            "sync messages",
            "contributions",
            "exits",
            "blocks",
            "envelopes",
            "payload votes",
            "proposer preferences",
          ];
    for (const name of names) {
      it(`${name} are published once, as the whole key would have signed them`, async () => {
        const {upstream, chain} = under;
        const {path, make} = subjects.find((subject) => subject.name === name)!;
        if (name === "envelopes") await askForBlock(under);
        upstream.asked.length = 0;
        const headers = {"eth-consensus-version": fork, "eth-blob-data-included": "false"};
        for (const [sent, at] of [3, 0, 2, 1].entries()) {
          const operator = under.operator(at);
          const response = await operator.post(path, make(operator), headers);
          assert.equal(response.status, 200, await response.text());
          assert.equal(upstream.asked.length, sent < 2 ? 0 : 1);
        }
        const whole = new TestValidators(chain, testKeys(VALIDATORS));
        const [published] = upstream.asked;
        assert.equal(published!.path, path);
        assert.equal(published!.headers["eth-consensus-version"], fork);
        assert.equal(published!.headers["eth-blob-data-included"], "false");
        const player = new SlotPlayer(chain);
        assert.deepEqual(JSON.parse(published!.body), make({voters: player.voters, validators: whole}));
        assert.deepEqual(under.said, []);
      });
    }
  });
}

/** Tells the middleware who proposes in slot 3. */
async function askForBlock(under: MiddlewareUnderTest): Promise<void> {
  const {upstream, chain} = under;
  const {validators} = new SlotPlayer(chain);
  const duty = {slot: "3", validator_index: String(validators.proposer(3 as Slot)), pubkey: chain.pubkeys[0]};
  upstream.reply = ({path}) => (path.includes("/duties/proposer/0") ? {json: {data: [duty]}} : {json: {}});
  const asked = [0, 1, 2].map((at) => {
    const operator = under.operator(at);
    const reveal = Buffer.from(operator.validators.randaoReveal(3 as Slot)).toString("hex");
    return operator.get(`/eth/v4/validator/blocks/3?randao_reveal=0x${reveal}`);
  });
  for (const response of await Promise.all(asked)) assert.equal(response.status, 200, await response.text());
}
