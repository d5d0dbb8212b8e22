import assert from "node:assert/strict";
import {parseEpoch, parseRoot, parseSlot, type Root, type Signature, type ValidatorIndex} from "@mote/core";
import * as consensus from "../../src/index.ts";
import {electraTypesAt, type NetworkConfig, ssz} from "../../src/index.ts";
import {type KnownAnswer, knownAnswers} from "../known-answers.ts";

type Json = Record<string, unknown>;

/** How each kind of message comes from its JSON to its signing root. */
const SIGNING_ROOTS: Readonly<Record<string, (config: NetworkConfig, message: Json) => Root>> = {
  AttestationData: (config, json) =>
    consensus.attestationSigningRoot(
      config,
      consensus.attestationDataFromSsz(ssz.phase0.AttestationData.fromJson(json)),
    ),
  AggregateAndProof: (config, json) => {
    const slot = parseSlot((json.aggregate as {data: Json}).data.slot, "slot");
    const message = electraTypesAt(config, slot).AggregateAndProof.fromJson(json);
    return consensus.aggregateAndProofSigningRoot(config, {
      aggregatorIndex: message.aggregatorIndex as ValidatorIndex,
      aggregate: consensus.attestationFromSsz(message.aggregate),
      selectionProof: message.selectionProof as Signature,
    });
  },
  SelectionProof: (config, json) => consensus.selectionProofSigningRoot(config, parseSlot(json.slot, "slot")),
  RandaoReveal: (config, json) => consensus.randaoRevealSigningRoot(config, parseEpoch(json.epoch, "epoch")),
  BeaconBlock: (config, json) =>
    consensus.blockSigningRoot(config, electraTypesAt(config, parseSlot(json.slot, "slot")).BeaconBlock.fromJson(json)),
  BlindedBeaconBlock: (config, json) =>
    consensus.blindedBlockSigningRoot(config, ssz.electra.BlindedBeaconBlock.fromJson(json)),
  SyncCommitteeMessage: (config, json) =>
    consensus.syncCommitteeMessageSigningRoot(
      config,
      parseSlot(json.slot, "slot"),
      parseRoot(json.beacon_block_root, "beacon_block_root"),
    ),
  SyncCommitteeSelectionProof: (config, json) =>
    consensus.syncCommitteeSelectionProofSigningRoot(config, ssz.altair.SyncAggregatorSelectionData.fromJson(json)),
  ContributionAndProof: (config, json) =>
    consensus.contributionAndProofSigningRoot(config, ssz.altair.ContributionAndProof.fromJson(json)),
  DepositMessage: (config, json) => consensus.depositSigningRoot(config, ssz.phase0.DepositMessage.fromJson(json)),
  VoluntaryExit: (config, json) => consensus.voluntaryExitSigningRoot(config, ssz.phase0.VoluntaryExit.fromJson(json)),
  BLSToExecutionChange: (config, json) =>
    consensus.blsToExecutionChangeSigningRoot(config, ssz.capella.BLSToExecutionChange.fromJson(json)),
  ExecutionPayloadEnvelope: (config, json) =>
    consensus.executionPayloadEnvelopeSigningRoot(config, ssz.gloas.ExecutionPayloadEnvelope.fromJson(json)),
  PayloadAttestationData: (config, json) =>
    consensus.payloadAttestationSigningRoot(config, ssz.gloas.PayloadAttestationData.fromJson(json)),
  ProposerPreferences: (config, json) =>
    consensus.proposerPreferencesSigningRoot(config, ssz.gloas.ProposerPreferences.fromJson(json)),
  ValidatorRegistration: (config, json) =>
    consensus.validatorRegistrationSigningRoot(config, ssz.bellatrix.ValidatorRegistrationV1.fromJson(json)),
};

function signingRootOf({kind, config, genesisValidatorsRoot, message}: KnownAnswer): Root {
  const signingRoot = SIGNING_ROOTS[kind];
  assert(signingRoot, `no signing root function for ${kind}`);
  const root = parseRoot(genesisValidatorsRoot, "genesisValidatorsRoot");
  return signingRoot(consensus.createNetworkConfig(consensus.chainConfigFromSpec(config), root), message as Json);
}

describe("signing roots", () => {
  const answers = knownAnswers();

  for (const answer of answers) {
    it(`${answer.kind}: ${answer.name}`, () => {
      assert.equal(answer.preset, "minimal", "the tests run on this preset");
      assert.equal(signingRootOf(answer), answer.signingRoot);
    });
  }

  it("has a known answer for every kind, and a function for every known answer", () => {
    assert.deepEqual([...new Set(answers.map(({kind}) => kind))].sort(), Object.keys(SIGNING_ROOTS).sort());
  });

  it("would notice another chain, another fork schedule and another message", () => {
    for (const kind of Object.keys(SIGNING_ROOTS)) {
      const answer = answers.find((one) => one.kind === kind);
      assert(answer);
      // Deposits and builder registrations are signed without the chain's root, everything else with it.
      const outsideChain = kind === "DepositMessage" || kind === "ValidatorRegistration";
      const otherChain = {...answer, genesisValidatorsRoot: `0x${"77".repeat(32)}`};
      assert.equal(signingRootOf(otherChain) === answer.signingRoot, outsideChain, kind);
      const versions = Object.keys(answer.config).filter((name) => name.endsWith("_FORK_VERSION"));
      const otherVersions = Object.fromEntries(versions.map((name, index) => [name, `0x9900000${index}`]));
      assert.notEqual(
        signingRootOf({...answer, config: {...answer.config, ...otherVersions}}),
        answer.signingRoot,
        kind,
      );
      const another = answers.find((one) => one.kind === kind && one.signingRoot !== answer.signingRoot);
      assert(another, `${kind} has a single known answer`);
      assert.notEqual(signingRootOf({...answer, message: another.message}), answer.signingRoot, kind);
    }
  });

  it("knows no blinded block from Gloas on", () => {
    const gloas = answers.find(({kind, fork}) => kind === "BeaconBlock" && fork === "gloas");
    const blinded = answers.find(({kind}) => kind === "BlindedBeaconBlock");
    assert(gloas && blinded);
    const {slot} = gloas.message as {slot: string};
    const message = {...(blinded.message as Json), slot};
    assert.throws(() => signingRootOf({...blinded, message}), {
      name: "InvalidValueError",
      message: /no blinded blocks/,
    });
  });
});
