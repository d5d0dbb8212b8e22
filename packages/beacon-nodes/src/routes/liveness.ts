import {type Epoch, InvalidValueError, type Liveness, parseValidatorIndex, type ValidatorIndex} from "@mote/core";
import type {BeaconApi, Route} from "../http/beacon-api.ts";
import {LIVENESS_PER_REQUEST_MAX, LIVENESS_SIZE_BYTES_MAX} from "../limits.ts";
import {chunked} from "./chunked.ts";
import {parseBoolean, parseList, parseObject} from "./decode.ts";

const ROUTE: Route = {
  method: "POST",
  template: "/eth/v1/validator/liveness/{epoch}",
  sizeBytesMax: LIVENESS_SIZE_BYTES_MAX,
  totalTimeoutMs: 10_000,
};

export interface LivenessRequest {
  readonly epoch: Epoch;
  readonly indices: readonly ValidatorIndex[];
}

/** Who of `indices` this node saw voting in `epoch`. Sound only when it tells of each of them, once, and of nobody else. */
export async function liveness(
  api: BeaconApi,
  {epoch, indices}: LivenessRequest,
  signal?: AbortSignal,
): Promise<readonly Liveness[]> {
  const told: Liveness[] = [];
  for (const batch of chunked(indices, LIVENESS_PER_REQUEST_MAX)) {
    const part = await api.call(
      {
        route: ROUTE,
        path: `/eth/v1/validator/liveness/${epoch}`,
        body: {json: () => batch.map(String)},
        fromJson: (body) => decode(body, batch),
      },
      signal,
    );
    told.push(...part);
  }
  return told;
}

function decode(body: unknown, asked: readonly ValidatorIndex[]): Liveness[] {
  const left = new Set<ValidatorIndex>(asked);
  const told = parseList(parseObject(body, "answer").data, "data", asked.length).map((value): Liveness => {
    const item = parseObject(value, "item");
    const index = parseValidatorIndex(item.index, "index");
    if (!left.delete(index)) throw new InvalidValueError(`validator ${index} was not asked for, or comes twice`);
    return {index, isLive: parseBoolean(item.is_live, "is_live")};
  });
  const [missing] = left;
  // Silence about a validator would read as its absence.
  if (missing !== undefined) throw new InvalidValueError(`validator ${missing} is missing`);
  return told;
}
