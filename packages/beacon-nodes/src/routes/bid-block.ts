import {isPointAtInfinity, isSelfBuilt, type NetworkConfig} from "@mote/consensus";
import {type BlobData, bytesToHex, InvalidValueError, type Root, rootToHex, type SelfBuiltPayload} from "@mote/core";
import type {BeaconApi, HeaderOf, Route} from "../http/beacon-api.ts";
import {BLOCK_SIZE_BYTES_MAX} from "../limits.ts";
import {checkBlobs, checkBlock, checkCommitments, checkVersion, flagOf, parseBlobData, weiOf} from "./block-answer.ts";
import {askedOf, type BlockProposal, type Production, productionQuery, productionRoute} from "./block-production.ts";
import {type BidBlock, blobsPerBlockMax, type Envelope} from "./block-types.ts";
import {type JsonObject, parseObject} from "./decode.ts";
import {notReadyWhileSyncing} from "./not-ready.ts";

/** Blocks of Gloas: they commit to a bid for a payload, which is a message of its own. */

const TEMPLATE = "/eth/v4/validator/blocks/{slot}";
const ENVELOPE: Route = {
  method: "GET",
  template: "/eth/v1/validator/execution_payload_envelopes/{slot}/{beacon_block_root}",
  sizeBytesMax: BLOCK_SIZE_BYTES_MAX,
  totalTimeoutMs: 4_000,
};

interface Answer {
  readonly block: BidBlock;
  /** Null: not included in the answer. */
  readonly payload: {readonly envelope: Envelope; readonly blobData: BlobData} | null;
  readonly values: Pick<BlockProposal, "consensusValueWei" | "executionValueWei">;
}

export async function produceBidBlock(
  api: BeaconApi,
  production: Production<"bid">,
  signal: AbortSignal | undefined,
): Promise<BlockProposal> {
  const {config, call, types} = production;
  const route = productionRoute(api, config, TEMPLATE, call.slot);
  const bounds = {blobsMax: blobsPerBlockMax(config, call.slot), proofsPerBlob: types.proofsPerBlob};
  const {block, payload, values} = await api.call(
    {
      route,
      path: `/eth/v4/validator/blocks/${call.slot}?${productionQuery(call)}&include_payload=true`,
      fromJson: (json, header) => {
        const body = parseObject(json, "answer");
        return decode(api, production, {
          header,
          body,
          block: () => types.types.BeaconBlock.fromJson(body.data),
          contents: () => {
            const data = parseObject(body.data, "data");
            return {
              block: types.types.BeaconBlock.fromJson(data.block),
              executionPayloadEnvelope: types.types.ExecutionPayloadEnvelope.fromJson(data.execution_payload_envelope),
              ...parseBlobData(data, bounds),
            };
          },
        });
      },
      fromSsz: (bytes, header) =>
        decode(api, production, {
          header,
          body: null,
          block: () => types.types.BeaconBlock.deserialize(bytes),
          contents: () => types.types.BlockContents.deserialize(bytes),
        }),
      onStatus: notReadyWhileSyncing(api, route),
    },
    signal,
  );
  const included = payload ?? (isSelfBuilt(bidOf(block)) ? await keptPayload(api, production, block, signal) : null);
  return {produced: {kind: "bid", block, payload: included}, ...values};
}

type BidTypes = Production<"bid">["types"]["types"];

interface BidBlockAnswer {
  readonly header: HeaderOf;
  readonly body: JsonObject | null;
  readonly block: () => ReturnType<BidTypes["BeaconBlock"]["deserialize"]>;
  readonly contents: () => ReturnType<BidTypes["BlockContents"]["deserialize"]>;
}

function decode(api: BeaconApi, {config, call, types}: Production<"bid">, given: BidBlockAnswer): Answer {
  const {block: blockAlone, contents, ...answer} = given;
  checkVersion(config, call.slot, answer);
  const isIncluded = flagOf(answer, "eth-execution-payload-included", "execution_payload_included") ?? false;
  const values = {
    consensusValueWei: weiOf(answer, "eth-consensus-block-value", "consensus_block_value"),
    executionValueWei: weiOf(answer, "eth-execution-payload-value", "execution_payload_value"),
  };
  if (!isIncluded) {
    const block = blockAlone();
    checkBidBlock(api, config, call, block);
    return {block, payload: null, values};
  }
  const {block, executionPayloadEnvelope: envelope, ...blobData} = contents();
  checkBidBlock(api, config, call, block);
  if (!isSelfBuilt(bidOf(block)))
    throw new InvalidValueError("a payload came with a block that commits to a builder's bid");
  checkEnvelope(envelope, block, types.types);
  checkBlobs(blobData, bidOf(block).blobKzgCommitments, types);
  return {block, payload: {envelope, blobData}, values};
}

const bidOf = (block: BidBlock) => block.body.signedExecutionPayloadBid.message;

function checkBidBlock(api: BeaconApi, config: NetworkConfig, call: Production<"bid">["call"], block: BidBlock): void {
  checkBlock(block, askedOf(api, call));
  const bid = bidOf(block);
  if (bid.slot !== call.slot)
    throw new InvalidValueError(`the bid is for slot ${bid.slot}, the block's is ${call.slot}`);
  if (rootToHex(bid.parentBlockRoot) !== rootToHex(block.parentRoot)) {
    throw new InvalidValueError("the bid is for another parent than the block's");
  }
  const isUnsigned = isPointAtInfinity(block.body.signedExecutionPayloadBid.signature);
  if (isSelfBuilt(bid) !== isUnsigned) {
    throw new InvalidValueError(
      isUnsigned ? "the bid of a builder is not signed" : "the bid for a self-built payload is signed",
    );
  }
  checkCommitments(config, call.slot, bid.blobKzgCommitments);
}

/** An envelope that does not fit would be found out only after the block was signed, and its payload would be lost. */
function checkEnvelope(envelope: Envelope, block: BidBlock, types: BidTypes, blockRoot?: Root): void {
  const bid = bidOf(block);
  const wrong = (what: string) => new InvalidValueError(`the envelope's ${what} is not that of the block`);
  if (!isSelfBuilt(envelope)) throw wrong("builder index");
  if (bytesToHex(envelope.payload.blockHash) !== bytesToHex(bid.blockHash)) throw wrong("payload");
  if (envelope.payload.slotNumber !== block.slot) throw wrong("slot");
  if (rootToHex(envelope.parentBeaconBlockRoot) !== rootToHex(block.parentRoot)) throw wrong("parent root");
  const requestsRoot = rootToHex(types.ExecutionRequests.hashTreeRoot(envelope.executionRequests));
  if (requestsRoot !== rootToHex(bid.executionRequestsRoot)) throw wrong("list of execution requests");
  const root = blockRoot ?? rootToHex(types.BeaconBlock.hashTreeRoot(block));
  if (rootToHex(envelope.beaconBlockRoot) !== root) throw wrong("block root");
}

/** The node did not include the payload, although it was asked to: it keeps it, and the blobs, to itself. */
function keptPayload(
  api: BeaconApi,
  {config, call, types}: Production<"bid">,
  block: BidBlock,
  signal: AbortSignal | undefined,
): Promise<SelfBuiltPayload> {
  const blockRoot = rootToHex(types.types.BeaconBlock.hashTreeRoot(block));
  const type = types.types.ExecutionPayloadEnvelope;
  const ofThisBlock = (envelope: Envelope): SelfBuiltPayload => {
    checkEnvelope(envelope, block, types.types, blockRoot);
    return {envelope, blobData: null};
  };
  return api.call(
    {
      route: ENVELOPE,
      path: `/eth/v1/validator/execution_payload_envelopes/${call.slot}/${blockRoot}`,
      fromJson: (json, header) => {
        const body = parseObject(json, "answer");
        checkVersion(config, call.slot, {header, body});
        return ofThisBlock(type.fromJson(body.data));
      },
      fromSsz: (bytes, header) => {
        checkVersion(config, call.slot, {header, body: null});
        return ofThisBlock(type.deserialize(bytes));
      },
    },
    signal,
  );
}
