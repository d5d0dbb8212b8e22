import type {Cancel} from "@mote/core";
import type {Candidate} from "./dial-plan.ts";

/** Discovery, as the peer manager sees it. */
export interface PeerFinder {
  /** Asks for more; it paces itself, so that it may be called at any time. */
  search(): void;
  /** Of our chain, with addresses that may be dialled. */
  onFound(listener: (found: Candidate) => void): Cancel;
}

export const NO_FINDER: PeerFinder = {search: () => {}, onFound: () => () => {}};
