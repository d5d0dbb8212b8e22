import {type Choice, chosenOf, chosenPlaces} from "./chosen-places.ts";
import {follows, SUBNET_PEERS_TARGET, type Subnet, type Subnets} from "./subnet-wants.ts";

export interface PrunablePeer extends Subnets, Choice {
  readonly peer: string;
  readonly score: number;
  readonly isDirect: boolean;
  /** It has been here for long enough to be counted on. */
  readonly isSettled: boolean;
  readonly connectedAtMs: number;
}

/**
 * Whom to let go when there are more than the target: the worst score first, then the youngest. Never a direct peer, nor the last of those that this node
 * chose, nor one of the last on a wanted subnet; so there may be fewer than are too many. What else a peer claims to follow keeps nobody: it costs nothing.
 */
export function planPruning(
  peers: readonly PrunablePeer[],
  target: number,
  wanted: readonly Subnet[],
): readonly PrunablePeer[] {
  const staying = new Set(peers);
  const most = target + onTrial(peers, target);
  const worstFirst = peers
    .filter(({isDirect}) => !isDirect)
    .sort((a, b) => a.score - b.score || b.connectedAtMs - a.connectedAtMs);
  const leaving: PrunablePeer[] = [];
  for (const peer of worstFirst) {
    if (staying.size <= most) break;
    if (isOfTheLastChosen(peer, staying, target) || isNeeded(peer, staying, wanted)) continue;
    staying.delete(peer);
    leaving.push(peer);
  }
  return leaving;
}

/**
 * How many were dialled for the places of the chosen and have yet to settle, where somebody settled would have to go for them. Full nodes take a light one in
 * and let it go at their next heartbeat: for such no peer is given up that has stayed.
 */
function onTrial(peers: readonly PrunablePeer[], target: number): number {
  const places = chosenPlaces(target);
  const chosen = chosenOf(peers);
  const settledChosen = chosen.filter(({isSettled}) => isSettled).length;
  const settledOthers = peers.filter(({isSettled, isChosen}) => isSettled && !isChosen).length;
  return Math.max(
    0,
    Math.min(chosen.length - settledChosen, places - settledChosen, settledOthers - (target - places)),
  );
}

const isOfTheLastChosen = (peer: PrunablePeer, staying: ReadonlySet<PrunablePeer>, target: number): boolean =>
  peer.isChosen && chosenOf(staying).length <= chosenPlaces(target);

/** A chosen peer is not made dispensable by what others claim. */
function isNeeded(peer: PrunablePeer, staying: ReadonlySet<PrunablePeer>, wanted: readonly Subnet[]): boolean {
  const alike = peer.isChosen ? chosenOf(staying) : [...staying];
  return wanted.some(
    (subnet) => follows(peer, subnet) && alike.filter((one) => follows(one, subnet)).length <= SUBNET_PEERS_TARGET,
  );
}
