import {routes} from "@lodestar/api";
import type {BeaconConfig} from "@lodestar/config";
import type {ForkName} from "@lodestar/params";

type Definitions = ReturnType<typeof routes.validator.getDefinitions>;

export interface BlockDefinitionsInit {
  readonly config: BeaconConfig;
  /** The fork that an answer names, which is not the block's when the endpoint lies. */
  readonly versionTold: (version: ForkName) => ForkName;
}

/**
 * The library's validator routes, with those that produce blocks as the API describes them: graffiti are any 32 bytes and no text, and
 * an answer has no field and no header beyond those described.
 */
export function validatorDefinitions({config, versionTold}: BlockDefinitionsInit): Definitions {
  const definitions = routes.validator.getDefinitions(config);
  const {produceBlockV3, produceBlockV4} = definitions;
  return {
    ...definitions,
    produceBlockV3: corrected(
      produceBlockV3,
      ["execution_payload_source"],
      ["Eth-Execution-Payload-Source"],
      versionTold,
    ),
    produceBlockV4: corrected(
      produceBlockV4,
      ["execution_payload_value"],
      ["Eth-Execution-Payload-Value"],
      versionTold,
    ),
  };
}

/** Both routes have of these what is touched here. */
interface Answered {
  readonly req: {readonly parseReq: (request: never) => object};
  readonly resp: {
    readonly meta: {readonly toJson: (meta: never) => unknown; readonly toHeadersObject: (meta: never) => object};
  };
}

function corrected<Definition extends Answered>(
  definition: Definition,
  fields: readonly string[],
  headers: readonly string[],
  versionTold: (version: ForkName) => ForkName,
): Definition {
  const {req, resp} = definition;
  const parseReq = (request: {readonly query: {readonly graffiti?: string}}) => ({
    ...req.parseReq(request as never),
    graffiti: request.query.graffiti,
  });
  const toJson = (meta: {readonly version: ForkName}) => ({
    ...without(resp.meta.toJson(meta as never) as object, fields),
    version: versionTold(meta.version),
  });
  const toHeadersObject = (meta: {readonly version: ForkName}) => ({
    ...without(resp.meta.toHeadersObject(meta as never), headers),
    "Eth-Consensus-Version": versionTold(meta.version),
  });
  return {
    ...definition,
    req: {...req, parseReq},
    resp: {...resp, meta: {...resp.meta, toJson, toHeadersObject}},
  };
}

function without(all: object, names: readonly string[]): object {
  return Object.fromEntries(Object.entries(all).filter(([name]) => !names.includes(name)));
}
