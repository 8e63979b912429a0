export { HealthEndpoint, type HealthOptions } from './endpoint.ts';
