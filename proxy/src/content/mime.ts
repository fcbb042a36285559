/*
 * Media types: of files by the ending of their name, and of answers by what they say of themselves. The list holds what
 * web applications are made of and what people download; everything else is octets.
 */

const utf8 = '; charset=utf-8';

/** Endings in lower case, by media type. */
const types: Record<string, string> = {
  [`text/html${utf8}`]: 'html htm',
  [`text/css${utf8}`]: 'css',
  [`text/javascript${utf8}`]: 'js mjs cjs',
  [`text/plain${utf8}`]: 'txt text log',
  [`text/markdown${utf8}`]: 'md markdown',
  [`text/csv${utf8}`]: 'csv',
  [`text/calendar${utf8}`]: 'ics',
  [`text/vcard${utf8}`]: 'vcf',
  [`text/vtt${utf8}`]: 'vtt',
  [`text/xml${utf8}`]: 'xml xsl',
  [`application/xhtml+xml${utf8}`]: 'xhtml',
  [`application/rss+xml${utf8}`]: 'rss',
  [`application/atom+xml${utf8}`]: 'atom',
  'application/json': 'json map',
  'application/manifest+json': 'webmanifest',
  'application/ld+json': 'jsonld',
  'application/geo+json': 'geojson',
  'application/yaml': 'yaml yml',
  'application/wasm': 'wasm',
  'application/pdf': 'pdf',
  'application/rtf': 'rtf',
  'application/epub+zip': 'epub',
  'application/zip': 'zip',
  'application/gzip': 'gz tgz',
  'application/zstd': 'zst',
  'application/x-bzip2': 'bz2',
  'application/x-xz': 'xz',
  'application/x-tar': 'tar',
  'application/x-7z-compressed': '7z',
  'application/vnd.ms-fontobject': 'eot',
  'application/vnd.oasis.opendocument.text': 'odt',
  'application/vnd.oasis.opendocument.spreadsheet': 'ods',
  'application/vnd.oasis.opendocument.presentation': 'odp',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'pptx',
  'font/woff2': 'woff2',
  'font/woff': 'woff',
  'font/ttf': 'ttf',
  'font/otf': 'otf',
  'image/svg+xml': 'svg',
  'image/png': 'png',
  'image/jpeg': 'jpg jpeg',
  'image/gif': 'gif',
  'image/webp': 'webp',
  'image/avif': 'avif',
  'image/apng': 'apng',
  'image/bmp': 'bmp',
  'image/tiff': 'tif tiff',
  'image/vnd.microsoft.icon': 'ico',
  'audio/mpeg': 'mp3',
  'audio/mp4': 'm4a',
  'audio/ogg': 'ogg oga opus',
  'audio/flac': 'flac',
  'audio/wav': 'wav',
  'audio/webm': 'weba',
  'video/mp4': 'mp4 m4v',
  'video/webm': 'webm',
  'video/ogg': 'ogv',
  'video/quicktime': 'mov',
};

const byEnding = new Map(
  Object.entries(types).flatMap(([type, endings]) =>
    endings.split(' ').map((ending) => [ending, type] as const),
  ),
);

/** Content-Type of a file by its name, whatever its case; 'application/octet-stream' when the ending is not known. */
export function contentTypeOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return (
    (dot < 0 ? undefined : byEnding.get(name.slice(dot + 1).toLowerCase())) ?? 'application/octet-stream'
  );
}

/** Media type of a Content-Type without its parameters, in lower case (RFC 9110 8.3.1). */
export function mediaType(contentType: string): string {
  const end = contentType.indexOf(';');
  return (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
}

/** Charset of a Content-Type in lower case, '' when it names none. */
export function charsetOf(contentType: string): string {
  return /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(contentType)?.[1]?.toLowerCase() ?? '';
}

/** Types that are worth compressing besides text, +json and +xml: fonts without a compression of their own and the like. */
const compressible = new Set([
  'application/json',
  'application/javascript',
  'application/xml',
  'application/x-javascript',
  'application/x-ndjson',
  'application/yaml',
  'application/wasm',
  'application/rtf',
  'application/graphql-response',
  'application/vnd.ms-fontobject',
  'font/ttf',
  'font/otf',
  'image/bmp',
  'image/vnd.microsoft.icon',
  'image/x-icon',
]);

/** Whether an answer of this media type gets smaller. Server-sent events are left alone: each must arrive by itself. */
export function isCompressible(type: string): boolean {
  if (type.startsWith('text/')) return type !== 'text/event-stream';
  return compressible.has(type) || type.endsWith('+json') || type.endsWith('+xml');
}
