import type {WithdrawalCredentials} from "@mote/consensus/execution";
import type {Pubkey, Root} from "@mote/core";
import type {SignedDeposit} from "../../src/keys/deposit-data.ts";

export interface DepositVector extends SignedDeposit {
  readonly withdrawalCredentials: WithdrawalCredentials;
  readonly forkVersion: Uint8Array;
}

const MAINNET = Uint8Array.of(0, 0, 0, 0);
const HOLESKY = Uint8Array.of(0x01, 0x01, 0x70, 0);
const DEVNET = Uint8Array.of(0, 0, 0x0f, 0xfd);

/** The mnemonic of the next vectors: from the tests of https://github.com/ChorusOne/eth-staking-smith, which stands on Lighthouse's code. */
export const SMITH_MNEMONIC =
  "entire habit bottom mention spoil clown finger wheat motion fox axis mechanic country make garment bar blind stadium sugar water scissors canyon often ketchup";

/** What that tool makes of its first key: with an address, and with the withdrawal key. */
export const OF_SMITH: readonly DepositVector[] = [
  {
    pubkey:
      "0x8666389c3fe6ff0bca9adba81504f380b9e2c719419760d561836472fafe295cb50696524e19cba084e1d788d66c80d6" as Pubkey,
    withdrawalCredentials: "0x0100000000000000000000000000000000000000000000000000000000000001",
    amountGwei: 32_000_000_000n,
    signature:
      "0xa1f3ece1cb871e1af29fdaf94cab58d48d128d0ed2342a1f042f49344943c25ec6eab4f2219301e421a88453c6aa29e90b78373a8341c17738bc0ff4d0a724494535b494cd21fd2633a7a12353a5232c9806e1576f1e2447631ec3310db4008b",
    depositMessageRoot: "0xdc224ac1c94d70906d643644f20398bdea5dabea123116a9d6135b8f5f4906bd" as Root,
    depositDataRoot: "0xf5c6b52d2ba608f0df4123e5ed051b5765a636e09d1372668e1ec074430f2279" as Root,
    forkVersion: MAINNET,
  },
  {
    pubkey:
      "0x8666389c3fe6ff0bca9adba81504f380b9e2c719419760d561836472fafe295cb50696524e19cba084e1d788d66c80d6" as Pubkey,
    withdrawalCredentials: "0x00e078f11bc1454244bdf9f63a3b997815f081dd6630204186d4c9627a2942f7",
    amountGwei: 32_000_000_000n,
    signature:
      "0x8fb5a76232cb613c30e02b5946d252d0cc5ed8cfa81b7a1f781dc4f228c5e89e77b5b745fba4371be8ea7f02f6b7e18e0e3661b04a63d51197bd43b9dea27fef97b8e2b94ffc989fc29484537bfed9f99b6bc57b45c2004dd23e1502006640d4",
    depositMessageRoot: "0x9720268f705275b44bf4a7cd35246277f408dd245aafc676a3c335f1d714e724" as Root,
    depositDataRoot: "0x270169ee3da4da7566daa4a29727b893bb1c6ce2f26b6c861afe6d480b3f9a7d" as Root,
    forkVersion: MAINNET,
  },
];

/** Entries of public deposit_data files, which staking-deposit-cli 2.7.0 (the first two) and 2.2.0 made. */
export const OF_DEPOSIT_CLI: readonly DepositVector[] = [
  {
    pubkey:
      "0xad85894db60881bcee956116beae6bc6934d7eca8317dc3084adf665be426a21a1855b5196a7515fd791bf0b6e3727c5" as Pubkey,
    withdrawalCredentials: "0x010000000000000000000000b2de3e0380d7229dc9e717342ed042e54eaaa620",
    amountGwei: 1_000_000_000n,
    signature:
      "0x848169dd090590d31b4eee23f031b3f0df4bbe097e1ea3f65e4c40b5da412f326adfed4b1c45b83831eb692e906ba1ec0f0cacfc714f1c89ad74eca71be43247965e71ead2dc7625410d69c434fa88895ef2c9e135bb187b04eb62bc87539dcf",
    depositMessageRoot: "0x12f106b1c020239e8c2857c5bd355ca4c9fec33b2140367064a7df5a11861f44" as Root,
    depositDataRoot: "0xaa08a4fe6761812fb0ae067b98e30239a2aefb609c271edf4efe84f7a5742ff3" as Root,
    forkVersion: HOLESKY,
  },
  {
    pubkey:
      "0xad85894db60881bcee956116beae6bc6934d7eca8317dc3084adf665be426a21a1855b5196a7515fd791bf0b6e3727c5" as Pubkey,
    withdrawalCredentials: "0x010000000000000000000000b2de3e0380d7229dc9e717342ed042e54eaaa620",
    amountGwei: 31_000_000_000n,
    signature:
      "0xaccff50c4fde87119058770c8fff833b6e052e6a689bc639e3a20f57ebff15315ff7cb15e7c0de2856794e459023862d0539bb1b22d3938730f7ec0e0504dcf12b63ba9f9ca2cceef4914f997d90df3f604c0c3a99706a038ef35ed9b3d166d2",
    depositMessageRoot: "0x81566688bde7909767507f4daa38f48aba6858d0f786fa4fb4082129ec86fbe0" as Root,
    depositDataRoot: "0x262b9668947937a8135e8f6bd9cf27b07891a4c5d5d2dd9d01ada07eff77ccf1" as Root,
    forkVersion: HOLESKY,
  },
  {
    pubkey:
      "0x8abfc6fe54c89651f4779c66cb8777155479e18f9d2d7a004e2f51ec97a7e0a1f9a23acd6556ec543fc18fb6f2d83c33" as Pubkey,
    withdrawalCredentials: "0x003f4427f9d850597dbbc8d7a9145590e91ad2f74d02d0bce299197596828f52",
    amountGwei: 32_000_000_000n,
    signature:
      "0xa6b9536c29a9935f4d1736ec7d9671758ef85a3f25728eb79e23ea175aa3e68e80091701cbbb6732699e17fd7bb5176a0280df41f77cc1791ae3d844a7d15f69dc86230c3e53b5f7ece976a07692a36eac3e2648ce07b5e79384af6ed5e1542d",
    depositMessageRoot: "0x4616b632983bafabef0a93da95cc8da66deee98796ae7b513d589d1598578c35" as Root,
    depositDataRoot: "0x7ffb2ad21bae18840d9c97b542385ebac90cb9f4f376cbb57bcb0e14da6f0069" as Root,
    forkVersion: DEVNET,
  },
];
