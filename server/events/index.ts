export { type EventMetrics, measureEvents } from './metrics.ts'
export { addEvents } from './serve.ts'
