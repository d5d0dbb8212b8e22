import type {Devnet} from "@mote/devnet";

/** A vote as it reached the chain, whether the chain took it or not. */
export type TappedVote = Parameters<Devnet["chain"]["slashings"]["onVote"]>[0];

/** Hears every vote that reaches a devnet, before the devnet judges it. */
export class VoteTap {
  readonly votes: TappedVote[] = [];
  readonly #listeners = new Set<(vote: TappedVote) => void>();

  constructor(devnet: Devnet) {
    const {slashings} = devnet.chain;
    const judge = slashings.onVote.bind(slashings);
    slashings.onVote = (vote, correctlySigned) => {
      judge(vote, correctlySigned);
      this.votes.push(vote);
      for (const listener of this.#listeners) listener(vote);
    };
  }

  /** The next vote to come that matches. */
  next(matches: (vote: TappedVote) => boolean = () => true): Promise<TappedVote> {
    return new Promise((resolve) => {
      const listener = (vote: TappedVote) => {
        if (!matches(vote)) return;
        this.#listeners.delete(listener);
        resolve(vote);
      };
      this.#listeners.add(listener);
    });
  }
}

/** Resolves when the votes of `slot` have come, shortly before the next slot begins. Rejects when the chain fails. */
export function slotEnded(devnet: Devnet, slot: number): Promise<void> {
  return new Promise((resolve, reject) => {
    devnet.finished.then((outcome) => {
      if (outcome.kind === "failed") reject(outcome.error);
    });
    const cancel = devnet.subscribe((event) => {
      if (event.kind !== "slot_ended" || event.slot < slot) return;
      cancel();
      resolve();
    });
  });
}

/** Resolves when the block of `slot` is shown: those who have to vote learn of it at the same moment. */
export function blockShown(devnet: Devnet, slot: number): Promise<void> {
  return new Promise((resolve) => {
    const cancel = devnet.chain.subscribe((event) => {
      if (event.kind !== "block" || event.slot < slot) return;
      cancel();
      resolve();
    });
  });
}

/** Who was to vote in `slot`, and what came of it so far. */
export const voteCells = ({chain}: Devnet, slot: number) =>
  chain.ledger.slot(slot as typeof chain.currentSlot)?.cells ?? [];
