/**
 * Says why a proof cannot run on this machine. In CI nothing may be left out silently, so there it is an error.
 */
export function unavailable(reason: string): undefined {
  if (process.env.CI) throw new Error(`cannot run in CI: ${reason}`);
  console.log(`skipped: ${reason}`);
}
