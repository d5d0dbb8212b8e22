import type {EventEmitter} from "node:events";

/** The library's declarations of what its classes emit are lost under Node's module resolution. */
export const eventsOf = (emitter: unknown): EventEmitter => emitter as EventEmitter;
