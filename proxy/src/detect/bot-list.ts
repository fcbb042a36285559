/** How a search engine's bot is known. */
export interface BotRule {
  /** Name for logs. */
  readonly name: string;
  /** Text its user agent contains, in any case. */
  readonly userAgent: string;
  /** Domains its addresses have names in. */
  readonly domains: readonly string[];
  /** Networks it comes from. */
  readonly cidrs: readonly string[];
}

const byDomain = (name: string, ...domains: string[]): BotRule => ({
  name,
  userAgent: name,
  domains,
  cidrs: [],
});

/**
 * Bots whose operators say under which names their addresses are found. Not here: DuckDuckBot and others who publish
 * addresses that change with the week. Those go into the configuration, with the addresses of the day; unlisted they are
 * clients like any other.
 */
export const knownBots: readonly BotRule[] = [
  // developers.google.com/search/docs/crawling-indexing/verifying-googlebot
  byDomain('Googlebot', 'googlebot.com', 'google.com'),
  byDomain('Storebot-Google', 'googlebot.com', 'google.com'),
  byDomain('Google-InspectionTool', 'googlebot.com', 'google.com'),
  // bing.com/webmasters/help/how-to-verify-bingbot-3905dc26
  byDomain('bingbot', 'search.msn.com'),
  byDomain('BingPreview', 'search.msn.com'),
  // support.apple.com/en-us/119829
  byDomain('Applebot', 'applebot.apple.com'),
  // help.qwant.com/bot
  byDomain('Qwantbot', 'search.qwant.com', 'qwant.com'),
  byDomain('Qwantify', 'search.qwant.com', 'qwant.com'),
  // yandex.com/support/webmaster/robot-workings/check-yandex-robots.html
  byDomain('YandexBot', 'yandex.ru', 'yandex.net', 'yandex.com'),
  // help.seznam.cz/en/seznambot
  byDomain('SeznamBot', 'seznam.cz'),
  // mojeek.com/bot.html
  byDomain('MojeekBot', 'mojeek.com'),
];
