import type {Dialect} from "../dialects/dialect.ts";
import {TOPICS} from "./event-messages.ts";

export type TopicsOutcome =
  | {readonly kind: "topics"; readonly topics: ReadonlySet<string>}
  | {readonly kind: "refused"; readonly message: string};

/** Topics of a subscription: `topics=a,b`, `topics=a&topics=b`, or both. One that is not known refuses them all. */
export function readTopics(url: URL, dialect: Dialect): TopicsOutcome {
  const unsplit = dialect.differences.some(({kind}) => kind === "topics_not_split");
  const values = url.searchParams.getAll("topics");
  const topics = (unsplit ? values : values.flatMap((value) => value.split(","))).map((topic) => topic.trim());
  if (topics.length === 0) return {kind: "refused", message: "The parameter topics is required"};
  const isUnknown = (topic: string): boolean =>
    !TOPICS.has(topic) || dialect.differences.some((one) => one.kind === "unknown_topic" && one.topic === topic);
  const unknown = topics.find(isUnknown);
  if (unknown !== undefined) return {kind: "refused", message: dialect.invalidTopic(unknown.slice(0, 200))};
  return {kind: "topics", topics: new Set(topics)};
}
