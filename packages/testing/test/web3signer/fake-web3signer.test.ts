import assert from "node:assert/strict";
import {bytesToHex} from "@mote/core";
import {fakePubkey, fakeRoot} from "../../src/beacon-nodes/fake-answers.ts";
import {fakeSignatureOf} from "../../src/duty-signing/fake-signature.ts";
import {OpenApi} from "../../src/openapi/openapi.ts";
import {FakeWeb3Signer} from "../../src/web3signer/fake-web3signer.ts";
import {type Json, signingRootOfBody} from "../../src/web3signer/signing-root-of-body.ts";

/** Not on every machine: without it, requests are judged by their signing root alone. */
const openApi = OpenApi.load(
  new URL("../../../../../shared/specs/remote-signing-api/remote-signing-oapi.yaml", import.meta.url).pathname,
);
const init = {genesisForkVersion: Uint8Array.of(0, 0, 0, 1)};
const pubkey = fakePubkey(1);
const fork_info = {
  fork: {previous_version: "0x00000001", current_version: "0x00000001", epoch: "1"},
  genesis_validators_root: fakeRoot(3),
};

function withRoot(content: Json): Json {
  return {signingRoot: signingRootOfBody(content, init), ...content};
}
const randao = withRoot({type: "RANDAO_REVEAL", fork_info, randao_reveal: {epoch: "7"}});

describe("FakeWeb3Signer", () => {
  let fake: FakeWeb3Signer;
  beforeEach(async () => {
    fake = await FakeWeb3Signer.start({...init, pubkeys: [pubkey], sign: fakeSignatureOf, openApi});
  });
  afterEach(() => fake.close());

  const post = (body: Json, key = pubkey, type = "application/json"): Promise<Response> =>
    fetch(`${fake.url}/api/v1/eth2/sign/${key}`, {
      method: "POST",
      headers: {accept: "application/json", "content-type": type},
      body: JSON.stringify(body),
    });

  it("signs what it was told", async () => {
    const response = await post(randao);
    const signature = bytesToHex(fakeSignatureOf(pubkey, randao.signingRoot as never));
    assert.deepEqual(await response.json(), {signature});
    assert.deepEqual(fake.complaints, []);
  });

  it("signs nothing by a root that is not the message's", async () => {
    for (const wrong of [
      {...randao, signingRoot: fakeRoot(9)},
      {...randao, randao_reveal: {epoch: "8"}},
      {...randao, type: "AGGREGATION_SLOT", aggregation_slot: {slot: "7"}},
      {...randao, fork_info: {...fork_info, genesis_validators_root: fakeRoot(4)}},
      {...randao, fork_info: {...fork_info, fork: {...fork_info.fork, current_version: "0x00000002"}}},
      {...randao, type: "PAYLOAD_ATTESTATION"},
    ]) {
      fake.complaints.length = 0;
      assert.equal((await post(wrong)).status, 400);
      assert.notDeepEqual(fake.complaints, []);
    }
  });

  it("takes no other content type, and has no key but its own", async () => {
    assert.equal((await post(randao, pubkey, "text/plain")).status, 400);
    assert.equal((await post(randao, fakePubkey(2))).status, 404);
  });

  it("holds requests to the official description", function () {
    if (openApi === null) return this.skip();
    for (const broken of [
      {...randao, fork_info: undefined},
      {...randao, randao_reveal: undefined},
    ]) {
      const complaints = openApi.checkRequest(
        "POST /api/v1/eth2/sign/{identifier}",
        JSON.parse(JSON.stringify(broken)),
      );
      assert.notDeepEqual(complaints, []);
    }
  });

  it("finds the roots that the description's examples name", function () {
    if (openApi === null) return this.skip();
    const known = [
      "ATTESTATION",
      "RANDAO_REVEAL",
      "VOLUNTARY_EXIT",
      "SYNC_COMMITTEE_MESSAGE",
      "SYNC_COMMITTEE_SELECTION_PROOF",
      "SYNC_COMMITTEE_CONTRIBUTION_AND_PROOF",
      "DEPOSIT",
    ];
    const examples = openApi.requestExamples("POST /api/v1/eth2/sign/{identifier}");
    for (const type of known) {
      const body = examples[type] as Json;
      assert.equal(signingRootOfBody(body, init), body.signingRoot, type);
    }
  });
});
