import type {routes} from "@lodestar/api";
import {ApiError, type ApplicationMethods} from "@lodestar/api/server";
import type {SubmitOutcome} from "../chain/types.ts";

type Endpoints = routes.Endpoints;

/** The operations of one namespace that the devnet serves; the others answer 501. */
export type Methods<Namespace extends keyof Endpoints> = Partial<ApplicationMethods<Endpoints[Namespace]>>;

export interface ItemFailure {
  readonly index: number;
  readonly message: string;
}

/** Some items of a list were refused, the others kept. Becomes the API's `IndexedErrorMessage`. */
export class IndexedApiError extends ApiError {
  readonly failures: readonly ItemFailure[];

  constructor(message: string, failures: readonly ItemFailure[]) {
    super(400, message);
    this.failures = failures;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  submitBeaconCommitteeSelections: "only DVT middleware has it",
  submitSyncCommitteeSelections: "only DVT middleware has it",
};

/** @throws {IndexedApiError} when an outcome is a refusal, naming them all */
export function throwFailures(message: string, outcomes: readonly SubmitOutcome[]): void {
  const failures = outcomes.flatMap((outcome, index) =>
    outcome.kind === "refused" ? [{index, message: outcome.reason}] : [],
  );
  if (failures.length > 0) throw new IndexedApiError(message, failures);
}

/** Gives every operation that `methods` lacks an answer: 501, with the reason where there is one to tell. */
export function orNotImplemented<Namespace extends keyof Endpoints>(
  methods: Methods<Namespace>,
): ApplicationMethods<Endpoints[Namespace]> {
  return new Proxy(methods, {
    get: (target, name) =>
      Reflect.get(target, name) ??
      (async () => {
        const reason = REASONS[String(name)];
        throw new ApiError(
          501,
          `The devnet does not serve ${String(name)}${reason === undefined ? "" : `: ${reason}`}`,
        );
      }),
  }) as ApplicationMethods<Endpoints[Namespace]>;
}
