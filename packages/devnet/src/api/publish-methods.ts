import {setImmediate} from "node:timers/promises";
import {ApiError} from "@lodestar/api/server";
import type {electra, gloas, SignedBeaconBlock} from "@lodestar/types";
import type {SubmitOutcome} from "../chain/types.ts";
import type {BeaconView} from "./beacon-view.ts";
import type {Methods} from "./methods.ts";
import type {ProducedEnvelopes} from "./produced-envelopes.ts";

const BROADCAST_VALIDATIONS: ReadonlySet<string> = new Set(["gossip", "consensus", "consensus_and_equivocation"]);

/** Signed blocks and payloads. All validation that a request may ask for is done always. */
export function publishMethods(view: BeaconView, envelopes: ProducedEnvelopes): Methods<"beacon"> {
  return {
    publishBlockV2: async ({signedBlockContents, broadcastValidation}) => {
      checkBroadcastValidation(broadcastValidation);
      refuseBlobs(signedBlockContents as Blobs);
      await otherRequestsRead();
      const signed = signedBlockContents.signedBlock as SignedBeaconBlock;
      const outcome = view.chain.submitBlock(signed);
      view.published("beacon_block", [signed], [outcome]);
      throwRefusal(outcome);
    },
    publishBlindedBlockV2: async ({signedBlindedBlock, broadcastValidation}) => {
      checkBroadcastValidation(broadcastValidation);
      await otherRequestsRead();
      throwRefusal(view.chain.submitBlindedBlock(signedBlindedBlock as electra.SignedBlindedBeaconBlock));
    },
    publishExecutionPayloadEnvelope: async ({signedEnvelopeOrContents, broadcastValidation}) => {
      checkBroadcastValidation(broadcastValidation);
      const envelope = envelopeOf(signedEnvelopeOrContents);
      const isBare = envelope === signedEnvelopeOrContents;
      if (isBare && envelopes.get(envelope.message.beaconBlockRoot) === null) {
        throw new ApiError(400, "The envelope came without blobs, and this node did not make its block");
      }
      if (!isBare) refuseBlobs(signedEnvelopeOrContents as Blobs);
      const outcome = view.chain.submitEnvelope(envelope);
      view.published("execution_payload", [envelope], [outcome]);
      throwRefusal(outcome);
    },
    getSignedExecutionPayloadEnvelope: async ({blockId}) => {
      const {block, finalized} = view.block(String(blockId));
      if (block.envelope === null) throw new ApiError(404, `No payload of block ${block.root}`);
      const version = view.chain.config.getForkName(block.slot);
      return {data: block.envelope, meta: {version, executionOptimistic: view.executionOptimistic, finalized}};
    },
  };
}

interface Blobs {
  readonly kzgProofs?: readonly unknown[];
  readonly blobs?: readonly unknown[];
}

/** Payloads are made up here, and none of them has blobs. */
function refuseBlobs({kzgProofs = [], blobs = []}: Blobs): void {
  if (kzgProofs.length > 0 || blobs.length > 0) throw new ApiError(400, "No payload of this chain has blobs");
}

function envelopeOf(
  signed: gloas.SignedExecutionPayloadEnvelope | gloas.SignedExecutionPayloadEnvelopeContents,
): gloas.SignedExecutionPayloadEnvelope {
  return "signedExecutionPayloadEnvelope" in signed ? signed.signedExecutionPayloadEnvelope : signed;
}

function checkBroadcastValidation(level: string | undefined): void {
  if (level === undefined || BROADCAST_VALIDATIONS.has(level)) return;
  throw new ApiError(400, `Invalid broadcast_validation: ${level.slice(0, 100)}`);
}

function throwRefusal(outcome: SubmitOutcome): void {
  if (outcome.kind === "refused") throw new ApiError(400, outcome.reason);
}

/** Requests that are there already are read before long work, or the arrival of votes among them would be measured late. */
export const otherRequestsRead = (): Promise<void> => setImmediate();
