export { purgeImages } from './jobs.ts'
export { imageOperations } from './operations.ts'
export { picturesOf } from './pictures.ts'
export { addImageFiles } from './serve.ts'
