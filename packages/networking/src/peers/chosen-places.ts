/** Of the target. The other half is for whoever comes in: with many names one attacker can fill it, and this half it cannot. */
const CHOSEN_SHARE = 0.5;

/** Places that are kept for peers that this node chose: it dialled them, or the operator named them. */
export const chosenPlaces = (target: number): number => Math.ceil(target * CHOSEN_SHARE);

/** Whether this node chose a peer. Anybody comes in, and says what they like of themselves. */
export interface Choice {
  readonly isChosen: boolean;
}

export const chosenOf = <Peer extends Choice>(peers: Iterable<Peer>): Peer[] =>
  [...peers].filter(({isChosen}) => isChosen);
