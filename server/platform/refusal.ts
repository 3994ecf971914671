/** What a caller may be told: a stable code, an HTTP status and a sentence. Everything else is an internal error. */
export class Refusal extends Error {
  readonly kind: RefusalKind
  readonly fields: readonly FieldError[] | undefined
  /** When trying again helps, where that is known. */
  readonly retryAfterSeconds: number | undefined

  constructor(
    kind: RefusalKind,
    detail?: string,
    fields?: readonly FieldError[],
    retry?: { readonly afterSeconds: number },
  ) {
    super(detail ?? kind.title)
    this.kind = kind
    this.fields = fields
    this.retryAfterSeconds = retry?.afterSeconds ?? (isPassing(kind) ? passingSeconds : undefined)
  }
}

export interface RefusalKind {
  /** Stable, snake_case, unique in the product. */
  readonly code: string
  readonly status: number
  readonly title: string
}

export interface FieldError {
  /** Where in the input, e.g. `lines.0.quantity`. */
  readonly path: string
  readonly code: string
  readonly message: string
}

/** Declares one refusal of a module's closed set. Throw it with `refuse`. */
export function refusal(code: string, status: number, title: string): RefusalKind {
  return { code, status, title }
}

/** Throws the refusal. `detail` is for people and may name the values at fault, never another tenant's. */
export function refuse(kind: RefusalKind, detail?: string): never {
  throw new Refusal(kind, detail)
}

/** Is told what is wrong. It throws that, or keeps it and lets go on what happened already. */
export type Judge = (found: Refusal) => void

/** The judge of what has not happened yet. */
export function refuseAtOnce(found: Refusal): never {
  throw found
}

/** What work comes to; where it is refused and the judge lets it go on, the other value. */
export function orElse<T>(judge: Judge, work: () => T, other: T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    judge(error)
    return other
  }
}

/** The refusals that any operation may answer with. */
export const platformRefusals = {
  invalidInput: refusal('invalid_input', 400, 'The input is not what this operation takes'),
  malformedBody: refusal('malformed_body', 400, 'The body is not JSON in UTF-8'),
  invalidCursor: refusal('invalid_cursor', 400, 'The cursor is not one this list gave out'),
  invalidIdempotencyKey: refusal(
    'invalid_idempotency_key',
    400,
    'The Idempotency-Key is not 1 to 255 visible characters',
  ),
  unauthenticated: refusal('unauthenticated', 401, 'Sign in, or send an API key'),
  crossSite: refusal('cross_site', 403, 'A page of another site may not send this'),
  forbidden: refusal('forbidden', 403, 'This needs a permission you do not have'),
  outOfScope: refusal('out_of_scope', 403, 'This concerns the whole tenant, and you work in a part of it'),
  notFound: refusal('not_found', 404, 'There is no such thing here'),
  tenantNotFound: refusal('tenant_not_found', 404, 'You have no place in that tenant'),
  tenantRequired: refusal('tenant_required', 400, 'Say which tenant: send the header Comptoir-Tenant'),
  busy: refusal('busy', 409, 'Somebody else is changing the same thing; try again'),
  alreadyExists: refusal('already_exists', 409, 'A row with this id or key exists'),
  versionConflict: refusal('version_conflict', 412, 'It was changed since you read it; read it again'),
  bodyTooLarge: refusal('body_too_large', 413, 'The body is larger than this server takes'),
  unsupportedMediaType: refusal('unsupported_media_type', 415, 'Send application/json'),
  idempotencyKeyReused: refusal(
    'idempotency_key_reused',
    422,
    'This Idempotency-Key, or this id, was used with another input',
  ),
  versionRequired: refusal('version_required', 428, 'Send the version you read, in If-Match or in the input'),
  tooManyRequests: refusal('too_many_requests', 429, 'Too many requests; wait and try again'),
  overloaded: refusal('overloaded', 503, 'Too much work is waiting; try again'),
  unavailable: refusal('unavailable', 503, 'The database cannot be reached; try again'),
  internal: refusal('internal', 500, 'Something broke on our side; the log has the request id'),
} as const

/** Seconds a client should wait before it tries again what soon passes by itself. */
const passingSeconds = 1

function isPassing(kind: RefusalKind): boolean {
  const { busy, overloaded, unavailable } = platformRefusals
  return ([busy, overloaded, unavailable] as readonly RefusalKind[]).includes(kind)
}

/** Throws the refusal of who must wait: for so many seconds, which are told in Retry-After. */
export function refuseFor(kind: RefusalKind, afterSeconds: number): never {
  throw new Refusal(kind, undefined, undefined, { afterSeconds })
}

/** Maps a violated constraint to a refusal; partitions and copies add `_<digits>` to a name, which is taken off. */
export function refusalOfConstraint(
  error: unknown,
  constraints: ReadonlyMap<string, RefusalKind>,
): Refusal | undefined {
  const { code, constraint } = error as { code?: string; constraint?: string }
  if (!code?.startsWith('23') || !constraint) return undefined
  const kind = constraints.get(constraint) ?? constraints.get(constraint.replace(/_\d+$/, ''))
  if (kind) return new Refusal(kind)
  return code === '23505' && constraint.endsWith('_pkey') ? new Refusal(platformRefusals.alreadyExists) : undefined
}
