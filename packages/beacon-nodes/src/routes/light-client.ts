import {type NetworkConfig, ssz} from "@mote/consensus";
import {InvalidValueError, type LightClientSource, type Root} from "@mote/core";
import type {BeaconApi, HeaderOf, Route} from "../http/beacon-api.ts";
import {LIGHT_CLIENT_OBJECT_SIZE_BYTES_MAX, LIGHT_CLIENT_UPDATES_MAX} from "../limits.ts";
import {parseList, parseObject} from "./decode.ts";

/** What a light client follows the chain by. None of it is believed here: it bears its own proof, and the light client checks that. */

type Answers = {
  readonly LightClientBootstrap: Awaited<ReturnType<LightClientSource["bootstrap"]>>;
  readonly LightClientUpdate: Awaited<ReturnType<LightClientSource["updates"]>>[number];
  readonly LightClientFinalityUpdate: Awaited<ReturnType<LightClientSource["finalityUpdate"]>>;
  readonly LightClientOptimisticUpdate: Awaited<ReturnType<LightClientSource["optimisticUpdate"]>>;
};
type TypeName = keyof Answers;

interface Decoder<T> {
  fromJson(json: unknown): T;
  deserialize(bytes: Uint8Array): T;
}

const TYPES_BY_FORK = {
  altair: ssz.altair,
  bellatrix: ssz.altair,
  capella: ssz.capella,
  deneb: ssz.deneb,
  electra: ssz.electra,
  fulu: ssz.fulu,
  gloas: ssz.gloas,
};

const route = (name: string): Route => ({
  method: "GET",
  template: `/eth/v1/beacon/light_client/${name}`,
  sizeBytesMax: LIGHT_CLIENT_OBJECT_SIZE_BYTES_MAX,
  totalTimeoutMs: 10_000,
});
const BOOTSTRAP = route("bootstrap/{block_root}");
const UPDATES = route("updates");
const FINALITY_UPDATE = route("finality_update");
const OPTIMISTIC_UPDATE = route("optimistic_update");

export function lightClientBootstrap(
  api: BeaconApi,
  blockRoot: Root,
  signal?: AbortSignal,
): Promise<Answers["LightClientBootstrap"]> {
  const path = `/eth/v1/beacon/light_client/bootstrap/${blockRoot}`;
  return ask(api, {route: BOOTSTRAP, path, typeName: "LightClientBootstrap"}, signal);
}

export function lightClientFinalityUpdate(
  api: BeaconApi,
  signal?: AbortSignal,
): Promise<Answers["LightClientFinalityUpdate"]> {
  return ask(
    api,
    {route: FINALITY_UPDATE, path: FINALITY_UPDATE.template, typeName: "LightClientFinalityUpdate"},
    signal,
  );
}

export function lightClientOptimisticUpdate(
  api: BeaconApi,
  signal?: AbortSignal,
): Promise<Answers["LightClientOptimisticUpdate"]> {
  const path = OPTIMISTIC_UPDATE.template;
  return ask(api, {route: OPTIMISTIC_UPDATE, path, typeName: "LightClientOptimisticUpdate"}, signal);
}

export interface LightClientUpdatesCall {
  readonly startPeriod: number;
  /** At most `MAX_REQUEST_LIGHT_CLIENT_UPDATES` are asked for. */
  readonly count: number;
}

/** Of consecutive periods, the first of them not before the one asked for; never more than asked for. */
export function lightClientUpdates(
  api: BeaconApi,
  config: NetworkConfig,
  call: LightClientUpdatesCall,
  signal?: AbortSignal,
): Promise<readonly Answers["LightClientUpdate"][]> {
  const count = Math.min(call.count, LIGHT_CLIENT_UPDATES_MAX);
  return api.call(
    {
      route: {...UPDATES, sizeBytesMax: count * LIGHT_CLIENT_OBJECT_SIZE_BYTES_MAX},
      path: `${UPDATES.template}?start_period=${call.startPeriod}&count=${count}`,
      fromJson: (body) =>
        parseList(body, "answer", count).map((item) => {
          const {version, data} = parseObject(item, "update");
          return typeOf("LightClientUpdate", version).fromJson(data);
        }),
      fromSsz: (bytes) => readChunks(bytes, {config, count}),
    },
    signal,
  );
}

function ask<Name extends TypeName>(
  api: BeaconApi,
  call: {readonly route: Route; readonly path: string; readonly typeName: Name},
  signal: AbortSignal | undefined,
): Promise<Answers[Name]> {
  const {route, path, typeName} = call;
  const fromJson = (body: unknown) => {
    const {version, data} = parseObject(body, "answer");
    return typeOf(typeName, version).fromJson(data);
  };
  const fromSsz = (bytes: Uint8Array, header: HeaderOf) =>
    typeOf(typeName, header("eth-consensus-version")).deserialize(bytes);
  return api.call({route, path, fromJson, fromSsz}, signal);
}

function typeOf<Name extends TypeName>(name: Name, version: unknown): Decoder<Answers[Name]> {
  const fork = String(version).toLowerCase();
  if (!Object.hasOwn(TYPES_BY_FORK, fork))
    throw new InvalidValueError(`no light client's version: ${fork.slice(0, 40)}`);
  return TYPES_BY_FORK[fork as keyof typeof TYPES_BY_FORK][name] as unknown as Decoder<Answers[Name]>;
}

const CHUNK_LENGTH_SIZE_BYTES = 8;
const FORK_DIGEST_SIZE_BYTES = 4;

/** For each update its length as a uint64, the fork digest that tells its type, and the update; the length counts the digest. */
function readChunks(
  bytes: Uint8Array,
  {config, count}: {readonly config: NetworkConfig; readonly count: number},
): readonly Answers["LightClientUpdate"][] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const updates: Answers["LightClientUpdate"][] = [];
  for (let at = 0; at < bytes.length; ) {
    if (updates.length >= count) throw new InvalidValueError(`more than the ${count} updates that were asked for`);
    if (bytes.length - at < CHUNK_LENGTH_SIZE_BYTES) throw new InvalidValueError("an update's length is cut off");
    const sizeBytes = view.getBigUint64(at, true);
    at += CHUNK_LENGTH_SIZE_BYTES;
    if (sizeBytes < FORK_DIGEST_SIZE_BYTES || sizeBytes > bytes.length - at)
      throw new InvalidValueError(`an update of ${sizeBytes} bytes does not fit into its answer`);
    const end = at + Number(sizeBytes);
    const digest = bytes.subarray(at, at + FORK_DIGEST_SIZE_BYTES);
    const boundary = config.forkDigest2ForkBoundaryOption(digest);
    if (boundary === null) throw new InvalidValueError("an update's fork digest is none of this chain's");
    const type = typeOf("LightClientUpdate", boundary.fork);
    updates.push(type.deserialize(bytes.subarray(at + FORK_DIGEST_SIZE_BYTES, end)));
    at = end;
  }
  return updates;
}
