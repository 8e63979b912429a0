import type { Tags } from 'yaml';

/** To PyYAML, of the words of YAML 1.1 for true and false, `y` and `n` are text. */
export function pyyamlTags(tags: Tags): Tags {
  return tags.map((tag) =>
    typeof tag === 'object' && tag.tag === 'tag:yaml.org,2002:bool' && tag.test !== undefined
      ? { ...tag, test: new RegExp(`^(?![YyNn]$)(?:${tag.test.source})`) }
      : tag,
  );
}
