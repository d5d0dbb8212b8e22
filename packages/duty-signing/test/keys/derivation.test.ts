import assert from "node:assert/strict";
import {deriveEth2ValidatorKeys, deriveKeyFromEntropy} from "@chainsafe/bls-keygen";
import {blsWithdrawalCredentials} from "@mote/consensus/execution";
import {
  deriveKeyAt,
  deriveSigningKey,
  deriveWithdrawalKey,
  signingKeyPath,
  withdrawalKeyPath,
} from "../../src/keys/derivation.ts";
import {readMnemonic} from "../../src/keys/mnemonic.ts";
import {SeededRandomBytes} from "./fixed-random-bytes.ts";

/** https://eips.ethereum.org/EIPS/eip-2333#test-cases */
const EIP_2333: readonly {seed: string; master: bigint; index: number; child: bigint}[] = [
  {
    seed: "c55257c360c07c72029aebc1b53c05ed0362ada38ead3e3e9efa3708e53495531f09a6987599d18264c1e1c92f2cf141630c7a3c4ab7c81b2f001698e7463b04",
    master: 6083874454709270928345386274498605044986640685124978867557563392430687146096n,
    index: 0,
    child: 20397789859736650942317412262472558107875392172444076792671091975210932703118n,
  },
  {
    seed: "3141592653589793238462643383279502884197169399375105820974944592",
    master: 29757020647961307431480504535336562678282505419141012933316116377660817309383n,
    index: 3141592653,
    child: 25457201688850691947727629385191704516744796114925897962676248250929345014287n,
  },
  {
    seed: "0099FF991111002299DD7744EE3355BBDD8844115566CC55663355668888CC00",
    master: 27580842291869792442942448775674722299803720648445448686099262467207037398656n,
    index: 4294967295,
    child: 29358610794459428860402234341874281240803786294062035874021252734817515685787n,
  },
  {
    seed: "d4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3",
    master: 19022158461524446591288038168518313374041767046816487870552872741050760015818n,
    index: 42,
    child: 31372231650479070279774297061823572166496564838472787488249775572789064611981n,
  },
];

const numberOf = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString("hex")}`);

describe("deriveKeyAt", () => {
  for (const {seed, master, index, child} of EIP_2333) {
    it(`derives child ${index} of EIP-2333's test case`, () => {
      const bytes = Buffer.from(seed, "hex");
      assert.equal(numberOf(deriveKeyAt(bytes, []).toBytes()), master);
      assert.equal(numberOf(deriveKeyAt(bytes, [index]).toBytes()), child);
    });
  }

  it("leaves the seed as it was", () => {
    const seed = Uint8Array.from(Buffer.from(EIP_2333[0]?.seed ?? "", "hex"));
    const copy = seed.slice();
    deriveKeyAt(seed, [1]);
    assert.deepEqual(seed, copy);
  });

  it("refuses a short seed and steps that are no 32-bit index", () => {
    assert.throws(() => deriveKeyAt(new Uint8Array(31), []), {name: "InvalidValueError"});
    for (const index of [-1, 1.5, 2 ** 32, Number.NaN]) {
      assert.throws(() => deriveSigningKey(new Uint8Array(32), index), {name: "InvalidValueError"});
    }
  });
});

describe("validator keys", () => {
  it("are those of another implementation", () => {
    for (const run of [1, 2, 3, 4]) {
      const seedName = `derivation ${run}`;
      const random = new SeededRandomBytes({seed: seedName});
      const [seed, index] = [random.bytes(32 + run), numberOf(random.bytes(4))];
      const master = deriveKeyFromEntropy(seed);
      const {signing, withdrawal} = deriveEth2ValidatorKeys(master, Number(index));
      assert.deepEqual(Buffer.from(deriveSigningKey(seed, Number(index)).toBytes()), Buffer.from(signing), seedName);
      assert.deepEqual(Buffer.from(deriveWithdrawalKey(seed, Number(index)).toBytes()), Buffer.from(withdrawal));
    }
  });

  it("have the paths of EIP-2334", () => {
    assert.equal(signingKeyPath(7), "m/12381/3600/7/0/0");
    assert.equal(withdrawalKeyPath(7), "m/12381/3600/7/0");
  });

  it("are those of a mnemonic whose withdrawal credentials another tool knows", async () => {
    // From the tests of https://github.com/eth-educators/ethstaker-deposit-cli
    const words =
      "sister protect peanut hill ready work profit fit wish want small inflict flip member tail between sick setup bright duck morning sell paper worry";
    const reading = await readMnemonic(words);
    assert(reading.kind === "ok");
    const {pubkey} = deriveWithdrawalKey(await reading.seed(""), 0);
    assert.equal(
      blsWithdrawalCredentials(pubkey),
      "0x00bd0b5a34de5fb17df08410b5e615dda87caf4fb72d0aac91ce5e52fc6aa8de",
    );
  });
});
