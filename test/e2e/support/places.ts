import {mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync} from "node:fs";
import {cpus, tmpdir} from "node:os";
import {join} from "node:path";
import {setTimeout as sleep} from "node:timers/promises";

/** A chain and its node take a twentieth to an eighth of a core; one with peers, and its start, three times that. */
const PLACES = 16;
/** Of all cores, for a story to begin. From some 70 % on, chains miss duties. */
const LOAD_MAX = 0.5;
const LOAD_SPAN_MS = 3_000;
/** As many go on whatever else the machine has to do, which gets its time first. */
const PLACES_AT_LEAST = 4;
const OTHERS_TIME_MS = 15_000;
/** All chains of a suite share the event loop of one process, which one with peers has to itself. */
const PLACES_PER_SUITE = 3;
/** For each place: within it a node that starts is seen in the load. */
const TURN_MS = 1_000;
const POLL_MS = 100;
const TURN = "turn";

/**
 * Places for stories that go on at once, as many as the machine has room for, and turns in which they begin: processes share them through directories, which
 * only one of them can make. Without it, chains that begin together want for a core, and those that end leave it idle.
 */
export class Places {
  readonly #dir: string;
  readonly #taken = new Set<string>();
  readonly #leave = () => {
    this.#giveBack([...this.#taken]);
    // A suite that is run by itself has all places, in a folder of its own.
    if (this.#dir !== process.env.E2E_PLACES_DIR) rmSync(this.#dir, {recursive: true, force: true});
  };
  #here = 0;
  #tickets = 0;

  constructor(dir = process.env.E2E_PLACES_DIR ?? mkdtempSync(join(tmpdir(), "mote-places-"))) {
    this.#dir = dir;
    process.once("exit", this.#leave);
  }

  /** Waits in line for so many places, and keeps the others waiting while it begins. What it resolves with gives the places back. */
  async take(count: number): Promise<() => void> {
    // Networks first, which have their suites to themselves, then by when a story asked, not by when its suite had room: the suites that began first have the longest to tell.
    const ticket = `ticket-${PLACES - count}-${Date.now()}-${process.pid}-${this.#tickets++}`;
    while (this.#here > 0 && this.#here + count > PLACES_PER_SUITE) await sleep(POLL_MS);
    this.#here += count;
    this.#claim(ticket);
    while (this.#firstInLine() !== ticket || !this.#claim(TURN)) await sleep(POLL_MS);
    this.#giveBack([ticket]);
    await this.#room();
    const places: string[] = [];
    for (let nth = 0; places.length < count; nth = (nth + 1) % PLACES) {
      const place = `place-${nth}`;
      if (this.#claim(place)) places.push(place);
      else if (nth === PLACES - 1) await sleep(POLL_MS);
    }
    setTimeout(() => this.#giveBack([TURN]), count * TURN_MS);
    return () => {
      this.#here -= count;
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

  /** Waits until the stories that go on, and whoever else is at work here, leave room for one more. */
  async #room(): Promise<void> {
    for (let waitedMs = 0; (await loadNow()) > LOAD_MAX; waitedMs += LOAD_SPAN_MS) {
      const taken = readdirSync(this.#dir).filter((name) => name.startsWith("place-")).length;
      if (taken < PLACES_AT_LEAST && waitedMs >= OTHERS_TIME_MS) return;
    }
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

/** @returns what part of all cores was at work in the last seconds */
async function loadNow(): Promise<number> {
  const before = cpuTimes();
  await sleep(LOAD_SPAN_MS);
  const after = cpuTimes();
  return (after.busy - before.busy) / (after.all - before.all);
}

function cpuTimes(): {readonly busy: number; readonly all: number} {
  const times = cpus().map(({times}) => times);
  const idle = times.reduce((sum, {idle}) => sum + idle, 0);
  const all = times.reduce((sum, {user, nice, sys, irq, idle}) => sum + user + nice + sys + irq + idle, 0);
  return {busy: all - idle, all};
}
