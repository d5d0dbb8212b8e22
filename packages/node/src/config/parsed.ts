/** What became of a text from outside. `problem` continues the sentence `"<value>" …`: "is not a port number". */
export type Parsed<V> = {readonly kind: "ok"; readonly value: V} | {readonly kind: "bad"; readonly problem: string};

export const ok = <V>(value: V): Parsed<V> => ({kind: "ok", value});
export const bad = <V>(problem: string): Parsed<V> => ({kind: "bad", problem});
