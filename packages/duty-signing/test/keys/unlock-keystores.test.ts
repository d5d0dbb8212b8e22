import assert from "node:assert/strict";
import {KEYSTORE_SIZE_BYTES_MAX} from "../../src/keys/keystore-format.ts";
import {type KdfMachine, type KeystoreToUnlock, kdfBudget, unlockKeystores} from "../../src/keys/unlock-keystores.ts";
import {immediate} from "../gate-fixture.ts";
import {EIP_2335_PBKDF2, EIP_2335_SCRYPT} from "./eip-2335-vectors.ts";
import {makeKeystore} from "./make-keystore.ts";

const GIB = 2 ** 30;
const SCRYPT_BYTES = 256 * 2 ** 20 + 1024;
const item = (text: string, password = "pw", name = "k.json"): KeystoreToUnlock => ({name, text, password});

/** Why each failed; null for those that did not. */
async function reasonsOf(items: readonly KeystoreToUnlock[]): Promise<(string | null)[]> {
  const results = await unlockKeystores(items, {});
  return results.map((result) => (result.kind === "failed" ? result.failure.reason : null));
}

describe("unlockKeystores", () => {
  it("unlocks in the order of the items and tells all wrong passwords together", async () => {
    const made = await Promise.all([1, 2, 3, 4].map((n) => makeKeystore(n, `pw${n}`)));
    const items = made.map(({text}, i) => item(text, i % 2 === 0 ? `pw${i + 1}` : "no", `file ${i}`));
    const progress: string[] = [];
    const results = await unlockKeystores(items, {onProgress: ({done, total}) => progress.push(`${done}/${total}`)});
    assert.deepEqual(progress, ["1/4", "2/4", "3/4", "4/4"]);
    assert.deepEqual(
      results.map((result) =>
        result.kind === "unlocked" ? result.secretKey.pubkey : [result.failure.file, result.failure.reason],
      ),
      [made[0]?.pubkey, ["file 1", "WRONG_PASSWORD"], made[2]?.pubkey, ["file 3", "WRONG_PASSWORD"]],
    );
    const [, failed] = results;
    assert(failed?.kind === "failed" && failed.failure.pubkey === made[1]?.pubkey);
  });

  it("finds the key of a keystore that does not say it", async () => {
    const {text, pubkey} = await makeKeystore(5, "pw");
    const [result] = await unlockKeystores([item(JSON.stringify({...JSON.parse(text), pubkey: undefined}))], {});
    assert(result?.kind === "unlocked" && result.secretKey.pubkey === pubkey && result.keystore.pubkey === null);
  });

  it("refuses what is damaged or built to do harm, and unlocks the one between", async () => {
    const {text} = await makeKeystore(6, "pw");
    const nest = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
    const withKdf = (params: object) =>
      EIP_2335_SCRYPT.replace('"n":262144,"p":1,"r":8', JSON.stringify(params).slice(1, -1));
    const cases: [string, string | null][] = [
      ["[".repeat(KEYSTORE_SIZE_BYTES_MAX), "NOT_JSON"],
      [nest(KEYSTORE_SIZE_BYTES_MAX / 2), "MALFORMED"],
      [`{"version":4,"crypto":${'{"a":'.repeat(9000)}1${"}".repeat(9000)}}`, "MALFORMED"],
      [`{"version":4,"crypto":{"kdf":{"function":"pbkdf2","params":${nest(30_000)}}}}`, "MALFORMED"],
      [`${text}${" ".repeat(KEYSTORE_SIZE_BYTES_MAX)}`, "FILE_TOO_LARGE"],
      ["é".repeat(KEYSTORE_SIZE_BYTES_MAX / 2 + 1), "FILE_TOO_LARGE"],
      [text, null],
      [withKdf({n: 262_143, p: 1, r: 8}), "MALFORMED"],
      [withKdf({n: 2 ** 31, p: 1, r: 8}), "KDF_TOO_EXPENSIVE"],
      [withKdf({n: 2 ** 31, p: 2 ** 31, r: 2 ** 31}), "KDF_TOO_EXPENSIVE"],
      [withKdf({n: 2 ** 32, p: 1, r: 8}), "MALFORMED"],
      [EIP_2335_PBKDF2.replace('"c":262144', '"c":2147483648'), "KDF_TOO_EXPENSIVE"],
      [text.replace('"version":4', '"version":5'), "UNSUPPORTED"],
      [text.replace('"version":4', '"version":"4"'), "UNSUPPORTED"],
      [text.slice(0, -1), "NOT_JSON"],
      [text.slice(0, text.length / 2), "NOT_JSON"],
      ['{"version":4,"__proto__":{"crypto":{}}}', "MALFORMED"],
    ];
    const reasons = await reasonsOf(cases.map(([each]) => item(each)));
    assert.deepEqual(
      reasons,
      cases.map(([, reason]) => reason),
    );
  });

  it("never tells a password or a text", async () => {
    const {text} = await makeKeystore(7, "right");
    const results = await unlockKeystores([item(text, "hunter2"), item("my swordfish", "hunter2")], {});
    assert.doesNotMatch(JSON.stringify(results), /hunter2|swordfish/);
  });
});

describe("kdfBudget", () => {
  /** How many standard scrypt derivations run at once on the machine. */
  async function atOnce(machine: KdfMachine): Promise<number> {
    const budget = kdfBudget(machine);
    let running = 0;
    const runForEver = () => {
      running++;
      return new Promise<void>(() => {});
    };
    for (let i = 0; i < 100; i++) void budget.run(SCRYPT_BYTES, runForEver);
    await immediate();
    return running;
  }

  it("lets as many run as there are cores, while half of the free memory is left", async () => {
    assert.equal(await atOnce({freeMemoryBytes: 64 * GIB, cores: 2}), 2);
    assert.equal(await atOnce({freeMemoryBytes: 64 * GIB, cores: 8}), 8);
    assert.equal(await atOnce({freeMemoryBytes: 64 * GIB, cores: 1}), 1);
    assert.equal(await atOnce({freeMemoryBytes: 2 * GIB, cores: 8}), 3);
    assert.equal(await atOnce({freeMemoryBytes: GIB, cores: 4}), 1);
  });

  it("lets one run however little memory there is", async () => {
    assert.equal(await atOnce({freeMemoryBytes: 0, cores: 4}), 1);
  });
});
