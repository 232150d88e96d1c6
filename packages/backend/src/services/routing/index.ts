export { visibleNames } from './list.ts';
export { planRoute } from './plan.ts';
export { resolveModel } from './resolve.ts';
export { routeError } from './route-error.ts';
