import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const read = (file: string) => readFileSync(join(import.meta.dirname, '../../web', file), 'utf8')
const source = read('routes.tsx') + read('frame.tsx')
const found = (pattern: RegExp) => [...source.matchAll(pattern)].map(([, path = '']) => path)

/** The addresses of the pages in the shell, as the router has them: `/cash/$id`. */
export const shellRoutes = found(/\bpage\(\s*'([^']+)'/g)

/** Those of the pages that stand alone. */
export const ownRoutes = found(/\bpath: '([^']+)'/g)
