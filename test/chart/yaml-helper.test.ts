import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { yamlScalar } from '../../apps/chart/pieces.js';
import { yamlHelper } from '../../apps/chart/yaml-helper.js';
import { ChartFolder, helmBinary } from '../support/helm.js';

const words = [
  'yes',
  'No',
  'y',
  '~',
  'null',
  '0x1F',
  '010',
  '1e3',
  '1.e5',
  '12:30:45',
  '1_000',
  '<<',
  '2001-01-01',
];
const starts = [
  '',
  ' ',
  '- ',
  '? ',
  '-',
  '#',
  '"',
  "'",
  '*',
  '&',
  '!',
  '%',
  '@',
  '`',
  '[',
  '{',
  ',',
  '|',
  '>',
];
const middles = [
  'a',
  ': ',
  ' #',
  'a: b',
  'ü',
  `"'`,
  '\\',
  '{{',
  '<b>',
  '\u{1f600}',
  '0',
  '.',
  '://',
  'a#b',
  'a:b',
];
const ends = ['', ' ', ':', '"', "'", '-', '.'];

/** Every kind of start, middle and end with every other one. */
const texts = [
  ...words,
  ...starts.flatMap((start) => middles.flatMap((middle) => ends.map((end) => start + middle + end))),
];

const helm = helmBinary();
if (helm !== undefined) {
  test('a line of text is quoted by Helm as by the YAML library', () => {
    const folder = new ChartFolder(helm, {
      'Chart.yaml': 'apiVersion: v2\nname: quoting\nversion: 1.0.0\n',
      'templates/_helper.tpl': yamlHelper,
      'templates/all.yaml':
        'texts:\n{{- range .Values.texts }}\n  - {{ include "box.yaml" . | toJson }}\n{{- end }}\n',
    });
    try {
      const [{ texts: quoted } = { texts: [] }] = folder.render({ texts }) as unknown as {
        texts: string[];
      }[];
      assert.is(quoted.length, texts.length);
      const wrong = texts.filter((text, i) => quoted[i] !== yamlScalar(text));
      assert.equal(wrong, []);
    } finally {
      folder.remove();
    }
  });
}

test.run();
