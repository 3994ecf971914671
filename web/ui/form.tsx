import { Alert, Button, type ButtonProps, Group } from '@mantine/core'
import { type UseFormReturnType, useForm } from '@mantine/form'
import { type ReactNode, useContext, useEffect, useState } from 'react'
import { type Input, type OperationName, type Output, problemOf, useCommand } from '../api.ts'
import { type FormState, Holding } from './held.tsx'
import { told, toldFields, toldWhole } from './told.tsx'

type Values = Record<string, unknown>

interface CommandForm<V extends Values> {
  readonly form: UseFormReturnType<V>
  /** What is refused as a whole, or about a field that the form does not show. */
  readonly refusal: ReactNode
  readonly isSending: boolean
  readonly send: (event?: React.FormEvent<HTMLFormElement>) => void
}

/**
 * A form whose values make the input of a command. What the server refuses stands at its field, or above the button where
 * it is about no field of the form.
 */
export function useCommandForm<N extends OperationName, V extends Values>(
  name: N,
  options: {
    readonly values: V
    readonly input: (values: V) => Input<N>
    readonly onDone: (answer: Output<N>) => void
    readonly touches?: readonly string[]
    /** The field that a refusal is about which names none, by its code. */
    readonly fieldOf?: (code: string) => (keyof V & string) | undefined
  },
): CommandForm<V> {
  const form = useForm<V>({ mode: 'controlled', initialValues: options.values })
  const command = useCommand(name, options.touches)
  const [refusal, setRefusal] = useState<ReactNode>()
  useReport(form.isDirty(), command.isPending)
  const send = form.onSubmit(async (values) => {
    setRefusal(undefined)
    try {
      options.onDone(await command.mutateAsync(options.input(values as V)))
      form.resetDirty()
    } catch (error) {
      const field = options.fieldOf?.(problemOf(error)?.code ?? '')
      if (field) return form.setErrors({ [field]: told(error) })
      const fields = toldFields(error)
      const isShown = (path: string) => isField(values, path)
      const shown = fields.filter(([path]) => isShown(path))
      form.setErrors(Object.fromEntries(shown))
      if (shown.length === 0 || shown.length < fields.length) setRefusal(toldWhole(error, isShown))
    }
  })
  return { form, refusal, isSending: command.isPending, send: (event) => send(event) }
}

function useReport(isDirty: boolean, isSending: boolean): void {
  const report = useContext(Holding)
  const changed: FormState = isDirty ? 'changed' : 'untouched'
  const state = isSending ? 'sending' : changed
  useEffect(() => report?.(state), [report, state])
}

/** A value of the form, or of one of the lines it holds; a line as a whole has no field. */
function isField(values: unknown, path: string): boolean {
  const steps = path.split('.')
  const [found, parent] = steps.reduce<[unknown, unknown]>(
    ([inside], step) => [(inside as Values | undefined)?.[step], inside],
    [values, undefined],
  )
  return steps.length === 1 ? found !== undefined : found !== undefined && !Array.isArray(parent)
}

/** The end of a form: what is refused, and its buttons. */
export function FormEnd(props: {
  readonly of: Pick<CommandForm<Values>, 'refusal' | 'isSending'>
  readonly label: string
  readonly color?: ButtonProps['color']
  readonly children?: ReactNode
}) {
  return (
    <>
      {props.of.refusal === undefined ? null : (
        <Alert color="red" role="alert">
          {props.of.refusal}
        </Alert>
      )}
      <Group justify="flex-end">
        {props.children}
        <Button type="submit" loading={props.of.isSending} {...(props.color ? { color: props.color } : {})}>
          {props.label}
        </Button>
      </Group>
    </>
  )
}
