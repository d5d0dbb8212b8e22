import type {ExecutionAddress, Root} from "@mote/core";

/** Presets that the SSZ types can be compiled for. */
export const PRESETS = ["mainnet", "minimal", "gnosis"] as const;
export type Preset = (typeof PRESETS)[number];

export const NETWORK_NAMES = ["mainnet", "hoodi", "sepolia", "ephemery", "plataberget", "gnosis", "chiado"] as const;
/** A public network that Mote knows by name. */
export type NetworkName = (typeof NETWORK_NAMES)[number];

/** What can be said of a public network without loading anything of the chain. */
export interface NetworkFacts {
  readonly preset: Preset;
  readonly genesisForkVersion: `0x${string}`;
  /** Voluntary exits are signed for this fork, whatever fork the chain is on. EIP-7044 */
  readonly capellaForkVersion: `0x${string}`;
  /** Null where it is not known beforehand: the beacon nodes say it. */
  readonly genesisValidatorsRoot: Root | null;
  readonly depositContract: ExecutionAddress;
  /** Of the execution chain. Null where it changes with every reset. */
  readonly executionChainId: number | null;
  /**
   * GNO is a token of the execution chain: a deposit is a transfer of it and not a call with a value, and the consensus layer counts 1 GNO as 32 × 10^9 gwei.
   */
  readonly depositsArePaidIn: "ETH" | "GNO";
  /** Where a deposit data file is turned into deposits. Null where there is no public place. */
  readonly launchpadUrl: string | null;
}

const ETHEREUM_DEPOSIT_CONTRACT = "0x00000000219ab540356cbb839cbe05303d7705fa" as ExecutionAddress;

export const NETWORK_FACTS: Readonly<Record<NetworkName, NetworkFacts>> = {
  mainnet: {
    preset: "mainnet",
    genesisForkVersion: "0x00000000",
    capellaForkVersion: "0x03000000",
    genesisValidatorsRoot: "0x4b363db94e286120d76eb905340fdd4e54bfe9f06bf33ff6cf5ad27f511bfe95" as Root,
    depositContract: ETHEREUM_DEPOSIT_CONTRACT,
    executionChainId: 1,
    depositsArePaidIn: "ETH",
    launchpadUrl: "https://launchpad.ethereum.org",
  },
  hoodi: {
    preset: "mainnet",
    genesisForkVersion: "0x10000910",
    capellaForkVersion: "0x40000910",
    genesisValidatorsRoot: "0x212f13fc4df078b6cb7db228f1c8307566dcecf900867401a92023d7ba99cb5f" as Root,
    depositContract: ETHEREUM_DEPOSIT_CONTRACT,
    executionChainId: 560_048,
    depositsArePaidIn: "ETH",
    launchpadUrl: "https://hoodi.launchpad.ethereum.org",
  },
  sepolia: {
    preset: "mainnet",
    genesisForkVersion: "0x90000069",
    capellaForkVersion: "0x90000072",
    genesisValidatorsRoot: "0xd8ea171f3c94aea21ebc42a1ed61052acf3f9209c00e4efbaaddac09ed9b8078" as Root,
    depositContract: "0x7f02c3e3c98b133055b8b348b2ac625669ed295d" as ExecutionAddress,
    executionChainId: 11_155_111,
    depositsArePaidIn: "ETH",
    launchpadUrl: null,
  },
  ephemery: {
    preset: "mainnet",
    genesisForkVersion: "0x1000101b",
    capellaForkVersion: "0x4000101b",
    genesisValidatorsRoot: null,
    depositContract: ETHEREUM_DEPOSIT_CONTRACT,
    executionChainId: null,
    depositsArePaidIn: "ETH",
    launchpadUrl: "https://launchpad.ephemery.dev",
  },
  plataberget: {
    preset: "mainnet",
    genesisForkVersion: "0x10733183",
    capellaForkVersion: "0x40733183",
    genesisValidatorsRoot: null,
    depositContract: ETHEREUM_DEPOSIT_CONTRACT,
    executionChainId: 7_091_047_534,
    depositsArePaidIn: "ETH",
    launchpadUrl: null,
  },
  gnosis: {
    preset: "gnosis",
    genesisForkVersion: "0x00000064",
    capellaForkVersion: "0x03000064",
    genesisValidatorsRoot: "0xf5dcb5564e829aab27264b9becd5dfaa017085611224cb3036f573368dbb9d47" as Root,
    depositContract: "0x0b98057ea310f4d31f2a452b414647007d1645d9" as ExecutionAddress,
    executionChainId: 100,
    depositsArePaidIn: "GNO",
    launchpadUrl: "https://deposit.gnosischain.com",
  },
  chiado: {
    preset: "gnosis",
    genesisForkVersion: "0x0000006f",
    capellaForkVersion: "0x0300006f",
    genesisValidatorsRoot: "0x9d642dac73058fbf39c0ae41ab1e34e4d889043cb199851ded7095bc99eb4c1e" as Root,
    depositContract: "0xb97036a26259b7147018913bd58a774cf91acf25" as ExecutionAddress,
    executionChainId: 10_200,
    depositsArePaidIn: "GNO",
    launchpadUrl: "https://deposit.chiadochain.net",
  },
};
