import {UnsoundError} from "./request-error.ts";

/** @throws {UnsoundError} for bytes that are not of this type */
export function deserialized<T>(type: {deserialize(bytes: Uint8Array): T}, bytes: Uint8Array): T {
  try {
    return type.deserialize(bytes);
  } catch {
    throw new UnsoundError("invalid_response", "a chunk that is not SSZ of its type");
  }
}
