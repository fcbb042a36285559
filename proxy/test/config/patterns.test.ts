import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { patternProblem } from '../../src/config/patterns.js';

test('usual patterns pass', () => {
  for (const pattern of [
    '^/docs/[0-9a-f-]{36}/?$',
    '^/([^/]+)/([^/]+)$',
    '(a|b)+',
    '^/x{1,4}(/y{2}){3}',
    '\\(a+\\)+',
    '[(a+)+]',
    '(?:/[a-z])*',
    '(?<name>a+)b',
  ])
    assert.is(patternProblem(pattern), undefined, pattern);
});

test('repetitions of repetitions do not', () => {
  for (const pattern of [
    '(a+)+',
    '(a*)*$',
    '^(([a-z])+.)+[A-Z]$',
    '((a+)b?)*',
    '(?:a+|b)+',
    '(a{2,})+',
    '(a+){20,30}',
    '(x(y+)z)+',
  ])
    assert.match(patternProblem(pattern) ?? '', /repeats something itself/, pattern);
});

test('what does not compile says why', () => {
  for (const pattern of ['(', '[', '*a', '\\', '(?<a', 'a{2,1}'])
    assert.match(patternProblem(pattern) ?? '', /does not compile: ./, pattern);
});

test.run();
