import assert from "node:assert/strict";
import {ACTIVE_PRESET} from "@lodestar/params";
import {createNetworkConfig, knownNetwork} from "@mote/consensus";
import type {Epoch, Root} from "@mote/core";
import {forkEntries} from "../../src/discovery/fork-id.ts";
import {decodeRecord} from "../../src/discovery/remote-record.ts";
import {ForkDigests} from "../../src/forks/fork-digests.ts";
import {fuluConfig} from "../host/open-networks.ts";

const hex = (value: Uint8Array | undefined): string => Buffer.from(value ?? []).toString("hex");

function entriesOf(name: "mainnet" | "hoodi" | "sepolia", epoch: number) {
  const {chainConfig, genesisValidatorsRoot} = knownNetwork(name);
  assert.ok(chainConfig !== null);
  const config = createNetworkConfig({...chainConfig, PRESET_BASE: ACTIVE_PRESET}, genesisValidatorsRoot as Root);
  const {eth2, nfd} = forkEntries(epoch as Epoch, {config, digests: new ForkDigests(config)});
  return {eth2: hex(eth2), nfd: hex(nfd)};
}

describe("forkEntries", () => {
  it("says what the public networks' boot nodes said at the time", () => {
    // Of the Ethereum Foundation on hoodi, from before Electra, which began there at epoch 2048.
    const hoodi = decodeRecord(
      "enr:-Mq4QLkmuSwbGBUph1r7iHopzRpdqE-gcm5LNZfcE-6T37OCZbRHi22bXZkaqnZ6XdIyEDTelnkmMEQB8w6NbnJUt9GGAZWaowaYh2F0dG5ldHOIABgAAAAAAACEZXRoMpDS8Zl_YAAJEAAIAAAAAAAAgmlkgnY0gmlwhNEmfKCEcXVpY4IyyIlzZWNwMjU2azGhA0hGa4jZJZYQAS-z6ZFK-m4GCFnWS8wfjO0bpSQn6hyEiHN5bmNuZXRzAIN0Y3CCIyiDdWRwgiMo",
    );
    assert.equal(entriesOf("hoodi", 100).eth2, hex(hoodi.kvs.get("eth2")));
    // Of Lighthouse on mainnet, from before Altair, which began at epoch 74240.
    const mainnet = decodeRecord(
      "enr:-Le4QPUXJS2BTORXxyx2Ia-9ae4YqA_JWX3ssj4E_J-3z1A-HmFGrU8BpvpqhNabayXeOZ2Nq_sbeDgtzMJpLLnXFgAChGV0aDKQtTA_KgEAAAAAIgEAAAAAAIJpZIJ2NIJpcISsaa0Zg2lwNpAkAIkHAAAAAPA8kv_-awoTiXNlY3AyNTZrMaEDHAD2JKYevx89W0CcFJFiskdcEzkH_Wdv9iW42qLK79ODdWRwgiMohHVkcDaCI4I",
    );
    assert.equal(entriesOf("mainnet", 0).eth2, hex(mainnet.kvs.get("eth2")));
  });

  it("counts forks of the blob parameters for the epoch and the digests, not for the version", () => {
    const config = fuluConfig({
      GLOAS_FORK_EPOCH: 30,
      BLOB_SCHEDULE: [
        {EPOCH: 10, MAX_BLOBS_PER_BLOCK: 12},
        {EPOCH: 20, MAX_BLOBS_PER_BLOCK: 15},
      ],
    });
    const digests = new ForkDigests(config);
    const at = (epoch: number) => {
      const {eth2, nfd} = forkEntries(epoch as Epoch, {config, digests});
      return {digest: hex(eth2.subarray(0, 4)), version: hex(eth2.subarray(4, 8)), epoch: eth2[8], nfd: hex(nfd)};
    };
    const digestAt = (epoch: number) => digests.at(epoch as Epoch).digest;
    const fulu = hex(config.FULU_FORK_VERSION);
    const gloas = hex(config.GLOAS_FORK_VERSION);
    assert.deepEqual(at(-3), at(0));
    assert.deepEqual(at(9), {digest: digestAt(0), version: fulu, epoch: 10, nfd: digestAt(10)});
    assert.deepEqual(at(10), {digest: digestAt(10), version: fulu, epoch: 20, nfd: digestAt(20)});
    assert.deepEqual(at(29), {digest: digestAt(20), version: gloas, epoch: 30, nfd: digestAt(30)});
    assert.deepEqual(at(30), {digest: digestAt(30), version: gloas, epoch: 0xff, nfd: "00000000"});
  });
});
