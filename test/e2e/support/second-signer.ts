import assert from "node:assert/strict";
import {DOMAIN_BEACON_PROPOSER} from "@lodestar/params";
import {type electra, type phase0, ssz} from "@lodestar/types";
import {attestationDataFromSsz, attestationSigningRoot, computeSigningRoot, domainAtEpoch} from "@mote/consensus";
import {type AttestationData, type AttesterDuty, type Epoch, hexToBytes, type Root, type Slot} from "@mote/core";
import {type Devnet, type InteropKey, interopKeys} from "@mote/devnet";

const ZERO_ROOT = `0x${"00".repeat(32)}` as Root;
const rootOf = (byte: number): Root => `0x${byte.toString(16).padStart(2, "0").repeat(32)}` as Root;

/** Who has a key besides Mote and signs what Mote never would; its proofs go to a beacon node as those of any slasher. */
export class SecondSigner {
  readonly #devnet: Devnet;
  readonly #index: number;
  readonly #key: InteropKey;

  constructor(devnet: Devnet, index: number) {
    this.#devnet = devnet;
    this.#index = index;
    const key = interopKeys(index + 1)[index];
    assert.ok(key !== undefined);
    this.#key = key;
  }

  /** A vote as its duty asks for, for what the chain would have said with `headRoot` as head. */
  vote({slot, committeeIndex}: AttesterDuty, headRoot: Root): electra.SingleAttestation {
    const {chain} = this.#devnet;
    const data = chain.attestationData(slot, headRoot);
    assert.ok(data !== null);
    const signature = this.#sign(attestationSigningRoot(chain.config, attestationDataFromSsz(data)));
    return {committeeIndex, attesterIndex: this.#index, data, signature};
  }

  /** Tells a vote to a beacon node, as any validator client does. */
  async tellVote(vote: electra.SingleAttestation, url: string): Promise<void> {
    await this.#post("/eth/v2/beacon/pool/attestations", [ssz.electra.SingleAttestation.toJson(vote)], url);
  }

  /** Two votes for one target, told to the first beacon node. */
  async tellDoubleVote(): Promise<void> {
    const slashing: electra.AttesterSlashing = {attestation1: this.#vote(1), attestation2: this.#vote(2)};
    await this.#post("/eth/v2/beacon/pool/attester_slashings", ssz.electra.AttesterSlashing.toJson(slashing));
  }

  /** Two blocks in one slot, told to the first beacon node. */
  async tellDoubleProposal(): Promise<void> {
    const slashing: phase0.ProposerSlashing = {signedHeader1: this.#header(1), signedHeader2: this.#header(2)};
    await this.#post("/eth/v1/beacon/pool/proposer_slashings", ssz.phase0.ProposerSlashing.toJson(slashing));
  }

  #vote(head: number): electra.IndexedAttestationBigint {
    const checkpoint = {epoch: 0 as Epoch, root: ZERO_ROOT};
    const data: AttestationData = {
      slot: 0 as Slot,
      index: 0 as AttestationData["index"],
      beaconBlockRoot: rootOf(head),
      source: checkpoint,
      target: checkpoint,
    };
    const signature = this.#sign(attestationSigningRoot(this.#devnet.chain.config, data));
    const plain = {...ssz.phase0.AttestationDataBigint.defaultValue(), beaconBlockRoot: hexToBytes(rootOf(head))};
    return {attestingIndices: [this.#index], data: plain, signature};
  }

  #header(body: number): phase0.SignedBeaconBlockHeaderBigint {
    const {config} = this.#devnet.chain;
    const message = {
      ...ssz.phase0.BeaconBlockHeaderBigint.defaultValue(),
      proposerIndex: this.#index,
      bodyRoot: hexToBytes(rootOf(body)),
    };
    const domain = domainAtEpoch(config, DOMAIN_BEACON_PROPOSER, 0 as Epoch);
    const signingRoot = computeSigningRoot(ssz.phase0.BeaconBlockHeaderBigint.hashTreeRoot(message), domain);
    return {message, signature: this.#sign(signingRoot)};
  }

  #sign(signingRoot: Root): Uint8Array {
    return this.#key.secretKey.sign(hexToBytes(signingRoot)).toBytes();
  }

  async #post(path: string, body: unknown, url: string | undefined = this.#devnet.urls[0]): Promise<void> {
    const {config, currentSlot} = this.#devnet.chain;
    const headers = {"content-type": "application/json", "eth-consensus-version": config.getForkName(currentSlot)};
    const response = await fetch(`${url}${path}`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    assert.equal(response.status, 200, await response.text());
  }
}
