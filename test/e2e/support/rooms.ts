import {Room} from "./room.ts";

/** A room for each story of a suite: what a story has started ends with it, so that the next one has the machine to itself. */
export class Rooms {
  readonly #open = new Set<Room>();

  async live<Lived>(story: (room: Room) => Promise<Lived>): Promise<Lived> {
    const room = new Room();
    this.#open.add(room);
    try {
      return await story(room);
    } finally {
      this.#open.delete(room);
      await room.clear();
    }
  }

  /** Ends the stories that have not come to their end. */
  async clear(): Promise<void> {
    await Promise.all([...this.#open].map((room) => room.clear()));
  }
}
