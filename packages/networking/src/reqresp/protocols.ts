import {type ForkName, isForkPostAltair} from "@lodestar/params";
import {sszTypesFor} from "@lodestar/types";
import {type NetworkConfig, ssz} from "@mote/consensus";
import {ROOT_SIZE_BYTES} from "@mote/core";
import type {SizeBounds} from "../codec/snappy-block.ts";

export const REQUEST_NAMES = [
  "status",
  "goodbye",
  "ping",
  "metadata",
  "beacon_blocks_by_range",
  "beacon_blocks_by_root",
  "blob_sidecars_by_range",
  "blob_sidecars_by_root",
  "data_column_sidecars_by_range",
  "data_column_sidecars_by_root",
  "execution_payload_envelopes_by_range",
  "execution_payload_envelopes_by_root",
  "light_client_bootstrap",
  "light_client_updates_by_range",
  "light_client_finality_update",
  "light_client_optimistic_update",
] as const;
export type RequestName = (typeof REQUEST_NAMES)[number];

/** As multistream-select has it. phase0/p2p-interface.md#protocol-identification */
export const protocolId = (name: RequestName, version: number): string =>
  `/eth2/beacon_chain/req/${name}/${version}/ssz_snappy`;

/** One version of one kind of request. */
export interface Protocol {
  readonly name: RequestName;
  readonly version: number;
  readonly id: string;
  /** Null: nothing is sent. */
  readonly request: SizeBounds | null;
  readonly response: ResponseFormat;
}

export type ResponseFormat =
  | {readonly context: "none"; readonly bounds: SizeBounds}
  /** The fork digest before each chunk tells its type; null where the fork has none. altair/p2p-interface.md#forkdigest-context */
  | {readonly context: "fork_digest"; readonly boundsAt: (fork: ForkName) => SizeBounds | null};

interface Sized {
  readonly minSize: number;
  readonly maxSize: number;
}

type LightClientType =
  | "LightClientBootstrap"
  | "LightClientUpdate"
  | "LightClientFinalityUpdate"
  | "LightClientOptimisticUpdate";

/** Before each item of a list whose items differ in size. */
const OFFSET_SIZE_BYTES = 4;

/** Every protocol that Mote speaks, of each kind the newest version first. It is the same from Electra to Gloas. */
export function protocolsOf(config: NetworkConfig): readonly Protocol[] {
  const bounds = ({minSize, maxSize}: Sized): SizeBounds => ({
    minBytes: minSize,
    maxBytes: Math.min(maxSize, config.MAX_PAYLOAD_SIZE),
  });
  const plain = (type: Sized): ResponseFormat => ({context: "none", bounds: bounds(type)});
  const block: ResponseFormat = {
    context: "fork_digest",
    boundsAt: (fork) => bounds(sszTypesFor(fork).SignedBeaconBlock),
  };
  const lightClient = (name: LightClientType): ResponseFormat => ({
    context: "fork_digest",
    boundsAt: (fork) => (isForkPostAltair(fork) ? bounds(sszTypesFor(fork)[name]) : null),
  });
  const protocol = (
    name: RequestName,
    version: number,
    request: SizeBounds | null,
    response: ResponseFormat,
  ): Protocol => ({
    name,
    version,
    id: protocolId(name, version),
    request,
    response,
  });
  const root: SizeBounds = {minBytes: ROOT_SIZE_BYTES, maxBytes: ROOT_SIZE_BYTES};
  const listOf = (itemBytesMin: number, itemBytesMax: number, itemsMax: number): SizeBounds => ({
    minBytes: itemBytesMin,
    maxBytes: Math.min(itemBytesMax * itemsMax, config.MAX_PAYLOAD_SIZE),
  });
  // Spoken for peers alone, who ask everyone and hold it against a node when it does not know the question.
  const neverAsked: ResponseFormat = {context: "fork_digest", boundsAt: () => null};
  const {BlobIdentifier, BlobSidecarsByRangeRequest} = ssz.deneb;
  const {DataColumnsByRootIdentifier, DataColumnSidecarsByRangeRequest} = ssz.fulu;
  const {Status, Goodbye, Ping, BeaconBlocksByRangeRequest} = ssz.phase0;
  return [
    protocol("status", 2, bounds(ssz.fulu.Status), plain(ssz.fulu.Status)),
    protocol("status", 1, bounds(Status), plain(Status)),
    protocol("goodbye", 1, bounds(Goodbye), plain(Goodbye)),
    protocol("ping", 1, bounds(Ping), plain(Ping)),
    protocol("metadata", 3, null, plain(ssz.fulu.Metadata)),
    protocol("metadata", 2, null, plain(ssz.altair.Metadata)),
    protocol("beacon_blocks_by_range", 2, bounds(BeaconBlocksByRangeRequest), block),
    protocol(
      "beacon_blocks_by_root",
      2,
      {minBytes: ROOT_SIZE_BYTES, maxBytes: ROOT_SIZE_BYTES * config.MAX_REQUEST_BLOCKS},
      block,
    ),
    protocol("blob_sidecars_by_range", 1, bounds(BlobSidecarsByRangeRequest), neverAsked),
    protocol(
      "blob_sidecars_by_root",
      1,
      listOf(BlobIdentifier.minSize, BlobIdentifier.maxSize, config.MAX_REQUEST_BLOB_SIDECARS_ELECTRA),
      neverAsked,
    ),
    protocol("data_column_sidecars_by_range", 1, bounds(DataColumnSidecarsByRangeRequest), neverAsked),
    protocol(
      "data_column_sidecars_by_root",
      1,
      listOf(
        OFFSET_SIZE_BYTES + DataColumnsByRootIdentifier.minSize,
        OFFSET_SIZE_BYTES + DataColumnsByRootIdentifier.maxSize,
        config.MAX_REQUEST_BLOCKS_DENEB,
      ),
      neverAsked,
    ),
    protocol(
      "execution_payload_envelopes_by_range",
      1,
      bounds(ssz.gloas.ExecutionPayloadEnvelopesByRangeRequest),
      neverAsked,
    ),
    protocol(
      "execution_payload_envelopes_by_root",
      1,
      listOf(ROOT_SIZE_BYTES, ROOT_SIZE_BYTES, config.MAX_REQUEST_PAYLOADS),
      neverAsked,
    ),
    protocol("light_client_bootstrap", 1, root, lightClient("LightClientBootstrap")),
    protocol(
      "light_client_updates_by_range",
      1,
      bounds(ssz.altair.LightClientUpdatesByRange),
      lightClient("LightClientUpdate"),
    ),
    protocol("light_client_finality_update", 1, null, lightClient("LightClientFinalityUpdate")),
    protocol("light_client_optimistic_update", 1, null, lightClient("LightClientOptimisticUpdate")),
  ];
}
