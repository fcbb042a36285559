import { Document } from 'yaml';

/** Where a text cannot stand without quotes: an indicator in front, a mapping or a comment inside, an end that is cut. */
const indicators = /^[\n\t ,[\]{}#&*!|>'"%@`]|^[?-]$|^[?-][ \t]|[\n:][ \t]|[ \t]\n|[\n\t ]#|[\n\t :]$/;

/** What a reader with YAML 1.1 rules takes for something else than text, as the YAML library itself tells it. */
function otherTypes(): RegExp[] {
  const { tags } = new Document(null, { version: '1.1' }).schema;
  return tags.flatMap((tag) =>
    'test' in tag && tag.default === true && tag.test instanceof RegExp && tag.tag !== 'tag:yaml.org,2002:str'
      ? [tag.test]
      : [],
  );
}

const matches = (patterns: readonly RegExp[]) =>
  `(regexMatch ${JSON.stringify(patterns.map(({ source }) => source).join('|'))} .)`;

/**
 * Template that quotes one line of text as the YAML library does, so that a file rendered by Helm is the file the
 * synthesis writes, byte by byte: checksums depend on it.
 */
export const yamlHelper = `{{- /* A line of text as a YAML scalar. */ -}}
{{- define "box.yaml" -}}
{{- if or ${matches([indicators])} ${matches(otherTypes())} -}}
{{- if and (contains "\\"" .) (not (contains "'" .)) -}}'{{ . }}'{{- else -}}{{ toRawJson . }}{{- end -}}
{{- else -}}{{ . }}{{- end -}}
{{- end }}
`;
