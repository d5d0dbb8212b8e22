import assert from "node:assert/strict";
import {hexToBytes} from "@mote/core";
import {PublicKeyCache} from "../../src/bls/public-key-cache.ts";
import {SecretKey} from "../../src/secret-key.ts";

const pubkey = (index: number): Uint8Array => hexToBytes(SecretKey.interop(index).pubkey);

describe("PublicKeyCache", () => {
  it("keeps what was asked for last, and no more than it may", () => {
    const cache = new PublicKeyCache({keysMax: 2});
    const [zero, one] = [cache.get(pubkey(0)), cache.get(pubkey(1))];
    assert.equal(cache.get(pubkey(0)), zero);
    cache.get(pubkey(2));
    assert.equal(cache.size, 2);
    assert.equal(cache.get(pubkey(0)), zero, "asked for after key 1");
    assert.notEqual(cache.get(pubkey(1)), one, "decompressed anew");
  });

  it("tells keys apart by all of their bytes, and remembers those that are none", () => {
    const cache = new PublicKeyCache({keysMax: 100});
    const points = Array.from({length: 50}, (_, index) => cache.get(pubkey(index))?.toHex());
    assert.equal(new Set(points).size, 50);
    assert.equal(cache.get(new Uint8Array(48).fill(0x80)), null);
    assert.equal(cache.get(new Uint8Array(48).fill(0x80)), null);
    assert.equal(cache.size, 51);
  });
});
