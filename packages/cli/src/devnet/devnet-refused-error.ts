/** Thrown when the options are not what the devnet takes: a person has to change them. */
export class DevnetRefusedError extends Error {
  override name = "DevnetRefusedError";
}
