import {type Epoch, FAR_FUTURE_EPOCH, type ValidatorIndex, type ValidatorInfo} from "@mote/core";
import {fakePubkey, validatorStatusesContract} from "@mote/testing";
import {SetUnderTest} from "../support/set-under-test.ts";

const known = [5, 1, 3].map(
  (index): ValidatorInfo => ({
    pubkey: fakePubkey(index),
    index: index as ValidatorIndex,
    status: "active_ongoing",
    slashed: false,
    activationEpoch: 0 as Epoch,
    exitEpoch: FAR_FUTURE_EPOCH,
  }),
);

for (const count of [1, 3]) {
  describe(`BeaconNodeSet of ${count} keeps the contract of ValidatorStatuses`, () => {
    validatorStatusesContract(async () => {
      const subject = await SetUnderTest.start(count);
      const {set, become} = subject;
      return {statuses: set, known, unknown: fakePubkey(1_000), become, close: () => subject.close()};
    });
  });
}
