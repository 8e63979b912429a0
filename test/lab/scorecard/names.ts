import type { FaultName, StoreName } from './catalogue.ts';

/** The file of a picture. */
export function pictureOf(store: StoreName, fault: FaultName): string {
  return `${store}-${fault.replaceAll(' ', '-')}.svg`;
}
