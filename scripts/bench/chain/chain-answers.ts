import {ssz} from "@mote/consensus";
import {benchBlock} from "./bench-block.ts";
import type {BenchChain} from "./bench-chain.ts";

export interface ChainRequest {
  readonly params: readonly string[];
  readonly query: URLSearchParams;
  readonly body: Buffer;
}

export interface ChainAnswer {
  readonly json: () => unknown;
  readonly ssz?: () => Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

type Answerer = (chain: BenchChain, request: ChainRequest) => ChainAnswer | null;

const data = (value: unknown): ChainAnswer => ({
  json: () => ({data: value, execution_optimistic: false, finalized: false}),
});
const indices = ({body}: ChainRequest): string[] => JSON.parse(body.toString()) as string[];
const epochOf = ({params}: ChainRequest): number => Number(params[0]);
const slotOf = ({query}: ChainRequest): number => Number(query.get("slot"));

const ROUTES: Readonly<Record<string, Answerer>> = {
  "GET /eth/v1/beacon/genesis": (chain) => data(chain.genesis()),
  "GET /eth/v1/config/spec": ({init}) => data(init.spec),
  "GET /eth/v1/config/fork_schedule": (chain) => data(chain.forkSchedule()),
  "GET /eth/v1/config/deposit_contract": (chain) => data(chain.depositContract()),
  "GET /eth/v1/node/version": () => data({version: "bench"}),
  "GET /eth/v1/node/syncing": (chain) => data(chain.syncing()),
  "POST /eth/v1/beacon/states/head/validators": (chain, {body}) =>
    data(chain.validators((JSON.parse(body.toString()) as {ids: string[]}).ids)),
  "GET /eth/v1/beacon/states/head/committees": (chain, request) => data(chain.committees(slotOf(request))),
  "GET /eth/v1/beacon/blocks/head/root": (chain) => data({root: chain.headRoot}),
  "GET /eth/v1/beacon/headers/(\\w+)": (chain, {params}) => {
    const slot = chain.slotOf(params[0] ?? "");
    return slot === undefined ? null : data(chain.header(slot));
  },
  "GET /eth/v2/beacon/blocks/(\\w+)/attestations": (chain, {params}) => {
    const slot = chain.slotOf(params[0] ?? "");
    return slot === undefined ? null : {json: () => ({version: "fulu", data: chain.attestations(slot)})};
  },
  "POST /eth/v1/validator/duties/attester/(\\d+)": (chain, request) => {
    const duties = chain.attesterDuties(epochOf(request), indices(request));
    return {json: () => duties};
  },
  "GET /eth/v2/validator/duties/proposer/(\\d+)": (chain, request) => {
    const duties = chain.proposerDuties(epochOf(request));
    return {json: () => duties};
  },
  "POST /eth/v1/validator/duties/sync/(\\d+)": (chain, request) => data(chain.syncDuties(indices(request))),
  "POST /eth/v1/validator/liveness/(\\d+)": (_, request) =>
    data(indices(request).map((index) => ({index, is_live: false}))),
  "GET /eth/v1/validator/attestation_data": (chain, request) => {
    const json = chain.attestationData(slotOf(request));
    const type = ssz.phase0.AttestationData;
    return {json: () => ({data: json}), ssz: () => type.serialize(type.fromJson(json))};
  },
  "GET /eth/v2/validator/aggregate_attestation": (chain, request) => {
    const aggregate = chain.aggregate(slotOf(request), Number(request.query.get("committee_index")));
    return {json: () => ({version: "fulu", data: aggregate}), headers: {"eth-consensus-version": "fulu"}};
  },
  "GET /eth/v1/validator/sync_committee_contribution": (chain, request) =>
    data(chain.contribution(slotOf(request), Number(request.query.get("subcommittee_index")))),
  "GET /eth/v3/validator/blocks/(\\d+)": (chain, {params, query}) =>
    benchBlock(chain, Number(params[0]), query.get("randao_reveal") ?? ""),
};

const PATTERNS = Object.entries(ROUTES).map(([route, answer]) => ({pattern: new RegExp(`^${route}$`), answer}));

/** Null: there is no such thing. Whatever is posted and asks for no answer is taken. */
export function answerOf(chain: BenchChain, route: string, request: Omit<ChainRequest, "params">): ChainAnswer | null {
  for (const {pattern, answer} of PATTERNS) {
    const found = pattern.exec(route);
    if (found !== null) return answer(chain, {...request, params: found.slice(1)});
  }
  return route.startsWith("POST ") ? {json: () => ({})} : null;
}
