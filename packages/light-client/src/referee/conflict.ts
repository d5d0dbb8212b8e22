import {abbreviate, type Checkpoint, type Root, type Slot} from "@mote/core";
import type {Proof} from "./proven-blocks.ts";
import type {KnownSource} from "./proven-source.ts";

interface Block {
  readonly slot: Slot;
  readonly root: Root;
}

const checkpoint = ({epoch, root}: {readonly epoch: number; readonly root: Root | null}): string =>
  root === null ? `of epoch ${epoch}` : `(${epoch}, ${abbreviate(root)})`;
const block = ({slot, root}: Block): string => `block ${abbreviate(root)} of slot ${slot}`;
const head = (root: Root): string => `head ${abbreviate(root)}`;
const signers = ({signed, seats}: Proof["participation"]): string => `signed by ${signed} of ${seats}`;

const notFinal = (what: string, finalized: Block): string =>
  `${what} is not on the chain of the finalized ${block(finalized)}`;

/** What the evidence says and the vote does not, in words short enough for the line of a failed duty. */
export const conflict = {
  checkpoint,
  head,
  source: (source: Checkpoint, known: KnownSource): string =>
    known.shownBy.kind === "block"
      ? `source ${checkpoint(source)} but the proven ${block(known.shownBy)} has source ${checkpoint(known)}`
      : `source ${checkpoint(source)} but with ${block(known.shownBy)} finalized it is ${checkpoint(known)}`,
  target: (target: Checkpoint, expected: Checkpoint, proof: Proof): string =>
    `target ${checkpoint(target)} but the proven ${block(proof)} has target ${checkpoint(expected)}`,
  leavesOut: (what: string, proof: Proof): string =>
    `${what} leaves out the proven ${block(proof)}, ${signers(proof.participation)}`,
  sourceFinality: (source: Checkpoint, finalized: Block): string => notFinal(`source ${checkpoint(source)}`, finalized),
  targetFinality: (target: Checkpoint, finalized: Block): string => notFinal(`target ${checkpoint(target)}`, finalized),
  headFinality: (root: Root, finalized: Block): string => notFinal(head(root), finalized),
};
