/**
 * How all beacon nodes behind a port are at a time: `silent` ones fail every call, `syncing` and `optimistic` ones answer what must not be
 * believed. An adapter without beacon nodes of its own has nothing to say in any but the first.
 */
export type BeaconCondition = "ready" | "silent" | "syncing" | "optimistic";

export const UNFIT_CONDITIONS = ["silent", "syncing", "optimistic"] as const satisfies readonly BeaconCondition[];
