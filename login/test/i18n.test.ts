import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { en } from '../src/i18n/en.js';
import { chooseLanguage, languageNames, languages, Translator } from '../src/i18n/translator.js';

const gaps = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

for (const language of languageNames) {
  test(`${language}: has every key, no other, and the same gaps`, () => {
    const messages: Record<string, string> = languages[language];
    assert.equal(Object.keys(messages).sort(), Object.keys(en).sort());
    for (const [key, text] of Object.entries(en)) {
      assert.ok((messages[key] ?? '').trim() !== '', `${language}: '${key}' is empty`);
      assert.equal(gaps(messages[key] ?? ''), gaps(text), `${language}: gaps of '${key}'`);
    }
  });
}

test('translations are translations: few sentences are the same as in English', () => {
  for (const language of ['fr', 'de'] as const) {
    const same = Object.entries(languages[language]).filter(
      ([key, text]) => text === en[key as keyof typeof en],
    );
    assert.ok(same.length < 16, `${language}: ${same.map(([key]) => key).join(', ')}`);
  }
});

test('every sentence is used', () => {
  const root = new URL('../src/', import.meta.url);
  const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.startsWith('i18n'))
    .map((file) => readFileSync(new URL(file, root), 'utf8'))
    .join('\n');
  // looked up by what Kratos, Hydra or the page calls a thing
  const computed =
    /^(kratos|field|login\.method|consent\.scope|settings\.(profile|password|totp|webauthn|lookup_secret|oidc|passkey)$|nav|home\.(apps|developer|admin)$|language\.name)/;
  const unused = Object.keys(en).filter((key) => !computed.test(key) && !sources.includes(`'${key}'`));
  assert.equal(unused, []);
});

test('the language somebody chose, or the first of theirs there is', () => {
  assert.is(chooseLanguage('de', 'fr'), 'de');
  assert.is(chooseLanguage(undefined, 'pt-PT, fr;q=0.5, de;q=0.7'), 'de');
  assert.is(chooseLanguage('xx', 'pt'), 'en');
  assert.is(chooseLanguage('__proto__', undefined), 'en');
  assert.is(chooseLanguage(undefined, 'fr;q=0, *;q=0.1'), 'en');
});

test("Kratos' sentences by number, its own words where the number is new", () => {
  const t = new Translator('fr');
  assert.match(
    t.kratos({ id: 4000032, text: 'x', type: 'error', context: { min_length: 12 } }),
    /12 caractères/,
  );
  assert.is(t.kratos({ id: 4999999, text: 'Something new', type: 'error' }), 'Something new');
});

test.run();
