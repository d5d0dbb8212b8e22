import {Places} from "./places.ts";
import {Room} from "./room.ts";

/** For a test that waits for a story: it may have to wait for its place first. */
export const STORY_TIMEOUT_MS = 900_000;

/** A room for each story of a suite, on a machine with so many places: what a story has started ends with it, and its place is another's. */
export class Rooms {
  readonly #places = new Places();
  readonly #placesEach: number;
  readonly #open = new Map<Room, () => void>();

  /** @param options.placesEach how much of the machine each story takes: 1 for a chain and its node */
  constructor({placesEach = 1}: {readonly placesEach?: number} = {}) {
    this.#placesEach = placesEach;
  }

  /** A story that is told at once, and what came of it. A failure is that of the test that awaits it, not of the process. */
  live<Lived>(story: (room: Room) => Promise<Lived>): Promise<Lived> {
    const lived = this.#live(story);
    lived.catch(() => {});
    return lived;
  }

  /** The room of a story that goes on through several tests, until the rooms are cleared. */
  async open(): Promise<Room> {
    const leave = await this.#places.take(this.#placesEach);
    const room = new Room();
    this.#open.set(room, leave);
    return room;
  }

  /** Ends the stories that have not come to their end. */
  async clear(): Promise<void> {
    await Promise.all([...this.#open.keys()].map((room) => this.#close(room)));
    this.#places.close();
  }

  async #live<Lived>(story: (room: Room) => Promise<Lived>): Promise<Lived> {
    const room = await this.open();
    try {
      return await story(room);
    } finally {
      await this.#close(room);
    }
  }

  async #close(room: Room): Promise<void> {
    const leave = this.#open.get(room);
    this.#open.delete(room);
    await room.clear();
    leave?.();
  }
}
