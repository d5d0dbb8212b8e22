import type {OpenApi} from "./openapi.ts";

/** Within a `describe` whose answers or requests are judged by a description: where that is not at hand, one skipped test says so. */
export function sayNotChecked(api: OpenApi | null, name: string): void {
  if (api === null) it(`NOT CHECKED: the description of the ${name} is not at hand`);
}
