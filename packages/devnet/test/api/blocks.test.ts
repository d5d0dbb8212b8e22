import {strict as assert} from "node:assert";
import {type electra, type gloas, ssz, sszTypesFor} from "@lodestar/types";
import {rootToHex, type Slot} from "@mote/core";
import {TEST_FEE_RECIPIENT} from "../support/test-validators.ts";
import {type Answer, call, EventReader, post, type Served, serve, serveBeside} from "./support.ts";

const SSZ = "application/octet-stream";
const GRAFFITI = `0x${"ff80".repeat(16)}`;
const hex = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString("hex")}`;

/** The two formats, as a client would ask for them and send them. */
const FORMATS = ["json", "ssz"] as const;
type Format = (typeof FORMATS)[number];

function ask({endpoint: _, ...served}: Served & {format: Format}, version: "v3" | "v4", slot: number, query = "") {
  return {
    path: `/eth/${version}/validator/blocks/${slot}?randao_reveal=${hex(served.player.validators.randaoReveal(slot as Slot))}&graffiti=${GRAFFITI}${query}`,
    init: {headers: {accept: served.format === "ssz" ? `${SSZ};q=1.0,application/json;q=0.9` : "application/json"}},
  };
}

interface Codec<Value> {
  deserialize(bytes: Uint8Array): Value;
  fromJson(json: unknown): Value;
  serialize(value: Value): Uint8Array;
  toJson(value: Value): unknown;
}

function read<Value>(codec: Codec<Value>, {bytes, json, headers, status}: Answer, format: Format): Value {
  assert.equal(status, 200, JSON.stringify(json));
  assert.equal(headers.get("content-type")?.split(";")[0], format === "ssz" ? SSZ : "application/json");
  return format === "ssz" ? codec.deserialize(bytes) : codec.fromJson(json.data);
}

function send<Value>(
  served: Served,
  path: string,
  [codec, value]: readonly [Codec<Value>, Value],
  format: Format,
  headers: Record<string, string>,
): Promise<Answer> {
  const type = format === "ssz" ? {"content-type": SSZ} : {};
  return post(served, path, format === "ssz" ? codec.serialize(value) : codec.toJson(value), {...headers, ...type});
}

const codec = (type: unknown) => type as Codec<never>;

for (const format of FORMATS) {
  describe(`blocks over HTTP before Gloas, ${format}`, () => {
    const {BlockContents, SignedBlockContents, BlindedBeaconBlock, SignedBlindedBeaconBlock} = sszTypesFor(
      "fulu" as never,
    ) as never as Record<string, Codec<never>>;
    const version = {"eth-consensus-version": "fulu"};
    let served: Served;
    afterEach(() => served.endpoint.close());

    const produce = async (query = ""): Promise<Answer> => {
      const {path, init} = ask({...served, format}, "v3", served.chain.currentSlot, query);
      return call(served, path, init);
    };

    it("makes a block as asked, says so in its headers, and takes it signed", async () => {
      served = await serve({slots: 2});
      const {chain, player} = served;
      chain.onSlot(3 as Slot);
      const proposer = player.validators.proposer(3 as Slot);
      const preparation = [{validator_index: String(proposer), fee_recipient: TEST_FEE_RECIPIENT}];
      const unknown = {validator_index: "9999", fee_recipient: TEST_FEE_RECIPIENT};
      assert.equal(
        (await post(served, "/eth/v1/validator/prepare_beacon_proposer", [...preparation, unknown])).status,
        200,
      );
      const answer = await produce();
      const {block} = read(BlockContents!, answer, format) as {block: electra.BeaconBlock};
      assert.equal(answer.headers.get("eth-consensus-version"), "fulu");
      assert.equal(answer.headers.get("eth-execution-payload-blinded"), "false");
      assert.match(answer.headers.get("eth-execution-payload-value") ?? "", /^[1-9]\d*$/);
      assert.match(answer.headers.get("eth-consensus-block-value") ?? "", /^\d+$/);
      assert.equal(answer.headers.get("eth-execution-payload-source"), null);
      if (format === "json")
        assert.deepEqual(Object.keys(answer.json).sort(), [
          "consensus_block_value",
          "data",
          "execution_payload_blinded",
          "execution_payload_value",
          "version",
        ]);
      assert.deepEqual([block.slot, block.proposerIndex], [3, proposer]);
      assert.equal(hex(block.body.executionPayload.feeRecipient), TEST_FEE_RECIPIENT);
      // Bytes that are no text.
      assert.equal(hex(block.body.graffiti), GRAFFITI);

      const contents = {signedBlock: player.validators.block(block), kzgProofs: [], blobs: []} as never;
      const path = "/eth/v2/beacon/blocks";
      const unversioned = await send(served, path, [SignedBlockContents!, contents], format, {});
      assert.equal(unversioned.status, 400);
      const level = await send(
        served,
        `${path}?broadcast_validation=hope`,
        [SignedBlockContents!, contents],
        format,
        version,
      );
      assert.equal(level.status, 400);
      assert.equal(chain.head.slot, 2);
      const sent = await send(
        served,
        `${path}?broadcast_validation=consensus`,
        [SignedBlockContents!, contents],
        format,
        version,
      );
      assert.equal(sent.status, 200, JSON.stringify(sent.json));
      assert.equal(chain.head.root, rootToHex(ssz.fulu.BeaconBlock.hashTreeRoot(block)));
      assert.equal((await send(served, path, [SignedBlockContents!, contents], format, version)).status, 200);
    });

    it("refuses a block with a wrong signature, or with blobs", async () => {
      served = await serve({slots: 1});
      const {chain, player} = served;
      chain.onSlot(2 as Slot);
      const {block} = player.validators.produce(2 as Slot);
      const signature = player.validators.sign(block.proposerIndex, new Uint8Array(32));
      const path = "/eth/v2/beacon/blocks";
      const wrong = {signedBlock: {message: block, signature}, kzgProofs: [], blobs: []} as never;
      const answer = await send(served, path, [SignedBlockContents!, wrong], format, version);
      assert.deepEqual([answer.status, answer.json.code], [400, 400]);
      assert.match(answer.json.message, /signature/);
      const blobs = {signedBlock: player.validators.block(block), kzgProofs: [new Uint8Array(48)], blobs: []} as never;
      assert.equal((await send(served, path, [SignedBlockContents!, blobs], format, version)).status, 400);
      assert.equal(chain.head.slot, 1);
    });

    it("makes a blinded block for who registered, and unblinds it", async () => {
      served = await serve({slots: 1, init: {builder: "bids"}});
      const {chain, player} = served;
      chain.onSlot(2 as Slot);
      const registration = player.validators.registration(player.validators.proposer(2 as Slot));
      const list = ssz.bellatrix.SignedValidatorRegistrationV1;
      const registerPath = "/eth/v1/validator/register_validator";
      const asList = {
        serialize: () => list.serialize(registration),
        toJson: () => [list.toJson(registration)],
      } as never;
      assert.equal((await send(served, registerPath, [asList, registration], format, {})).status, 200);
      const own = await produce("&builder_boost_factor=0");
      assert.equal(own.headers.get("eth-execution-payload-blinded"), "false");
      const answer = await produce("&builder_boost_factor=18446744073709551615");
      assert.equal(answer.headers.get("eth-execution-payload-blinded"), "true");
      const blinded = read(BlindedBeaconBlock!, answer, format) as electra.BlindedBeaconBlock;
      const signed = player.validators.blindedBlock(blinded) as never;
      const sent = await send(
        served,
        "/eth/v2/beacon/blinded_blocks",
        [SignedBlindedBeaconBlock!, signed],
        format,
        version,
      );
      assert.equal(sent.status, 200, JSON.stringify(sent.json));
      assert.equal(chain.head.slot, 2);
      const broken = {message: registration.message, signature: new Uint8Array(96)};
      assert.equal((await post(served, registerPath, [list.toJson(broken)])).status, 400);
    });
  });

  describe(`blocks over HTTP in Gloas, ${format}`, () => {
    const types = ssz.gloas;
    const version = {"eth-consensus-version": "gloas"};
    const envelopePath = "/eth/v1/beacon/execution_payload_envelopes";
    let served: Served;
    afterEach(() => served.endpoint.close());

    const produce = async (slot: number, query: string): Promise<Answer> => {
      const {path, init} = ask({...served, format}, "v4", slot, query);
      return call(served, path, init);
    };
    const sendBlock = async (block: gloas.BeaconBlock): Promise<void> => {
      const signed = served.player.validators.block(block) as gloas.SignedBeaconBlock;
      const answer = await send(served, "/eth/v2/beacon/blocks", [types.SignedBeaconBlock, signed], format, version);
      assert.equal(answer.status, 200, JSON.stringify(answer.json));
    };

    it("gives block and envelope at once, and takes the envelope with its blobs", async () => {
      served = await serve({fork: "gloas", slots: 2});
      const {chain, player} = served;
      const reader = await EventReader.open(served, "topics=head_v2,execution_payload_available");
      chain.onSlot(3 as Slot);
      const answer = await produce(3, "&include_payload=true");
      assert.equal(answer.headers.get("eth-consensus-version"), "gloas");
      assert.equal(answer.headers.get("eth-execution-payload-included"), "true");
      assert.equal(answer.headers.get("eth-execution-payload-value"), null);
      assert.match(answer.headers.get("eth-consensus-block-value") ?? "", /^\d+$/);
      if (format === "json")
        assert.deepEqual(Object.keys(answer.json).sort(), [
          "consensus_block_value",
          "data",
          "execution_payload_included",
          "version",
        ]);
      const {block, executionPayloadEnvelope} = read(codec(types.BlockContents), answer, format) as gloas.BlockContents;
      assert.equal(hex(block.body.graffiti), GRAFFITI);
      await sendBlock(block);
      const first = await reader.event();
      assert.deepEqual([first.topic, first.data.data.payload_status], ["head_v2", "empty"]);

      const signedExecutionPayloadEnvelope = player.validators.envelope(executionPayloadEnvelope, block.proposerIndex);
      const contents = {signedExecutionPayloadEnvelope, kzgProofs: [], blobs: []};
      const both = [types.SignedExecutionPayloadEnvelopeContents, contents] as const;
      assert.equal((await send(served, envelopePath, both, format, version)).status, 400);
      const included = {...version, "eth-blob-data-included": "true"};
      const sent = await send(served, envelopePath, both, format, included);
      assert.equal(sent.status, 200, JSON.stringify(sent.json));
      const available = await reader.event();
      assert.deepEqual(available, {
        topic: "execution_payload_available",
        data: {slot: "3", block_root: chain.head.root},
      });
      const again = await reader.event();
      assert.deepEqual(
        [again.topic, again.data.data.payload_status, again.data.data.block],
        ["head_v2", "full", chain.head.root],
      );
      assert.equal(chain.head.payloadStatus, "full");
      const shown = await call(served, `${envelopePath}/head`, {
        headers: {accept: format === "ssz" ? SSZ : "application/json"},
      });
      const kept = read(
        codec(types.SignedExecutionPayloadEnvelope),
        shown,
        format,
      ) as gloas.SignedExecutionPayloadEnvelope;
      assert(types.SignedExecutionPayloadEnvelope.equals(kept, signedExecutionPayloadEnvelope));
      await reader.close();
    });

    it("gives the block alone when it is asked to, keeps the envelope, and takes it bare", async () => {
      served = await serve({fork: "gloas", slots: 2});
      const {chain, player} = served;
      const other = await serveBeside(served);
      chain.onSlot(3 as Slot);
      const answer = await produce(3, "&include_payload=false");
      assert.equal(answer.headers.get("eth-execution-payload-included"), "false");
      const block = read(codec(types.BeaconBlock), answer, format) as gloas.BeaconBlock;
      await sendBlock(block);
      const keptPath = `/eth/v1/validator/execution_payload_envelopes/3/${chain.head.root}`;
      const asked = {headers: {accept: format === "ssz" ? SSZ : "application/json"}};
      const envelope = read(codec(types.ExecutionPayloadEnvelope), await call(served, keptPath, asked), format);
      assert.equal((await call(other, keptPath)).status, 404);
      const signed = player.validators.envelope(envelope, block.proposerIndex);
      const both = [types.SignedExecutionPayloadEnvelope, signed] as const;
      const bare = {...version, "eth-blob-data-included": "false"};
      // The other node did not make the block, and has no blobs for it.
      assert.equal((await send(other, envelopePath, both, format, bare)).status, 400);
      assert.equal(chain.head.payloadStatus, "empty");
      assert.equal((await send(served, envelopePath, both, format, bare)).status, 200);
      assert.equal(chain.head.payloadStatus, "full");
      await other.endpoint.close();
    });

    it("takes the payload of a withheld slot, and nobody sees it", async () => {
      served = await serve({fork: "gloas", slots: 2, init: {withholdPayload: [{from: 3, to: 3}]}});
      const {chain, player} = served;
      chain.onSlot(3 as Slot);
      const contents = read(
        codec(types.BlockContents),
        await produce(3, "&include_payload=true"),
        format,
      ) as gloas.BlockContents;
      await sendBlock(contents.block);
      const signed = player.validators.envelope(contents.executionPayloadEnvelope, contents.block.proposerIndex);
      const bare = {...version, "eth-blob-data-included": "false"};
      const sent = await send(served, envelopePath, [types.SignedExecutionPayloadEnvelope, signed], format, bare);
      assert.equal(sent.status, 200);
      assert.equal(chain.head.payloadStatus, "empty");
      assert.equal((await call(served, `${envelopePath}/head`)).status, 404);
    });
  });
}

describe("blocks over HTTP", () => {
  it("are not made for a slot that is skipped, past or far ahead", async () => {
    const served = await serve({slots: 2, init: {skip: [{from: 3, to: 3}]}});
    const reveal = hex(served.player.validators.randaoReveal(3 as Slot));
    for (const slot of [1, 3, 9]) {
      const {status, json} = await call(served, `/eth/v3/validator/blocks/${slot}?randao_reveal=${reveal}`);
      assert.equal(status, 400, String(slot));
      assert.match(json.message, /No block/);
    }
    await served.endpoint.close();
  });
});
