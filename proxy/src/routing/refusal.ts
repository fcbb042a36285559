/** Lets a request through or names why it is refused; see `refusals` for the words. */
export const Refusal = {
  none: 0,
  /** Does not begin with a slash, or holds an octet that no path may hold. */
  octet: 1,
  /** A percent sign without two hexadecimal digits. */
  escape: 2,
  /** An encoded NUL, CR or LF. */
  control: 3,
  /** A backslash, literal or encoded, which some take for a slash. */
  backslash: 4,
  /** A dot segment behind an encoding or before a parameter, or one that climbs out of the route. */
  dots: 5,
  /** UTF-8 longer than needed, which hides an ASCII character. */
  overlong: 6,
  /** Two programs could take it for paths of different routes. */
  ambiguous: 7,
  /** A parameter of a segment on a route behind a gate. */
  parameter: 8,
} as const;

export type RefusalCode = (typeof Refusal)[keyof typeof Refusal];

/** What to tell people, by refusal. */
export const refusals: readonly string[] = [
  '',
  'the path holds a character that must be percent-encoded, or does not begin with a slash',
  'the path holds a percent sign without two hexadecimal digits',
  'the path holds an encoded control character',
  'the path holds a backslash',
  'the path holds a dot segment that is encoded or leaves the route',
  'the path holds UTF-8 in more bytes than needed',
  'the path could be read as one of another route',
  'the path holds a parameter (;) where somebody must be signed in',
];
