/** One import of a source file. `type` leaves no trace at run time; `dynamic` is loaded when it is reached. */
export interface Import {
  readonly kind: "static" | "type" | "dynamic";
  /** Null for an `import()` whose argument is not a plain string: no rule can be checked on it. */
  readonly specifier: string | null;
  readonly line: number;
}

const STATIC = /^[ \t]*(import|export)\b([^;'"()=]*?)\bfrom\s*["']([^"'\n]+)["']/gm;
const BARE = /^[ \t]*import\s*["']([^"'\n]+)["']/gm;
const CALL = /(\btypeof\s+)?(?<![.\w$])import\s*\(\s*(?:["']([^"'\n]+)["'])?/g;

/**
 * All imports of a TypeScript source. Works on text whose comments are blanked: there is no public parser in TypeScript 7, and the formatter
 * keeps every import statement at the start of a line.
 */
export function importsOf(source: string): Import[] {
  const text = blankComments(source);
  const lineAt = (offset: number): number => text.slice(0, offset).split("\n").length;
  const imports: Import[] = [];
  for (const match of text.matchAll(STATIC)) {
    // `import type X from` and `import type {X} from`; a default import that is called `type` is static.
    const isType = /^\s*type\s+\S/.test(match[2] ?? "");
    imports.push({kind: isType ? "type" : "static", specifier: match[3] ?? null, line: lineAt(match.index)});
  }
  for (const match of text.matchAll(BARE)) {
    imports.push({kind: "static", specifier: match[1] ?? null, line: lineAt(match.index)});
  }
  for (const match of text.matchAll(CALL)) {
    const isType = match[1] !== undefined || isTypePosition(text, match.index);
    imports.push({kind: isType ? "type" : "dynamic", specifier: match[2] ?? null, line: lineAt(match.index)});
  }
  return imports.sort((a, b) => a.line - b.line);
}

/** `import("x").Y` after `:`, `<`, `|` or `&` names a type; `await import("x")` and `() => import("x")` load. */
function isTypePosition(text: string, offset: number): boolean {
  const after = /^import\s*\([^)]*\)\s*\.\s*[A-Z]/.test(text.slice(offset, offset + 300));
  return after && /[:<|&,]\s*$/.test(text.slice(Math.max(0, offset - 20), offset));
}

/** The source with every comment replaced by spaces; line breaks stay. Strings, templates and regular expressions are stepped over. */
export function blankComments(source: string): string {
  const token =
    /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\[\s\S]|[^`\\])*`|(?<=[(,=:[!&|?{};\n]\s*|return\s+)\/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\//g;
  return source.replace(token, (text) => (/^\/[/*]/.test(text) ? text.replace(/[^\n]/g, " ") : text));
}
