import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const source = readFileSync(join(import.meta.dirname, '../../web/routes.tsx'), 'utf8')
const found = (pattern: RegExp) => [...source.matchAll(pattern)].map(([, path = '']) => path)

/** The addresses of the pages in the shell, as the router has them: `/cash/$id`. */
export const shellRoutes = found(/\bpage\(\s*'([^']+)'/g)

/** Those of the pages that stand alone. */
export const ownRoutes = found(/\bpath: '([^']+)'/g)
