import {InvalidValueError} from "@mote/core";
import type {BeaconApi, HeaderOf} from "../http/beacon-api.ts";
import {checkBlobs, checkBlock, checkCommitments, checkVersion, flagOf, parseBlobData, weiOf} from "./block-answer.ts";
import {askedOf, type BlockProposal, type Production, productionQuery, productionRoute} from "./block-production.ts";
import {blobsPerBlockMax} from "./block-types.ts";
import {type JsonObject, parseObject} from "./decode.ts";
import {notReadyWhileSyncing} from "./not-ready.ts";

/** Blocks of Electra and Fulu: they hold their payload, or (blinded) the header of a builder's. */

const TEMPLATE = "/eth/v3/validator/blocks/{slot}";

export function producePayloadBlock(
  api: BeaconApi,
  production: Production<"payload">,
  signal: AbortSignal | undefined,
): Promise<BlockProposal> {
  const {config, call} = production;
  const {BeaconBlock, BlockContents, BlindedBeaconBlock} = production.types.types;
  const bounds = {blobsMax: blobsPerBlockMax(config, call.slot), proofsPerBlob: production.types.proofsPerBlob};
  const route = productionRoute(api, config, TEMPLATE, call.slot);
  return api.call(
    {
      route,
      path: `/eth/v3/validator/blocks/${call.slot}?${productionQuery(call)}`,
      fromJson: (json, header) => {
        const body = parseObject(json, "answer");
        return proposalOf(api, production, {
          header,
          body,
          blinded: () => BlindedBeaconBlock.fromJson(body.data),
          contents: () => {
            const data = parseObject(body.data, "data");
            return {block: BeaconBlock.fromJson(data.block), ...parseBlobData(data, bounds)};
          },
        });
      },
      fromSsz: (bytes, header) =>
        proposalOf(api, production, {
          header,
          body: null,
          blinded: () => BlindedBeaconBlock.deserialize(bytes),
          contents: () => BlockContents.deserialize(bytes),
        }),
      onStatus: notReadyWhileSyncing(api, route),
    },
    signal,
  );
}

type PayloadTypes = Production<"payload">["types"]["types"];

interface PayloadBlockAnswer {
  readonly header: HeaderOf;
  readonly body: JsonObject | null;
  readonly blinded: () => ReturnType<PayloadTypes["BlindedBeaconBlock"]["deserialize"]>;
  readonly contents: () => ReturnType<PayloadTypes["BlockContents"]["deserialize"]>;
}

function proposalOf(
  api: BeaconApi,
  {config, call, types}: Production<"payload">,
  {blinded, contents, ...answer}: PayloadBlockAnswer,
): BlockProposal {
  checkVersion(config, call.slot, answer);
  const isBlinded = flagOf(answer, "eth-execution-payload-blinded", "execution_payload_blinded");
  // Only these words tell the two kinds apart.
  if (isBlinded === undefined) throw new InvalidValueError("eth-execution-payload-blinded is missing");
  const values = {
    consensusValueWei: weiOf(answer, "eth-consensus-block-value", "consensus_block_value"),
    executionValueWei: weiOf(answer, "eth-execution-payload-value", "execution_payload_value"),
  };
  if (isBlinded) {
    const block = blinded();
    checkBlock(block, askedOf(api, call));
    checkCommitments(config, call.slot, block.body.blobKzgCommitments);
    return {produced: {kind: "blinded", block}, ...values};
  }
  const {block, ...blobData} = contents();
  checkBlock(block, askedOf(api, call));
  checkCommitments(config, call.slot, block.body.blobKzgCommitments);
  checkBlobs(blobData, block.body.blobKzgCommitments, types);
  return {produced: {kind: "full", block, blobData}, ...values};
}
