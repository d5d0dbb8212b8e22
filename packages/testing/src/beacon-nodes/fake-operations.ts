import {attestationDataToSsz, attestationToSsz, ssz} from "@mote/consensus";
import type {Attestation, Epoch, Pubkey, Root, Slot, ValidatorIndex} from "@mote/core";
import {
  error,
  FAKE_SYNC_COMMITTEE_SIZE,
  type FakeAnswer,
  type FakeRequest,
  fakePubkey,
  fakeRoot,
  ok,
} from "./fake-answers.ts";
import {bidBlockAnswer, envelopeAnswer, fullOrBlindedAnswer} from "./fake-blocks.ts";
import type {FakeChain} from "./fake-chain.ts";
import {publishAnswer, sizedItems, takenAnswer, variableItems} from "./fake-publishing.ts";

type Answerer = (chain: FakeChain, request: FakeRequest) => FakeAnswer;

const slotOf = ({query}: FakeRequest): Slot => Number(query.get("slot")) as Slot;
const flags = ({executionOptimistic}: FakeChain) => ({execution_optimistic: executionOptimistic, finalized: false});
const optimistic = ({executionOptimistic}: FakeChain) => ({execution_optimistic: executionOptimistic});

const CHAIN_OPERATIONS: Readonly<Record<string, Answerer>> = {
  "GET /eth/v1/beacon/genesis": ({genesis}) =>
    genesis === null
      ? error(404, "Chain genesis info is not yet known")
      : ok({
          genesis_time: String(genesis.genesisTimeSec),
          genesis_validators_root: genesis.genesisValidatorsRoot,
          genesis_fork_version: genesis.genesisForkVersion,
        }),
  "GET /eth/v1/config/spec": ({spec}) => ok(spec),
  "GET /eth/v1/config/fork_schedule": () =>
    ok([{previous_version: "0x00000001", current_version: "0x06000001", epoch: "0"}]),
  "GET /eth/v1/config/deposit_contract": () => ok({chain_id: "1337", address: `0x${"42".repeat(20)}`}),
  "GET /eth/v1/node/version": ({version}) => ok({version}),
  "GET /eth/v1/node/syncing": ({syncing}) =>
    ok({
      head_slot: String(syncing.headSlot),
      sync_distance: String(syncing.syncDistance),
      is_syncing: syncing.isSyncing,
      is_optimistic: syncing.isOptimistic,
      el_offline: syncing.elOffline,
    }),
  "POST /eth/v1/beacon/states/{state_id}/validators": (chain, {body}) =>
    validatorsAnswer(chain, (JSON.parse(body.toString()) as {ids: string[]}).ids),
  "GET /eth/v1/beacon/states/{state_id}/validators": (chain, {query}) =>
    validatorsAnswer(chain, (query.get("id") ?? "").split(",")),
  "GET /eth/v1/beacon/states/{state_id}/committees": committeesAnswer,
  "GET /eth/v1/beacon/blocks/{block_id}/root": (chain) => ok({root: chain.headRoot}, flags(chain)),
  "GET /eth/v2/beacon/blocks/{block_id}/attestations": (chain, {params}) => {
    const block = chain.blocks.get(params[0] as Root);
    if (block === undefined) return error(404, "Block not found");
    return {...ok(attestationsJson(block.attestations), {version: "fulu", ...flags(chain)}), consensusVersion: "fulu"};
  },
  "GET /eth/v1/beacon/headers/{block_id}": (chain, {params}) => {
    const byHeight = [...chain.blocks].toSorted(([, a], [, b]) => a.slot - b.slot);
    const root = params[0] === "head" ? byHeight.at(-1)?.[0] : (params[0] as Root);
    const block = root === undefined ? undefined : chain.blocks.get(root);
    if (block === undefined) return error(404, "Block not found");
    const message = {
      slot: String(block.slot),
      proposer_index: "1",
      parent_root: block.parentRoot,
      state_root: fakeRoot(1),
      body_root: fakeRoot(2),
    };
    const signature = `0x${"00".repeat(96)}`;
    return ok({root, canonical: true, header: {message, signature}}, flags(chain));
  },
};

const DUTY_OPERATIONS: Readonly<Record<string, Answerer>> = {
  "POST /eth/v1/validator/duties/attester/{epoch}": attesterDutiesAnswer,
  "GET /eth/v2/validator/duties/proposer/{epoch}": (chain, request) =>
    proposerDutiesAnswer(chain, request, chain.dependentRoot),
  "GET /eth/v1/validator/duties/proposer/{epoch}": (chain, request) =>
    proposerDutiesAnswer(chain, request, chain.dependentRootV1),
  "POST /eth/v1/validator/duties/sync/{epoch}": syncDutiesAnswer,
  "POST /eth/v1/validator/duties/ptc/{epoch}": ptcDutiesAnswer,
  "POST /eth/v1/validator/liveness/{epoch}": livenessAnswer,
  "POST /eth/v1/validator/beacon_committee_selections": selectionsAnswer,
  "POST /eth/v1/validator/sync_committee_selections": selectionsAnswer,
};

const DATA_OPERATIONS: Readonly<Record<string, Answerer>> = {
  "GET /eth/v1/validator/attestation_data": (chain, request) => {
    const value = attestationDataToSsz(chain.attestationData(slotOf(request)));
    const type = ssz.phase0.AttestationData;
    return {...ok(type.toJson(value)), ssz: type.serialize(value)};
  },
  "GET /eth/v2/validator/aggregate_attestation": (chain, request) => {
    const aggregate = chain.aggregate(slotOf(request), Number(request.query.get("committee_index")));
    if (aggregate === null) return error(404, "no aggregate");
    const value = attestationToSsz(aggregate);
    const type = ssz.electra.Attestation;
    return {...ok(type.toJson(value), {version: "fulu"}), ssz: type.serialize(value), consensusVersion: "fulu"};
  },
  "GET /eth/v3/validator/blocks/{slot}": (chain, request) => fullOrBlindedAnswer(chain.propose(request)),
  "GET /eth/v4/validator/blocks/{slot}": (chain, request) => bidBlockAnswer(chain.propose(request)),
  "GET /eth/v1/validator/execution_payload_envelopes/{slot}/{beacon_block_root}": (chain, request) =>
    envelopeAnswer(chain.keptPayload, request),
  "GET /eth/v1/validator/sync_committee_contribution": (chain, request) => {
    const {query} = request;
    const [index, root] = [Number(query.get("subcommittee_index")), query.get("beacon_block_root") as Root];
    const contribution = chain.contribution(slotOf(request), index, root);
    if (contribution === null) return error(404, "no contribution");
    return ok(ssz.altair.SyncCommitteeContribution.toJson(contribution));
  },
  "GET /eth/v1/validator/payload_attestation_data": (chain, request) =>
    payloadAttestationDataAnswer(chain, slotOf(request)),
};

const PUBLISH_OPERATIONS: Readonly<Record<string, Answerer>> = {
  "POST /eth/v2/beacon/pool/attestations": (chain, request) =>
    publishAnswer(chain, request, {ssz: sizedItems(ssz.electra.SingleAttestation)}),
  "POST /eth/v2/validator/aggregate_and_proofs": (chain, request) =>
    publishAnswer(chain, request, {ssz: variableItems}),
  "POST /eth/v1/beacon/pool/sync_committees": (chain, request) => publishAnswer(chain, request, {}),
  "POST /eth/v1/validator/contribution_and_proofs": (chain, request) => publishAnswer(chain, request, {}),
  "POST /eth/v1/beacon/pool/payload_attestations": (chain, request) =>
    publishAnswer(chain, request, {ssz: sizedItems(ssz.gloas.PayloadAttestationMessage)}),
  "POST /eth/v1/validator/proposer_preferences": (chain, request) =>
    publishAnswer(chain, request, {ssz: sizedItems(ssz.gloas.SignedProposerPreferences)}),
  "POST /eth/v1/beacon/pool/voluntary_exits": (chain) => takenAnswer(chain),
  "POST /eth/v1/beacon/pool/bls_to_execution_changes": (chain, request) => publishAnswer(chain, request, {}),
  "POST /eth/v2/beacon/blocks": (chain, request) => takenAnswer(chain, request),
  "POST /eth/v2/beacon/blinded_blocks": (chain, request) => takenAnswer(chain, request),
  "POST /eth/v1/beacon/execution_payload_envelopes": (chain, request) =>
    request.headers["eth-blob-data-included"] === undefined
      ? error(400, "Eth-Blob-Data-Included is missing")
      : takenAnswer(chain, request),
  "POST /eth/v1/validator/beacon_committee_subscriptions": () => ({status: 200}),
  "POST /eth/v1/validator/sync_committee_subscriptions": () => ({status: 200}),
  "POST /eth/v1/validator/prepare_beacon_proposer": () => ({status: 200}),
  "POST /eth/v1/validator/register_validator": () => ({status: 200}),
};

/** Every operation of the OpenAPI that the fake knows, by its name there. */
export const FAKE_OPERATIONS: Readonly<Record<string, Answerer>> = {
  ...CHAIN_OPERATIONS,
  ...DUTY_OPERATIONS,
  ...DATA_OPERATIONS,
  ...PUBLISH_OPERATIONS,
};

/** Answers that no OpenAPI judges: a part of a whole, or of an older API. */
export const FAKE_OTHER_OPERATIONS: Readonly<Record<string, Answerer>> = {
  /** The parts of a block that its attestations stand in. */
  "GET /eth/v2/beacon/blocks/{block_id}": (chain, {params}) => {
    const block = chain.blocks.get(params[0] as Root);
    if (block === undefined) return error(404, "Block not found");
    return ok(
      {message: {body: {attestations: attestationsJson(block.attestations)}}},
      {version: "fulu", ...flags(chain)},
    );
  },
  "GET /eth/v1/validator/payload_attestation_data/{slot}": (chain, {params}) =>
    payloadAttestationDataAnswer(chain, Number(params[0]) as Slot),
};

const attestationsJson = (attestations: readonly Attestation[]): unknown[] =>
  attestations.map((attestation) => ssz.electra.Attestation.toJson(attestationToSsz(attestation)));

const knownValidators = ({validatorCount}: FakeChain): {index: ValidatorIndex; pubkey: Pubkey}[] =>
  Array.from({length: validatorCount}, (_, index) => ({index: index as ValidatorIndex, pubkey: fakePubkey(index)}));

function validatorsAnswer(chain: FakeChain, ids: readonly string[]): FakeAnswer {
  const asked = new Set(ids);
  const found = knownValidators(chain).filter(({pubkey, index}) => asked.has(pubkey) || asked.has(String(index)));
  const data = found.map(({index, pubkey}) => ({
    index: String(index),
    balance: "32000000000",
    status: "active_ongoing",
    validator: {
      pubkey,
      withdrawal_credentials: fakeRoot(3),
      effective_balance: "32000000000",
      slashed: false,
      activation_eligibility_epoch: "0",
      activation_epoch: "0",
      exit_epoch: "18446744073709551615",
      withdrawable_epoch: "18446744073709551615",
    },
  }));
  return ok(data, flags(chain));
}

/** Validator i attests in slot i mod SLOTS_PER_EPOCH of every epoch, all of a slot in one committee. */
function committeesAnswer(chain: FakeChain, {query}: FakeRequest): FakeAnswer {
  const epoch = Number(query.get("epoch"));
  const slot = query.get("slot");
  const slots = Array.from({length: chain.slotsPerEpoch}, (_, i) => epoch * chain.slotsPerEpoch + i);
  const data = slots
    .filter((one) => slot === null || one === Number(slot))
    .map((one) => ({
      index: "0",
      slot: String(one),
      validators: knownValidators(chain).flatMap(({index}) =>
        index % chain.slotsPerEpoch === one % chain.slotsPerEpoch ? [String(index)] : [],
      ),
    }));
  return ok(data, flags(chain));
}

const indicesOf = ({body}: FakeRequest): string[] => JSON.parse(body.toString()) as string[];

function attesterDutiesAnswer(chain: FakeChain, request: FakeRequest): FakeAnswer {
  const epoch = Number(request.params[0]);
  const perSlot = chain.validatorCount / chain.slotsPerEpoch;
  const duties = indicesOf(request).map((index) => ({
    pubkey: fakePubkey(Number(index)),
    validator_index: index,
    committee_index: "0",
    committee_length: String(perSlot),
    committees_at_slot: "1",
    validator_committee_index: String(Math.floor(Number(index) / chain.slotsPerEpoch)),
    slot: String(epoch * chain.slotsPerEpoch + (Number(index) % chain.slotsPerEpoch)),
  }));
  return ok(duties, {dependent_root: chain.dependentRoot, ...optimistic(chain)});
}

function proposerDutiesAnswer(chain: FakeChain, {params}: FakeRequest, dependentRoot: Root): FakeAnswer {
  const firstSlot = Number(params[0]) * chain.slotsPerEpoch;
  const duties = Array.from({length: chain.slotsPerEpoch}, (_, at) => {
    const index = chain.proposerIndexAt((firstSlot + at) as Slot);
    return {pubkey: fakePubkey(index), validator_index: String(index), slot: String(firstSlot + at)};
  });
  return ok(duties, {dependent_root: dependentRoot, ...optimistic(chain)});
}

/** Validator i has the seat i, while there are seats. */
function syncDutiesAnswer(chain: FakeChain, request: FakeRequest): FakeAnswer {
  const seated = indicesOf(request).filter((index) => Number(index) < FAKE_SYNC_COMMITTEE_SIZE);
  const duties = seated.map((index) => ({
    pubkey: fakePubkey(Number(index)),
    validator_index: index,
    validator_sync_committee_indices: [index],
  }));
  return ok(duties, optimistic(chain));
}

/** Validator i serves in slot i mod SLOTS_PER_EPOCH of every epoch. */
function ptcDutiesAnswer(chain: FakeChain, request: FakeRequest): FakeAnswer {
  const firstSlot = Number(request.params[0]) * chain.slotsPerEpoch;
  const duties = indicesOf(request).map((index) => ({
    pubkey: fakePubkey(Number(index)),
    validator_index: index,
    slot: String(firstSlot + (Number(index) % chain.slotsPerEpoch)),
  }));
  return ok(duties, {dependent_root: chain.dependentRoot, ...optimistic(chain)});
}

/** One index that the node does not know refuses all of them, as real nodes do. */
function livenessAnswer(chain: FakeChain, request: FakeRequest): FakeAnswer {
  const indices = indicesOf(request);
  const unknown = indices.find((index) => Number(index) >= chain.validatorCount);
  if (unknown !== undefined) return error(400, `Invalid index: ${unknown}`);
  const live = chain.live.get(Number(request.params[0]) as Epoch);
  return ok(indices.map((index) => ({index, is_live: live?.has(Number(index) as ValidatorIndex) ?? false})));
}

/** The cluster's proofs are 0xcc throughout. */
function selectionsAnswer(_chain: FakeChain, {body}: FakeRequest): FakeAnswer {
  const partial = JSON.parse(body.toString()) as object[];
  return ok(partial.map((one) => ({...one, selection_proof: `0x${"cc".repeat(96)}`})));
}

function payloadAttestationDataAnswer(chain: FakeChain, slot: Slot): FakeAnswer {
  const value = chain.payloadAttestationData(slot);
  if (value === null) return {status: 204};
  const type = ssz.gloas.PayloadAttestationData;
  return {
    ...ok(type.toJson(value), {version: "gloas"}),
    ssz: type.serialize(value),
    consensusVersion: "gloas",
  };
}
