import assert from "node:assert/strict";
import {mkdirSync} from "node:fs";
import type {Epoch, ValidatorIndex} from "@mote/core";
import {signVoluntaryExitOffline} from "@mote/duty-signing";
import {type NetworkConfig, offlineConfig, type ValidatorDetails} from "@mote/node/operator";
import {judgeExits} from "../../src/exit/submit-exits.ts";
import {signingKey, Workshop} from "../support/operator-room.ts";

const EPOCH = 300 as Epoch;

describe("judgeExits", () => {
  const shop = new Workshop();
  let config: NetworkConfig;
  before(() => {
    mkdirSync(shop.path("net"));
    shop.write("net/config.yaml", "PRESET_BASE: minimal\nCONFIG_NAME: t\n");
    shop.write("net/genesis_validators_root.txt", `0x${"ab".repeat(32)}`);
    const network = offlineConfig({kind: "testnet", dir: shop.path("net"), name: "t", preset: "minimal"});
    assert.ok(network !== null);
    config = network;
  });
  after(() => shop.remove());

  const fileOf = (index: number, epoch: Epoch = EPOCH) => {
    const validatorIndex = index as ValidatorIndex;
    const exit = signVoluntaryExitOffline({secretKey: signingKey(index), validatorIndex, epoch, config});
    return {file: `exit-${index}.json`, exit};
  };
  const detailsOf = (index: number, status: ValidatorDetails["status"]) =>
    ({index, status, pubkey: signingKey(index).pubkey, exitEpoch: 310}) as ValidatorDetails;
  const judge = (files: readonly ReturnType<typeof fileOf>[], validators: readonly ValidatorDetails[]) => {
    const {owned, ...rest} = judgeExits(files, {validators, config, epoch: EPOCH});
    return {...rest, owned: owned.map(({exit}) => exit.message.validatorIndex)};
  };

  it("passes over validators that were told to leave before, so that the rest can be sent again", () => {
    const statuses = ["active_ongoing", "active_exiting", "exited_unslashed", "active_slashed"] as const;
    const validators = statuses.map((status, index) => detailsOf(index, status));
    const {owned, skipped, problems} = judge(
      [0, 1, 2, 3].map((index) => fileOf(index)),
      validators,
    );
    assert.deepEqual([owned, problems], [[0], []]);
    assert.match(
      skipped.join("\n"),
      /^validator 1 is leaving already, at epoch 310\nvalidator 2 has left.*\nvalidator 3 /,
    );
  });

  it("names what the chain would not take", () => {
    const pending = detailsOf(0, "pending_queued");
    const others = detailsOf(2, "active_ongoing");
    const files = [fileOf(0), fileOf(1), fileOf(2, 301 as Epoch)];
    assert.deepEqual(judge(files, [pending, others]).problems, [
      "exit-0.json: validator 0 is pending_queued",
      "exit-1.json: there is no validator 1 on this chain",
      "exit-2.json: it counts from epoch 301 on, and now it is 300",
    ]);
  });

  it("does not pass over a file with another's signature, whatever its validator does", () => {
    const validators = [{...detailsOf(0, "active_exiting"), pubkey: signingKey(1).pubkey}];
    assert.match(
      judge([fileOf(0)], validators).problems.join(),
      /exit-0\.json: its signature is not that of validator 0/,
    );
  });
});
