export { purgeImages } from './jobs.ts'
export { imageOperations } from './operations.ts'
export { addImageFiles } from './serve.ts'
