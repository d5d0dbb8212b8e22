import type {Root, Slot} from "../primitives.ts";
import type {InclusionSource} from "./chain-data.ts";
import type {DutiesSource} from "./duties-source.ts";

/** One beacon node's own chain. It tells its head, duties and committees only while it is sound by its own word. */
export interface ChainWitness extends Pick<DutiesSource, "attesterDuties">, InclusionSource {
  /** The block at the head. */
  head(): Promise<{readonly root: Root; readonly slot: Slot; readonly parentRoot: Root}>;
}

/** The beacon nodes one by one, for what no single one of them may decide. */
export interface ChainWitnesses {
  /** So many must say the same before a vote counts as absent. */
  readonly witnessThreshold: number;
  witnesses(): readonly ChainWitness[];
}
