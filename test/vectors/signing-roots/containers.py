"""The spec's containers with the limits of the minimal preset. Headings name the document of consensus-specs."""

from ssz import BitList, BitVector, Boolean, ByteList, ByteVector, Container, List, ProgressiveContainer, Uint, Vector

# presets/minimal/*.yaml
MAX_COMMITTEES_PER_SLOT = 4
MAX_VALIDATORS_PER_COMMITTEE = 2048
SLOTS_PER_EPOCH = 8
MAX_PROPOSER_SLASHINGS = 16
MAX_ATTESTER_SLASHINGS_ELECTRA = 1
MAX_ATTESTATIONS_ELECTRA = 8
MAX_DEPOSITS = 16
MAX_VOLUNTARY_EXITS = 16
SYNC_COMMITTEE_SIZE = 32
MAX_BYTES_PER_TRANSACTION = 2**30
MAX_TRANSACTIONS_PER_PAYLOAD = 2**20
BYTES_PER_LOGS_BLOOM = 256
MAX_EXTRA_DATA_BYTES = 32
MAX_BLS_TO_EXECUTION_CHANGES = 16
MAX_WITHDRAWALS_PER_PAYLOAD = 4
MAX_BLOB_COMMITMENTS_PER_BLOCK = 4096
MAX_DEPOSIT_REQUESTS_PER_PAYLOAD = 8192
MAX_WITHDRAWAL_REQUESTS_PER_PAYLOAD = 16
MAX_CONSOLIDATION_REQUESTS_PER_PAYLOAD = 2
PTC_SIZE = 16
# Constants, the same in every preset: phase0/beacon-chain.md and altair/validator.md
DEPOSIT_CONTRACT_TREE_DEPTH = 32
SYNC_COMMITTEE_SUBNET_COUNT = 4

# phase0/beacon-chain.md, "Types"
Uint64, Uint256 = Uint(8), Uint(32)
Slot = Epoch = CommitteeIndex = ValidatorIndex = Gwei = Uint64
Bytes32 = Root = Hash32 = ByteVector(32)
Version = ByteVector(4)
ExecutionAddress = ByteVector(20)
BLSPubkey = KZGCommitment = ByteVector(48)
BLSSignature = ByteVector(96)


def signed(message):
    return Container(message=message, signature=BLSSignature)


# phase0/beacon-chain.md
ForkData = Container(current_version=Version, genesis_validators_root=Root)
SigningData = Container(object_root=Root, domain=Bytes32)
Checkpoint = Container(epoch=Epoch, root=Root)
AttestationData = Container(
    slot=Slot, index=CommitteeIndex, beacon_block_root=Root, source=Checkpoint, target=Checkpoint
)
Eth1Data = Container(deposit_root=Root, deposit_count=Uint64, block_hash=Hash32)
DepositMessage = Container(pubkey=BLSPubkey, withdrawal_credentials=Bytes32, amount=Gwei)
DepositData = Container(pubkey=BLSPubkey, withdrawal_credentials=Bytes32, amount=Gwei, signature=BLSSignature)
Deposit = Container(proof=Vector(Bytes32, DEPOSIT_CONTRACT_TREE_DEPTH + 1), data=DepositData)
BeaconBlockHeader = Container(
    slot=Slot, proposer_index=ValidatorIndex, parent_root=Root, state_root=Root, body_root=Root
)
SignedBeaconBlockHeader = signed(BeaconBlockHeader)
ProposerSlashing = Container(signed_header_1=SignedBeaconBlockHeader, signed_header_2=SignedBeaconBlockHeader)
VoluntaryExit = Container(epoch=Epoch, validator_index=ValidatorIndex)


def beacon_block(body):
    return Container(slot=Slot, proposer_index=ValidatorIndex, parent_root=Root, state_root=Root, body=body)


# altair/beacon-chain.md and altair/validator.md
SyncAggregate = Container(
    sync_committee_bits=BitVector(SYNC_COMMITTEE_SIZE), sync_committee_signature=BLSSignature
)
SyncCommitteeContribution = Container(
    slot=Slot,
    beacon_block_root=Root,
    subcommittee_index=Uint64,
    aggregation_bits=BitVector(SYNC_COMMITTEE_SIZE // SYNC_COMMITTEE_SUBNET_COUNT),
    signature=BLSSignature,
)
ContributionAndProof = Container(
    aggregator_index=ValidatorIndex, contribution=SyncCommitteeContribution, selection_proof=BLSSignature
)
SyncAggregatorSelectionData = Container(slot=Slot, subcommittee_index=Uint64)

# capella/beacon-chain.md
Withdrawal = Container(index=Uint64, validator_index=ValidatorIndex, address=ExecutionAddress, amount=Gwei)
BLSToExecutionChange = Container(
    validator_index=ValidatorIndex, from_bls_pubkey=BLSPubkey, to_execution_address=ExecutionAddress
)

# electra/beacon-chain.md, requests
DepositRequest = Container(
    pubkey=BLSPubkey, withdrawal_credentials=Bytes32, amount=Gwei, signature=BLSSignature, index=Uint64
)
WithdrawalRequest = Container(source_address=ExecutionAddress, validator_pubkey=BLSPubkey, amount=Gwei)
ConsolidationRequest = Container(
    source_address=ExecutionAddress, source_pubkey=BLSPubkey, target_pubkey=BLSPubkey
)

# builder-specs bellatrix/builder.md
ValidatorRegistrationV1 = Container(
    fee_recipient=ExecutionAddress, gas_limit=Uint64, timestamp=Uint64, pubkey=BLSPubkey
)

# bellatrix/beacon-chain.md: the fields of a payload that every later fork keeps, in order
PAYLOAD_FIELDS = dict(
    parent_hash=Hash32,
    fee_recipient=ExecutionAddress,
    state_root=Bytes32,
    receipts_root=Bytes32,
    logs_bloom=ByteVector(BYTES_PER_LOGS_BLOOM),
    prev_randao=Bytes32,
    block_number=Uint64,
    gas_limit=Uint64,
    gas_used=Uint64,
    timestamp=Uint64,
    extra_data=ByteList(MAX_EXTRA_DATA_BYTES),
    base_fee_per_gas=Uint256,
    block_hash=Hash32,
)
# deneb/beacon-chain.md
BLOB_GAS_FIELDS = dict(blob_gas_used=Uint64, excess_blob_gas=Uint64)


class Electra:
    """electra/beacon-chain.md and electra/validator.md. Fulu changes none of these containers."""

    AggregationBits = BitList(MAX_VALIDATORS_PER_COMMITTEE * MAX_COMMITTEES_PER_SLOT)
    Attestation = Container(
        aggregation_bits=AggregationBits,
        data=AttestationData,
        signature=BLSSignature,
        committee_bits=BitVector(MAX_COMMITTEES_PER_SLOT),
    )
    IndexedAttestation = Container(
        attesting_indices=List(ValidatorIndex, MAX_VALIDATORS_PER_COMMITTEE * MAX_COMMITTEES_PER_SLOT),
        data=AttestationData,
        signature=BLSSignature,
    )
    AttesterSlashing = Container(attestation_1=IndexedAttestation, attestation_2=IndexedAttestation)
    AggregateAndProof = Container(
        aggregator_index=ValidatorIndex, aggregate=Attestation, selection_proof=BLSSignature
    )
    Transactions = List(ByteList(MAX_BYTES_PER_TRANSACTION), MAX_TRANSACTIONS_PER_PAYLOAD)
    Withdrawals = List(Withdrawal, MAX_WITHDRAWALS_PER_PAYLOAD)
    ExecutionPayload = Container(
        **PAYLOAD_FIELDS, transactions=Transactions, withdrawals=Withdrawals, **BLOB_GAS_FIELDS
    )
    ExecutionPayloadHeader = Container(
        **PAYLOAD_FIELDS, transactions_root=Root, withdrawals_root=Root, **BLOB_GAS_FIELDS
    )
    ExecutionRequests = Container(
        deposits=List(DepositRequest, MAX_DEPOSIT_REQUESTS_PER_PAYLOAD),
        withdrawals=List(WithdrawalRequest, MAX_WITHDRAWAL_REQUESTS_PER_PAYLOAD),
        consolidations=List(ConsolidationRequest, MAX_CONSOLIDATION_REQUESTS_PER_PAYLOAD),
    )
    BODY_HEAD = dict(
        randao_reveal=BLSSignature,
        eth1_data=Eth1Data,
        graffiti=Bytes32,
        proposer_slashings=List(ProposerSlashing, MAX_PROPOSER_SLASHINGS),
        attester_slashings=List(AttesterSlashing, MAX_ATTESTER_SLASHINGS_ELECTRA),
        attestations=List(Attestation, MAX_ATTESTATIONS_ELECTRA),
        deposits=List(Deposit, MAX_DEPOSITS),
        voluntary_exits=List(signed(VoluntaryExit), MAX_VOLUNTARY_EXITS),
        sync_aggregate=SyncAggregate,
    )
    BODY_TAIL = dict(
        bls_to_execution_changes=List(signed(BLSToExecutionChange), MAX_BLS_TO_EXECUTION_CHANGES),
        blob_kzg_commitments=List(KZGCommitment, MAX_BLOB_COMMITMENTS_PER_BLOCK),
        execution_requests=ExecutionRequests,
    )
    BeaconBlock = beacon_block(Container(**BODY_HEAD, execution_payload=ExecutionPayload, **BODY_TAIL))
    # builder-specs electra/builder.md
    BlindedBeaconBlock = beacon_block(
        Container(**BODY_HEAD, execution_payload_header=ExecutionPayloadHeader, **BODY_TAIL)
    )


class Gloas:
    """gloas/beacon-chain.md (EIP-7688 makes containers and lists progressive), gloas/p2p-interface.md."""

    Attestation = ProgressiveContainer(
        aggregation_bits=BitList(),
        data=AttestationData,
        signature=BLSSignature,
        committee_bits=BitVector(MAX_COMMITTEES_PER_SLOT),
    )
    IndexedAttestation = ProgressiveContainer(
        attesting_indices=List(ValidatorIndex), data=AttestationData, signature=BLSSignature
    )
    # AttesterSlashing (phase0) and AggregateAndProof (electra/validator.md) stay plain containers.
    AttesterSlashing = Container(attestation_1=IndexedAttestation, attestation_2=IndexedAttestation)
    AggregateAndProof = Container(
        aggregator_index=ValidatorIndex, aggregate=Attestation, selection_proof=BLSSignature
    )
    ProposerPreferences = Container(
        dependent_root=Root,
        proposal_slot=Slot,
        validator_index=ValidatorIndex,
        fee_recipient=ExecutionAddress,
        target_gas_limit=Uint64,
    )
    PayloadAttestationData = Container(
        beacon_block_root=Root, slot=Slot, payload_present=Boolean(), blob_data_available=Boolean()
    )
    PayloadAttestation = ProgressiveContainer(
        aggregation_bits=BitVector(PTC_SIZE), data=PayloadAttestationData, signature=BLSSignature
    )
    BuilderDepositRequest = Container(
        pubkey=BLSPubkey, withdrawal_credentials=Bytes32, amount=Gwei, signature=BLSSignature
    )
    BuilderExitRequest = Container(source_address=ExecutionAddress, pubkey=BLSPubkey)
    ExecutionRequests = ProgressiveContainer(
        deposits=List(DepositRequest),
        withdrawals=List(WithdrawalRequest),
        consolidations=List(ConsolidationRequest),
        builder_deposits=List(BuilderDepositRequest),
        builder_exits=List(BuilderExitRequest),
    )
    ExecutionPayload = ProgressiveContainer(
        **PAYLOAD_FIELDS,
        transactions=List(ByteList()),
        withdrawals=List(Withdrawal),
        **BLOB_GAS_FIELDS,
        block_access_list=ByteList(),
        slot_number=Uint64,
    )
    ExecutionPayloadBid = ProgressiveContainer(
        parent_block_hash=Hash32,
        parent_block_root=Root,
        block_hash=Hash32,
        prev_randao=Bytes32,
        fee_recipient=ExecutionAddress,
        gas_limit=Uint64,
        builder_index=Uint64,
        slot=Slot,
        value=Gwei,
        execution_payment=Gwei,
        blob_kzg_commitments=List(KZGCommitment),
        execution_requests_root=Root,
    )
    ExecutionPayloadEnvelope = ProgressiveContainer(
        payload=ExecutionPayload,
        execution_requests=ExecutionRequests,
        builder_index=Uint64,
        beacon_block_root=Root,
        parent_beacon_block_root=Root,
    )
    BeaconBlock = beacon_block(
        ProgressiveContainer(
            randao_reveal=BLSSignature,
            eth1_data=Eth1Data,
            graffiti=Bytes32,
            proposer_slashings=List(ProposerSlashing),
            attester_slashings=List(AttesterSlashing),
            attestations=List(Attestation),
            deposits=List(Deposit),
            voluntary_exits=List(signed(VoluntaryExit)),
            sync_aggregate=SyncAggregate,
            bls_to_execution_changes=List(signed(BLSToExecutionChange)),
            signed_execution_payload_bid=signed(ExecutionPayloadBid),
            payload_attestations=List(PayloadAttestation),
            parent_execution_requests=ExecutionRequests,
        )
    )
