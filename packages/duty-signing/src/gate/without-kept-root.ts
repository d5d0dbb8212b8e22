/**
 * A copy that is hashed by its fields. The SSZ library keeps the root of some structs on the struct itself, and `{...struct}` takes it along: what
 * was changed since would be checked by its fields and signed by its old root.
 */
export const withoutKeptRoot = <Struct extends object>(struct: Struct): Struct =>
  Object.fromEntries(Object.entries(struct)) as Struct;
