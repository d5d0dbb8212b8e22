import {follows, SUBNET_PEERS_TARGET, type Subnet, type Subnets} from "./subnet-wants.ts";

export interface PrunablePeer extends Subnets {
  readonly peer: string;
  readonly score: number;
  readonly isDirect: boolean;
  readonly connectedAtMs: number;
}

/**
 * Whom to let go when there are more than the target: the worst score first, then who follows fewest subnets, then the youngest. Never a direct peer, nor one
 * of the last on a wanted subnet; so there may be fewer than are too many.
 */
export function planPruning(
  peers: readonly PrunablePeer[],
  target: number,
  wanted: readonly Subnet[],
): readonly PrunablePeer[] {
  const staying = new Set(peers);
  const worstFirst = peers
    .filter(({isDirect}) => !isDirect)
    .sort((a, b) => a.score - b.score || subnetsOf(a) - subnetsOf(b) || b.connectedAtMs - a.connectedAtMs);
  const leaving: PrunablePeer[] = [];
  for (const peer of worstFirst) {
    if (staying.size <= target) break;
    if (isNeeded(peer, staying, wanted)) continue;
    staying.delete(peer);
    leaving.push(peer);
  }
  return leaving;
}

const subnetsOf = ({attnets, syncnets}: Subnets): number => attnets.length + syncnets.length;

function isNeeded(peer: PrunablePeer, staying: ReadonlySet<PrunablePeer>, wanted: readonly Subnet[]): boolean {
  return wanted.some(
    (subnet) =>
      follows(peer, subnet) && [...staying].filter((one) => follows(one, subnet)).length <= SUBNET_PEERS_TARGET,
  );
}
