import type {Epoch, Root, ValidatorIndex} from "@mote/core";
import type {BeaconApi, Route} from "../http/beacon-api.ts";
import {DUTIES_PER_REQUEST_MAX} from "../limits.ts";
import {chunked} from "./chunked.ts";

export interface EpochDuties<Duty> {
  readonly epoch: Epoch;
  readonly dependentRoot: Root;
  readonly duties: readonly Duty[];
}

export interface DutiesQuestion<Duty> {
  readonly route: Route;
  /** Names its epoch: `/eth/v1/validator/duties/ptc/7`. */
  readonly path: string;
  readonly epoch: Epoch;
  readonly indices: readonly ValidatorIndex[];
  readonly decode: (body: unknown, indices: readonly ValidatorIndex[]) => Omit<EpochDuties<Duty>, "epoch">;
}

/** An epoch's duties of many validators. One request does not hold them all, and the answers to several must rest on the same block. */
export async function dutiesInParts<Duty>(
  api: BeaconApi,
  {route, path, epoch, indices, decode}: DutiesQuestion<Duty>,
  signal?: AbortSignal,
): Promise<EpochDuties<Duty>> {
  const duties: Duty[] = [];
  let dependentRoot: Root | null = null;
  for (const batch of chunked(indices, DUTIES_PER_REQUEST_MAX)) {
    const part = await api.call(
      {route, path, body: {json: () => batch.map(String)}, fromJson: (body) => decode(body, batch)},
      signal,
    );
    if (dependentRoot !== null && part.dependentRoot !== dependentRoot) {
      throw api.fault(route, "MALFORMED", "the dependent root changed between two parts of the answer");
    }
    dependentRoot = part.dependentRoot;
    duties.push(...part.duties);
  }
  if (dependentRoot === null) throw new Error(`duties of no validator at all were asked for (${path})`);
  return {epoch, dependentRoot, duties};
}
