import type {IncomingMessage} from "node:http";
import type {Dialect, Difference} from "../dialects/dialect.ts";
import {JSON_TYPE, SSZ} from "./wire-formats.ts";

export interface Refusal {
  readonly status: number;
  readonly message: string;
}

type PathDifference = Extract<Difference, {readonly path: string}>;

/** Applies to a request what the dialect knows of its route. The API server behind never learns of dialects. */
export class DialectFilter {
  readonly #byPath: readonly {readonly pattern: RegExp; readonly difference: PathDifference}[];

  readonly #inPath: readonly {readonly path: string; readonly parameter: string}[];

  constructor(dialect: Dialect) {
    this.#byPath = dialect.differences.flatMap((difference) =>
      "path" in difference ? [{pattern: patternOf(difference.path), difference}] : [],
    );
    this.#inPath = dialect.differences.filter((difference) => difference.kind === "parameter_in_path");
  }

  /** A refusal in the dialect's words, or null; the Accept header of a passed request may have been narrowed. */
  refusal(request: IncomingMessage, url: URL): Refusal | null {
    for (const difference of this.#matching(url)) {
      switch (difference.kind) {
        case "missing_route":
          if (request.method === difference.method) return {status: 404, message: "NotFound"};
          break;
        case "required_parameter":
          if (!url.searchParams.has(difference.parameter)) return {status: 400, message: difference.message};
          break;
        case "json_response_only":
          request.headers.accept = JSON_TYPE;
          break;
        case "json_request_only":
          if (request.headers["content-type"]?.toLowerCase().startsWith(SSZ)) {
            return {status: 415, message: difference.message};
          }
          break;
        case "parameter_in_path":
          return {status: 404, message: "NotFound"};
        case "echoes_selections":
        case "empty_is_not_found":
          break;
      }
    }
    return null;
  }

  /** Path and query as the API describes them, which is where the API server looks for what was asked. */
  describedTarget({pathname, search}: URL): string {
    for (const {path, parameter} of this.#inPath) {
      const value = pathname.startsWith(`${path}/`) ? pathname.slice(path.length + 1) : "";
      if (value !== "") return `${path}?${parameter}=${value}`;
    }
    return pathname + search;
  }

  emptyIsNotFound(url: URL): boolean {
    return this.#matching(url).some(({kind}) => kind === "empty_is_not_found");
  }

  echoesSelections(request: IncomingMessage, url: URL): boolean {
    return request.method === "POST" && this.#matching(url).some(({kind}) => kind === "echoes_selections");
  }

  #matching(url: URL): PathDifference[] {
    return this.#byPath.flatMap(({pattern, difference}) => (pattern.test(url.pathname) ? [difference] : []));
  }
}

const patternOf = (path: string): RegExp => new RegExp(`^${path.replace(/\{\w+\}/g, "[^/]+")}$`);
