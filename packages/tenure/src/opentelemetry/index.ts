export { TenureInstrumentation, type TenureInstrumentationOptions } from './instrumentation.ts';
