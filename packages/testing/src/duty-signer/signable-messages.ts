import {ssz} from "@mote/consensus";
import {
  type DutySigner,
  type ExecutionAddress,
  hexToBytes,
  type Pubkey,
  type Root,
  rootToHex,
  type Slot,
} from "@mote/core";
import {type SelfBuiltBlock, selfBuiltBlock} from "./produced-blocks.ts";

export interface SignableMessagesInit {
  readonly slot: Slot;
  readonly slotsPerEpoch: number;
  readonly pubkey: Pubkey;
  readonly feeRecipient: ExecutionAddress;
  readonly gasLimit: number;
  readonly nowSec: number;
}

type MessageOf<Method extends keyof DutySigner> = Parameters<DutySigner[Method]>[1];

/** One message of each kind but votes and their aggregates, such as one key may sign in one slot of Gloas. */
export interface SignableMessages {
  readonly produced: SelfBuiltBlock;
  readonly syncCommitteeHead: {readonly slot: Slot; readonly beaconBlockRoot: Root};
  readonly syncSelection: MessageOf<"signSyncCommitteeSelectionProof">;
  readonly contribution: MessageOf<"signContributionAndProof">;
  readonly payloadAttestation: Parameters<DutySigner["signPayloadAttestations"]>[0];
  readonly preferences: MessageOf<"signProposerPreferences">;
  readonly registration: MessageOf<"signValidatorRegistration">;
  readonly exit: MessageOf<"signVoluntaryExit">;
}

export function signableMessages(init: SignableMessagesInit): SignableMessages {
  const {slot, slotsPerEpoch, pubkey, gasLimit, nowSec} = init;
  const feeRecipient = hexToBytes(init.feeRecipient);
  const head = new Uint8Array(32).fill(0xaa);
  const contribution = ssz.altair.ContributionAndProof.defaultValue();
  contribution.contribution.slot = slot;
  contribution.contribution.beaconBlockRoot = head;
  return {
    produced: selfBuiltBlock(init),
    syncCommitteeHead: {slot, beaconBlockRoot: rootToHex(head)},
    syncSelection: {slot, subcommitteeIndex: 1},
    contribution,
    payloadAttestation: {beaconBlockRoot: head, slot, payloadPresent: true, blobDataAvailable: true},
    preferences: {
      dependentRoot: head,
      proposalSlot: slot + slotsPerEpoch,
      validatorIndex: 1,
      feeRecipient,
      targetGasLimit: BigInt(gasLimit),
    },
    registration: {feeRecipient, gasLimit, timestamp: nowSec, pubkey: hexToBytes(pubkey)},
    exit: {epoch: Math.floor(slot / slotsPerEpoch), validatorIndex: 1},
  };
}
