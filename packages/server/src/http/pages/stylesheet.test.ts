import { describe, expect, it } from 'vitest';
import { palettes, stylesheet } from './stylesheet.ts';

/** WCAG 2.2 relative luminance of `#rrggbb`. */
function luminance(colour: string): number {
  const channel = (at: number): number => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

type Colour = keyof typeof palettes.light;
/** What stands on what; WCAG AA asks 4.5 of text and 3 of the edges of controls. */
const pairs: [front: Colour, back: Colour, least: number][] = [
  ...(['text', 'muted', 'accent', 'bad'] as const).flatMap((front) =>
    (['page', 'surface', 'sunken'] as const).map((back): [Colour, Colour, number] => [front, back, 4.5]),
  ),
  ['accent-hover', 'surface', 4.5],
  ['on-accent', 'accent', 4.5],
  ['on-accent', 'accent-hover', 4.5],
  ['good', 'good-surface', 4.5],
  ['warn', 'warn-surface', 4.5],
  ['bad', 'bad-surface', 4.5],
  ['good', 'surface', 3],
  ['field', 'surface', 3],
  ['field', 'page', 3],
];

describe('the stylesheet', () => {
  it.each(pairs.flatMap((pair) => (['light', 'dark'] as const).map((scheme) => [scheme, ...pair] as const)))(
    '%s: %s is readable on %s',
    (scheme, front, back, least) => {
      expect(contrast(palettes[scheme][front], palettes[scheme][back])).toBeGreaterThanOrEqual(least);
    },
  );

  it('uses the colours of the palettes only, and loads nothing', () => {
    const rules = stylesheet.slice(stylesheet.indexOf('*,*::before'));
    expect(rules).not.toMatch(/#[0-9a-f]{3,8}\b(?![^{]*\{)|rgb|hsl|url\(|@import|@font-face/);
    for (const [, name = ''] of rules.matchAll(/var\(--([\w-]+)\)/g))
      expect(Object.keys(palettes.light)).toContain(name);
  });
});
