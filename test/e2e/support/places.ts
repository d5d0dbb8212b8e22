import {mkdirSync, mkdtempSync, readdirSync, rmdirSync} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {setTimeout as sleep} from "node:timers/promises";

/** A chain and its node take about an eighth of a core, of which there may be two; one with peers, and its start, three times that. */
const PLACES = 9;
/** All chains of a suite share the event loop of one process. */
const STORIES_PER_SUITE = 2;
/** For each place: a node takes most of that to start. */
const TURN_MS = 3_000;
const POLL_MS = 100;

/**
 * Places for stories that go on at once, and turns in which they begin, on the whole machine: processes share them through directories, which only one of
 * them can make. Without it, chains that begin together want for a core, and those that end leave it idle.
 */
export class Places {
  readonly #dir: string;
  readonly #taken = new Set<string>();
  readonly #leave = () => this.#giveBack([...this.#taken]);
  #stories = 0;
  #tickets = 0;

  constructor(dir = process.env.E2E_PLACES_DIR ?? mkdtempSync(join(tmpdir(), "mote-places-"))) {
    this.#dir = dir;
    process.once("exit", this.#leave);
  }

  /** Waits in line for so many places, and keeps the others waiting while it begins. What it resolves with gives the places back. */
  async take(count: number): Promise<() => void> {
    while (this.#stories >= STORIES_PER_SUITE) await sleep(POLL_MS);
    this.#stories++;
    const ticket = `ticket-${Date.now()}-${process.pid}-${this.#tickets++}`;
    this.#claim(ticket);
    while (this.#firstInLine() !== ticket) await sleep(POLL_MS);
    const places: string[] = [];
    for (let nth = 0; places.length < count; nth = (nth + 1) % PLACES) {
      const place = `place-${nth}`;
      if (this.#claim(place)) places.push(place);
      else if (nth === PLACES - 1) await sleep(POLL_MS);
    }
    setTimeout(() => this.#giveBack([ticket]), count * TURN_MS);
    return () => {
      this.#stories--;
      this.#giveBack(places);
    };
  }

  close(): void {
    this.#leave();
    process.off("exit", this.#leave);
  }

  #firstInLine(): string | undefined {
    return readdirSync(this.#dir)
      .filter((name) => name.startsWith("ticket-"))
      .sort()[0];
  }

  #claim(name: string): boolean {
    try {
      mkdirSync(join(this.#dir, name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
      throw error;
    }
    this.#taken.add(name);
    return true;
  }

  #giveBack(names: readonly string[]): void {
    for (const name of names) if (this.#taken.delete(name)) rmdirSync(join(this.#dir, name));
  }
}
