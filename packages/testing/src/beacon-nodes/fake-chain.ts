import {attestationDataToSsz, attestationToSsz, ssz} from "@mote/consensus";
import {
  type Attestation,
  type AttestationData,
  type Epoch,
  type Pubkey,
  pubkeyToHex,
  type Root,
  rootToHex,
  type Signature,
  type Slot,
  type ValidatorIndex,
} from "@mote/core";

/** 32 bytes that repeat `byte`. */
export const fakeRoot = (byte: number): Root => rootToHex(new Uint8Array(32).fill(byte));
export const fakePubkey = (index: number): Pubkey => {
  const bytes = new Uint8Array(48).fill(0xa0);
  new DataView(bytes.buffer).setUint32(44, index);
  return pubkeyToHex(bytes);
};
export const fakeSignature = (byte: number): Signature => new Uint8Array(96).fill(byte) as Signature;

/** electra/validator.md: two indices, the data, a signature. */
const SINGLE_ATTESTATION_SIZE_BYTES = 8 + 8 + 128 + 96;

/** What a fake beacon node says. Tests change it as they go. */
export interface FakeChain {
  version: string;
  /** Null before the chain's genesis is known. */
  genesis: {genesisTimeSec: number; genesisValidatorsRoot: Root; genesisForkVersion: string} | null;
  spec: Record<string, unknown>;
  slotsPerEpoch: number;
  syncing: {headSlot: number; syncDistance: number; isSyncing: boolean; isOptimistic: boolean; elOffline: boolean};
  /** `execution_optimistic` of all answers that have it. */
  executionOptimistic: boolean;
  validatorCount: number;
  dependentRoot: Root;
  /** Validators whose votes the node has seen, by epoch. */
  live: Map<Epoch, Set<ValidatorIndex>>;
  /** Data for the slot asked for. */
  attestationData: (slot: Slot) => AttestationData;
  /** The pool's aggregate; null answers 404. */
  aggregate: (slot: Slot, committeeIndex: number) => Attestation | null;
  /** By block root. */
  blocks: Map<Root, {slot: Slot; parentRoot: Root; attestations: Attestation[]}>;
  /** What is wrong with the n-th item published; null takes it. */
  judge: (index: number) => string | null;
}

export function fakeChain(): FakeChain {
  const chain: FakeChain = {
    version: "Fake/v1",
    genesis: {genesisTimeSec: 1_000, genesisValidatorsRoot: fakeRoot(0x67), genesisForkVersion: "0x00000001"},
    spec: {PRESET_BASE: "minimal", SLOTS_PER_EPOCH: "8", BLOB_SCHEDULE: [{EPOCH: "0", MAX_BLOBS_PER_BLOCK: "9"}]},
    slotsPerEpoch: 8,
    syncing: {headSlot: 20, syncDistance: 0, isSyncing: false, isOptimistic: false, elOffline: false},
    executionOptimistic: false,
    validatorCount: 64,
    dependentRoot: fakeRoot(0xd0),
    live: new Map(),
    attestationData: (slot) => {
      const epoch = Math.floor(slot / chain.slotsPerEpoch);
      return {
        slot,
        index: 0,
        beaconBlockRoot: fakeRoot(0xbb),
        source: {epoch: Math.max(0, epoch - 1) as Epoch, root: fakeRoot(0x50)},
        target: {epoch: epoch as Epoch, root: fakeRoot(0x70)},
      };
    },
    aggregate: (slot, committeeIndex) => ({
      aggregationBits: {bits: Uint8Array.of(0b0000_0101), length: 4},
      committeeBits: {bits: Uint8Array.of(1 << committeeIndex), length: 4},
      data: chain.attestationData(slot),
      signature: fakeSignature(0xa5),
    }),
    blocks: new Map(),
    judge: () => null,
  };
  return chain;
}

export interface FakeAnswer {
  readonly status: number;
  readonly json?: unknown;
  /** Sent instead of `json` to a caller that asks for it. */
  readonly ssz?: Uint8Array;
  readonly consensusVersion?: string;
}

export interface FakeRequest {
  /** The OpenAPI's name of the operation, `GET /eth/v1/…`. */
  readonly operation: string;
  readonly params: readonly string[];
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

type Answerer = (chain: FakeChain, request: FakeRequest) => FakeAnswer;

const ok = (data: unknown, more: object = {}): FakeAnswer => ({status: 200, json: {...more, data}});
const error = (status: number, message: string): FakeAnswer => ({status, json: {code: status, message}});

/** Every operation that the fake knows, by the OpenAPI's name. */
export const FAKE_OPERATIONS: Readonly<Record<string, Answerer>> = {
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
  "POST /eth/v1/validator/duties/attester/{epoch}": dutiesAnswer,
  "POST /eth/v1/validator/liveness/{epoch}": livenessAnswer,
  "GET /eth/v1/validator/attestation_data": (chain, {query}) => {
    const data = chain.attestationData(Number(query.get("slot")) as Slot);
    const value = attestationDataToSsz(data);
    const type = ssz.phase0.AttestationData;
    return {...ok(type.toJson(value)), ssz: type.serialize(value)};
  },
  "GET /eth/v2/validator/aggregate_attestation": (chain, {query}) => {
    const aggregate = chain.aggregate(Number(query.get("slot")) as Slot, Number(query.get("committee_index")));
    if (aggregate === null) return error(404, "no aggregate");
    const value = attestationToSsz(aggregate);
    const type = ssz.electra.Attestation;
    return {...ok(type.toJson(value), {version: "fulu"}), ssz: type.serialize(value), consensusVersion: "fulu"};
  },
  "POST /eth/v1/validator/beacon_committee_subscriptions": () => ({status: 200}),
  "POST /eth/v2/beacon/pool/attestations": (chain, request) =>
    publishAnswer(chain, request, (bytes) => bytes.length / SINGLE_ATTESTATION_SIZE_BYTES),
  "POST /eth/v2/validator/aggregate_and_proofs": (chain, request) =>
    // The first offset of an SSZ list of variable-size items is the size of the table of offsets.
    publishAnswer(chain, request, (bytes) => bytes.readUInt32LE(0) / 4),
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

/** The parts of a block that its attestations stand in; not a whole block, and so not judged by the OpenAPI. */
export const fakeBlockAnswer = (chain: FakeChain, root: Root): FakeAnswer => {
  const block = chain.blocks.get(root);
  if (block === undefined) return error(404, "Block not found");
  return ok(
    {message: {body: {attestations: attestationsJson(block.attestations)}}},
    {version: "fulu", ...flags(chain)},
  );
};

const attestationsJson = (attestations: readonly Attestation[]): unknown[] =>
  attestations.map((attestation) => ssz.electra.Attestation.toJson(attestationToSsz(attestation)));

const flags = ({executionOptimistic}: FakeChain) => ({execution_optimistic: executionOptimistic, finalized: false});

const knownValidators = ({validatorCount}: FakeChain): {index: ValidatorIndex; pubkey: Pubkey}[] =>
  Array.from({length: validatorCount}, (_, index) => ({index: index as ValidatorIndex, pubkey: fakePubkey(index)}));

function validatorsAnswer(chain: FakeChain, ids: readonly string[]): FakeAnswer {
  const asked = new Set(ids);
  const found = knownValidators(chain).filter(({pubkey}) => asked.has(pubkey));
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

function dutiesAnswer(chain: FakeChain, {params, body}: FakeRequest): FakeAnswer {
  const epoch = Number(params[0]);
  const perSlot = chain.validatorCount / chain.slotsPerEpoch;
  const duties = (JSON.parse(body.toString()) as string[]).map((index) => ({
    pubkey: fakePubkey(Number(index)),
    validator_index: index,
    committee_index: "0",
    committee_length: String(perSlot),
    committees_at_slot: "1",
    validator_committee_index: String(Math.floor(Number(index) / chain.slotsPerEpoch)),
    slot: String(epoch * chain.slotsPerEpoch + (Number(index) % chain.slotsPerEpoch)),
  }));
  return ok(duties, {dependent_root: chain.dependentRoot, execution_optimistic: chain.executionOptimistic});
}

/** One index that the node does not know refuses all of them, as real nodes do. */
function livenessAnswer(chain: FakeChain, {params, body}: FakeRequest): FakeAnswer {
  const indices = JSON.parse(body.toString()) as string[];
  const unknown = indices.find((index) => Number(index) >= chain.validatorCount);
  if (unknown !== undefined) return error(400, `Invalid index: ${unknown}`);
  const live = chain.live.get(Number(params[0]) as Epoch);
  return ok(indices.map((index) => ({index, is_live: live?.has(Number(index) as ValidatorIndex) ?? false})));
}

function publishAnswer(
  chain: FakeChain,
  {headers, body}: FakeRequest,
  countSsz: (bytes: Buffer) => number,
): FakeAnswer {
  if (headers["eth-consensus-version"] === undefined) return error(400, "Eth-Consensus-Version is missing");
  const isSsz = headers["content-type"] === "application/octet-stream";
  const count = isSsz ? countSsz(body) : (JSON.parse(body.toString()) as unknown[]).length;
  const failures = Array.from({length: count}, (_, index) => ({index, message: chain.judge(index)})).filter(
    ({message}) => message !== null,
  );
  return failures.length === 0 ? {status: 200} : {status: 400, json: {code: 400, message: "some failures", failures}};
}
