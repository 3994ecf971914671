import { Alert, Button, Group, Select, SimpleGrid, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { Input, Output } from '../api.ts'
import { useBranch, useBranches, useMay } from '../identity/session.ts'
import { useRegisters } from '../registers/use-registers.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { money } from '../ui/format.ts'
import { Pending } from '../ui/page.tsx'
import { useWholeListState } from '../ui/whole-list.ts'
import { type LeftOf, leftOfLine, refundOf, useLeftOf } from './refund-amounts.ts'
import { refundDue, usualRefund } from './refund-cash.ts'
import { type Chosen, RefundLines } from './refund-lines.tsx'
import { RefundTenders } from './refund-tenders.tsx'
import type { SaleInFull } from './sale-in-full.ts'
import { useTillCash } from './use-till-cash.ts'
import { useSaleWords } from './words.ts'

interface RefundFormProps {
  /** The sale or exchange that goods come back of. */
  readonly sale: SaleInFull
  /** The open session whose drawer the money comes out of; one is chosen where it is not given. */
  readonly sessionId?: string
  readonly onDone: (refund: Output<'sales.refund'>) => void
  readonly onCancel: () => void
}

/** Takes goods of a sale back: which and how many, where they go, why, and how the money is given back. */
export function RefundForm(props: RefundFormProps) {
  const t = useSaleWords()
  const may = useMay()
  const { left, ...reading } = useLeftOf(props.sale)
  const { sessions, ...listing } = useSessions(props.sale)
  const first = sessions.find(({ id }) => id === props.sale.session_id) ?? sessions[0]
  const session = props.sessionId ?? first?.id
  const error = reading.error ?? (session ? null : listing.error)
  const retry = () => {
    reading.retry()
    listing.retry()
  }
  if (error || !left || (!session && listing.isLoading)) return <Pending error={error} retry={retry} />
  if (!session) return <Alert color="yellow">{t(may('cash.list-sessions') ? 'noSession' : 'noSessionSeen')}</Alert>
  return <Form {...props} left={left} session={session} sessions={sessions} />
}

type Session = Output<'cash.list-sessions'>['items'][number]

/** Open sessions of the branches of the legal entity that sold, those of the branch of the pages first. */
function useSessions(sale: SaleInFull) {
  const { branches } = useBranches()
  const here = useBranch()
  const { items, ...listing } = useWholeListState('cash.list-sessions', { status: 'open' })
  const sold = branches.find(({ id }) => id === sale.branch_id)
  const near = (one: Session) => Number(one.branch_id !== here?.id)
  const sessions: readonly Session[] = items
    .filter(({ branch_id }) => branches.find(({ id }) => id === branch_id)?.entity_id === sold?.entity_id)
    .toSorted((one, other) => near(one) - near(other))
  return { ...listing, sessions }
}

interface FormProps extends RefundFormProps {
  readonly left: LeftOf
  readonly session: string
  readonly sessions: readonly Session[]
}

function useRefund({ sale, left, session, sessions, onDone }: FormProps) {
  /** By tender, where somebody said so; else as it was paid. */
  const [given, give] = useState<Record<string, string>>()
  const [references, refer] = useState<Record<string, string>>({})
  const sending = useCommandForm('sales.refund', {
    values: { session_id: session, reason: '', lines: [] as Chosen[] },
    input: ({ lines, ...values }): Input<'sales.refund'> => {
      const total = refundOf(sale, left, lines) ?? '0'
      const amounts = Object.entries(given ?? usual(total)).filter(([, amount]) => amount !== '')
      return {
        ...values,
        original_id: sale.id,
        lines: lines.map(({ batch_id, ...line }) => ({ ...line, ...(batch_id ? { batch_id } : {}) })),
        payments: amounts.map(([tender_id, amount]) => {
          const reference = references[tender_id]
          return { tender_id, amount, ...(reference ? { reference } : {}) }
        }),
      }
    },
    touches: ['cash', 'inventory', 'payments', 'valuation'],
    onDone,
  })
  const chosen = sending.form.values.session_id
  const branchId = sessions.find(({ id }) => id === chosen)?.branch_id ?? sale.branch_id
  const till = useTillCash(branchId)
  const usual = (total: string) => usualRefund(total, left, till)
  const due = (total: string) => refundDue(total, given ?? usual(total), { left, till })
  return { sending, given, give, references, refer, usual, due }
}

function Form(props: FormProps) {
  const t = useSaleWords()
  const common = useCommonWords()
  const { sale, left } = props
  const { sending, given, give, references, refer, usual, due } = useRefund(props)
  const { form } = sending
  const lines = form.values.lines
  const total = refundOf(sale, left, lines)
  const owed = total === null ? null : due(total)
  const returnable = sale.lines.filter((line) => line.of_line === null && !/^0(\.0*)?$/.test(leftOfLine(line)))
  const reasons = [t('reasonWrong'), t('reasonFaulty'), t('reasonMind')]
  if (returnable.length === 0) return <Text>{t('allBack')}</Text>
  return (
    <form onSubmit={sending.send}>
      <Stack>
        <RefundLines
          lines={returnable}
          chosen={lines}
          errors={form.errors}
          choose={(next) => {
            form.setFieldValue('lines', next)
            give(undefined)
          }}
        />
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <Stack gap={6}>
            <TextInput label={t('reason')} description={t('reasonHelp')} required {...form.getInputProps('reason')} />
            <Group gap={4}>
              {reasons.map((text) => (
                <Button
                  key={text}
                  size="compact-xs"
                  variant="default"
                  onClick={() => form.setFieldValue('reason', text)}
                >
                  {text}
                </Button>
              ))}
            </Group>
          </Stack>
          {props.sessionId === undefined ? <SessionChoice {...props} field={form.getInputProps('session_id')} /> : null}
        </SimpleGrid>
        {total !== null && owed !== null && lines.length > 0 ? (
          <RefundTenders
            sale={sale}
            total={owed}
            given={given ?? usual(total)}
            give={give}
            references={references}
            refer={refer}
          />
        ) : null}
        <FormEnd
          of={sending}
          label={owed && lines.length > 0 ? t('giveBack', { amount: money(owed, sale.currency) }) : t('takeBackOnly')}
        >
          <Button variant="default" onClick={props.onCancel}>
            {common('cancel')}
          </Button>
        </FormEnd>
      </Stack>
    </form>
  )
}

function SessionChoice({ sessions, field }: Pick<FormProps, 'sessions'> & { field: object }) {
  const t = useSaleWords()
  const { branches } = useBranches()
  const { registerName } = useRegisters()
  const choices = sessions.map(({ id, number, register_id, branch_id }) => {
    const branch = branches.length > 1 ? branches.find((one) => one.id === branch_id)?.name : undefined
    const parts = [registerName(register_id), t('session', { number }), branch]
    return { value: id, label: parts.filter(Boolean).join(' · ') }
  })
  return <Select label={t('inSession')} allowDeselect={false} data={choices} {...field} />
}
