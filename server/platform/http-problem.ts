import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { refusalOfDatabase } from './database.ts'
import { traceOf } from './log.ts'
import { type FieldError, platformRefusals, Refusal, type RefusalKind } from './refusal.ts'

/** RFC 9457 problem document; `code` is stable, `detail` is for people. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: string
  readonly detail: string
  /** The request id, as in the log. */
  readonly instance: string
  readonly errors?: readonly FieldError[]
}

const fastifyCodes: Record<string, RefusalKind> = {
  FST_ERR_CTP_BODY_TOO_LARGE: platformRefusals.bodyTooLarge,
  FST_ERR_CTP_INVALID_MEDIA_TYPE: platformRefusals.unsupportedMediaType,
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: platformRefusals.malformedBody,
  FST_ERR_CTP_EMPTY_JSON_BODY: platformRefusals.malformedBody,
  FST_ERR_BAD_URL: platformRefusals.notFound,
}

/**
 * Answers any error with its problem document, and with Retry-After where trying again helps. What is not a refusal is
 * logged and told as an internal error, without detail.
 */
export function sendProblem(reply: FastifyReply, error: unknown): FastifyReply {
  const refusal = refusalOf(error)
  const { kind, retryAfterSeconds } = refusal
  if (kind === platformRefusals.internal) reply.log.error({ err: traceOf(error) }, 'internal error')
  if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds)
  if (kind.status === 401) reply.header('www-authenticate', 'Bearer')
  return reply
    .code(kind.status)
    .type('application/problem+json')
    .header('cache-control', 'no-store')
    .send(JSON.stringify(problemOf(refusal, reply.request)))
}

function problemOf(refusal: Refusal, request: FastifyRequest): Problem {
  return {
    type: `/v1/problems#${refusal.kind.code}`,
    title: refusal.kind.title,
    status: refusal.kind.status,
    code: refusal.kind.code,
    detail: refusal.message,
    instance: `urn:uuid:${request.id}`,
    ...(refusal.fields ? { errors: refusal.fields } : {}),
  }
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  const passing = refusalOfDatabase(error)
  if (passing) return passing
  const { code = '', statusCode = 500 } = error as Partial<FastifyError>
  const known = fastifyCodes[code]
  if (known) return new Refusal(known)
  if (statusCode === 503) return new Refusal(platformRefusals.unavailable, 'The server is stopping; try again')
  return new Refusal(statusCode >= 400 && statusCode < 500 ? platformRefusals.malformedBody : platformRefusals.internal)
}
