import {SLOTS_PER_EPOCH, ssz} from "@mote/consensus";
import {hexToBytes, type Root, rootToHex} from "@mote/core";

export type Json = Readonly<Record<string, unknown>>;

/** What a type of request is about: the root of its object, and the epoch of its domain. */
interface Told {
  readonly objectRoot: Uint8Array;
  readonly epoch: number;
}

interface JsonType<T> {
  fromJson(json: unknown): T;
  hashTreeRoot(value: T): Uint8Array;
}

/** Domain types as the consensus specs have them, by the names of the remote signing API. */
const DOMAIN_TYPES: Readonly<Record<string, string>> = {
  BLOCK_V2: "0x00000000",
  ATTESTATION: "0x01000000",
  RANDAO_REVEAL: "0x02000000",
  DEPOSIT: "0x03000000",
  VOLUNTARY_EXIT: "0x04000000",
  AGGREGATION_SLOT: "0x05000000",
  AGGREGATE_AND_PROOF_V2: "0x06000000",
  SYNC_COMMITTEE_MESSAGE: "0x07000000",
  SYNC_COMMITTEE_SELECTION_PROOF: "0x08000000",
  SYNC_COMMITTEE_CONTRIBUTION_AND_PROOF: "0x09000000",
  VALIDATOR_REGISTRATION: "0x00000001",
};

const TELLERS: Readonly<Record<string, (body: Json) => Told>> = {
  BLOCK_V2: ({beacon_block}) =>
    told(ssz.phase0.BeaconBlockHeader, (beacon_block as Json).block_header, ({slot}) => epochOf(slot)),
  ATTESTATION: ({attestation}) => told(ssz.phase0.AttestationData, attestation, ({target}) => target.epoch),
  RANDAO_REVEAL: ({randao_reveal}) => told(ssz.Epoch, (randao_reveal as Json).epoch, (epoch) => epoch),
  AGGREGATION_SLOT: ({aggregation_slot}) => told(ssz.Slot, (aggregation_slot as Json).slot, epochOf),
  AGGREGATE_AND_PROOF_V2: ({aggregate_and_proof}) => {
    const {version, data} = aggregate_and_proof as Json;
    const types = ssz[String(version).toLowerCase() as "electra"];
    return told(types.AggregateAndProof, data, ({aggregate}) => epochOf(aggregate.data.slot));
  },
  SYNC_COMMITTEE_MESSAGE: ({sync_committee_message}) => {
    const {slot, beacon_block_root} = sync_committee_message as Json;
    return told(ssz.Root, beacon_block_root, () => epochOf(Number(slot)));
  },
  SYNC_COMMITTEE_SELECTION_PROOF: ({sync_aggregator_selection_data}) =>
    told(ssz.altair.SyncAggregatorSelectionData, sync_aggregator_selection_data, ({slot}) => epochOf(slot)),
  SYNC_COMMITTEE_CONTRIBUTION_AND_PROOF: ({contribution_and_proof}) =>
    told(ssz.altair.ContributionAndProof, contribution_and_proof, ({contribution}) => epochOf(contribution.slot)),
  VOLUNTARY_EXIT: ({voluntary_exit}) => told(ssz.phase0.VoluntaryExit, voluntary_exit, ({epoch}) => epoch),
  VALIDATOR_REGISTRATION: ({validator_registration}) =>
    told(ssz.bellatrix.ValidatorRegistrationV1, validator_registration, () => 0),
  DEPOSIT: ({deposit}) => told(ssz.phase0.DepositMessage, deposit, () => 0),
};

/**
 * The root that a signer signs for this request: made of the object that it tells and the fork that it names, and of nothing that Mote computed.
 * @throws {Error} for a type that the API does not have, or an object that is not one of its type
 */
export function signingRootOfBody(body: Json, init: {readonly genesisForkVersion: Uint8Array}): Root {
  const type = String(body.type);
  const domainType = DOMAIN_TYPES[type];
  const tell = TELLERS[type];
  if (domainType === undefined || tell === undefined) throw new Error(`there is no request ${type}`);
  const {objectRoot, epoch} = tell(body);
  const forkDataRoot = ssz.phase0.ForkData.hashTreeRoot(forkDataOf(body, epoch, init));
  const domain = Uint8Array.from([...hexToBytes(domainType), ...forkDataRoot.subarray(0, 28)]);
  return rootToHex(ssz.phase0.SigningData.hashTreeRoot({objectRoot, domain}));
}

/** Deposits and registrations lie outside of any chain's history. */
function forkDataOf(body: Json, epoch: number, {genesisForkVersion}: {readonly genesisForkVersion: Uint8Array}) {
  const genesisValidatorsRoot = new Uint8Array(32);
  switch (body.type) {
    case "DEPOSIT": {
      const {genesis_fork_version} = body.deposit as Json;
      return {currentVersion: hexToBytes(String(genesis_fork_version)), genesisValidatorsRoot};
    }
    case "VALIDATOR_REGISTRATION":
      return {currentVersion: genesisForkVersion, genesisValidatorsRoot};
    default: {
      const {fork, genesis_validators_root} = body.fork_info as Json;
      const {previousVersion, currentVersion, epoch: sinceEpoch} = ssz.phase0.Fork.fromJson(fork);
      return {
        currentVersion: epoch < sinceEpoch ? previousVersion : currentVersion,
        genesisValidatorsRoot: ssz.Root.fromJson(genesis_validators_root),
      };
    }
  }
}

function told<T>(type: JsonType<T>, json: unknown, epochOfValue: (value: T) => number): Told {
  const value = type.fromJson(json);
  return {objectRoot: type.hashTreeRoot(value), epoch: epochOfValue(value)};
}

const epochOf = (slot: number): number => Math.floor(slot / SLOTS_PER_EPOCH);
