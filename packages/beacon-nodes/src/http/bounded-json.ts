import {InvalidValueError} from "@mote/core";
import {JSON_MARKS_MAX} from "../limits.ts";

/** Every value of a list or an object has one of these before it: what parsing costs is bounded by their number, not by the bytes. */
const MARKS = ["[", "{", ",", ":"];

/**
 * JSON of a remote side whose size was bounded before.
 * @throws {InvalidValueError} when it is none, or has more values than any answer
 */
export function parseBoundedJson(text: string): unknown {
  if (text.length > JSON_MARKS_MAX && hasMoreMarks(text, JSON_MARKS_MAX))
    throw new InvalidValueError(`more than ${JSON_MARKS_MAX} values of JSON`);
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidValueError("not JSON");
  }
}

function hasMoreMarks(text: string, marksMax: number): boolean {
  let count = 0;
  for (const mark of MARKS) {
    for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + 1)) {
      if (++count > marksMax) return true;
    }
  }
  return false;
}
