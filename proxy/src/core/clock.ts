/** Milliseconds of some clock. Whatever measures time takes one of these, so that a test can hold it still. */
export type Now = () => number;

/** Milliseconds since the process began; never goes backwards. What every deadline and limit is measured by. */
export const monotonic: Now = () => performance.now();

/** Milliseconds since 1970. For what people and other programs read; it may be set back at any time. */
export const wall: Now = () => Date.now();
