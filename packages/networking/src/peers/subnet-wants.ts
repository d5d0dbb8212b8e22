import type {Slot} from "@mote/core";

export type SubnetKind = "attnets" | "syncnets";

export interface Subnet {
  readonly kind: SubnetKind;
  readonly subnetId: number;
}

/** What a peer, or a record, says that it follows. */
export interface Subnets {
  readonly attnets: readonly number[];
  readonly syncnets: readonly number[];
}

/** So many peers on a wanted subnet are enough. */
export const SUBNET_PEERS_TARGET = 3;

/** The subnets on which peers are wanted, each until its last slot is over. At most as many as there are subnets. */
export class SubnetWants {
  readonly #untilSlot = new Map<string, {readonly subnet: Subnet; readonly untilSlot: Slot}>();

  add(wanted: readonly (Subnet & {readonly untilSlot: Slot})[]): void {
    for (const {kind, subnetId, untilSlot} of wanted) {
      const key = `${kind}/${subnetId}`;
      const before = this.#untilSlot.get(key)?.untilSlot ?? -1;
      if (untilSlot > before) this.#untilSlot.set(key, {subnet: {kind, subnetId}, untilSlot});
    }
  }

  /** Those of now; what is over is forgotten. */
  current(slot: Slot): readonly Subnet[] {
    for (const [key, {untilSlot}] of this.#untilSlot) if (untilSlot < slot) this.#untilSlot.delete(key);
    return [...this.#untilSlot.values()].map(({subnet}) => subnet);
  }
}

export const follows = (subnets: Subnets, {kind, subnetId}: Subnet): boolean => subnets[kind].includes(subnetId);

/** Those of `wanted` that too few of `peers` follow. */
export function scarceSubnets(wanted: readonly Subnet[], peers: readonly Subnets[]): readonly Subnet[] {
  return wanted.filter((subnet) => peers.filter((peer) => follows(peer, subnet)).length < SUBNET_PEERS_TARGET);
}
