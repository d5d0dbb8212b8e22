import {strict as assert} from "node:assert";
import {mkdtempSync, rmSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {OpenApi} from "../../src/openapi/openapi.ts";

const ROOT = `
paths:
  /thing/{id}:
    $ref: "./thing.yaml"
  /box:
    $ref: "./box.yaml"
components:
  schemas:
    Thing: {$ref: "./types.yaml#/Deep/Thing"}
`;
const THING = `
get:
  responses:
    "200":
      content:
        application/json:
          schema:
            type: object
            required: [data]
            properties:
              data: {$ref: "./root.yaml#/components/schemas/Thing"}
`;
const BOX = `
put:
  requestBody:
    content:
      application/json:
        schema:
          oneOf:
            - {$ref: "./types.yaml#/Round"}
            - {$ref: "./types.yaml#/Square"}
          discriminator:
            propertyName: shape
            mapping: {ROUND: "./types.yaml#/Round", SQUARE: "./types.yaml#/Square"}
`;
const TYPES = `
Round: {type: object, required: [shape, radius]}
Square: {type: object, required: [shape, side]}
Uint64: {type: string}
Deep:
  Thing:
    type: object
    required: [slot, root, kind]
    properties:
      slot: {$ref: "#/Uint64"}
      root: {type: string, pattern: "^0x[a-f0-9]{4}$"}
      kind: {enum: [a, b]}
      list: {type: array, minItems: 1, items: {type: boolean}}
      either: {anyOf: [{type: object, required: [x]}, {type: "null"}]}
`;

describe("OpenApi", () => {
  let dir: string;
  let api: OpenApi;

  before(() => {
    dir = mkdtempSync(join(tmpdir(), "mote-openapi-"));
    writeFileSync(join(dir, "root.yaml"), ROOT);
    writeFileSync(join(dir, "thing.yaml"), THING);
    writeFileSync(join(dir, "box.yaml"), BOX);
    writeFileSync(join(dir, "types.yaml"), TYPES);
    const loaded = OpenApi.load(join(dir, "root.yaml"));
    assert(loaded !== null);
    api = loaded;
  });

  after(() => rmSync(dir, {recursive: true}));

  const good = {slot: "7", root: "0x00ff", kind: "a", list: [true], either: null};
  const check = (data: unknown): string[] => api.checkResponse("GET /thing/{id}", 200, {data});

  it("accepts what fits", () => {
    assert.deepEqual(check(good), []);
    assert.deepEqual(api.operations(), ["GET /thing/{id}", "PUT /box"]);
  });

  for (const [name, broken] of Object.entries({
    "a number where a decimal string belongs": {...good, slot: 7},
    "hex where a decimal string belongs": {...good, slot: "0x7"},
    "a missing field": {slot: "7", root: "0x00ff"},
    "a broken pattern": {...good, root: "0x00FF"},
    "a value outside the enum": {...good, kind: "c"},
    "a list that is too short": {...good, list: []},
    "an item of another type": {...good, list: ["true"]},
    "no fitting variant": {...good, either: {y: 1}},
    "no object at all": [],
  })) {
    it(`finds ${name}`, () => assert.notDeepEqual(check(broken), []));
  }

  it("finds a status and a route that the description lacks", () => {
    assert.equal(api.checkResponse("GET /thing/{id}", 418, {}).length, 1);
    assert.equal(api.checkResponse("GET /other", 200, {}).length, 1);
  });

  it("judges a request by the variant that it names", () => {
    assert.deepEqual(api.checkRequest("PUT /box", {shape: "ROUND", radius: 1}), []);
    assert.deepEqual(api.checkRequest("PUT /box", {shape: "SQUARE", radius: 1}), ["body lacks side"]);
    assert.equal(api.checkRequest("PUT /box", {shape: "OVAL"}).length, 1);
    assert.equal(api.checkRequest("GET /thing/{id}", {}).length, 1);
  });

  it("is null where there is no description", () => assert.equal(OpenApi.load(join(dir, "none.yaml")), null));
});
