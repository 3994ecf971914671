import { type ESTree, parseSync, Visitor } from 'vite'

export type FunctionSpan = { start: number; end: number }
export type ClassSpan = { start: number; superClass: string; decorated: boolean }
export type Text = { start: number; text: string }

/** A TypeScript or JavaScript file, read once and shared by every rule. Offsets are UTF-16 positions in `text`. */
export type Source = {
  /** The file with the insides of comments, strings, templates and regular expressions blanked; same offsets. */
  code: string
  comments: Text[]
  /** String and template literals without their quotes; `?` stands for what a template interpolates. */
  strings: Text[]
  /** Every function with a body, except the callbacks of `describe`, which group tests. */
  functions: FunctionSpan[]
  classes: ClassSpan[]
  /** Module specifiers of `import`, `export … from`, `import()` and `import('…')` types. */
  imports: ModuleImport[]
}

/** `clause` is the statement up to the specifier, with the names it brings in. */
export type ModuleImport = { start: number; clause: string; specifier: string; typeOnly: boolean }

/** Reads `text` with the parser that ships with Vite; a file it cannot parse yields what was understood. */
export function readSource(path: string, text: string): Source {
  const parsed = parseSync(path, text)
  const comments = parsed.comments.map((comment) => ({ start: comment.start, text: comment.value }))
  const { blanks, ...found } = visit(parsed.program, text)
  const hidden = [...blanks, ...parsed.comments.map(({ start, end }) => ({ start, end }))]
  const code = blank(text, hidden)
  return { code, comments, ...found, imports: findImports(text, code) }
}

/** Line number of an offset, 1-based, as editors count. */
export function lineAt(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line += 1
  return line
}

function visit(program: ESTree.Program, text: string) {
  const blanks: { start: number; end: number }[] = []
  const strings: Text[] = []
  const functions: FunctionSpan[] = []
  const classes: ClassSpan[] = []
  const groups = new Set<number>()

  const addFunction = (node: { start: number; end: number; body: unknown }) => {
    if (node.body && !groups.has(node.start)) functions.push({ start: node.start, end: node.end })
  }
  const addClass = (node: ESTree.Class) => {
    const superClass = node.superClass ? text.slice(node.superClass.start, node.superClass.end) : ''
    const members = node.body.body.some((member) => 'decorators' in member && member.decorators.length > 0)
    classes.push({ start: node.start, superClass, decorated: node.decorators.length > 0 || members })
  }

  new Visitor({
    Literal(node) {
      if (typeof node.value === 'string') strings.push({ start: node.start, text: node.value })
      if (typeof node.value === 'string' || 'regex' in node) blanks.push({ start: node.start + 1, end: node.end - 1 })
    },
    TemplateLiteral(node) {
      strings.push({ start: node.start, text: node.quasis.map((quasi) => quasi.value.raw).join('?') })
    },
    TemplateElement(node) {
      blanks.push({ start: node.start + 1, end: node.end - (node.tail ? 1 : 2) })
    },
    JSXText(node) {
      blanks.push(node)
    },
    CallExpression(node) {
      if (!/^describe\b/.test(text.slice(node.callee.start, node.callee.end))) return
      for (const argument of node.arguments) groups.add(argument.start)
    },
    FunctionDeclaration: addFunction,
    FunctionExpression: addFunction,
    ArrowFunctionExpression: addFunction,
    ClassDeclaration: addClass,
    ClassExpression: addClass,
  }).visit(program)
  return { blanks, strings, functions, classes }
}

function blank(text: string, ranges: { start: number; end: number }[]): string {
  let code = ''
  let at = 0
  for (const { start, end } of ranges.toSorted((a, b) => a.start - b.start)) {
    if (start < at) continue
    code += text.slice(at, start) + text.slice(start, end).replace(/[^\n]/g, ' ')
    at = end
  }
  return code + text.slice(at)
}

// Strings are blank in `code`, so an import inside a string or a comment is not seen; the specifier is read from `text`.
const IMPORT = /\b(?:(?:import|export)\b(\s+type\b)?[\w\s{},*$]*?\bfrom|import)\s*\(?\s*(['"`])/g

function findImports(text: string, code: string): ModuleImport[] {
  return Array.from(code.matchAll(IMPORT), (match) => {
    const start = match.index + match[0].length
    const end = text.indexOf(match[2] ?? '', start)
    const typeOnly = match[1] !== undefined
    return { start: match.index, clause: match[0], specifier: text.slice(start, end), typeOnly }
  })
}
