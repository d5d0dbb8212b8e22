import {type ChainConfig, chainConfigFromJson} from "@lodestar/config";
import {mainnetChainConfig} from "@lodestar/config/networks";

/** What the public test network of Gloas has other than mainnet. */
export const plataberget: ChainConfig = {
  ...mainnetChainConfig,
  ...chainConfigFromJson({
    CONFIG_NAME: "plataberget",
    TERMINAL_TOTAL_DIFFICULTY: "0",
    MIN_GENESIS_ACTIVE_VALIDATOR_COUNT: "84000",
    MIN_GENESIS_TIME: "1786622400",
    GENESIS_DELAY: "0",
    GENESIS_FORK_VERSION: "0x10733183",
    ALTAIR_FORK_VERSION: "0x20733183",
    ALTAIR_FORK_EPOCH: "0",
    BELLATRIX_FORK_VERSION: "0x30733183",
    BELLATRIX_FORK_EPOCH: "0",
    CAPELLA_FORK_VERSION: "0x40733183",
    CAPELLA_FORK_EPOCH: "0",
    DENEB_FORK_VERSION: "0x50733183",
    DENEB_FORK_EPOCH: "0",
    ELECTRA_FORK_VERSION: "0x60733183",
    ELECTRA_FORK_EPOCH: "0",
    FULU_FORK_VERSION: "0x70733183",
    FULU_FORK_EPOCH: "0",
    GLOAS_FORK_VERSION: "0x80733183",
    GLOAS_FORK_EPOCH: "1536",
    DEPOSIT_CHAIN_ID: "7091047534",
    DEPOSIT_NETWORK_ID: "7091047534",
    BLOB_SCHEDULE: [{EPOCH: "0", MAX_BLOBS_PER_BLOCK: "21"}],
  }),
};
