/** One way in which a real client differs from the API's description. Paths are those of the OpenAPI, `{…}` standing for one segment. */
export type Difference =
  /** The route does not exist: 404. */
  | {readonly kind: "missing_route"; readonly method: "GET" | "POST"; readonly path: string}
  /** A parameter that the description leaves optional: 400 without it. */
  | {readonly kind: "required_parameter"; readonly path: string; readonly parameter: string; readonly message: string}
  /** A parameter that the description has in the query is the last segment of the path here; the route as described is not there: 404. */
  | {readonly kind: "parameter_in_path"; readonly path: string; readonly parameter: string}
  /** Where the description says 204, the answer is 404. */
  | {readonly kind: "empty_is_not_found"; readonly path: string}
  /** A topic that makes the whole subscription fail: 400. */
  | {readonly kind: "unknown_topic"; readonly topic: string}
  /** `topics=a,b` is taken for one topic of that name: 400. */
  | {readonly kind: "topics_not_split"}
  /** Answers in JSON whatever the Accept header prefers. */
  | {readonly kind: "json_response_only"; readonly path: string}
  /** Bodies in SSZ are refused: 415. */
  | {readonly kind: "json_request_only"; readonly path: string; readonly message: string}
  /** Error bodies carry `stacktraces`. */
  | {readonly kind: "error_stacktraces"}
  /** A POST answers with the `data` that it was sent: selections of a cluster of one operator are complete as they come. */
  | {readonly kind: "echoes_selections"; readonly path: string};

export interface Dialect {
  readonly name: string;
  /** As `/eth/v1/node/version` says it. */
  readonly version: string;
  /** The text of the refusal of a topic. */
  readonly invalidTopic: (topic: string) => string;
  readonly differences: readonly Difference[];
}

/** The API as described, which an endpoint speaks unless told otherwise. */
export const PLAIN: Dialect = {
  name: "plain",
  version: "Mote-devnet/v0.1.0",
  invalidTopic: (topic) => `Invalid topic: ${topic}`,
  differences: [],
};
