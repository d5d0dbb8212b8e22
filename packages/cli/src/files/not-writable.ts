import {messageOf} from "@mote/core";
import {RefusedError} from "../command/refused-error.ts";

/** What the system said of a file or folder that was to be written, for people; anything else as it is. */
export function notWritable(path: string, error: unknown): unknown {
  const {code} = (error ?? {}) as {code?: unknown};
  if (typeof code !== "string" || !SYSTEM_CODE.test(code)) return error;
  return new RefusedError(`${path} cannot be written: ${REASONS[code] ?? messageOf(error)}`, {cause: error});
}

const SYSTEM_CODE = /^E[A-Z]+$/;
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "the folder that it is in is not there",
  EEXIST: "a file is in its way",
  ENOTDIR: "a part of the path is not a folder",
  EACCES: "writing there is not permitted",
  EPERM: "writing there is not permitted",
  EROFS: "what it lies on can only be read",
  ENOSPC: "there is no space left",
  EDQUOT: "there is no space left",
};
