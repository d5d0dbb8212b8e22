import assert from "node:assert/strict";
import {hexToBytes, type Root} from "@mote/core";
import {checkPayloadAttestationData} from "../../src/payload-attestation/payload-attestation-check.ts";
import {root, slot} from "../support/world.ts";

describe("checkPayloadAttestationData", () => {
  const right = {beaconBlockRoot: hexToBytes(root(1)), slot: 9, payloadPresent: true, blobDataAvailable: true};
  const check = (over: Partial<typeof right>, announced: readonly Root[] = [root(1)]) =>
    checkPayloadAttestationData({...right, ...over}, {slot: slot(9), announced: new Set(announced)})?.reason;

  it("takes the slot's announced block, whatever is said of its payload", () => {
    assert.equal(check({}), undefined);
    assert.equal(check({payloadPresent: false, blobDataAvailable: false}), undefined);
    assert.equal(check({}, [root(2), root(1)]), undefined);
  });

  it("refuses another slot and a block that nobody announced", () => {
    assert.equal(check({slot: 8}), "BEACON_DATA_INVALID");
    assert.equal(check({beaconBlockRoot: hexToBytes(root(3))}), "BEACON_DATA_INVALID");
  });

  it("believes any block while no event came", () => {
    assert.equal(check({beaconBlockRoot: hexToBytes(root(3))}, []), undefined);
  });
});
