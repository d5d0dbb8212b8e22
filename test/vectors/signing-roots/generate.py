"""Writes signing-roots.json: known answers for every kind of message that a validator signs. See README.md."""

import json
import sys
from pathlib import Path

# The helper modules must not leave a __pycache__ in the repository.
sys.dont_write_bytecode = True

import messages as m
from containers import (
    AttestationData,
    BLSToExecutionChange,
    ContributionAndProof,
    DepositMessage,
    Electra,
    Epoch,
    ForkData,
    Gloas,
    Root,
    SigningData,
    Slot,
    SyncAggregatorSelectionData,
    ValidatorRegistrationV1,
    VoluntaryExit,
)
from ssz import from_hex, to_hex

# configs/minimal.yaml has these versions. The epochs there are far away; these give every fork a time of its own.
FORKS = [
    ("GENESIS", 0, "0x00000001"),
    ("ALTAIR", 2, "0x01000001"),
    ("BELLATRIX", 4, "0x02000001"),
    ("CAPELLA", 6, "0x03000001"),
    ("DENEB", 8, "0x04000001"),
    ("ELECTRA", 50, "0x05000001"),
    ("FULU", 100, "0x06000001"),
    ("GLOAS", 200, "0x07000001"),
]
VERSIONS = {name: version for name, _, version in FORKS}
CONFIG = {
    **{f"{name}_FORK_VERSION": version for name, _, version in FORKS},
    **{f"{name}_FORK_EPOCH": str(epoch) for name, epoch, _ in FORKS[1:]},
}
GENESIS_VALIDATORS_ROOT = m.root("genesis validators root")

ELECTRA_SLOT = 797  # epoch 99, in Electra's last
FULU_SLOT = 1597  # epoch 199, in Fulu's last
GLOAS_FIRST_SLOT = 1600  # epoch 200, Gloas's first
GLOAS_SLOT = 1618  # epoch 202

# Tables "Domain types" of phase0, altair, capella and gloas/beacon-chain.md, and builder-specs bellatrix/builder.md
DOMAIN_BEACON_PROPOSER = "0x00000000"
DOMAIN_BEACON_ATTESTER = "0x01000000"
DOMAIN_RANDAO = "0x02000000"
DOMAIN_DEPOSIT = "0x03000000"
DOMAIN_VOLUNTARY_EXIT = "0x04000000"
DOMAIN_SELECTION_PROOF = "0x05000000"
DOMAIN_AGGREGATE_AND_PROOF = "0x06000000"
DOMAIN_SYNC_COMMITTEE = "0x07000000"
DOMAIN_SYNC_COMMITTEE_SELECTION_PROOF = "0x08000000"
DOMAIN_CONTRIBUTION_AND_PROOF = "0x09000000"
DOMAIN_BLS_TO_EXECUTION_CHANGE = "0x0A000000"
DOMAIN_BEACON_BUILDER = "0x0B000000"
DOMAIN_PTC_ATTESTER = "0x0C000000"
DOMAIN_PROPOSER_PREFERENCES = "0x0D000000"
DOMAIN_APPLICATION_BUILDER = "0x00000001"


def version_at(epoch):
    """phase0 get_domain: the version of the state's fork, or of the one before, whichever holds the epoch."""
    return [version for _, start, version in FORKS if start <= epoch][-1]


def compute_domain(domain_type, fork_version=None, genesis_validators_root=None):
    """phase0 compute_domain: without a version the genesis one, without a root the zero root."""
    fork_data = {
        "current_version": fork_version or VERSIONS["GENESIS"],
        "genesis_validators_root": genesis_validators_root or to_hex(bytes(32)),
    }
    return from_hex(domain_type) + ForkData.root(fork_data)[:28]


def case(name, kind, fork, ssz_type, domain_type, message, *, at=None, version=None, any_chain=False, value=None):
    """`at` is ("epoch" | "slot", number), the moment whose fork version the domain takes; `version` fixes it instead.
    `any_chain` is a domain without the chain's root. `value` is the signed value when it is one field of the message.
    """
    if at is not None:
        version = version_at(at[1] if at[0] == "epoch" else m.epoch_of(at[1]))
    chain_root = None if any_chain else GENESIS_VALIDATORS_ROOT
    domain = compute_domain(domain_type, version, chain_root)
    object_root = ssz_type.root(message if value is None else value)
    signing_root = SigningData.root({"object_root": to_hex(object_root), "domain": to_hex(domain)})
    return {
        "name": name,
        "kind": kind,
        "fork": fork,
        "preset": "minimal",
        "config": CONFIG,
        "genesisValidatorsRoot": GENESIS_VALIDATORS_ROOT,
        "domainType": domain_type.lower(),
        "domainEpochOrSlot": None if at is None else {at[0]: str(at[1])},
        "domainForkVersion": version,
        "message": message,
        "objectRoot": to_hex(object_root),
        "domain": to_hex(domain),
        "signingRoot": to_hex(signing_root),
    }


def block_cases():
    """phase0/validator.md get_block_signature: the epoch of the block's slot."""

    def one(name, kind, fork, ssz_type, slot, message):
        return case(name, kind, fork, ssz_type, DOMAIN_BEACON_PROPOSER, message, at=("slot", slot))

    for fork, slot in (("electra", ELECTRA_SLOT), ("fulu", FULU_SLOT)):
        full, blinded = m.electra_block(f"{fork} block", slot), m.electra_block(f"{fork} block", slot, blinded=True)
        # simple-serialize.md "Summaries and expansions": a blinded block is a summary of the block.
        assert Electra.BeaconBlock.root(full) == Electra.BlindedBeaconBlock.root(blinded)
        yield one(f"{fork} block", "BeaconBlock", fork, Electra.BeaconBlock, slot, full)
        yield one(f"{fork} blinded block", "BlindedBeaconBlock", fork, Electra.BlindedBeaconBlock, slot, blinded)
    for name, slot, self_build in (
        ("gloas block with a builder's bid, first slot of the fork", GLOAS_FIRST_SLOT, False),
        ("gloas self-build block", GLOAS_SLOT, True),
    ):
        yield one(name, "BeaconBlock", "gloas", Gloas.BeaconBlock, slot, m.gloas_block(name, slot, self_build))
    # gloas/builder.md get_execution_payload_envelope_signature: the epoch of the block's slot.
    yield case(
        "gloas self-build envelope",
        "ExecutionPayloadEnvelope",
        "gloas",
        Gloas.ExecutionPayloadEnvelope,
        DOMAIN_BEACON_BUILDER,
        m.self_build_envelope("gloas self-build block", GLOAS_SLOT),
        at=("slot", GLOAS_SLOT),
    )
    first_slot_label = "gloas self-build block, first slot of the fork"
    yield case(
        "gloas self-build envelope, first slot of the fork",
        "ExecutionPayloadEnvelope",
        "gloas",
        Gloas.ExecutionPayloadEnvelope,
        DOMAIN_BEACON_BUILDER,
        m.self_build_envelope(first_slot_label, GLOAS_FIRST_SLOT),
        at=("slot", GLOAS_FIRST_SLOT),
    )


def attestation_cases():
    # phase0/validator.md get_attestation_signature: the target epoch. gloas/validator.md: index 1 is "payload present".
    for name, fork, slot, index in (
        ("fulu vote, last epoch before Gloas", "fulu", FULU_SLOT, 0),
        ("gloas vote, first slot of the fork, payload not present", "gloas", GLOAS_FIRST_SLOT, 0),
        ("gloas vote, first slot of the fork, payload present", "gloas", GLOAS_FIRST_SLOT, 1),
        ("gloas vote, payload present", "gloas", GLOAS_SLOT, 1),
    ):
        message = m.attestation_data(name, slot, index)
        target = int(message["target"]["epoch"])
        yield case(
            name, "AttestationData", fork, AttestationData, DOMAIN_BEACON_ATTESTER, message, at=("epoch", target)
        )
    # phase0/validator.md get_aggregate_and_proof_signature: the epoch of the vote's slot.
    for name, fork, forks, slot, index, bits in (
        ("electra aggregate", "electra", Electra, ELECTRA_SLOT, 0, 9),
        ("fulu aggregate, last epoch before Gloas", "fulu", Electra, FULU_SLOT, 0, 300),
        ("gloas aggregate, first slot of the fork", "gloas", Gloas, GLOAS_FIRST_SLOT, 1, 9),
        ("gloas aggregate of more than one chunk of bits", "gloas", Gloas, GLOAS_SLOT, 1, 300),
        ("gloas aggregate of exactly one chunk of bits", "gloas", Gloas, GLOAS_SLOT + 1, 0, 256),
    ):
        message = m.aggregate_and_proof(name, slot, index, bits)
        ssz_type = forks.AggregateAndProof
        yield case(
            name, "AggregateAndProof", fork, ssz_type, DOMAIN_AGGREGATE_AND_PROOF, message, at=("slot", slot)
        )


def slot_and_epoch_cases():
    for fork, slot in (("fulu", FULU_SLOT), ("gloas", GLOAS_FIRST_SLOT), ("gloas", GLOAS_SLOT)):
        epoch = str(m.epoch_of(slot))
        # phase0/validator.md get_epoch_signature signs the bare epoch, get_slot_signature the bare slot.
        yield case(
            f"{fork} randao of epoch {epoch}", "RandaoReveal", fork, Epoch, DOMAIN_RANDAO,
            {"epoch": epoch}, at=("epoch", int(epoch)), value=epoch,
        )
        yield case(
            f"{fork} selection proof of slot {slot}", "SelectionProof", fork, Slot, DOMAIN_SELECTION_PROOF,
            {"slot": str(slot)}, at=("slot", slot), value=str(slot),
        )


def sync_committee_cases():
    for fork, slot in (("fulu", FULU_SLOT), ("gloas", GLOAS_FIRST_SLOT), ("gloas", GLOAS_SLOT)):
        label = f"{fork} sync committee at slot {slot}"
        # altair/validator.md get_sync_committee_message signs the bare block root, at the epoch of the message's slot.
        block_root = m.root(f"{label} head")
        yield case(
            f"{label}: message", "SyncCommitteeMessage", fork, Root, DOMAIN_SYNC_COMMITTEE,
            {"slot": str(slot), "beacon_block_root": block_root}, at=("slot", slot), value=block_root,
        )
        # altair/validator.md get_sync_committee_selection_proof
        yield case(
            f"{label}: selection proof", "SyncCommitteeSelectionProof", fork, SyncAggregatorSelectionData,
            DOMAIN_SYNC_COMMITTEE_SELECTION_PROOF, {"slot": str(slot), "subcommittee_index": "3"}, at=("slot", slot),
        )
        # altair/validator.md get_contribution_and_proof_signature
        yield case(
            f"{label}: contribution", "ContributionAndProof", fork, ContributionAndProof,
            DOMAIN_CONTRIBUTION_AND_PROOF, m.contribution_and_proof(label, slot, 2), at=("slot", slot),
        )


def gloas_duty_cases():
    # gloas/validator.md get_payload_attestation_message_signature: the epoch of the data's slot.
    for name, slot, present, available in (
        ("payload attestation, first slot of the fork: payload without its blobs", GLOAS_FIRST_SLOT, True, False),
        ("payload attestation: no payload", GLOAS_SLOT, False, True),
        ("payload attestation: all present", GLOAS_SLOT + 1, True, True),
    ):
        yield case(
            name, "PayloadAttestationData", "gloas", Gloas.PayloadAttestationData, DOMAIN_PTC_ATTESTER,
            m.payload_attestation_data(name, slot, present, available), at=("slot", slot),
        )
    # gloas/validator.md get_signed_proposer_preferences: the epoch of the proposal, which may be the one after the
    # epoch in which it is signed. So preferences for the fork's first slot, signed before it, take Gloas's version.
    for name, slot, gas_limit in (
        ("proposer preferences for the first slot of the fork", GLOAS_FIRST_SLOT, 60_000_000),
        ("proposer preferences with a gas limit above 2**53", GLOAS_SLOT, 2**53 + 1),
    ):
        yield case(
            name, "ProposerPreferences", "gloas", Gloas.ProposerPreferences, DOMAIN_PROPOSER_PREFERENCES,
            m.proposer_preferences(name, slot, gas_limit), at=("slot", slot),
        )


def fixed_version_cases():
    # deneb/beacon-chain.md process_voluntary_exit (EIP-7044): Capella's version, whatever the epoch of the exit.
    for name, fork, epoch in (
        ("exit of an epoch before Capella", "fulu", 3),
        ("exit of a Fulu epoch", "fulu", m.epoch_of(FULU_SLOT)),
        ("exit of the first epoch of Gloas", "gloas", m.epoch_of(GLOAS_FIRST_SLOT)),
    ):
        yield case(
            name, "VoluntaryExit", fork, VoluntaryExit, DOMAIN_VOLUNTARY_EXIT,
            m.voluntary_exit(name, epoch), version=VERSIONS["CAPELLA"],
        )
    for fork in ("fulu", "gloas"):
        # capella/beacon-chain.md process_bls_to_execution_change: the genesis version with the chain's root.
        name = f"{fork} change of withdrawal credentials"
        yield case(
            name, "BLSToExecutionChange", fork, BLSToExecutionChange, DOMAIN_BLS_TO_EXECUTION_CHANGE,
            m.bls_to_execution_change(name), version=VERSIONS["GENESIS"],
        )
        # electra/beacon-chain.md is_valid_deposit_signature: the genesis version and the zero root.
        name = f"{fork} deposit"
        yield case(
            name, "DepositMessage", fork, DepositMessage, DOMAIN_DEPOSIT,
            m.deposit_message(name), version=VERSIONS["GENESIS"], any_chain=True,
        )
        # builder-specs bellatrix/builder.md, "Signing": the genesis version and the zero root.
        name = f"{fork} builder registration"
        yield case(
            name, "ValidatorRegistration", fork, ValidatorRegistrationV1, DOMAIN_APPLICATION_BUILDER,
            m.validator_registration(name), version=VERSIONS["GENESIS"], any_chain=True,
        )


def all_cases():
    yield from block_cases()
    yield from attestation_cases()
    yield from slot_and_epoch_cases()
    yield from sync_committee_cases()
    yield from gloas_duty_cases()
    yield from fixed_version_cases()


if __name__ == "__main__":
    cases = list(all_cases())
    assert len({entry["name"] for entry in cases}) == len(cases)
    unblinded = [entry for entry in cases if entry["kind"] != "BlindedBeaconBlock"]
    assert len({entry["signingRoot"] for entry in unblinded}) == len(unblinded)
    out = Path(__file__).with_name("signing-roots.json")
    out.write_text(json.dumps(cases, indent=1) + "\n", encoding="utf-8")
    for entry in cases:
        print(f"{entry['signingRoot']} {entry['kind']}: {entry['name']}")
