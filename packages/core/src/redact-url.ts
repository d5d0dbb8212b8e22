/**
 * Scheme, host and port of a URL; anything that may hold a credential (user, password, path, query) is cut to a hint that it was there.
 * Takes any text, so that a URL that does not parse is redacted too.
 */
export function redactUrl(text: string): string {
  const [, scheme = "", afterScheme = ""] = /^([a-z][a-z0-9+.-]{0,20}:\/\/)?(.*)$/is.exec(text) ?? [];
  const afterUser = afterScheme.slice(afterScheme.lastIndexOf("@") + 1);
  const host = /^[^/?#]*/.exec(afterUser)?.[0] ?? "";
  const rest = afterUser.slice(host.length);
  return `${scheme}${afterUser === afterScheme ? "" : "***@"}${host}${rest === "" || rest === "/" ? "" : "/…"}`;
}
