import { Button } from '@mantine/core'
import { IconDeviceFloppy, IconPrinter } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useCommand } from '../api.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { tell, tellDone } from '../ui/tell.tsx'
import { ExportReport } from './export-report.tsx'
import { type Field, type Given, isSame, readGiven } from './parameters.ts'
import { SaveReport } from './save-report.tsx'
import { SavedMenu, useMayChange } from './saved-menu.tsx'
import type { Description, Saved } from './use-reports.ts'
import { useReportWords } from './words.ts'

interface ActionsProps {
  readonly description: Description
  readonly fields: readonly Field[]
  readonly given: Given
  readonly saved: Saved | undefined
}

/** What can be done with a report as it is shown: taken along, printed, kept. */
export function ReportActions({ description, fields, given, saved }: ActionsProps) {
  const t = useReportWords()
  const common = useCommonWords()
  const navigate = useNavigate()
  const mayChange = useMayChange()
  const [isSaving, setSaving] = useState(false)
  const report = description.name
  const open = (id: string | undefined) =>
    void navigate({ to: '.', search: { ...given, ...(id ? { saved: id } : {}) } as never, replace: true })
  const isChanged = saved !== undefined && !isSame(readGiven(fields, saved.parameters), given)
  return (
    <>
      <ExportReport {...{ description, given }} />
      <Button className="no-print" variant="default" leftSection={<IconPrinter size={18} />} onClick={() => print()}>
        {common('print')}
      </Button>
      {saved && isChanged && mayChange(saved) ? <Update {...{ saved, given }} /> : null}
      <Button
        className="no-print"
        variant="default"
        leftSection={<IconDeviceFloppy size={18} />}
        onClick={() => setSaving(true)}
      >
        {t('save')}
      </Button>
      {saved && mayChange(saved) ? <SavedMenu saved={saved} onRemoved={() => open(undefined)} /> : null}
      {isSaving ? (
        <SaveReport {...{ report, given }} onSaved={({ id }) => open(id)} onClose={() => setSaving(false)} />
      ) : null}
    </>
  )
}

function Update({ saved, given }: { saved: Saved; given: Given }) {
  const t = useReportWords()
  const common = useCommonWords()
  const change = useCommand('reports.change-saved-report')
  const save = async () => {
    try {
      await change.mutateAsync({ id: saved.id, version: saved.version, parameters: given })
      tellDone(common('saved'))
    } catch (error) {
      tell(error)
    }
  }
  return (
    <Button className="no-print" loading={change.isPending} onClick={() => void save()}>
      {t('update')}
    </Button>
  )
}
