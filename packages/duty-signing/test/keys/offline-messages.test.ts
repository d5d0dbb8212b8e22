import assert from "node:assert/strict";
import {
  blsToExecutionChangeSigningRoot,
  chainConfigFromSpec,
  createNetworkConfig,
  verifySignature,
  voluntaryExitSigningRoot,
} from "@mote/consensus";
import {SecretKey} from "@mote/consensus/secret-key";
import {
  type Epoch,
  FAR_FUTURE_EPOCH,
  hexToBytes,
  parseExecutionAddress,
  parsePubkey,
  parseRoot,
  parseSignature,
  type Signature,
  type ValidatorIndex,
} from "@mote/core";
import {signBlsToExecutionChange, signVoluntaryExitOffline} from "../../src/keys/offline-messages.ts";

const MAINNET = createNetworkConfig(
  chainConfigFromSpec({
    GENESIS_FORK_VERSION: "0x00000000",
    CAPELLA_FORK_VERSION: "0x03000000",
    DENEB_FORK_VERSION: "0x04000000",
  }),
  parseRoot("0x4b363db94e286120d76eb905340fdd4e54bfe9f06bf33ff6cf5ad27f511bfe95", "root"),
);
const KEY = SecretKey.interop(3);
const epoch = (value: number) => value as Epoch;
const index = (value: number) => value as ValidatorIndex;

describe("signVoluntaryExitOffline", () => {
  it("signs in the domain in which another tool's exit of mainnet is valid", () => {
    // From the tests of https://github.com/eth-educators/ethstaker-deposit-cli
    const pubkey = parsePubkey(
      "0x911e7c7fc980bcf5400980917ee92797d52d226768e1b26985fabaf5f214464059ab2d52170b0605f4c8e7a872cde436",
      "pubkey",
    );
    const signature = parseSignature(
      "0x854053a7faebf4547ca3904ff14d896a994d5fb7289478681842fb72622364cd0cb4922170a370ea53234a734b47cd680c7edca86e8d796abd8eaeb8dd85d99e57c962c84d6642dff4b6e9bfb6d6df5fa22910c583f13135f5b2b43e4f95e8cf",
      "signature",
    );
    const theirs = {epoch: epoch(0), validatorIndex: index(0)};
    assert(verifySignature(pubkey, voluntaryExitSigningRoot(MAINNET, theirs), signature));

    const ours = signVoluntaryExitOffline({secretKey: KEY, ...theirs, config: MAINNET});
    assert.deepEqual(ours.message, theirs);
    const root = voluntaryExitSigningRoot(MAINNET, theirs);
    assert(verifySignature(KEY.pubkey, root, hexToBytes(ours.signature) as Signature));
    assert(!verifySignature(pubkey, root, hexToBytes(ours.signature) as Signature));
  });

  it("refuses numbers that are none", () => {
    for (const value of [-1, 1.5, Number.NaN, FAR_FUTURE_EPOCH, 2 ** 53]) {
      const init = {secretKey: KEY, config: MAINNET, epoch: epoch(1), validatorIndex: index(1)};
      assert.throws(() => signVoluntaryExitOffline({...init, epoch: epoch(value)}), {name: "InvalidValueError"});
      assert.throws(() => signVoluntaryExitOffline({...init, validatorIndex: index(value)}), {
        name: "InvalidValueError",
      });
    }
  });
});

describe("signBlsToExecutionChange", () => {
  const toExecutionAddress = parseExecutionAddress("0x00000000219ab540356cbb839cbe05303d7705fa", "address");

  it("signs the change from its own key to the address", () => {
    const {message, signature} = signBlsToExecutionChange({
      secretKey: KEY,
      validatorIndex: index(7),
      toExecutionAddress,
      config: MAINNET,
    });
    assert.deepEqual(message, {validatorIndex: 7, fromBlsPubkey: KEY.pubkey, toExecutionAddress});
    const rootOf = (validatorIndex: number) =>
      blsToExecutionChangeSigningRoot(MAINNET, {
        validatorIndex,
        fromBlsPubkey: hexToBytes(KEY.pubkey),
        toExecutionAddress: hexToBytes(toExecutionAddress),
      });
    assert(verifySignature(KEY.pubkey, rootOf(7), hexToBytes(signature) as Signature));
    assert(!verifySignature(KEY.pubkey, rootOf(8), hexToBytes(signature) as Signature));
  });

  it("refuses an index that is none", () => {
    const init = {secretKey: KEY, validatorIndex: index(-1), toExecutionAddress, config: MAINNET};
    assert.throws(() => signBlsToExecutionChange(init), {name: "InvalidValueError"});
  });
});
