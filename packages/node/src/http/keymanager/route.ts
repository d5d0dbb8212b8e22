import type {Pubkey} from "@mote/core";
import type {ValidatorKeys} from "../../keys/validator-keys.ts";
import {ApiError} from "./api-error.ts";
import {type Fields, pubkeyFrom} from "./fields.ts";

/** 10,000 public keys, or 5,000 with a URL each, take 1 MB. */
export const LIST_SIZE_BYTES_MAX = 4 * 1024 * 1024;
/** Settings of one key. */
export const SETTING_SIZE_BYTES_MAX = 64 * 1024;

export interface Call {
  /** Of the path, as it came. */
  readonly params: Fields;
  readonly query: Fields;
  /** What the JSON of the body says; null for a route without one. */
  readonly body: unknown;
}

export type Answer = {readonly status: 200; readonly body: object} | {readonly status: 202 | 204};

export interface Route {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  /** It changes something, so it waits for those that came before it. */
  readonly isChange: boolean;
  /**
   * Null: there is none. A body of `turn_first` is read when nothing else is under way, because there is memory for one of its size; any other one
   * first, so that nobody waits for a slow sender.
   */
  readonly body: {readonly sizeBytesMax: number; readonly order: "body_first" | "turn_first"} | null;
  /** @throws {ApiError} */
  handle(call: Call): Promise<Answer>;
}

/** The key that the path names. @throws {ApiError} 400 when it names none, 404 when this node does not have it */
export function heldKey({params}: Call, {keys}: {readonly keys: ValidatorKeys}): Pubkey {
  const pubkey = pubkeyFrom(params.pubkey, "the key in the path");
  if (keys.holds(pubkey)) return pubkey;
  throw new ApiError(404, "this node does not have that key");
}
