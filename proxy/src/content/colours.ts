/*
 * Colours as '#rrggbb', and whether people can read one on another (WCAG 2.2, 1.4.3).
 */

const channels = (colour: string): number[] =>
  [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));

/** Relative luminance, from 0 to 1. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = channels(colour).map((channel) => {
    const part = channel / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Contrast of two colours, from 1 to 21; text needs 4.5, marks and outlines 3. */
export function contrast(a: string, b: string): number {
  const [one, other] = [luminance(a), luminance(b)];
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}

/** A colour on the way from one to another, by a share from 0 to 1. */
export function mix(from: string, to: string, share: number): string {
  const ends = channels(to);
  const parts = channels(from).map((channel, at) =>
    Math.round(channel + ((ends[at] ?? 0) - channel) * share),
  );
  return `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

/** The colour nearest to a given one that can be read on a background. */
export function readable(colour: string, background: string, wanted = 4.6): string {
  const end = contrast('#000000', background) > contrast('#ffffff', background) ? '#000000' : '#ffffff';
  for (let step = 0; step < 25; step++) {
    const found = mix(colour, end, step / 25);
    if (contrast(found, background) >= wanted) return found;
  }
  return end;
}

/** Dark or light ink, whichever can be read on a colour. */
export const inkOn = (colour: string): string =>
  contrast('#ffffff', colour) >= contrast('#14131a', colour) ? '#ffffff' : '#14131a';
