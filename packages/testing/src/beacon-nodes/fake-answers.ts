import {ssz} from "@mote/consensus";
import {type Pubkey, pubkeyToHex, type Root, rootToHex, type Signature} from "@mote/core";

/** 32 bytes that repeat `byte`. */
export const fakeRoot = (byte: number): Root => rootToHex(new Uint8Array(32).fill(byte));
export const fakePubkey = (index: number): Pubkey => {
  const bytes = new Uint8Array(48).fill(0xa0);
  new DataView(bytes.buffer).setUint32(44, index);
  return pubkeyToHex(bytes);
};
export const fakeSignature = (byte: number): Signature => new Uint8Array(96).fill(byte) as Signature;

export interface FakeAnswer {
  readonly status: number;
  readonly json?: unknown;
  /** Sent instead of `json` to a caller that asks for it. */
  readonly ssz?: Uint8Array;
  readonly consensusVersion?: string;
  /** More of them. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface FakeRequest {
  /** The OpenAPI's name of the operation, `GET /eth/v1/…`. */
  readonly operation: string;
  readonly params: readonly string[];
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export const ok = (data: unknown, more: object = {}): FakeAnswer => ({status: 200, json: {...more, data}});
export const error = (status: number, message: string): FakeAnswer => ({
  status,
  json: {code: status, message},
});

/** SYNC_COMMITTEE_SIZE of the preset in use. */
export const FAKE_SYNC_COMMITTEE_SIZE = ssz.altair.SyncCommittee.fields.pubkeys.length;
