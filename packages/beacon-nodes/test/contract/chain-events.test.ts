import type {ChainEvent} from "@mote/core";
import {chainEventsContract} from "@mote/testing";
import {SetUnderTest} from "../support/set-under-test.ts";
import {eventually} from "../support/setup.ts";

/** As the Beacon API words it. */
function dataOf(event: Exclude<ChainEvent, {kind: "connected"}>): object {
  switch (event.kind) {
    case "head":
      return {
        slot: String(event.slot),
        block: event.blockRoot,
        previous_duty_dependent_root: event.currentEpochDependentRoot,
        current_duty_dependent_root: event.nextEpochDependentRoot,
      };
    case "chain_reorg":
      return {slot: String(event.slot), depth: String(event.depth)};
    case "finalized_checkpoint":
      return {epoch: String(event.epoch), block: event.root};
  }
}

for (const count of [1, 3]) {
  describe(`BeaconNodeSet of ${count} keeps the contract of ChainEvents`, () => {
    chainEventsContract(async () => {
      const subject = await SetUnderTest.start(count);
      const {set, clock} = subject;
      let told = 0;
      set.subscribe(() => {
        told++;
      });
      const untilTold = async (act: () => Promise<void> | void) => {
        const before = told;
        await act();
        await eventually(() => told > before, "event");
      };
      return {
        events: set,
        beaconNodes: subject.names,
        nowMs: () => clock.nowMs(),
        announce: (event) => untilTold(() => subject.fake(event.beaconNode).emit(event.kind, dataOf(event))),
        reconnect: (name) =>
          untilTold(async () => {
            const stands = () => set.nodes.find((node) => node.name === name)?.eventStreamStands === true;
            subject.fake(name).endStreams();
            await eventually(() => !stands(), "end of the stream");
            // The next try comes after a pause.
            await clock.advance(1_000);
          }),
        close: () => subject.close(),
      };
    });
  });
}
