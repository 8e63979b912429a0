import { SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api';
import type { OperationEvent } from '@tenure/core';

/** Outcomes that are no failure of the call. A lost race is an answer, and whoever aborts has his reasons. */
const ANSWERS: readonly OperationEvent['outcome'][] = ['ok', 'refused', 'aborted'];

/** A call that is over, as a span under the one that is active: the event is published where the call was awaited. */
export function spanOf(tracer: Tracer, event: OperationEvent): void {
  const { store, scope, operation, outcome, maybeApplied, duration, attempt } = event;
  const end = Date.now();
  const failed = !ANSWERS.includes(outcome);
  const span = tracer.startSpan(`tenure.${operation}`, {
    kind: SpanKind.CLIENT,
    startTime: end - duration,
    attributes: {
      'tenure.store': store,
      'tenure.scope': scope,
      'tenure.operation': operation,
      'tenure.outcome': outcome,
      'tenure.attempt': attempt,
      'tenure.maybe_applied': maybeApplied,
      // The field that OpenTelemetry has for it (semantic conventions, `error.type`).
      ...(failed ? { 'error.type': outcome } : {}),
    },
  });
  if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end(end);
}
