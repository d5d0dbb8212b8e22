export {
  FAKE_SYNC_COMMITTEE_SIZE,
  type FakeAnswer,
  type FakeRequest,
  fakePubkey,
  fakeRoot,
  fakeSignature,
} from "./beacon-nodes/fake-answers.ts";
export * from "./beacon-nodes/fake-beacon-node.ts";
export * from "./beacon-nodes/fake-blocks.ts";
export * from "./beacon-nodes/fake-chain.ts";
export {FAKE_OPERATIONS} from "./beacon-nodes/fake-operations.ts";
export * from "./chain-data/chain-data-contract.ts";
export * from "./chain-data/fake-chain-data.ts";
export * from "./chain-events/chain-events-contract.ts";
export * from "./chain-events/fake-chain-events.ts";
export * from "./clock/clock-contract.ts";
export * from "./clock/fake-clock.ts";
export * from "./contract/beacon-condition.ts";
export * from "./contract/contract.ts";
export * from "./contract/override.ts";
export * from "./distributed-selections/fake-distributed-selections.ts";
export * from "./duties-source/duties-source-contract.ts";
export * from "./duties-source/fake-duties-source.ts";
export * from "./duty-journal/duty-journal-contract.ts";
export * from "./duty-journal/fake-duty-journal.ts";
export * from "./duty-signer/duty-signer-contract.ts";
export * from "./duty-signer/fake-duty-signer.ts";
export * from "./duty-signer/produced-blocks.ts";
export * from "./duty-signer/signable-messages.ts";
export * from "./duty-signing/index.ts";
export * from "./inclusion-source/fake-chain-witness.ts";
export * from "./inclusion-source/fake-inclusion-source.ts";
export * from "./inclusion-source/inclusion-source-contract.ts";
export * from "./log/fake-log.ts";
export * from "./network-observer/fake-network-observer.ts";
export * from "./network-observer/network-observer-contract.ts";
export * from "./openapi/openapi.ts";
export * from "./openapi/say-not-checked.ts";
export * from "./proposer-settings/fake-proposer-settings.ts";
export * from "./publisher/fake-publisher.ts";
export * from "./publisher/publishable-messages.ts";
export * from "./publisher/publisher-contract.ts";
export * from "./random/random-contract.ts";
export * from "./referee/fake-referee.ts";
export * from "./simulation/index.ts";
export * from "./slashing-protection/interchange-file.ts";
export * from "./slashing-protection/memory-history.ts";
export * from "./slashing-protection/memory-interchange.ts";
export * from "./slashing-protection/memory-slashing-protection.ts";
export * from "./slashing-protection/memory-store.ts";
export * from "./slashing-protection/protection-checker.ts";
export * from "./slashing-protection/protection-trial.ts";
export * from "./slashing-protection/slashability.ts";
export * from "./slashing-protection/slashing-protection-contract.ts";
export * from "./tls/loopback-certificate.ts";
export * from "./validator-liveness/fake-validator-liveness.ts";
export * from "./validator-liveness/validator-liveness-contract.ts";
export * from "./validator-statuses/fake-validator-statuses.ts";
export * from "./validator-statuses/validator-statuses-contract.ts";
export * from "./web3signer/fake-web3signer.ts";
