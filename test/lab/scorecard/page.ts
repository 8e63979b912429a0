import { clientTitles, faultNames, faultTitles, stores, storeTitles } from './catalogue.ts';
import { figureNames, figuresOf } from './figures.ts';
import { element, escaped } from './markup.ts';
import { pictureOf } from './names.ts';
import type { Row } from './results.ts';
import { STYLE } from './style.ts';

/** `index.html`: everything on one page that needs nothing else. `pictures`: by file name. */
export function page(rows: readonly Row[], pictures: ReadonlyMap<string, string>): string {
  const chapters = stores.flatMap((store) => {
    const sections = faultNames.flatMap((fault) => {
      const its = rows.filter((row) => row.store === store && row.fault === fault);
      if (its.length === 0) return [];
      const picture = pictures.get(pictureOf(store, fault)) ?? '';
      return [
        element(
          'section',
          {},
          element('h3', {}, escaped(faultTitles[fault])),
          element('div', { class: 'picture' }, picture),
          tableOf(its),
        ),
      ];
    });
    if (sections.length === 0) return [];
    return [element('h2', { id: store }, escaped(storeTitles[store])), ...sections];
  });
  const links = stores
    .filter((store) => rows.some((row) => row.store === store))
    .map((store) => element('a', { href: `#${store}` }, escaped(storeTitles[store])));
  return `<!doctype html>\n${element(
    'html',
    { lang: 'en', class: 'scorecard' },
    element(
      'head',
      {},
      '<meta charset="utf-8">',
      '<meta name="viewport" content="width=device-width">',
      '<meta name="color-scheme" content="light dark">',
      element('title', {}, 'Tenure: scorecard'),
      element('style', {}, STYLE + PAGE_STYLE),
    ),
    element(
      'body',
      {},
      element('h1', {}, 'Scorecard'),
      element('p', {}, INTRODUCTION),
      element('nav', {}, ...links),
      ...chapters,
    ),
  )}\n`;
}

const INTRODUCTION =
  'Two members compete for one office, and a fault comes upon the one that holds it, or upon the servers. Each picture shows what every client did under the same fault at the same time: Tenure above, the controls below. Where two bars are dark at one moment, two members acted as leader.';

const PAGE_STYLE = `
body { margin: 0 auto; padding: 1rem; max-width: 62rem; color: var(--ink); background: var(--paper); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
a { color: var(--act); margin-right: 1rem; }
.picture { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.85rem; margin: 0.5rem 0 2.5rem; }
th, td { padding: 0.15rem 0.8rem 0.15rem 0; text-align: right; border-bottom: 1px solid var(--rule); }
th:first-child, td:first-child { text-align: left; }
td.bad { color: var(--alarm); font-weight: 600; }
`;

function tableOf(rows: readonly Row[]): string {
  const head = ['Client', ...figureNames].map((name) => element('th', {}, escaped(name)));
  const body = rows.map((row) => {
    const cells = figuresOf(row).map(({ text, bad }) => element('td', bad ? { class: 'bad' } : {}, escaped(text)));
    return element('tr', {}, element('td', {}, escaped(clientTitles[row.client])), ...cells);
  });
  return element('table', {}, element('tr', {}, ...head), ...body);
}
