// Where in the repository a path lies. Every rule names its files with these.

const GENERATED = /^(db\/types\.ts|db\/schema\/|docs\/reference\/|package-lock\.json$)/
const CODE = /\.(ts|tsx|mts|mjs|js)$/

/** Written by `npm run generate` or npm, not by hand. */
const isGenerated = (path: string) => GENERATED.test(path)

/** TypeScript or JavaScript written by hand. */
export const isCode = (path: string) => CODE.test(path) && !isGenerated(path)

/** A test file or something tests stand on. */
export const isTest = (path: string) => isCode(path) && (path.startsWith('tests/') || /\.test\.tsx?$/.test(path))

/** A file that vitest runs, without the harness and builders around it. */
export const isTestFile = (path: string) => isTest(path) && !path.startsWith('tests/harness/')

/** What runs in production on the server. */
export const isServer = (path: string) => isCode(path) && path.startsWith('server/') && !isTest(path)

/** Business code: the server without its platform and its tests. */
export const isModuleCode = (path: string) => isServer(path) && !path.startsWith('server/platform/')

/** What a tool like Vite, Vitest or Playwright reads by name. */
export const isConfiguration = (path: string) => /(^|\/)[\w.-]+\.config\.(ts|mts|js|mjs)$/.test(path)

export const isMarkdown = (path: string) => path.endsWith('.md') && !isGenerated(path)

export const isMigration = (path: string) => path.startsWith('db/migrations/')

/** SQL written by hand: migrations and recording functions. */
export const isSql = (path: string) => path.endsWith('.sql') && !isGenerated(path)

// Folders that put modules together, as the files beside main.ts do.
const COMPOSITION = new Set(['demo'])

/** Folder under server/, or undefined for files beside main.ts and outside the server. */
export function folderOf(path: string): string | undefined {
  return /^server\/([^/]+)\//.exec(path)?.[1]
}

/** Folder of a module under server/, or undefined for files that put modules together and outside the server. */
export function moduleOf(path: string): string | undefined {
  const folder = folderOf(path)
  return folder === undefined || COMPOSITION.has(folder) ? undefined : folder
}
