export { addPages } from './add-pages.ts'
export { addWeb } from './add-web.ts'
