import type { UiText } from '../nodes.js';
import { de } from './de.js';
import { en, type MessageKey, type Messages } from './en.js';
import { fr } from './fr.js';

/** The languages of the pages. */
export const languages = { en, fr, de } as const satisfies Record<string, Messages>;
export type Language = keyof typeof languages;
export const languageNames = Object.keys(languages) as Language[];

export const isLanguage = (text: string | undefined): text is Language =>
  text !== undefined && Object.hasOwn(languages, text);

/** Speaks one language. */
export class Translator {
  private readonly messages: Messages;

  constructor(readonly language: Language) {
    this.messages = languages[language];
  }

  /** A sentence with its gaps filled. */
  say(key: MessageKey, values: Readonly<Record<string, string | number>> = {}): string {
    return filled(this.messages[key], values);
  }

  /** Whether there is such a sentence; keys that come from Kratos are only known when they come. */
  has(key: string): key is MessageKey {
    return Object.hasOwn(this.messages, key);
  }

  /** What Kratos says, in this language where its number is known, otherwise in Kratos' own words. */
  kratos({ id, text, context = {} }: UiText): string {
    const key = `kratos.${id}`;
    return this.has(key) ? filled(this.messages[key], context) : text;
  }

  /** A date and time for people; the server does not know their clock, so it says which one it is. */
  moment(date: Date): string {
    return new Intl.DateTimeFormat(this.language === 'en' ? 'en-GB' : this.language, {
      day: 'numeric',
      month: 'short',
      year: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      timeZone: 'UTC',
      timeZoneName: 'short',
    }).format(date);
  }
}

const filled = (message: string, values: Readonly<Record<string, unknown>>) =>
  message.replace(/\{(\w+)\}/g, (gap, name: string) => (name in values ? String(values[name]) : gap));

/** The language a person chose, or the first of theirs that there is. */
export function chooseLanguage(chosen: string | undefined, accepted: string | undefined): Language {
  if (isLanguage(chosen)) return chosen;
  const wishes = (accepted ?? '')
    .split(',')
    .map((part) => {
      const [tag = '', ...parameters] = part.trim().toLowerCase().split(';');
      const q = parameters.map((p) => /^\s*q=([\d.]+)$/.exec(p)?.[1]).find((value) => value !== undefined);
      return { language: tag.split('-')[0], weight: q === undefined ? 1 : Number(q) };
    })
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight);
  return wishes.map(({ language }) => language).find(isLanguage) ?? 'en';
}
