import assert from "node:assert/strict";
import type {DigestPeriod} from "../../src/forks/fork-digests.ts";
import {GOSSIP_KINDS, isGossiped, TopicTable} from "../../src/gossip/topics.ts";
import {asEpoch, chain} from "./support/chains.ts";

const GLOAS_KINDS = [
  "execution_payload",
  "payload_attestation_message",
  "proposer_preferences",
  "execution_payload_bid",
];

describe("gossip topics", () => {
  const {digests, topics} = chain();
  const [fulu, blobs, gloas] = digests.periods as readonly [DigestPeriod, DigestPeriod, DigestPeriod];

  it("are named as the spec names them", () => {
    assert.deepEqual(
      digests.periods.map(({epoch, fork}) => [epoch, fork]),
      [
        [0, "fulu"],
        [10, "fulu"],
        [20, "gloas"],
      ],
    );
    const names = [
      topics.find("beacon_block", null, fulu),
      topics.find("beacon_attestation", 63, blobs),
      topics.find("sync_committee", 3, gloas),
      topics.find("sync_committee_contribution_and_proof", null, fulu),
      topics.find("payload_attestation_message", null, gloas),
    ].map((topic) => topic?.name);
    assert.deepEqual(names, [
      `/eth2/${fulu.digest}/beacon_block/ssz_snappy`,
      `/eth2/${blobs.digest}/beacon_attestation_63/ssz_snappy`,
      `/eth2/${gloas.digest}/sync_committee_3/ssz_snappy`,
      `/eth2/${fulu.digest}/sync_committee_contribution_and_proof/ssz_snappy`,
      `/eth2/${gloas.digest}/payload_attestation_message/ssz_snappy`,
    ]);
  });

  it("are found again by their name", () => {
    let count = 0;
    for (const topic of topics.all()) {
      assert.equal(topics.byName(topic.name), topic);
      assert.equal(topics.find(topic.kind, topic.subnetId, topic.period), topic);
      count++;
    }
    // 64 attestation subnets, 4 sync subnets and 9 more in each, and 4 more kinds in Gloas.
    assert.equal(count, 3 * (64 + 4 + 9) + 4);
  });

  it("are none under another spelling", () => {
    const name = `/eth2/${fulu.digest}/beacon_attestation_1/ssz_snappy`;
    assert.ok(topics.byName(name));
    for (const other of [
      name.toUpperCase(),
      `${name}/`,
      name.slice(1),
      name.replace("_1", "_01"),
      name.replace("_1", "_64"),
      name.replace("_1", ""),
      name.replace("_1", "_-1"),
      name.replace("ssz_snappy", "ssz"),
      name.replace(fulu.digest, "00000000"),
      name.replace(fulu.digest, `0x${fulu.digest}`),
      `/eth2/${fulu.digest}/beacon_block_0/ssz_snappy`,
      `/eth2/${fulu.digest}/data_column_sidecar_0/ssz_snappy`,
      "__proto__",
      "",
    ]) {
      assert.equal(topics.byName(other), null, other);
    }
  });

  it("of Gloas exist from Gloas on", () => {
    for (const kind of GOSSIP_KINDS) {
      assert.equal(isGossiped(kind, "fulu" as never), !GLOAS_KINDS.includes(kind), kind);
      assert.ok(isGossiped(kind, "gloas" as never), kind);
    }
    assert.equal(topics.byName(`/eth2/${fulu.digest}/execution_payload/ssz_snappy`), null);
  });

  it("do not exist before Electra", () => {
    const early = chain({ELECTRA_FORK_EPOCH: "2", FULU_FORK_EPOCH: "4"});
    const deneb = early.digests.at(asEpoch(0));
    assert.equal(deneb.fork, "deneb");
    assert.equal(early.topics.find("beacon_block", null, deneb), null);
    assert.ok(early.topics.find("beacon_block", null, early.digests.at(asEpoch(2))));
  });

  it("of a chain are not those of another", () => {
    const other = new TopicTable({digests: {periods: [{...fulu, digest: "01020304"}]} as never});
    for (const {name} of other.all()) assert.equal(topics.byName(name), null);
  });
});
