import type {Candidate} from "./dial-plan.ts";

const CANDIDATES_MAX = 500;
const MULTIADDRS_MAX = 4;

/** Peers that were heard of and may be dialled. The newest knowledge of a peer counts, and the oldest is given up when there are too many. */
export class CandidatePool {
  readonly #candidates = new Map<string, Candidate>();

  add(candidate: Candidate): void {
    this.#candidates.delete(candidate.peer);
    this.#candidates.set(candidate.peer, {...candidate, multiaddrs: candidate.multiaddrs.slice(0, MULTIADDRS_MAX)});
    for (const oldest of this.#candidates.keys()) {
      if (this.#candidates.size <= CANDIDATES_MAX) break;
      this.#candidates.delete(oldest);
    }
  }

  remove(peer: string): void {
    this.#candidates.delete(peer);
  }

  list(): readonly Candidate[] {
    return [...this.#candidates.values()];
  }
}
