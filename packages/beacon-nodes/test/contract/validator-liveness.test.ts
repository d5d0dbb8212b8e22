import type {Epoch, ValidatorIndex} from "@mote/core";
import {validatorLivenessContract} from "@mote/testing";
import {SetUnderTest} from "../support/set-under-test.ts";

const epoch = 2 as Epoch;
const live = [7, 3] as ValidatorIndex[];

for (const count of [1, 3]) {
  describe(`BeaconNodeSet of ${count} keeps the contract of ValidatorLiveness`, () => {
    validatorLivenessContract(async () => {
      const subject = await SetUnderTest.start(count);
      // Each vote was seen by one node only.
      live.forEach((index, at) => {
        const {chain} = subject.fakes[at % count]!;
        chain.live.set(epoch, new Set([...(chain.live.get(epoch) ?? []), index]));
      });
      const absent = [5, 60] as ValidatorIndex[];
      return {liveness: subject.set, epoch, live, absent, become: subject.become, close: () => subject.close()};
    });
  });
}
