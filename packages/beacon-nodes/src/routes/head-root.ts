import {parseRoot, type Root} from "@mote/core";
import type {BeaconApi, Route} from "../http/beacon-api.ts";
import {SMALL_BODY_SIZE_BYTES_MAX} from "../limits.ts";
import {parseObject, parseOptimistic} from "./decode.ts";

const ROUTE: Route = {
  method: "GET",
  template: "/eth/v1/beacon/blocks/{block_id}/root",
  sizeBytesMax: SMALL_BODY_SIZE_BYTES_MAX,
  totalTimeoutMs: 4_000,
};

/** The block that sync-committee messages are for. A head that the execution client has not verified is not to be signed. */
export function headRoot(api: BeaconApi, signal?: AbortSignal): Promise<{readonly root: Root}> {
  return api.call(
    {
      route: ROUTE,
      path: "/eth/v1/beacon/blocks/head/root",
      fromJson: (body) => {
        const answer = parseObject(body, "answer");
        if (parseOptimistic(answer)) throw api.fault(ROUTE, "NOT_READY", "its head is optimistic");
        return {root: parseRoot(parseObject(answer.data, "data").root, "root")};
      },
    },
    signal,
  );
}
