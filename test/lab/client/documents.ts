import type { Value } from '@tenure/conformance';
import type { ClusterView, ConfigDocument, Status } from '@tenure/core';

/** The documents of a history: what a client writes into them, and the value that names such a write. */
export const documents = ['config', 'status'] as const;

export const toConfig = (value: string): ConfigDocument => ({ value });
export const toStatus = (value: string): Status => ({ optime: Number(value) });

/** A status is a number: one of its term, which is given once. */
export function statusValue(token: number, count: number): string {
  return String(token * 1_000_000 + count);
}

export function ofConfig(config: ConfigDocument | undefined): Value {
  return config === undefined ? null : String(config.value);
}

export function ofStatus(status: Status | undefined): Value {
  return status === undefined ? null : String(status.optime);
}

export function ofView(view: ClusterView): Record<(typeof documents)[number], Value> {
  return { config: ofConfig(view.config.value), status: ofStatus(view.status.value) };
}

/** What is stored, understood without our library's help. */
export function ofRaw(key: string, raw: string): string {
  if (key === 'config') return String((JSON.parse(raw) as { value: unknown }).value);
  if (key === 'status') return String((JSON.parse(raw) as { optime: unknown }).optime);
  return raw;
}
