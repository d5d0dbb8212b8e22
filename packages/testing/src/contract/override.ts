/** `sound` with some of its methods replaced. */
export function override<T extends object>(sound: T, changes: Partial<T>): T {
  return new Proxy(sound, {
    get: (target, name) => {
      if (name in changes) return changes[name as keyof T];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
