/** A list or an object that a reader is inside of: the place in it. */
export interface JsonFrame {
  readonly isArray: boolean;
  /** Of the element, in a list; −1 before the first. */
  index: number;
  /** Of the field, in an object; null before the first. */
  key: string | null;
}

const NAME_LENGTH_MAX = 64;

/** As in `data[3].signed_blocks[0].slot`, from the outermost frame to the innermost. A name that is no plain word is quoted. */
export function jsonPath(frames: readonly JsonFrame[]): string {
  let path = "";
  for (const {isArray, index, key} of frames) {
    if (isArray) path += index < 0 ? "" : `[${index}]`;
    else if (key === null) continue;
    else if (key.length <= NAME_LENGTH_MAX && /^[A-Za-z_]\w*$/.test(key)) path += path === "" ? key : `.${key}`;
    else path += `[${JSON.stringify(key.slice(0, NAME_LENGTH_MAX))}]`;
  }
  return path;
}
