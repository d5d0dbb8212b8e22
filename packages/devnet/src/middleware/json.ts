import {InvalidValueError} from "@mote/core";

export type Json = Readonly<Record<string, unknown>>;

/** @throws {InvalidValueError} when it is none */
export function objectOf(value: unknown, field: string): Json {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
  throw new InvalidValueError(`${field} must be an object`);
}

/** @throws {InvalidValueError} when it is none, or longer */
export function listOf(value: unknown, field: string, itemsMax: number): readonly unknown[] {
  if (!Array.isArray(value)) throw new InvalidValueError(`${field} must be a list`);
  if (value.length > itemsMax) throw new InvalidValueError(`${field} has more than ${itemsMax} items`);
  return value;
}
