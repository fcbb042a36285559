/**
 * What is wrong with a regular expression of a rewrite, or nothing. Besides compiling, it must not hold a repetition
 * inside a repetition such as `(a+)+`, which takes exponential time on a path made for it. This is a rule of thumb: it
 * looks at nesting only, so a harmless `(ab+c)+` is refused too, and is to be written without the inner repetition.
 */
export function patternProblem(pattern: string): string | undefined {
  try {
    new RegExp(pattern, 'u');
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^.*\/u?: /, '') : String(error);
    return `'${pattern}' does not compile: ${reason}`;
  }
  const nested = nestedRepetition(pattern);
  if (nested === undefined) return undefined;
  return `'${pattern}' repeats '${nested}', which repeats something itself: a path could be made that takes it forever; write one repetition only`;
}

/** The first group that is repeated without bound and holds something repeated without bound. */
function nestedRepetition(pattern: string): string | undefined {
  const open: { start: number; repeats: boolean }[] = [];
  let inClass = false;
  let repeats = false;
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i];
    if (char === '\\') i++;
    else if (inClass) inClass = char !== ']';
    else if (char === '[') inClass = true;
    else if (char === '(') {
      open.push({ start: i, repeats });
      repeats = false;
    } else if (char === ')') {
      const group = open.pop();
      const again = isUnbounded(pattern, i + 1);
      if (again && repeats) return pattern.slice(group?.start, i + 1);
      repeats = repeats || again || group?.repeats === true;
    } else if (isUnbounded(pattern, i)) repeats = true;
  }
  return undefined;
}

/** Whether a quantifier without an upper bound, or with a high one, stands at a place. */
function isUnbounded(pattern: string, i: number): boolean {
  const char = pattern[i];
  if (char === '*' || char === '+') return true;
  const bounds = char === '{' ? /^\{(\d+)(,(\d*))?\}/.exec(pattern.slice(i)) : null;
  if (bounds === null) return false;
  const [, , comma, most] = bounds;
  return comma !== undefined && (most === '' || Number(most) > 16);
}
