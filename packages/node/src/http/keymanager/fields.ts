import {type Pubkey, parsePubkey} from "@mote/core";
import {ApiError} from "./api-error.ts";

/** Readers of a request's parts. None of their errors repeats a value: a password in the wrong place would come back, or end in a log. */

export type Fields = Readonly<Record<string, unknown>>;

export function fieldsOf(value: unknown, what: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw new ApiError(400, `${what} must be a JSON object`);
}

/** Own properties only: a body cannot be asked for what every object has. */
const own = (fields: Fields, name: string): unknown => (Object.hasOwn(fields, name) ? fields[name] : undefined);

export function listOf(fields: Fields, name: string): readonly unknown[] {
  const value = own(fields, name);
  if (Array.isArray(value)) return value;
  throw new ApiError(400, value === undefined ? `${name} is missing` : `${name} must be a list`);
}

export function textOf(fields: Fields, name: string): string {
  const value = own(fields, name);
  if (value === undefined) throw new ApiError(400, `${name} is missing`);
  return text(value, name);
}

/** Null counts as not there: that is how several clients write what they leave out. */
export function optionalTextOf(fields: Fields, name: string): string | null {
  const value = own(fields, name) ?? null;
  return value === null ? null : text(value, name);
}

export const textsOf = (fields: Fields, name: string): readonly string[] =>
  listOf(fields, name).map((value, at) => text(value, `${name}[${at}]`));

export const pubkeysOf = (fields: Fields, name: string): readonly Pubkey[] =>
  listOf(fields, name).map((value, at) => pubkeyFrom(value, `${name}[${at}]`));

export function pubkeyFrom(value: unknown, what: string): Pubkey {
  try {
    return parsePubkey(value, what);
  } catch {
    throw new ApiError(400, `${what} is not a public key: 0x and 96 hex digits`);
  }
}

function text(value: unknown, what: string): string {
  if (typeof value === "string") return value;
  throw new ApiError(400, `${what} must be text`);
}
