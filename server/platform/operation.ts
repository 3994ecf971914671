import type { z } from 'zod'
import type { Transaction } from './database.ts'
import type { KeptAnswer, Seal } from './idempotency.ts'
import type { Refusal, RefusalKind } from './refusal.ts'
import type { Reach, Scope } from './scope.ts'

export type { Reach, Scope } from './scope.ts'

/** Who asks, resolved by the authentication of the request. */
export interface Caller {
  readonly requestId: string
  readonly userId: string | null
  readonly sessionId: string | null
  readonly apiKeyId: string | null
  /** The shared till at which they switched in by PIN; null: they signed in themselves, or with a key. */
  readonly deviceId: string | null
  readonly tenantId: string | null
  readonly employeeId: string | null
  readonly permissions: ReadonlySet<string>
  /** What of the tenant the employee works with; null: all of it. */
  readonly scope: Scope | null
  /** The features that are switched on in the tenant. */
  readonly features: ReadonlySet<string>
}

/** A person signed in, with or without a tenant. */
export interface Person extends Caller {
  readonly userId: string
}

/** An employee at work in a tenant. */
export interface Employee extends Person {
  readonly tenantId: string
  readonly employeeId: string
}

interface CallersByScope {
  anyone: Caller
  person: Person
  tenant: Employee
}

export interface QueryContext<C extends Caller = Employee> extends Transaction {
  readonly caller: C
  readonly tenantId: string
  readonly now: Date
}

export interface CommandContext<C extends Caller = Employee> extends QueryContext<C> {
  /** A fresh time-ordered identifier. */
  newId(): string
  /** Adds a job to this transaction; it runs after the commit. */
  enqueue(job: { name: string }, payload?: Record<string, unknown>, options?: { key?: string; runAt?: Date }): void
  /** Names a thing that this command changes, with old and new values of master data; each has an audit entry. */
  changed(change: Change): void
  /** Moves the transaction into another tenant: only for commands that make one. */
  enterTenant(tenantId: string): Promise<void>
}

export interface Change {
  readonly resource: string
  readonly id: string
  readonly old?: Record<string, unknown>
  readonly new?: Record<string, unknown> | undefined
  /** Says which of its values are personal or secret, where the output of the operation does not describe it. */
  readonly schema?: z.ZodType
}

export const severities = ['info', 'notice', 'warning', 'critical'] as const
export type Severity = (typeof severities)[number]

/** What a command that commits by itself is given: no transaction around it. */
export interface OutsideContext<C extends Caller> {
  readonly caller: C
  readonly tenantId: string
  readonly now: Date
  readonly address: string
  /** The User-Agent, cut where it says nothing more to a person. */
  readonly device: string
  /** Runs work in a transaction of its own, which stays whatever becomes of the command; again after a deadlock. */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>
  /** What the device cookie holds. */
  readonly deviceToken: string | undefined
  /** What the session cookie holds, good or not: an operation for anyone is called by nobody, whoever is signed in. */
  readonly sessionToken: string | undefined
  /** Names a thing that is changed; of a refusal it says what failed. */
  changed(change: Change): void
  /** Adds a job in the transaction of the audit entries, after the command has committed. Refused, it adds none. */
  enqueue(job: { name: string }, payload?: Record<string, unknown>): void
  /** From now on its transactions and audit entries are of this tenant: for commands for anyone that a credential takes there. */
  enterTenant(tenantId: string): void
  /** The person this turned out to be, for the audit entry of a sign-in. */
  identified(userId: string, sessionId: string | null): void
  /** Starts the browser's session with this token, or ends it with null. */
  setSession(session: Cookie | null): void
  /** Lets the browser be known again, for the second factor. */
  setDevice(device: Cookie): void
}

/** What a browser keeps: a token, and until when. */
export interface Cookie {
  readonly token: string
  readonly expiresAt: Date
}

/**
 * How calls are counted against guessing. `true`: per address and per e-mail address, with those of other operations; per address
 * and apart, so that nobody uses up what others may do; the same for each `device_id` there, as the tills of a shop share one.
 */
type Guessable = boolean | 'from-one-address' | 'from-one-device'

interface Shape<N extends string, I extends z.ZodType, O extends z.ZodType> {
  /** `module.verb-noun`; also the OpenAPI operationId and the name on the command line. */
  readonly name: N
  /** Method and path, e.g. `POST /v1/branches`; `:name` segments are fields of the input. */
  readonly route: `${'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'} /v1/${string}`
  readonly summary: string
  readonly input: I
  readonly output: O
  /** The largest body that it takes; 1 MiB unless told. */
  readonly mostBytes?: number
  /** Also for whoever switched in by PIN at a shared till, though it asks for no permission. Those that ask for one say by it. */
  readonly forCashiers?: boolean
  /** How calls are counted against guessing, and then not with the other calls of an account. */
  readonly guessable?: Guessable
  /** The refusals of its module that it may answer with, beside the platform's. */
  readonly refusals?: readonly RefusalKind[]
}

interface Audited {
  /** Of its audit entries; `info` when left out, `notice` for what changes who may do what. */
  readonly severity?: Severity
}

interface Access {
  readonly scope: keyof CallersByScope
  readonly permission: string | null
  readonly reach: Reach
  readonly extraPermissions?: readonly string[]
}

interface TenantAccess {
  readonly scope?: 'tenant'
  /** The permission it needs; null: any active employee. */
  readonly permission: string | null
  readonly reach: Reach
  /** Permissions that let it do more. */
  readonly extraPermissions?: readonly string[]
}

/**
 * The three steps of a command that commits together with others of its tenant. `read` fetches for all items what
 * `decide` needs; `decide` judges one item and throws to refuse it; `record` writes the decided items in order and
 * answers one row each, an output or a refusal.
 */
export interface Batch<Input, World, Decision, Output> {
  read(context: BatchContext, inputs: readonly Input[]): Promise<World>
  decide(world: World, input: Input, context: ItemContext): Decision
  record(context: BatchContext, decisions: readonly Decision[]): Promise<readonly (Output | Refusal)[]>
}

/**
 * A batch of two statements. `read` answers with the stored answers of `answerIds` as well; `decide` comes to the output
 * of an item before anything is written; `write` writes the decisions in order together with what stays of the commands,
 * all of it or nothing. What it finds wrong it throws, and the items then run one by one.
 */
export interface SealedBatch<Input, World, Decision, Output> {
  read(
    context: BatchContext,
    inputs: readonly Input[],
    answerIds: readonly string[],
  ): Promise<{ readonly world: World; readonly answers: readonly KeptAnswer[] }>
  decide(world: World, input: Input, context: ItemContext): { readonly decision: Decision; readonly output: Output }
  write(context: BatchContext, decisions: readonly Decision[], seal: Seal): Promise<void>
}

/** What the items of a batch share: they come from several callers of one tenant. */
export interface BatchContext extends Transaction {
  readonly tenantId: string
  readonly now: Date
}

export interface ItemContext {
  readonly caller: Employee
  readonly now: Date
  newId(): string
  enqueue: CommandContext['enqueue']
  changed(change: Change): void
}

// biome-ignore lint/suspicious/noExplicitAny: an operation of unknown types; each is checked where it is declared
type Any = any
/** What a query answers, or what comes to it without the database: that is done once its transaction is over. */
type Found<O extends z.ZodType> = z.input<O> | (() => Promise<z.input<O>>)

export interface Query<N extends string = string, I extends z.ZodType = Any, O extends z.ZodType = Any>
  extends Shape<N, I, O>,
    Access {
  readonly kind: 'query'
  /** Heavy reading: goes to DATABASE_READ_URL when there is one. */
  readonly analytic?: boolean
  readonly handle: (context: Any, input: z.output<I>) => Promise<Found<O>>
}

export interface Command<N extends string = string, I extends z.ZodType = Any, O extends z.ZodType = Any>
  extends Shape<N, I, O>,
    Access,
    Audited {
  readonly kind: 'command'
  /** True: the handler commits by itself, and its answer holds a credential, so it is never stored. */
  readonly outside?: boolean
  readonly handle?: (context: Any, input: z.output<I>) => Promise<z.input<O>>
  readonly batch?: Batch<z.output<I>, Any, Any, z.input<O>> | SealedBatch<z.output<I>, Any, Any, z.input<O>>
}

export type Operation = Query | Command

/** Declares a read of one tenant. */
export function query<const N extends string, I extends z.ZodType, O extends z.ZodType>(
  definition: Shape<N, I, O> &
    TenantAccess & { analytic?: boolean; handle: (context: QueryContext, input: z.output<I>) => Promise<Found<O>> },
): Query<N, I, O> {
  return { scope: 'tenant', ...definition, kind: 'query' }
}

/** Declares a read for anyone. Its transaction begins in the nil tenant; what is shown to it says where it goes on. */
export function openQuery<const N extends string, I extends z.ZodType, O extends z.ZodType>(
  definition: Shape<N, I, O> & { handle: (context: QueryContext<Caller>, input: z.output<I>) => Promise<z.input<O>> },
): Query<N, I, O> {
  return { permission: null, reach: 'any', ...definition, scope: 'anyone', kind: 'query' }
}

/** Declares a change in one tenant, in a transaction of its own. */
export function command<const N extends string, I extends z.ZodType, O extends z.ZodType>(
  definition: Shape<N, I, O> &
    Audited &
    TenantAccess & { handle: (context: CommandContext, input: z.output<I>) => Promise<z.input<O>> },
): Command<N, I, O> {
  return { scope: 'tenant', ...definition, kind: 'command' }
}

/** Declares a change that commits together with others of its kind and tenant when they arrive at once. */
export function batchCommand<const N extends string, I extends z.ZodType, O extends z.ZodType, World, Decision>(
  definition: Shape<N, I, O> & Audited & TenantAccess & { batch: Batch<z.output<I>, World, Decision, z.input<O>> },
): Command<N, I, O> {
  return { scope: 'tenant', ...definition, kind: 'command' }
}

/** As `batchCommand`, where one statement reads all and another one writes all, with what stays of the commands. */
export function sealedCommand<const N extends string, I extends z.ZodType, O extends z.ZodType, World, Decision>(
  definition: Shape<N, I, O> &
    Audited &
    TenantAccess & { batch: SealedBatch<z.output<I>, World, Decision, z.input<O>> },
): Command<N, I, O> {
  return { scope: 'tenant', ...definition, kind: 'command' }
}

/** Declares a read that a signed-in person may do without a tenant. Its transaction begins in the nil tenant. */
export function personQuery<const N extends string, I extends z.ZodType, O extends z.ZodType>(
  definition: Shape<N, I, O> & { handle: (context: QueryContext<Person>, input: z.output<I>) => Promise<z.input<O>> },
): Query<N, I, O> {
  return { permission: null, reach: 'any', ...definition, scope: 'person', kind: 'query' }
}

/** Declares a change that a signed-in person may do without a tenant, e.g. making one. */
export function personCommand<const N extends string, I extends z.ZodType, O extends z.ZodType>(
  definition: Shape<N, I, O> &
    Audited & { handle: (context: CommandContext<Person>, input: z.output<I>) => Promise<z.input<O>> },
): Command<N, I, O> {
  return { permission: null, reach: 'any', ...definition, scope: 'person', kind: 'command' }
}

/** Declares a change that commits by itself: a failed try stays counted. It is audited then; its answer is never stored. */
export function outsideCommand<
  const N extends string,
  I extends z.ZodType,
  O extends z.ZodType,
  S extends keyof CallersByScope,
>(
  definition: Shape<N, I, O> &
    Audited &
    (S extends 'tenant' ? TenantAccess : object) & {
      scope: S
      handle: (context: OutsideContext<CallersByScope[S]>, input: z.output<I>) => Promise<z.input<O>>
    },
): Command<N, I, O> {
  return { permission: null, reach: 'any', ...definition, outside: true, kind: 'command' }
}

/** Every operation by its name. */
export type OperationMap<Operations extends readonly Operation[]> = {
  [O in Operations[number] as O['name']]: O
}

/** Method, path and the names of the path's fields. */
export function routeOf(operation: Operation) {
  const [method = '', path = ''] = operation.route.split(' ')
  return { method, path, pathFields: [...path.matchAll(/:(\w+)/g)].map((match) => match[1] ?? '') }
}
