import type {ChainEvent} from "@mote/core";
import {chainEventsContract} from "@mote/testing";
import {SetUnderTest} from "../support/set-under-test.ts";
import {eventually} from "../support/setup.ts";

/** As the Beacon API names and words it. */
function apiEventOf(event: Exclude<ChainEvent, {kind: "connected"}>): [topic: string, data: object] {
  switch (event.kind) {
    case "head":
      return [
        "head",
        {
          slot: String(event.slot),
          block: event.blockRoot,
          previous_duty_dependent_root: event.currentEpochDependentRoot,
          current_duty_dependent_root: event.nextEpochDependentRoot,
        },
      ];
    case "chain_reorg":
      return ["chain_reorg", {slot: String(event.slot), depth: String(event.depth)}];
    case "finalized_checkpoint":
      return ["finalized_checkpoint", {epoch: String(event.epoch), block: event.root}];
    case "payload_available":
      return ["execution_payload_available", {slot: String(event.slot), block_root: event.blockRoot}];
    case "slashing":
      return slashingOf(event.validatorIndices.map(String));
  }
}

/** Of one validator a proposer's, of several their votes', in which there are others too. */
function slashingOf(indices: readonly string[]): [topic: string, data: object] {
  if (indices.length === 1) {
    const header = {message: {proposer_index: indices[0]}};
    return ["proposer_slashing", {signed_header_1: header, signed_header_2: header}];
  }
  return [
    "attester_slashing",
    {
      attestation_1: {attesting_indices: ["1", ...indices]},
      attestation_2: {attesting_indices: [...indices, "40"]},
    },
  ];
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
        announce: (event) => untilTold(() => subject.fake(event.beaconNode).emit(...apiEventOf(event))),
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
