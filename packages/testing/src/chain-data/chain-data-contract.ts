import {type ContractCheck, contractOf} from "../contract/contract.ts";
import {BLOCK_CHECKS} from "./block-checks.ts";
import type {ChainDataUnderTest} from "./chain-data-under-test.ts";
import {COLLECTION_CHECKS} from "./collection-checks.ts";
import {HEAD_CHECKS} from "./head-checks.ts";
import {PAYLOAD_CHECKS} from "./payload-checks.ts";

export type {ChainDataUnderTest} from "./chain-data-under-test.ts";

export const CHAIN_DATA_CHECKS: readonly ContractCheck<ChainDataUnderTest>[] = [
  ...HEAD_CHECKS,
  ...COLLECTION_CHECKS,
  ...BLOCK_CHECKS,
  ...PAYLOAD_CHECKS,
];

/** What every adapter of the port `ChainData` has to do. */
export const chainDataContract = contractOf(CHAIN_DATA_CHECKS);
