/** Relative luminance of a colour like `#7c3aed`. @see https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = channels(colour).map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

const channels = (colour: string) => [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));

/** Contrast of two colours, from 1 to 21. */
export function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

/** A colour on the way from one to another. */
export function mix(from: string, to: string, share: number): string {
  const ends = channels(to);
  return `#${channels(from)
    .map((value, i) => Math.round(value + ((ends[i] ?? 0) - value) * share))
    .map((value) => value.toString(16).padStart(2, '0'))
    .join('')}`;
}

/** The colour nearest to the brand's that can be read on a background. */
export function readable(colour: string, background: string, wanted = 4.6): string {
  const towards = luminance(background) > 0.4 ? '#000000' : '#ffffff';
  for (let share = 0; share < 1; share += 0.04) {
    const found = mix(colour, towards, share);
    if (contrast(found, background) >= wanted) return found;
  }
  return towards;
}

/** Black or white, whichever can be read on a colour. */
export const inkOn = (colour: string): string =>
  contrast('#ffffff', colour) >= contrast('#14131a', colour) ? '#ffffff' : '#14131a';
