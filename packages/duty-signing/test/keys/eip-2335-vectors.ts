/** The test vectors of https://eips.ethereum.org/EIPS/eip-2335#test-cases, both of the same secret and password. */
export const EIP_2335_PASSWORD = "𝔱𝔢𝔰𝔱𝔭𝔞𝔰𝔰𝔴𝔬𝔯𝔡🔑";
export const EIP_2335_PUBKEY =
  "0x9612d7a727c9d0a22e185a1c768478dfe919cada9266988cb32359c11f2b7b27f4ae4040902382ae2910c15e2b420d07";

const salt = "d4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3";
const iv = "264daa3f303d7259501c93d997d84fe6";

function vector(kdf: object, checksum: string, ciphertext: string): string {
  return JSON.stringify({
    crypto: {
      kdf,
      checksum: {function: "sha256", params: {}, message: checksum},
      cipher: {function: "aes-128-ctr", params: {iv}, message: ciphertext},
    },
    description: "This is a test keystore.",
    pubkey: EIP_2335_PUBKEY.slice(2),
    path: "m/12381/60/0/0",
    uuid: "64625def-3331-4eea-ab6f-782f3ed16a83",
    version: 4,
  });
}

export const EIP_2335_SCRYPT = vector(
  {function: "scrypt", params: {dklen: 32, n: 262144, p: 1, r: 8, salt}, message: ""},
  "d2217fe5f3e9a1e34581ef8a78f7c9928e436d36dacc5e846690a5581e8ea484",
  "06ae90d55fe0a6e9c5c3bc5b170827b2e5cce3929ed3f116c2811e6366dfe20f",
);

export const EIP_2335_PBKDF2 = vector(
  {function: "pbkdf2", params: {dklen: 32, c: 262144, prf: "hmac-sha256", salt}, message: ""},
  "8a9f5d9912ed7e75ea794bc5a89bca5f193721d30868ade6f73043c6ea6febf1",
  "cee03fde2af33149775b7223e7845e4fb2c8ae1792e5f99fe9ecf474cc8c16ad",
);
