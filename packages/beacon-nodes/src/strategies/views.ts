import {type AttestationData, abbreviate, type ChainData, type Root, rootToHex} from "@mote/core";
import type {AnswerView} from "./tally.ts";

type PayloadOutcome = Awaited<ReturnType<ChainData["payloadAttestationData"]>>;
export type PayloadAttestationData = Extract<PayloadOutcome, {kind: "data"}>["data"];

/** Source and target are what safety needs; a vote for a head that few have costs little. */
export const ATTESTATION_DATA_VIEW: AnswerView<AttestationData> = {
  agreementOf: ({source, target}) => `${source.epoch} ${source.root} ${target.epoch} ${target.root}`,
  headOf: ({beaconBlockRoot}) => beaconBlockRoot,
  // From Gloas on nodes may differ in it for one head: payload seen or not.
  restOf: ({index}) => index,
  describe: ({beaconBlockRoot, source, target}) =>
    `head ${abbreviate(beaconBlockRoot)} source ${source.epoch}/${abbreviate(source.root)} target ${target.epoch}/${abbreviate(target.root)}`,
};

/** Nothing about a head can be slashed: enough nodes must have spoken, and the plurality counts. */
export const HEAD_ROOT_VIEW: AnswerView<Root> = {
  agreementOf: () => "",
  headOf: (root) => root,
  restOf: () => "",
  describe: (root) => `head ${abbreviate(root)}`,
};

const describePayload = (data: PayloadAttestationData | null): string => {
  if (data === null) return "no block of this slot";
  const {beaconBlockRoot, slot, payloadPresent, blobDataAvailable} = data;
  return `block ${rootToHex(beaconBlockRoot)} of slot ${slot} payload ${payloadPresent} blobs ${blobDataAvailable}`;
};

/** All of it, or nothing at all: a vote on a payload says what was seen, so there is no part to take from another. */
export const PAYLOAD_VIEW: AnswerView<PayloadAttestationData | null> = {
  agreementOf: describePayload,
  headOf: () => null,
  restOf: () => "",
  describe: describePayload,
};
