import {consensusVersion, type NetworkConfig, ssz} from "@mote/consensus";
import {InvalidValueError, type Slot} from "@mote/core";
import {BeaconNodeError} from "../beacon-node-error.ts";
import type {BeaconApi, Route} from "../http/beacon-api.ts";
import {SMALL_BODY_SIZE_BYTES_MAX} from "../limits.ts";
import {checkVersion} from "./block-answer.ts";
import {parseObject} from "./decode.ts";
import type {PayloadAttestationData, PayloadAttestationMessage} from "./messages.ts";
import {notReadyWhileSyncing} from "./not-ready.ts";
import {firstSlot, type ItemOutcome, publish, publishRoute} from "./publish.ts";
import {serializeFixedSizeList} from "./ssz-list.ts";

const DATA: Route = {
  method: "GET",
  template: "/eth/v1/validator/payload_attestation_data",
  sizeBytesMax: SMALL_BODY_SIZE_BYTES_MAX,
  totalTimeoutMs: 4_000,
};
/** What older nodes have instead. */
const DATA_BY_PATH: Route = {...DATA, template: "/eth/v1/validator/payload_attestation_data/{slot}"};
const MESSAGES = publishRoute("/eth/v1/beacon/pool/payload_attestations");

export interface PayloadAttestationDataCall {
  readonly slot: Slot;
}

/** Null: no block of this slot was seen, so there is nothing to vote on. */
export async function payloadAttestationData(
  api: BeaconApi,
  config: NetworkConfig,
  {slot}: PayloadAttestationDataCall,
  signal?: AbortSignal,
): Promise<PayloadAttestationData | null> {
  const ask = (asked: Pick<DataCall, "route" | "path" | "isNothing">) =>
    askForData(api, {config, slot, ...asked}, signal);
  const byPath = {route: DATA_BY_PATH, path: `${DATA.template}/${slot}`};
  if (api.dialect.has(`slot_in_path ${DATA.template}`)) return ask({...byPath, isNothing: isNothingOfOldNodes});
  try {
    return await ask({route: DATA, path: `${DATA.template}?slot=${slot}`, isNothing: isNoContent});
  } catch (error) {
    if (!(error instanceof BeaconNodeError) || !error.isRouteMissing) throw error;
  }
  const data = await ask({...byPath, isNothing: isNoContent});
  api.dialect.add(`slot_in_path ${DATA.template}`);
  return data;
}

const isNoContent = (status: number): boolean => status === 204;

/** Nodes that want the slot in the path, and answered so before, say 404 or (Nimbus) 400 of a slot without a block: status-im/nimbus-eth2#9096. */
const isNothingOfOldNodes = (status: number): boolean => isNoContent(status) || status === 404 || status === 400;

interface DataCall {
  readonly config: NetworkConfig;
  readonly route: Route;
  readonly path: string;
  readonly slot: Slot;
  /** Statuses that say that no block of the slot was seen. */
  readonly isNothing: (status: number) => boolean;
}

function askForData(
  api: BeaconApi,
  {config, route, path, slot, isNothing}: DataCall,
  signal: AbortSignal | undefined,
): Promise<PayloadAttestationData | null> {
  const ofThisSlot = (data: PayloadAttestationData, answer: Parameters<typeof checkVersion>[2]) => {
    checkVersion(config, slot, answer);
    if (data.slot === slot) return data;
    throw new InvalidValueError(`data are for slot ${data.slot}, asked for was ${slot}`);
  };
  const type = ssz.gloas.PayloadAttestationData;
  const onSyncing = notReadyWhileSyncing(api, route);
  return api.call<PayloadAttestationData | null>(
    {
      route,
      path,
      fromJson: (json, header) => {
        const body = parseObject(json, "answer");
        return ofThisSlot(type.fromJson(body.data), {header, body});
      },
      fromSsz: (bytes, header) => ofThisSlot(type.deserialize(bytes), {header, body: null}),
      onStatus: (status) => (isNothing(status) ? null : onSyncing(status)),
    },
    signal,
  );
}

/** One request for all of them; their slots lie in one fork. Outcomes are in the order of `messages`. */
export function publishPayloadAttestations(
  api: BeaconApi,
  config: NetworkConfig,
  messages: readonly PayloadAttestationMessage[],
  signal?: AbortSignal,
): Promise<readonly ItemOutcome[]> {
  const slot = firstSlot(messages.map(({data}) => data.slot));
  const type = ssz.gloas.PayloadAttestationMessage;
  const body = {
    ssz: () => serializeFixedSizeList(messages.map((message) => type.serialize(message))),
    json: () => messages.map((message) => type.toJson(message)),
  };
  return publish(
    api,
    {route: MESSAGES, consensusVersion: consensusVersion(config, slot), body, signal},
    messages.length,
  );
}
