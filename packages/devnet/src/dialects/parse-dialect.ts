import {InvalidValueError} from "@mote/core";
import {CHARON} from "./charon.ts";
import type {Dialect} from "./dialect.ts";
import {LIGHTHOUSE} from "./lighthouse.ts";
import {PRYSM} from "./prysm.ts";

export const DIALECTS: readonly Dialect[] = [PRYSM, LIGHTHOUSE, CHARON];

export interface DialectSpec {
  readonly endpoint: string;
  readonly dialect: Dialect;
}

/**
 * One `--dialect`: `ENDPOINT=NAME`.
 * @throws {InvalidValueError} whose message names what is wrong and what there is
 */
export function parseDialectSpec(text: string): DialectSpec {
  const [endpoint = "", name = "", ...rest] = text.trim().split("=");
  const dialect = DIALECTS.find((one) => one.name === name);
  if (!/^bn\d{1,3}$/.test(endpoint) || rest.length > 0) {
    throw new InvalidValueError(`dialect ${JSON.stringify(text)}: must be ENDPOINT=NAME, for example bn1=prysm`);
  }
  if (dialect === undefined) {
    const names = DIALECTS.map((one) => one.name).join(", ");
    throw new InvalidValueError(
      `dialect ${JSON.stringify(text)}: there is no ${JSON.stringify(name)}; there are ${names}`,
    );
  }
  return {endpoint, dialect};
}
