import assert from "node:assert/strict";
import type {Attestation, InclusionSource, Root, Slot} from "@mote/core";
import type {BeaconCondition} from "../contract/beacon-condition.ts";
import {type ContractCheck, contractOf, type UnderTest} from "../contract/contract.ts";
import {promptly, rejectsPromptly} from "../contract/settling.ts";

export interface KnownBlock {
  readonly root: Root;
  readonly slot: Slot;
  readonly parentRoot: Root;
  readonly attestations: readonly Attestation[];
}

export interface InclusionSourceUnderTest extends UnderTest {
  readonly source: InclusionSource;
  /** At least one with and one without attestations. */
  readonly blocks: readonly KnownBlock[];
  /** The committees of at least two slots of one epoch, by slot. */
  readonly committeeLengths: ReadonlyMap<Slot, readonly number[]>;
  readonly become: (condition: BeaconCondition) => Promise<void> | void;
}

const UNKNOWN_ROOT = `0x${"0f".repeat(32)}` as Root;

export const INCLUSION_SOURCE_CHECKS: readonly ContractCheck<InclusionSourceUnderTest>[] = [
  {
    name: "tells slot and parent of a block",
    run: async ({source, blocks}) => {
      for (const {root, slot, parentRoot} of blocks) {
        const header = await promptly(source.blockHeader(root));
        assert.deepEqual({slot: header.slot, parentRoot: header.parentRoot}, {slot, parentRoot});
      }
    },
  },
  {
    name: "tells the attestations of a block, bits and all",
    run: async ({source, blocks}) => {
      for (const {root, attestations} of blocks) {
        assert.deepEqual(await promptly(source.blockAttestations(root)), attestations);
      }
    },
  },
  {
    name: "rejects for the header of a block that nobody knows",
    run: ({source}) => rejectsPromptly(source.blockHeader(UNKNOWN_ROOT), "the header"),
  },
  {
    name: "rejects for the attestations of a block that nobody knows",
    run: ({source}) => rejectsPromptly(source.blockAttestations(UNKNOWN_ROOT), "the attestations"),
  },
  {
    name: "tells the committee lengths of the slot that was asked for",
    run: async ({source, committeeLengths}) => {
      for (const [slot, lengths] of committeeLengths) {
        assert.deepEqual(await promptly(source.committeeLengths(slot)), lengths);
      }
    },
  },
  {
    name: "rejects when no beacon node answers",
    run: async ({source, blocks, become}) => {
      await become("silent");
      const {root, slot} = blocks[0] as KnownBlock;
      await rejectsPromptly(source.blockHeader(root), "the header");
      await rejectsPromptly(source.blockAttestations(root), "the attestations");
      await rejectsPromptly(source.committeeLengths(slot), "the committees");
    },
  },
];

/** What every adapter of the port `InclusionSource` has to do. */
export const inclusionSourceContract = contractOf(INCLUSION_SOURCE_CHECKS);
