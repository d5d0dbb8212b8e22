import {SecretKey} from "@mote/consensus/secret-key";

/** The well-known test keys with these numbers: for devnets only. */
export const interopKeys = (indices: readonly number[]): SecretKey[] =>
  indices.map((index) => SecretKey.interop(index));
