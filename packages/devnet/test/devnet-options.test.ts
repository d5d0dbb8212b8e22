import {strict as assert} from "node:assert";
import {InvalidValueError} from "@mote/core";
import {type DevnetOptions, readOptions} from "../src/devnet-options.ts";
import {PRYSM} from "../src/dialects/prysm.ts";

const GOOD: DevnetOptions = {
  validators: 64,
  secondsPerSlot: 2,
  fork: "fulu",
  beaconNodes: 3,
  faults: ["bn2:down", "skip@3"],
  dialects: ["bn1=prysm"],
  apiPort: 5052,
  genesisTimeSec: 1_700_000_000,
};

describe("readOptions", () => {
  it("names the endpoints and gives them ports and dialects", () => {
    const {endpoints} = readOptions(GOOD);
    assert.deepEqual(
      endpoints.map(({name, port}) => [name, port]),
      [
        ["bn0", 5052],
        ["bn1", 5053],
        ["bn2", 5054],
      ],
    );
    assert.deepEqual(
      endpoints.map(({dialect}) => dialect.name),
      ["plain", PRYSM.name, "plain"],
    );
    assert.deepEqual(
      readOptions({...GOOD, apiPort: 0}).endpoints.map(({port}) => port),
      [0, 0, 0],
    );
  });

  it("reads forks", () => {
    assert.deepEqual(
      ["fulu", "gloas", "gloas@2"].map((fork) => readOptions({...GOOD, fork}).fork),
      ["fulu", "gloas", {gloasEpoch: 2}],
    );
  });

  it("takes a hostile peer where there are peers", () => {
    const {faults} = readOptions({...GOOD, p2p: true, faults: ["p2p:flood@3"]});
    assert.deepEqual(faults, [{scope: "p2p", kind: "flood", slots: {first: 3, last: 3}}]);
  });

  it("has a builder when it is asked to", () => {
    assert.deepEqual(
      [undefined, "none", "bids"].map((builder) => readOptions({...GOOD, ...(builder && {builder})}).builder),
      ["none", "none", "bids"],
    );
  });

  const bad: [Partial<DevnetOptions>, RegExp][] = [
    [{builder: "maybe"}, /^builder "maybe": must be none or bids/],
    [{validators: 3}, /^validators is 3; it must be a whole number from 8 to /],
    [{validators: 64.5}, /^validators is 64.5/],
    [{secondsPerSlot: 0.5}, /^secondsPerSlot is 0.5; .* from 1 to 60/],
    [{secondsPerSlot: Number.NaN}, /^secondsPerSlot is NaN/],
    [{beaconNodes: 0}, /^beaconNodes is 0; .* from 1 to 16/],
    [{epochs: 0}, /^epochs is 0/],
    [{apiPort: 65_534}, /^apiPort is 65534; .* from 0 to 65533/],
    [{genesisTimeSec: -1}, /^genesisTimeSec is -1/],
    [{fork: "electra"}, /^fork "electra": must be fulu, gloas, or gloas@EPOCH/],
    [{faults: ["bn3:down"]}, /^fault "bn3:down": there is no bn3; of 3 beacon nodes there is bn0 to bn2/],
    [{beaconNodes: 1, faults: ["bn1:down"], dialects: []}, /there is bn0 alone/],
    [{dialects: ["bn7=prysm"]}, /^dialect "bn7=prysm": there is no bn7/],
    [{faults: ["bn1:nope"]}, /no kind "nope"/],
    [{faults: ["p2p:lie"]}, /^fault "p2p:lie": there are no peers without p2p/],
    [{p2p: true, p2pPort: 65_536}, /^p2pPort is 65536; .* from 0 to 65535/],
  ];
  for (const [change, message] of bad) {
    it(`refuses ${JSON.stringify(change)} and says why`, () => {
      assert.throws(
        () => readOptions({...GOOD, ...change}),
        (error: unknown) => error instanceof InvalidValueError && message.test(error.message),
      );
    });
  }
});
