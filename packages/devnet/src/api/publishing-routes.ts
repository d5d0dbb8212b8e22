/** Where a client sends what validators have signed. */
const PUBLISHING =
  /^\/eth\/v\d\/(beacon\/(pool\/|blocks$|blinded_blocks$|execution_payload_envelopes$)|validator\/(aggregate_and_proofs|contribution_and_proofs|proposer_preferences)$)/;

export const isPublishing = (method: string | undefined, path: string): boolean =>
  method === "POST" && PUBLISHING.test(path);
