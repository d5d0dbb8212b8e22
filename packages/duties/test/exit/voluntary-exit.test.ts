import assert from "node:assert/strict";
import type {ValidatorStatus} from "@mote/core";
import {exitVoluntarily} from "../../src/exit/voluntary-exit.ts";
import {fakePorts, pubkey, validator} from "../support/world.ts";

describe("exitVoluntarily", () => {
  function setUp(status: ValidatorStatus | null = "active_ongoing") {
    const ports = fakePorts(17);
    const registry = {infoOf: () => (status === null ? null : validator(7, {status}))};
    return {...ports, exit: () => exitVoluntarily(pubkey(7), {...ports, registry})};
  }

  it("signs an exit for the present epoch with the index that the chain names, and publishes it", async () => {
    const {exit, publisher} = setUp();
    assert.deepEqual(await exit(), {kind: "published", validatorIndex: 7});
    assert.deepEqual(
      publisher.exits.map(({message}) => message),
      [{epoch: 2, validatorIndex: 7}],
    );
  });

  it("signs nothing for a validator that is not active", async () => {
    for (const status of [null, "pending_queued", "active_exiting", "exited_unslashed"] as const) {
      const {exit, publisher, signer} = setUp(status);
      const outcome = await exit();
      assert.ok(outcome.kind === "refused" && outcome.reason === "KEY_NOT_ACTIVE", JSON.stringify(outcome));
      assert.deepEqual([publisher.exits, signer.signed], [[], []]);
    }
  });

  it("tells why it was not signed, or not taken", async () => {
    const refused = setUp();
    refused.signer.refusals.set(pubkey(7), "SIGNER_FAILED");
    const notSigned = await refused.exit();
    assert.ok(notSigned.kind === "refused" && notSigned.reason === "SIGNER_FAILED");
    assert.deepEqual(refused.publisher.exits, []);
    const unheard = setUp();
    unheard.publisher.judge = () => "unanswered";
    const notTaken = await unheard.exit();
    assert.ok(notTaken.kind === "refused" && notTaken.reason === "PUBLISH_UNANSWERED");
  });
});
