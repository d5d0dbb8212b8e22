import {abbreviate, type Epoch, FAR_FUTURE_EPOCH, type FailureReason, parseEpoch} from "@mote/core";
import {ApiError} from "./api-error.ts";
import type {KeyRouteComponents} from "./keystore-routes.ts";
import {type Answer, type Call, heldKey, type Route} from "./route.ts";

export function exitRoutes(components: KeyRouteComponents): readonly Route[] {
  return [
    {
      method: "POST",
      path: "/eth/v1/validator/:pubkey/voluntary_exit",
      isChange: true,
      body: null,
      handle: (call) => signExit(call, components),
    },
  ];
}

/** Refusals that another try may overcome without anything in the request being different. */
const MAY_PASS: ReadonlySet<FailureReason> = new Set<FailureReason>([
  "NO_BEACON_NODE",
  "BEACON_DATA_LATE",
  "BEACON_DATA_INVALID",
  "SIGNER_FAILED",
  "SHUTTING_DOWN",
  "INTERNAL_ERROR",
]);

async function signExit(call: Call, {keys, log}: KeyRouteComponents): Promise<Answer> {
  const pubkey = heldKey(call, {keys});
  const exit = await keys.signVoluntaryExit(pubkey, epochOf(call));
  if (exit.kind === "refused")
    throw new ApiError(MAY_PASS.has(exit.reason) ? 500 : 400, `no exit was signed: ${exit.detail} (${exit.reason})`);
  const {message, signature} = exit;
  log.warn(`keymanager API: an exit of ${abbreviate(pubkey)} was signed; the validator leaves when it is published`, {
    validator: message.validatorIndex,
    epoch: message.epoch,
  });
  const data = {
    message: {epoch: String(message.epoch), validator_index: String(message.validatorIndex)},
    signature,
  };
  return {status: 200, body: {data}};
}

/** Null: not asked for. */
function epochOf({query}: Call): Epoch | null {
  const text = query.epoch;
  if (text === undefined) return null;
  const problem = new ApiError(400, "epoch is not a decimal number below 2^53");
  if (typeof text !== "string" || !/^(0|[1-9]\d{0,19})$/.test(text)) throw problem;
  let epoch: Epoch;
  try {
    epoch = parseEpoch(text, "epoch");
  } catch {
    throw problem;
  }
  if (epoch === FAR_FUTURE_EPOCH) throw problem;
  return epoch;
}
