import {type ExecutionAddress, InvalidValueError, parseExecutionAddress} from "@mote/core";
import {keccak_256} from "@noble/hashes/sha3.js";

/**
 * An address as a person types or pastes it. In mixed case its capitals must be the checksum of ERC-55; all lower and all upper case carry none
 * and are taken as they are.
 * @throws {InvalidValueError} which does not say the right spelling: that would invite to copy an address that nobody checked
 */
export function parseChecksummedAddress(text: unknown, field = "address"): ExecutionAddress {
  const address = parseExecutionAddress(text, field);
  const digits = String(text).slice(2);
  const carriesChecksum = digits !== digits.toLowerCase() && digits !== digits.toUpperCase();
  if (carriesChecksum && digits !== checksumAddress(address).slice(2)) {
    throw new InvalidValueError(
      `${field} has a wrong checksum (its capital letters do not fit): a character was mistyped or lost, so copy the address again`,
    );
  }
  return address;
}

/** The address with the capitals that wallets show. https://eips.ethereum.org/EIPS/eip-55 */
export function checksumAddress(address: ExecutionAddress): `0x${string}` {
  const digits = address.slice(2);
  const hash = Buffer.from(keccak_256(Buffer.from(digits, "ascii"))).toString("hex");
  const capitals = [...digits].map((digit, at) =>
    Number.parseInt(hash[at] ?? "0", 16) >= 8 ? digit.toUpperCase() : digit,
  );
  return `0x${capitals.join("")}`;
}
