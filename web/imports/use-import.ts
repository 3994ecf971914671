import { useNavigate, useSearch } from '@tanstack/react-router'
import { type OperationName, type Output, refresh, useCommand, useRead } from '../api.ts'
import { tell } from '../ui/tell.tsx'
import type { Status } from './words.ts'

export type Import = Output<'imports.get-import'>
export type Target = Output<'imports.list-targets'>['items'][number]
export type ImportError = Output<'imports.list-errors'>['items'][number]
export type RunCommand = Extract<OperationName, `imports.${'check' | 'try' | 'commit' | 'undo'}-import`>

const askEveryMs = 1_000

/** What leaves no trace in the chain, nobody is told of: how far it is has to be asked. */
const isSilent = (status: Status | undefined) => status === 'checking' || status === 'trying'

/** One import; while it is at work, how far it is. */
export function useImport(id: string) {
  return useRead(
    'imports.get-import',
    { id },
    { refetchInterval: ({ state }) => (isSilent(state.data?.status) ? askEveryMs : false) },
  )
}

/** What files can be imported as. */
export function useTargets(): readonly Target[] {
  return useRead('imports.list-targets', {}, { staleTime: 300_000 }).data?.items ?? none
}

const none: readonly Target[] = []

export const steps = ['file', 'columns', 'check', 'trial', 'done'] as const
export type Step = (typeof steps)[number]

const stepOfStatus: Readonly<Record<Status, Step>> = {
  mapping: 'columns',
  failed: 'columns',
  checking: 'check',
  checked: 'check',
  trying: 'trial',
  tried: 'trial',
  committing: 'done',
  committed: 'done',
  stopped: 'done',
  undoing: 'done',
  undone: 'done',
  repeated: 'done',
}

const opened: Partial<Readonly<Record<Status, readonly Step[]>>> = {
  mapping: ['file', 'columns'],
  failed: ['file', 'columns'],
  checked: ['file', 'columns', 'check'],
  tried: ['file', 'columns', 'check', 'trial'],
}

/** Where an import is: its state says so, wherever it is looked at from. Earlier steps can be gone back to. */
export function useStep({ status, questions }: Pick<Import, 'status' | 'questions'>) {
  const { step: asked } = useSearch({ strict: false }) as { step?: string }
  const go = useGo()
  const open = opened[status] ?? []
  const own = status === 'mapping' && questions.length > 0 ? 'file' : stepOfStatus[status]
  return {
    own,
    open,
    step: open.find((one) => one === asked) ?? own,
    go,
  }
}

/** Begins a run over the file; what is refused is told. Answers whether it began. */
export function useRun(name: RunCommand) {
  const command = useCommand(name)
  const go = useGo()
  const run = async ({ id, version }: Pick<Import, 'id' | 'version'>) => {
    try {
      await command.mutateAsync({ id, version })
      go()
    } catch (error) {
      tell(error)
      void refresh(['imports'])
    }
  }
  return { run, isSending: command.isPending }
}

/** Goes to a step; without one, to that of the state. */
export function useGo(): (step?: Step) => void {
  const navigate = useNavigate()
  return (step) => void navigate({ to: '.', search: (step ? { step } : {}) as never, replace: true })
}
