import assert from "node:assert/strict";
import {type Node, Tree} from "@chainsafe/persistent-merkle-tree";
import {createChainConfig} from "@lodestar/config";
import {SLOTS_PER_EPOCH} from "@lodestar/params";
import {type LightClientHeader, ssz} from "@lodestar/types";
import {createNetworkConfig} from "@mote/consensus";
import type {Root} from "@mote/core";
import {hasFormAt, isEmptyHeader, isValidHeader, upgradeHeader} from "../../src/rules/light-client-header.ts";
import {normalizeMerkleBranch} from "../../src/rules/merkle-branch.ts";
import {upgradeUpdate} from "../../src/rules/upgraded-update.ts";
import {flip} from "../support/made-chain.ts";

/** One fork an epoch. */
const FORKS = ["phase0", "altair", "bellatrix", "capella", "deneb", "electra", "fulu", "gloas"] as const;
const slotOf = (fork: (typeof FORKS)[number]): number => FORKS.indexOf(fork) * SLOTS_PER_EPOCH;
const BLOCK_HASH = Buffer.alloc(32, 0xab);

const proof = (node: Node, {gindex}: {readonly gindex: bigint}): Uint8Array[] => new Tree(node).getSingleProof(gindex);
const beaconOf = (slot: number, bodyRoot: Uint8Array) => ({
  ...ssz.phase0.BeaconBlockHeader.defaultValue(),
  slot,
  bodyRoot,
});

function altairHeader(): LightClientHeader {
  return {
    beacon: beaconOf(
      slotOf("altair"),
      ssz.altair.BeaconBlockBody.hashTreeRoot(ssz.altair.BeaconBlockBody.defaultValue()),
    ),
  };
}

function executionHeader<Payload extends object>(payload: Payload) {
  const transactionsRoot = ssz.bellatrix.Transactions.hashTreeRoot([]);
  return {...payload, transactionsRoot, withdrawalsRoot: ssz.capella.Withdrawals.hashTreeRoot([])};
}

function capellaHeader(): LightClientHeader<never> {
  const body = ssz.capella.BeaconBlockBody.defaultValue();
  body.executionPayload = {...body.executionPayload, blockHash: BLOCK_HASH, blockNumber: 7};
  const {node} = ssz.capella.BeaconBlockBody.toView(body);
  return {
    beacon: beaconOf(slotOf("capella"), node.root),
    execution: executionHeader(body.executionPayload),
    executionBranch: proof(node, ssz.capella.BeaconBlockBody.getPathInfo(["executionPayload"])),
  } as never;
}

function denebHeader(fork: "deneb" | "electra" | "fulu"): LightClientHeader {
  const body = ssz[fork].BeaconBlockBody.defaultValue();
  body.executionPayload = {...body.executionPayload, blockHash: BLOCK_HASH, excessBlobGas: 9n};
  const {node} = ssz[fork].BeaconBlockBody.toView(body as never);
  return {
    beacon: beaconOf(slotOf(fork), node.root),
    execution: executionHeader(body.executionPayload),
    executionBranch: proof(node, ssz[fork].BeaconBlockBody.getPathInfo(["executionPayload"])),
  } as LightClientHeader;
}

function gloasHeader(): LightClientHeader {
  const body = ssz.gloas.BeaconBlockBody.defaultValue();
  body.signedExecutionPayloadBid.message.parentBlockHash = BLOCK_HASH;
  const {node} = ssz.gloas.BeaconBlockBody.toView(body);
  const path = ["signedExecutionPayloadBid", "message", "parentBlockHash"];
  return {
    beacon: beaconOf(slotOf("gloas"), node.root),
    executionBlockHash: BLOCK_HASH,
    executionBranch: proof(node, ssz.gloas.BeaconBlockBody.getPathInfo(path)),
  };
}

describe("light-client headers", () => {
  const config = createNetworkConfig(
    createChainConfig(
      Object.fromEntries(FORKS.slice(1).map((fork, at) => [`${fork.toUpperCase()}_FORK_EPOCH`, at + 1])),
    ),
    `0x${"00".repeat(32)}` as Root,
  );
  const made: readonly (readonly [(typeof FORKS)[number], () => LightClientHeader])[] = [
    ["altair", altairHeader],
    ["capella", capellaHeader],
    ["deneb", () => denebHeader("deneb")],
    ["electra", () => denebHeader("electra")],
    ["fulu", () => denebHeader("fulu")],
    ["gloas", gloasHeader],
  ];

  for (const [fork, make] of made) {
    it(`of ${fork} are valid in the one form, and not with another execution block`, () => {
      const upgraded = upgradeHeader(config, make());
      assert.equal(isValidHeader(config, upgraded), true);
      assert.deepEqual(Buffer.from(upgraded.executionBlockHash), fork === "altair" ? Buffer.alloc(32) : BLOCK_HASH);
      const executionBlockHash = Buffer.alloc(32, 0xcd);
      assert.equal(isValidHeader(config, {...upgraded, executionBlockHash}), false);
      const executionBranch = upgraded.executionBranch.map((node) => node.slice());
      flip(executionBranch.at(-1), 0);
      assert.equal(isValidHeader(config, {...upgraded, executionBranch}), false);
      // Zeros in front belong to the form; anything else there does not.
      const padded = normalizeMerkleBranch(upgraded.executionBranch, 2 ** 13);
      assert.equal(isValidHeader(config, {...upgraded, executionBranch: padded}), true);
      padded[0] = Buffer.alloc(32, 1);
      assert.equal(isValidHeader(config, {...upgraded, executionBranch: padded}), false);
      assert.equal(isValidHeader(config, {...upgraded, executionBranch: []}), fork === "altair");
    });

    it(`of ${fork} have the form of that fork alone`, () => {
      const forms = FORKS.slice(1).filter((other) => hasFormAt(config, slotOf(other), make()));
      const expected = {altair: ["altair", "bellatrix"], capella: ["capella"], gloas: ["gloas"]} as Record<
        string,
        string[]
      >;
      assert.deepEqual(forms, expected[fork] ?? ["deneb", "electra", "fulu"]);
    });
  }

  it("of Capella are valid in the form of Deneb too", () => {
    const header = capellaHeader() as LightClientHeader & {execution: object};
    const inDeneb = {
      ...header,
      execution: {...header.execution, blobGasUsed: 0n, excessBlobGas: 0n},
    } as LightClientHeader;
    assert.equal(hasFormAt(config, slotOf("deneb"), inDeneb), true);
    assert.equal(isValidHeader(config, upgradeHeader(config, inDeneb)), true);
  });

  it("with execution data of a later fork than their slot's are refused: nothing proves those", () => {
    const update = ssz.deneb.LightClientFinalityUpdate.defaultValue();
    const attestedHeader = denebHeader("deneb") as typeof update.attestedHeader;
    const {execution, executionBranch} = ssz.deneb.LightClientHeader.defaultValue();
    const verdictOn = (header: object, branch = update.finalityBranch) => {
      const finalizedHeader = header as typeof update.finalizedHeader;
      const upgraded = upgradeUpdate(config, {...update, attestedHeader, finalizedHeader, finalityBranch: branch});
      return upgraded.kind === "refused" ? upgraded.reason : upgraded.kind;
    };
    const branch = update.finalityBranch.map(() => Buffer.alloc(32, 1));
    const [altair, capella] = [altairHeader(), capellaHeader() as LightClientHeader & {execution: object}];
    assert.equal(verdictOn({...altair, execution, executionBranch}, branch), "upgraded");
    assert.equal(
      verdictOn({...altair, execution: {...execution, gasUsed: 1}, executionBranch}, branch),
      "INVALID_HEADER",
    );
    const otherBranch = executionBranch.with(0, Buffer.alloc(32, 1));
    assert.equal(verdictOn({...altair, execution, executionBranch: otherBranch}, branch), "INVALID_HEADER");
    const noBlobs = {blobGasUsed: 0n, excessBlobGas: 0n};
    assert.equal(verdictOn({...capella, execution: {...capella.execution, ...noBlobs}}, branch), "upgraded");
    for (const blobs of [{blobGasUsed: 1n}, {excessBlobGas: 1n}])
      assert.equal(
        verdictOn({...capella, execution: {...capella.execution, ...noBlobs, ...blobs}}, branch),
        "INVALID_HEADER",
      );
    // Where no header stands, its slot is that of genesis, which may be of any fork.
    const {beacon} = update.finalizedHeader;
    assert.equal(verdictOn({beacon, execution, executionBranch}), "upgraded");
    assert.equal(verdictOn({beacon, execution: {...execution, gasUsed: 1}, executionBranch}), "INVALID_HEADER");
  });

  it("that are empty are so in every form", () => {
    for (const fork of ["altair", "capella", "deneb", "electra", "gloas"] as const) {
      const type = ssz[fork === "electra" ? "deneb" : fork].LightClientHeader;
      assert.equal(isEmptyHeader(upgradeHeader(config, type.defaultValue())), true);
    }
    assert.equal(isEmptyHeader(upgradeHeader(config, gloasHeader())), false);
    const almost = ssz.deneb.LightClientHeader.defaultValue();
    almost.execution.gasUsed = 1;
    const allDeneb = createNetworkConfig(
      createChainConfig({ALTAIR_FORK_EPOCH: 0, BELLATRIX_FORK_EPOCH: 0, CAPELLA_FORK_EPOCH: 0, DENEB_FORK_EPOCH: 0}),
      `0x${"00".repeat(32)}` as Root,
    );
    assert.equal(isEmptyHeader(upgradeHeader(allDeneb, almost)), false);
  });
});
