"""The messages, in their Beacon API JSON form. Values come from hashes of labels, so that fields are told apart."""

from hashlib import sha256

from containers import DEPOSIT_CONTRACT_TREE_DEPTH, SLOTS_PER_EPOCH, SYNC_COMMITTEE_SIZE, Electra, Gloas
from ssz import to_hex

# gloas/beacon-chain.md, "Misc"
BUILDER_INDEX_SELF_BUILD = 2**64 - 1
# The compressed point at infinity of G2: the signature of a self-build bid (gloas/validator.md).
G2_POINT_AT_INFINITY = "0xc0" + "00" * 95


def data(label, length):
    """Bytes that no other label gives. They are not curve points, whatever the field."""
    blocks = (sha256(f"{label}/{i}".encode()).digest() for i in range((length + 31) // 32))
    return to_hex(b"".join(blocks)[:length])


def root(label):
    return data(label, 32)


def address(label):
    return data(label, 20)


def pubkey(label):
    return data(label, 48)


def signature(label):
    return data(label, 96)


def number(label, below=2**32):
    """A number that is exact in every JSON reader and never 0."""
    return str(1 + int(data(label, 8), 16) % (below - 1))


def bit_vector(label, length):
    bits = int(data(label, length // 8 or 1), 16) % (1 << length)
    return to_hex((bits or 1).to_bytes((length + 7) // 8, "little"))


def bit_list(label, length):
    bits = int(data(label, (length + 7) // 8), 16) % (1 << length)
    return to_hex((bits | 1 << length).to_bytes(length // 8 + 1, "little"))


def epoch_of(slot):
    return slot // SLOTS_PER_EPOCH


def attestation_data(label, slot, index):
    """Target and source as an honest vote has them: the target is the epoch of the slot."""
    epoch = epoch_of(slot)
    return {
        "slot": str(slot),
        "index": str(index),
        "beacon_block_root": root(f"{label} head"),
        "source": {"epoch": str(epoch - 1), "root": root(f"{label} source")},
        "target": {"epoch": str(epoch), "root": root(f"{label} target")},
    }


def attestation(label, slot, index, bits):
    return {
        "aggregation_bits": bit_list(f"{label} bits", bits),
        "data": attestation_data(label, slot, index),
        "signature": signature(f"{label} signature"),
        "committee_bits": bit_vector(f"{label} committees", 4),
    }


def aggregate_and_proof(label, slot, index, bits):
    return {
        "aggregator_index": number(f"{label} aggregator"),
        "aggregate": attestation(f"{label} aggregate", slot, index, bits),
        "selection_proof": signature(f"{label} selection proof"),
    }


def contribution_and_proof(label, slot, subcommittee):
    return {
        "aggregator_index": number(f"{label} aggregator"),
        "contribution": {
            "slot": str(slot),
            "beacon_block_root": root(f"{label} head"),
            "subcommittee_index": str(subcommittee),
            "aggregation_bits": bit_vector(f"{label} bits", 8),
            "signature": signature(f"{label} signature"),
        },
        "selection_proof": signature(f"{label} selection proof"),
    }


def voluntary_exit(label, epoch):
    return {"epoch": str(epoch), "validator_index": number(f"{label} validator")}


def bls_to_execution_change(label):
    return {
        "validator_index": number(f"{label} validator"),
        "from_bls_pubkey": pubkey(f"{label} from"),
        "to_execution_address": address(f"{label} to"),
    }


def deposit_message(label):
    return {
        "pubkey": pubkey(f"{label} pubkey"),
        "withdrawal_credentials": root(f"{label} credentials"),
        "amount": number(f"{label} amount", 2**45),
    }


def payload_attestation_data(label, slot, present, available):
    return {
        "beacon_block_root": root(f"{label} block"),
        "slot": str(slot),
        "payload_present": present,
        "blob_data_available": available,
    }


def proposer_preferences(label, slot, target_gas_limit):
    return {
        "dependent_root": root(f"{label} dependent root"),
        "proposal_slot": str(slot),
        "validator_index": number(f"{label} validator"),
        "fee_recipient": address(f"{label} fee recipient"),
        "target_gas_limit": str(target_gas_limit),
    }


def validator_registration(label):
    return {
        "fee_recipient": address(f"{label} fee recipient"),
        "gas_limit": number(f"{label} gas limit"),
        "timestamp": number(f"{label} timestamp"),
        "pubkey": pubkey(f"{label} pubkey"),
    }


def proposer_slashing(label, slot):
    def header(side):
        return {
            "message": {
                "slot": str(slot),
                "proposer_index": number(f"{label} proposer"),
                "parent_root": root(f"{label} {side} parent"),
                "state_root": root(f"{label} {side} state"),
                "body_root": root(f"{label} {side} body"),
            },
            "signature": signature(f"{label} {side}"),
        }

    return {"signed_header_1": header("first"), "signed_header_2": header("second")}


def attester_slashing(label, slot, index):
    def vote(side, indices):
        return {
            "attesting_indices": [str(i) for i in indices],
            "data": attestation_data(f"{label} {side}", slot, index),
            "signature": signature(f"{label} {side}"),
        }

    # Six indices fill more than one chunk (four numbers each).
    return {"attestation_1": vote("first", [3, 5, 8, 13, 21, 34]), "attestation_2": vote("second", [5, 13, 55])}


def deposit(label):
    return {
        "proof": [root(f"{label} proof {i}") for i in range(DEPOSIT_CONTRACT_TREE_DEPTH + 1)],
        "data": {**deposit_message(label), "signature": signature(label)},
    }


def execution_requests(label):
    return {
        "deposits": [
            {
                **deposit_message(f"{label} deposit"),
                "signature": signature(f"{label} deposit"),
                "index": number(f"{label} deposit index"),
            }
        ],
        "withdrawals": [
            {
                "source_address": address(f"{label} withdrawal {i}"),
                "validator_pubkey": pubkey(f"{label} withdrawal {i}"),
                "amount": number(f"{label} withdrawal {i}"),
            }
            for i in range(2)
        ],
        "consolidations": [
            {
                "source_address": address(f"{label} consolidation"),
                "source_pubkey": pubkey(f"{label} consolidation source"),
                "target_pubkey": pubkey(f"{label} consolidation target"),
            }
        ],
    }


def gloas_execution_requests(label):
    return {
        **execution_requests(label),
        "builder_deposits": [
            {**deposit_message(f"{label} builder"), "signature": signature(f"{label} builder")}
        ],
        "builder_exits": [
            {"source_address": address(f"{label} exit {i}"), "pubkey": pubkey(f"{label} exit {i}")} for i in range(2)
        ],
    }


def execution_payload(label):
    """The Electra payload. The second transaction takes seven chunks, so three levels of a progressive tree."""
    return {
        "parent_hash": root(f"{label} parent"),
        "fee_recipient": address(f"{label} fee recipient"),
        "state_root": root(f"{label} state"),
        "receipts_root": root(f"{label} receipts"),
        "logs_bloom": data(f"{label} bloom", 256),
        "prev_randao": root(f"{label} randao"),
        "block_number": number(f"{label} number"),
        "gas_limit": number(f"{label} gas limit"),
        "gas_used": number(f"{label} gas used"),
        "timestamp": number(f"{label} timestamp"),
        "extra_data": data(f"{label} extra", 11),
        # Above 2**64, since the field is a Uint256.
        "base_fee_per_gas": str(2**70 + 12345),
        "block_hash": root(f"{label} hash"),
        "transactions": [data(f"{label} transaction", 3), data(f"{label} long transaction", 200)],
        "withdrawals": [
            {
                "index": number(f"{label} withdrawal {i}"),
                "validator_index": number(f"{label} withdrawn {i}"),
                "address": address(f"{label} withdrawal {i}"),
                "amount": number(f"{label} amount {i}"),
            }
            for i in range(2)
        ],
        "blob_gas_used": number(f"{label} blob gas"),
        "excess_blob_gas": number(f"{label} excess blob gas"),
    }


def payload_header(payload):
    """builder-specs bellatrix/builder.md: the two lists are replaced by their roots."""
    types = Electra.ExecutionPayload.fields
    header = {}
    for name, value in payload.items():
        if name in ("transactions", "withdrawals"):
            header[f"{name}_root"] = to_hex(types[name].root(value))
        else:
            header[name] = value
    return header


def body_head(label, slot, index):
    """The fields of a body up to `sync_aggregate`, which Electra, Fulu and Gloas share."""
    return {
        "randao_reveal": signature(f"{label} randao"),
        "eth1_data": {
            "deposit_root": root(f"{label} deposit root"),
            "deposit_count": number(f"{label} deposit count"),
            "block_hash": root(f"{label} eth1 block"),
        },
        "graffiti": root(f"{label} graffiti"),
        "proposer_slashings": [proposer_slashing(f"{label} proposer slashing", slot - 3)],
        "attester_slashings": [attester_slashing(f"{label} attester slashing", slot - 2, index)],
        "attestations": [
            attestation(f"{label} attestation", slot - 1, index, 13),
            attestation(f"{label} wide attestation", slot - 2, index, 300),
        ],
        "deposits": [deposit(f"{label} deposit")],
        "voluntary_exits": [
            {"message": voluntary_exit(label, epoch_of(slot) - 1), "signature": signature(f"{label} exit")}
        ],
        "sync_aggregate": {
            "sync_committee_bits": bit_vector(f"{label} sync bits", SYNC_COMMITTEE_SIZE),
            "sync_committee_signature": signature(f"{label} sync"),
        },
    }


def signed_changes(label):
    return [{"message": bls_to_execution_change(label), "signature": signature(f"{label} change")}]


def block(label, slot, body):
    return {
        "slot": str(slot),
        "proposer_index": number(f"{label} proposer"),
        "parent_root": root(f"{label} parent"),
        "state_root": root(f"{label} state"),
        "body": body,
    }


def electra_block(label, slot, blinded=False):
    payload = execution_payload(f"{label} payload")
    part = {"execution_payload_header": payload_header(payload)} if blinded else {"execution_payload": payload}
    body = {
        **body_head(label, slot, 0),
        **part,
        "bls_to_execution_changes": signed_changes(label),
        "blob_kzg_commitments": [pubkey(f"{label} commitment {i}") for i in range(2)],
        "execution_requests": execution_requests(f"{label} requests"),
    }
    return block(label, slot, body)


def gloas_payload(label, slot):
    return {
        **execution_payload(label),
        "block_access_list": data(f"{label} access list", 70),
        "slot_number": str(slot),
    }


def gloas_block(label, slot, self_build):
    """The bid names the payload and the requests of `envelope`, so that block and envelope belong together."""
    payload, requests = gloas_payload(f"{label} payload", slot), gloas_execution_requests(f"{label} requests")
    bid = {
        "parent_block_hash": payload["parent_hash"],
        "parent_block_root": root(f"{label} parent"),
        "block_hash": payload["block_hash"],
        "prev_randao": payload["prev_randao"],
        "fee_recipient": payload["fee_recipient"],
        "gas_limit": payload["gas_limit"],
        "builder_index": str(BUILDER_INDEX_SELF_BUILD) if self_build else number(f"{label} builder"),
        "slot": str(slot),
        "value": "0" if self_build else number(f"{label} value"),
        "execution_payment": "0" if self_build else number(f"{label} payment"),
        "blob_kzg_commitments": [pubkey(f"{label} commitment {i}") for i in range(2)],
        "execution_requests_root": to_hex(Gloas.ExecutionRequests.root(requests)),
    }
    bid_signature = G2_POINT_AT_INFINITY if self_build else signature(f"{label} bid")
    body = {
        **body_head(label, slot, 1),
        "bls_to_execution_changes": signed_changes(label),
        "signed_execution_payload_bid": {"message": bid, "signature": bid_signature},
        "payload_attestations": [
            {
                "aggregation_bits": bit_vector(f"{label} ptc bits", 16),
                "data": payload_attestation_data(f"{label} ptc", slot - 1, True, True),
                "signature": signature(f"{label} ptc"),
            }
        ],
        "parent_execution_requests": gloas_execution_requests(f"{label} parent requests"),
    }
    return block(label, slot, body)


def self_build_envelope(label, slot):
    own_block = gloas_block(label, slot, True)
    return {
        "payload": gloas_payload(f"{label} payload", slot),
        "execution_requests": gloas_execution_requests(f"{label} requests"),
        "builder_index": str(BUILDER_INDEX_SELF_BUILD),
        "beacon_block_root": to_hex(Gloas.BeaconBlock.root(own_block)),
        "parent_beacon_block_root": own_block["parent_root"],
    }
