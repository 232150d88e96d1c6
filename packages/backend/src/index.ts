export { checkConfig } from './check-config.ts';
export { type GatewayOptions, type RunningGateway, startGateway } from './gateway.ts';
