/** An installed mote goes without the devnet, which is as large as the rest. @returns what to do about it; null when it is there */
export function missingDevnetPackage(
  resolve: (name: string) => string = (name) => import.meta.resolve(name),
): string | null {
  try {
    resolve("@mote/devnet");
    return null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    return (
      "the devnet is a package of its own, which is not installed here: install @mote/devnet beside mote, " +
      "or run `npm run devnet` in a clone of the repository"
    );
  }
}
