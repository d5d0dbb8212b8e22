import assert from "node:assert/strict";
import {ssz} from "@mote/consensus";
import {bytesToHex, type Pubkey, type Root, type ValidatorIndex} from "@mote/core";
import {fakePubkey, fakeRoot} from "@mote/testing";
import {NoBeaconNodeError} from "../../src/beacon-node-error.ts";
import {SetHarness} from "../support/set-harness.ts";

const HEADER = "GET /eth/v1/beacon/headers/{block_id}";
/** What older nodes, as the fakes are, are asked for identities. */
const VALIDATORS = "POST /eth/v1/beacon/states/{state_id}/validators";
const FINALITY_UPDATE = "GET /eth/v1/beacon/light_client/finality_update";

const headerAnswer = (root: Root) => ({
  kind: "text" as const,
  text: JSON.stringify({
    data: {root, canonical: true, header: {message: {slot: "8", parent_root: fakeRoot(1)}, signature: "0x"}},
  }),
});

const validatorAnswer = (pubkey: Pubkey) => ({
  kind: "text" as const,
  text: JSON.stringify({
    data: [
      {
        index: "3",
        balance: "1",
        status: "active_ongoing",
        validator: {
          pubkey,
          withdrawal_credentials: fakeRoot(1),
          effective_balance: "1",
          slashed: false,
          activation_epoch: "0",
          exit_epoch: "18446744073709551615",
        },
      },
    ],
  }),
});

describe("what a light node asks a set for", () => {
  const h = new SetHarness();

  it("is the finalized block that more than half of all nodes name, or none", async () => {
    const set = await h.started(3);
    const says = (...roots: (Root | null)[]) =>
      roots.forEach((root, at) => {
        h.fakes[at]!.faults.set(HEADER, root === null ? {kind: "status", status: 500} : headerAnswer(root));
      });
    says(fakeRoot(5), fakeRoot(6), fakeRoot(5));
    assert.equal(await set.agreedFinalizedRoot(), fakeRoot(5));
    says(fakeRoot(5), fakeRoot(6), fakeRoot(7));
    assert.equal(await set.agreedFinalizedRoot(), null);
    // Two of three are needed, also when the third is away.
    says(fakeRoot(5), null, null);
    assert.equal(await set.agreedFinalizedRoot(), null);
    says(fakeRoot(5), fakeRoot(5), null);
    assert.equal(await set.agreedFinalizedRoot(), fakeRoot(5));
  });

  it("is not heard of a node that is not sound by its own word", async () => {
    const set = await h.started(1);
    h.fakes[0]!.faults.set(HEADER, headerAnswer(fakeRoot(5)));
    h.fakes[0]!.chain.syncing.isOptimistic = true;
    assert.equal(await set.agreedFinalizedRoot(), null);
  });

  it("is the genesis block of a ready node", async () => {
    const set = await h.started(1);
    h.fakes[0]!.faults.set(HEADER, headerAnswer(fakeRoot(9)));
    assert.equal(await set.genesisBlockRoot(), fakeRoot(9));
    assert.deepEqual(h.fakes[0]!.requests.at(-1)?.params, ["genesis"]);
    h.fakes[0]!.faults.set(HEADER, {kind: "status", status: 404});
    await assert.rejects(set.genesisBlockRoot(), NoBeaconNodeError);
  });

  it("asks nobody for the keys of nobody", async () => {
    const set = await h.started(1);
    const before = h.fakes[0]!.requests.length;
    assert.deepEqual(await set.agreedValidatorIdentities([]), []);
    assert.equal(h.fakes[0]!.requests.length, before);
    const [identity] = await set.agreedValidatorIdentities([3 as ValidatorIndex]);
    assert.equal(identity?.index, 3);
  });

  it("is a key that more than half of all nodes name: one alone could choose it to forge a proof", async () => {
    const set = await h.started(3);
    const index = 3 as ValidatorIndex;
    const says = (...pubkeys: (Pubkey | null)[]) =>
      pubkeys.forEach((pubkey, at) => {
        const fault = pubkey === null ? ({kind: "status", status: 500} as const) : validatorAnswer(pubkey);
        h.fakes[at]!.faults.set(VALIDATORS, fault);
      });
    const agreed = async () => (await set.agreedValidatorIdentities([index])).map(({pubkey}) => bytesToHex(pubkey));
    says(fakePubkey(9), fakePubkey(3), fakePubkey(3));
    assert.deepEqual(await agreed(), [fakePubkey(3)]);
    says(fakePubkey(9), fakePubkey(3), null);
    assert.deepEqual(await agreed(), []);
    says(null, fakePubkey(3), null);
    assert.deepEqual(await agreed(), []);
  });

  it("is light-client data of each node by itself, the blamed one last", async () => {
    const set = await h.started(2);
    const type = ssz.fulu.LightClientFinalityUpdate;
    const text = JSON.stringify({version: "fulu", data: type.toJson(type.defaultValue() as never)});
    for (const fake of h.fakes) fake.faults.set(FINALITY_UPDATE, {kind: "text", text});
    const [first, second] = set.lightClientSources();
    assert.deepEqual([first?.name, second?.name], ["bn0", "bn1"]);
    assert.ok(await first?.finalityUpdate());
    first?.blame("a lie");
    assert.equal(set.lightClientSources()[0]?.name, "bn1");
  });
});
