/** Cuts a list into pieces of at most `itemsMax`, in order. */
export function* chunked<T>(items: readonly T[], itemsMax: number): Generator<readonly T[]> {
  if (items.length > 0 && items.length <= itemsMax) return yield items;
  for (let start = 0; start < items.length; start += itemsMax) yield items.slice(start, start + itemsMax);
}
